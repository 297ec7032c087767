//! Who may come in, and how: on this machine in the clear, from elsewhere under TLS or through a proxy that is trusted.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use ipnet::IpNet;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A handshake takes no longer; whoever opens connections and says nothing keeps nobody else out.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Handshakes that were made wait here for the server.
const WAITING: usize = 64;

/// Connections that are at their handshake at once.
const SHAKING_HANDS: usize = 256;

/// A certificate with its chain, and its key.
#[derive(Clone)]
pub struct Identity(Arc<ServerConfig>);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity { .. }")
    }
}

impl Identity {
    /// Reads both from PEM files: TLS 1.2 and 1.3, HTTP/1.1.
    ///
    /// # Errors
    ///
    /// Which file, and what is wrong with it; a key that is not the certificate's.
    pub fn read(certificate: &Path, key: &Path) -> Result<Identity, String> {
        let about = |path: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| about(certificate, &error))?;
        if chain.is_empty() {
            return Err(about(certificate, &"has no certificate in PEM"));
        }
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| about(key, &error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = versions.map_err(|error| about(certificate, &error))?.with_no_client_auth();
        let mut config = builder.with_single_cert(chain, secret).map_err(|error| about(certificate, &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Identity(Arc::new(config)))
    }
}

/// Connections under TLS. Handshakes are made beside each other: one that dawdles holds up no other.
pub struct UnderTls {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl UnderTls {
    /// Takes connections of a listener.
    ///
    /// # Errors
    ///
    /// The listener has no address.
    pub fn new(listener: TcpListener, identity: Identity) -> io::Result<UnderTls> {
        let address = listener.local_addr()?;
        let (made, ready) = mpsc::channel(WAITING);
        tokio::spawn(shake_hands(listener, TlsAcceptor::from(identity.0), made));
        Ok(UnderTls { ready, address })
    }
}

async fn shake_hands(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    made: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let places = Arc::new(tokio::sync::Semaphore::new(SHAKING_HANDS));
    loop {
        // axum's own way of accepting: what fails for want of files is tried again after a while.
        let (stream, peer) = Listener::accept(&mut listener).await;
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        if made.is_closed() {
            return;
        }
        let (acceptor, made) = (acceptor.clone(), made.clone());
        tokio::spawn(async move {
            let _place = place;
            without_delay(&stream);
            match timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => drop(made.send((stream, peer)).await),
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake took too long"),
            }
        });
    }
}

impl Listener for UnderTls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The task above ends with this end of the channel only.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A statement does not wait until the previous one was acknowledged.
fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
}

/// Connections in the clear, on this machine alone.
pub(crate) struct Here(pub(crate) TcpListener);

impl Listener for Here {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        without_delay(&stream);
        (stream, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Connections in the clear from a proxy alone, which has TLS towards everybody else.
pub struct ThroughProxy {
    listener: TcpListener,
    proxies: Vec<IpNet>,
}

impl ThroughProxy {
    /// Takes connections of a listener that come from one of these networks; others are closed without an answer.
    pub fn new(listener: TcpListener, proxies: Vec<IpNet>) -> ThroughProxy {
        ThroughProxy { listener, proxies }
    }

    /// The networks that are trusted.
    pub(crate) fn proxies(&self) -> &[IpNet] {
        &self.proxies
    }
}

impl Listener for ThroughProxy {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let from = peer.ip().to_canonical();
            if self.proxies.iter().any(|network| network.contains(&from)) {
                without_delay(&stream);
                return (stream, peer);
            }
            tracing::warn!(%from, "a connection from no trusted proxy was closed");
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
