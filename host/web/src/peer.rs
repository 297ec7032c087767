//! Where a request comes from: the other end of its connection, or what a trusted proxy says that is.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::serve::IncomingStream;
use ipnet::IpNet;

use crate::api::Api;
use crate::doors::{Here, ThroughProxy, UnderTls};

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(IpAddr);

impl From<&SocketAddr> for Peer {
    fn from(address: &SocketAddr) -> Peer {
        Peer(address.ip().to_canonical())
    }
}

impl Connected<IncomingStream<'_, Here>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Here>) -> Peer {
        stream.remote_addr().into()
    }
}

impl Connected<IncomingStream<'_, ThroughProxy>> for Peer {
    fn connect_info(stream: IncomingStream<'_, ThroughProxy>) -> Peer {
        stream.remote_addr().into()
    }
}

impl Connected<IncomingStream<'_, UnderTls>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnderTls>) -> Peer {
        stream.remote_addr().into()
    }
}

/// The address of whoever asks.
pub(crate) struct Whence(pub(crate) IpAddr);

impl FromRequestParts<Arc<Api>> for Whence {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Whence, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        // Without a connection, as in tests of a router, everybody is at one address.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(Peer(address))| *address);
        Ok(Whence(behind(peer, api.proxies(), &parts.headers)))
    }
}

/// Whom a proxy asks for. Each proxy writes the address it was asked from behind what was sent to it, which may say anything: read
/// from the end, the first that is no proxy of ours is the last one that somebody of ours saw.
fn behind(peer: IpAddr, proxies: &[IpNet], headers: &HeaderMap) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let told = headers.get_all("x-forwarded-for").iter().rev();
    let hops = told.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    let mut seen = peer;
    for hop in hops {
        if !is_proxy(seen) {
            break;
        }
        let Some(address) = address(hop.trim()) else { break };
        seen = address;
    }
    seen
}

/// An address, with its port where a proxy writes one.
fn address(hop: &str) -> Option<IpAddr> {
    let alone = hop.parse::<IpAddr>().ok();
    alone.or_else(|| hop.parse::<SocketAddr>().ok().map(|both| both.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        let proxies: [IpNet; 2] = ["10.0.0.0/8".parse().unwrap(), "2001:db8::/64".parse().unwrap()];
        for (peer, told, expected) in [
            ("203.0.113.7", &["198.51.100.1"][..], "203.0.113.7"),
            ("10.0.0.2", &[], "10.0.0.2"),
            ("10.0.0.2", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.2", &["192.0.2.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.2", &["192.0.2.9", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.2", &["198.51.100.1, 10.0.0.3"], "198.51.100.1"),
            ("10.0.0.2", &["198.51.100.1, 10.0.0.3", "10.0.0.4"], "198.51.100.1"),
            ("10.0.0.2", &["10.0.0.3"], "10.0.0.3"),
            ("10.0.0.2", &["nobody, 10.0.0.3"], "10.0.0.3"),
            ("10.0.0.2", &["198.51.100.1, "], "10.0.0.2"),
            ("10.0.0.2", &["198.51.100.1:5555"], "198.51.100.1"),
            ("2001:db8::2", &["[2001:db8:1::9]:443"], "2001:db8:1::9"),
            ("10.0.0.2", &["::ffff:198.51.100.1"], "198.51.100.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let found = behind(peer.parse().unwrap(), &proxies, &headers);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {told:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "198.51.100.1".parse().unwrap());
        assert_eq!(behind("127.0.0.1".parse().unwrap(), &[], &headers), "127.0.0.1".parse::<IpAddr>().unwrap());
    }
}
