//! Addresses that are allowed and that are not, as text and as what a name resolves to.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::outgoing::address::{Checked, Policy, check_url};

const STRICT: Policy = Policy { allow_loopback: false };
const LOOPBACK: Policy = Policy { allow_loopback: true };

/// Allowed everywhere.
const PUBLIC: &[&str] = &[
    "https://example.com",
    "https://example.com/",
    "https://example.com:443/hooks/vienphi?key=a%20b&c=d",
    "https://hooks.benh-vien.example.vn/nhan/tin",
    "https://xn--bnhvin-3va1g.example/",
    "https://EXAMPLE.com/Path",
    "HTTPS://example.com/",
    "https://8.8.8.8/",
    "https://1.1.1.1:443/",
    "https://100.63.255.255/",
    "https://100.128.0.1/",
    "https://172.15.255.255/",
    "https://172.32.0.1/",
    "https://192.167.255.255/",
    "https://192.0.1.1/",
    "https://198.17.255.255/",
    "https://198.20.0.1/",
    "https://223.255.255.255/",
    "https://[2606:4700:4700::1111]/",
    "https://[2a00:1450:4001::200e]:443/x",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::8.8.8.8]/",
    "https://[2002:808:808::1]/",
    "https://127.0.0.1.example.com/",
    "https://example.com/@127.0.0.1",
    "https://example.com/?to=http://127.0.0.1/",
    "https://0x7f000001.example.com/",
];

/// This machine: allowed when the policy says so.
const MACHINE: &[&str] = &[
    "https://127.0.0.1/",
    "http://127.0.0.1/",
    "http://127.0.0.1:8080/hook",
    "http://127.255.255.254:9/",
    "https://127.0.0.1:22/",
    "http://[::1]/",
    "http://[::1]:3000/",
    "http://[0:0:0:0:0:0:0:1]:3000/",
    "https://localhost/",
    "http://localhost:3000/",
    "http://LOCALHOST:3000/",
    "http://his.localhost:3000/",
];

/// Allowed nowhere.
const NEVER: &[&str] = &[
    // No https.
    "http://example.com/",
    "http://example.com:443/",
    "http://8.8.8.8/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "ws://example.com/",
    "//example.com/",
    "example.com",
    "/hook",
    "",
    "*",
    "https://",
    "https:///hook",
    "https:example.com",
    "https://?x",
    // Ports.
    "https://example.com:80/",
    "https://example.com:8443/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:65979/",
    "https://example.com:/",
    "https://example.com:443:443/",
    "https://example.com:+443/",
    "https://8.8.8.8:9200/",
    "https://[2606:4700:4700::1111]:5432/",
    // User and password.
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1:443@example.com/",
    "https://@example.com/",
    "https://:@example.com/",
    // Private and special networks.
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://100.127.255.255/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.0.1/",
    "https://168.63.129.16/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://192.168.0.1/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.7/",
    "https://203.0.113.7/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    // IPv6: unspecified, link-local, unique local, site-local, multicast, documentation, protocols, unassigned.
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[2001::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:10::1]/",
    "https://[100::1]/",
    "https://[4000::1]/",
    "https://[5f00::1]/",
    // IPv4 in IPv6.
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[::8.8.8.8]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::8.8.8.8]/",
    "https://[2002:7f00:1::1]/",
    "https://[2002:a00:1::]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2002:c0a8:1::]/",
    "http://[::ffff:127.0.0.1]:3000/",
    "https://[::1",
    "https://::1/",
    "https://[127.0.0.1]/",
    // IPv4 in other forms.
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7F.0x0.0x0.0x1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://10.1/",
    "https://134744072/",
    "https://8.8.2056/",
    "https://08.8.8.8/",
    "https://127.0.0.1./",
    "https://8.8.8.8./",
    "https://0/",
    "https://0x/",
    "https://1.2.3.4.5/",
    "https://256.1.1.1/",
    "https://example.1/",
    // Names of one network, and no names.
    "https://localhost./",
    "https://intranet/",
    "https://metadata/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://printer.local/",
    "https://router.lan/",
    "https://nas.home.arpa/",
    "https://db.localdomain/",
    "https://.example.com/",
    "https://example..com/",
    "https://example.com./",
    "https://-example.com/",
    "https://exa_mple.com/",
    "https://exam%70le.com/",
    "https://127.0.0.1%2f.example.com/",
    "https://%6c%6fcalhost/",
    // Read in two ways.
    "https://example.com\\@127.0.0.1/",
    "https://example.com#@127.0.0.1/",
    "https://127.0.0.1#.example.com/",
    "https://example.com /",
    " https://example.com/",
    "https://example.com/\r\nhost: x",
    "https://example.com/\u{0}",
    "https://example.com\t/",
    "https://ⓔxample.com/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://bệnhviện.example/",
    "https://example.com/{id}",
];

#[test]
fn addresses_are_public_or_this_machine_when_that_is_allowed() {
    for url in PUBLIC {
        assert_eq!(check_url(url, STRICT), Ok(()), "{url}");
        assert_eq!(check_url(url, LOOPBACK), Ok(()), "{url}");
    }
    for url in MACHINE {
        assert!(check_url(url, STRICT).is_err(), "{url}");
        assert_eq!(check_url(url, LOOPBACK), Ok(()), "{url}");
    }
    for url in NEVER {
        assert!(check_url(url, STRICT).is_err(), "{url}");
        assert!(check_url(url, LOOPBACK).is_err(), "{url}");
    }
    let long = format!("https://example.com/{}", "x".repeat(2_000));
    assert!(check_url(&long, STRICT).is_err());
    assert!(PUBLIC.len() + MACHINE.len() + NEVER.len() > 150);
}

/// Resolves every name to these.
#[derive(Debug)]
struct To(Vec<IpAddr>);

impl Resolver for To {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = uri.port_u16().unwrap_or(443);
        let mut addresses = self.empty();
        self.0.iter().for_each(|address| addresses.push(SocketAddr::new(*address, port)));
        Ok(addresses)
    }
}

fn resolve(url: &str, addresses: &[&str], policy: Policy) -> Result<usize, String> {
    let inner = To(addresses.iter().map(|address| address.parse().unwrap()).collect());
    let timeout =
        NextTimeout { after: Duration::from_secs(1).into(), reason: ureq::Timeout::Global, ..NextTimeout::default() };
    let resolved = Checked { policy, inner }.resolve(&url.parse().unwrap(), &Config::default(), timeout);
    resolved.map(|addresses| addresses.len()).map_err(|error| error.to_string())
}

#[test]
fn a_name_is_connected_to_when_all_its_addresses_are_allowed() {
    let name = "https://hook.example.com/";
    assert_eq!(resolve(name, &["8.8.8.8"], STRICT), Ok(1));
    assert_eq!(resolve(name, &["8.8.8.8", "2606:4700:4700::1111"], STRICT), Ok(2));
    for hidden in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "172.20.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:db8::1",
    ] {
        for policy in [STRICT, LOOPBACK] {
            assert!(resolve(name, &[hidden], policy).is_err(), "{hidden}");
            assert!(resolve(name, &["8.8.8.8", hidden], policy).is_err(), "{hidden}");
        }
    }
    assert!(resolve(name, &["10.0.0.1"], STRICT).unwrap_err().contains("10.0.0.1"));
    // This machine's names mean this machine alone.
    assert_eq!(resolve("http://localhost:3000/", &["127.0.0.1", "::1"], LOOPBACK), Ok(2));
    assert!(resolve("http://localhost:3000/", &["8.8.8.8"], LOOPBACK).is_err());
    assert!(resolve("http://localhost:3000/", &["127.0.0.1"], STRICT).is_err());
    // What the text does not allow is not resolved at all.
    assert!(resolve("https://hook.example.com:8443/", &["8.8.8.8"], STRICT).is_err());
    assert!(resolve("http://hook.example.com/", &["8.8.8.8"], LOOPBACK).is_err());
}
