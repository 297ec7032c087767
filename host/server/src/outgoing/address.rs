//! Where messages may go: to public addresses by https, and nowhere else.
//!
//! Whoever names an address must not reach what only this machine reaches: itself, its network, the metadata of a cloud.
//! The text is checked when it is given; the addresses that its host resolves to are checked when it is connected to, and
//! those that were checked are the ones connected to, so that a name whose addresses change gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// What is allowed beyond public addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// This machine itself, by http too and at any port: for tests and demonstrations.
    pub allow_loopback: bool,
}

/// Longer addresses are not kept.
const LONGEST: usize = 2_000;

/// Names that mean something in one network alone.
const LOCAL: [&str; 7] = [".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa", ".onion"];

/// May this be the address of a message? The reason when it may not.
pub fn check_url(url: &str, policy: Policy) -> Result<(), String> {
    if url.len() > LONGEST {
        return Err(format!("an address has at most {LONGEST} characters"));
    }
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !br##"\"<>^`{|}#"##.contains(&byte);
    if !url.bytes().all(is_plain) {
        return Err("an address has letters, digits and -._~:/?[]@!$&'()*+,;=% alone".into());
    }
    let uri: Uri = url.parse().map_err(|_| "this is no address".to_owned())?;
    reach(&uri, policy).map(|_| ())
}

/// Which addresses a host may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    Loopback,
}

/// Which addresses an address's host may have; the reason when it may have none.
fn reach(uri: &Uri, policy: Policy) -> Result<Reach, String> {
    let scheme = uri.scheme_str().unwrap_or_default();
    if scheme != "https" && scheme != "http" {
        return Err("an address begins with https://".into());
    }
    let authority = uri.authority().ok_or("the address has no host")?;
    if authority.as_str().contains('@') {
        return Err("an address has no user and no password".into());
    }
    let host = authority.host().to_ascii_lowercase();
    // What is left of the authority must be a port: nothing may be read in two ways.
    let port = match authority.as_str().get(host.len()..) {
        Some("") => None,
        Some(rest) => {
            let digits = rest.strip_prefix(':').filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
            let port = digits.and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0);
            Some(port.ok_or("the port is none")?)
        }
        None => return Err("the address has no host".into()),
    };
    let is_loopback = match literal(&host)? {
        Some(address) => {
            let is_loopback = address.is_loopback();
            let is_allowed = is_public(address) || (is_loopback && policy.allow_loopback);
            if !is_allowed {
                return Err(format!("{address} is no public address"));
            }
            is_loopback
        }
        None => check_name(&host, policy)?,
    };
    if is_loopback {
        return Ok(Reach::Loopback);
    }
    if scheme != "https" {
        return Err("an address begins with https://".into());
    }
    match port {
        None | Some(443) => Ok(Reach::Public),
        Some(port) => Err(format!("port {port} is not allowed: https has port 443")),
    }
}

/// The address that a host is when it is no name.
fn literal(host: &str) -> Result<Option<IpAddr>, String> {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
        return address.map(|address| Some(address.into())).ok_or_else(|| format!("{host} is no address"));
    }
    // A name whose last part is a number is read as an IPv4 address by many, in more forms than one: `127.1`, `0x7f000001`,
    // `017700000001`. One form is taken.
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !is_number {
        return Ok(None);
    }
    match host.parse::<Ipv4Addr>() {
        Ok(address) => Ok(Some(address.into())),
        Err(_) => Err("an IPv4 address is four decimal numbers with dots between".into()),
    }
}

/// Checks a name; is it this machine's?
fn check_name(host: &str, policy: Policy) -> Result<bool, String> {
    let is_label = |label: &str| {
        let is_inside = label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (1..=63).contains(&label.len()) && is_inside && !label.starts_with('-') && !label.ends_with('-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return Err("the host is no name".into());
    }
    if host == "localhost" || host.ends_with(".localhost") {
        return if policy.allow_loopback { Ok(true) } else { Err(format!("{host} is no public address")) };
    }
    if !host.contains('.') || LOCAL.iter().any(|suffix| host.ends_with(suffix)) {
        return Err(format!("{host} is a name of one network alone"));
    }
    Ok(false)
}

/// Can everybody reach it, and does it mean the same to everybody?
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = match address.octets() {
        [0 | 10 | 127, ..] => true,                       // this network, private, loopback
        [100, second, ..] => second & 0xc0 == 64,         // between a provider and its customers
        [169, 254, ..] => true,                           // link-local: metadata of clouds
        [168, 63, 129, 16] => true,                       // metadata of one of them
        [172, second, ..] => second & 0xf0 == 16,         // private
        [192, 0, 0 | 2, _] => true,                       // protocols, documentation
        [192, 88, 99, _] => true,                         // relays of 6to4
        [192, 168, ..] => true,                           // private
        [198, second, ..] if second & 0xfe == 18 => true, // benchmarks
        [198, 51, 100, _] | [203, 0, 113, _] => true,     // documentation
        [first, ..] => first >= 224,                      // multicast, reserved, broadcast
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // An IPv4 address in IPv6 clothes: mapped, through NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            embedded(high, low)
        }
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false, // protocols, Teredo; documentation
        [0x3fff, second, ..] if second < 0x1000 => false,                   // documentation
        // Nothing else has been given out to the public.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves a host to addresses that are allowed, or to none.
#[derive(Debug)]
pub(crate) struct Checked<R> {
    pub(crate) policy: Policy,
    pub(crate) inner: R,
}

/// An address that is not connected to, and why.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl<R: Resolver> Resolver for Checked<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let refused = |why: String| ureq::Error::Other(Box::new(Refused(why)));
        let reach = reach(uri, self.policy).map_err(refused)?;
        let addresses = self.inner.resolve(uri, config, timeout).map_err(|error| match error {
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            other => other,
        })?;
        let is_allowed = |address: IpAddr| match reach {
            Reach::Public => is_public(address),
            Reach::Loopback => address.is_loopback(),
        };
        // One that is not allowed is no accident: none of them is tried.
        match addresses.iter().find(|address| !is_allowed(address.ip())) {
            None => Ok(addresses),
            Some(address) => Err(refused(format!("the host has the address {}, which is not allowed", address.ip()))),
        }
    }
}
