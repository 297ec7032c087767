//! Answering connections until told to stop.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::doors::{Here, ThroughProxy, UnderTls};
use crate::peer::Peer;

/// Requests under way when the server is told to stop have this long to be answered.
const LAST_SECONDS: u64 = 10;

/// How connections come in.
pub enum Doors {
    /// In the clear: on this machine alone, which whoever opens the listener sees to.
    Here(TcpListener),
    /// Under TLS.
    UnderTls(UnderTls),
    /// In the clear, from a proxy that has TLS towards everybody else.
    ThroughProxy(ThroughProxy),
}

impl Doors {
    /// Where they are.
    ///
    /// # Errors
    ///
    /// The listener has no address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Doors::Here(listener) => listener.local_addr(),
            Doors::UnderTls(listener) => listener.local_addr(),
            Doors::ThroughProxy(listener) => listener.local_addr(),
        }
    }

    /// The networks of proxies that connections come through.
    pub fn proxies(&self) -> &[IpNet] {
        match self {
            Doors::ThroughProxy(listener) => listener.proxies(),
            Doors::Here(_) | Doors::UnderTls(_) => &[],
        }
    }

    /// Do browsers come under TLS?
    pub fn are_secure(&self) -> bool {
        !matches!(self, Doors::Here(_))
    }
}

/// Answers connections until `shutdown` is done and the requests then under way are answered, or have taken too long.
pub async fn serve(
    doors: Doors,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    match doors {
        Doors::Here(listener) => answer(Here(listener), router, shutdown).await,
        Doors::UnderTls(listener) => answer(listener, router, shutdown).await,
        Doors::ThroughProxy(listener) => answer(listener, router, shutdown).await,
    }
}

async fn answer<L>(listener: L, router: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    Peer: for<'s> Connected<IncomingStream<'s, L>>,
{
    let (stopping, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<Peer>()).with_graceful_shutdown(
        async move {
            shutdown.await;
            let _ = stopping.send(());
        },
    );
    let time_is_up = async {
        // The sender is gone only when serving has ended by itself.
        if stopped.await.is_err() {
            pending::<()>().await;
        }
        sleep(Duration::from_secs(LAST_SECONDS)).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = time_is_up => {
            tracing::warn!(seconds = LAST_SECONDS, "requests still under way are broken off");
            Ok(())
        }
    }
}
