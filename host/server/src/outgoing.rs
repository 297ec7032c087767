//! What leaves this program: webhooks, what payment plugins send, and what an issuer of OpenID Connect is asked. Only to addresses that are allowed, without redirects,
//! within sizes and times.

pub mod address;

use std::error::Error;
use std::io::{ErrorKind, Read as _};
use std::sync::Arc;
use std::time::Duration;

use address::{Checked, Policy, Refused, check_url};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use vienphi_runtime::rail::{HeaderIn, Response};
use vienphi_service::network::{Network, Outgoing, Silence};

const HEADER_BYTES: usize = 32 * 1024;

/// A provider's answer is no longer.
const ANSWER_BYTES: u64 = 256 * 1024;

/// Headers of an answer that a plugin is told.
const HEADERS: usize = 64;

/// Connects to addresses that are allowed, follows nothing, and gives up in time.
pub(crate) fn agent(policy: Policy, patience: Duration) -> Agent {
    let resolver = Checked { policy, inner: DefaultResolver::default() };
    Agent::with_parts(config(patience, RootCerts::WebPki), DefaultConnector::default(), resolver)
}

fn config(patience: Duration, authorities: RootCerts) -> Config {
    Agent::config_builder()
        .http_status_as_error(false)
        // A redirect leads to where nobody has checked.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy of the environment would connect for us, to what it likes.
        .proxy(None)
        .timeout_global(Some(patience))
        .max_response_header_size(HEADER_BYTES)
        .max_idle_age(Duration::from_secs(15))
        .user_agent(concat!("vienphi/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().root_certs(authorities).build())
        .build()
}

/// Why something was not sent or not answered; no part of the address after its host, and nothing of a body.
pub(crate) fn reason(error: &ureq::Error, patience: Duration) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", patience.as_secs()),
        ureq::Error::HostNotFound => "the host has no address".into(),
        ureq::Error::Other(error) if error.is::<Refused>() => error.to_string(),
        ureq::Error::Io(error) => match (error.kind(), error.get_ref()) {
            // What TLS found wrong with a certificate comes in this way.
            (ErrorKind::InvalidData, Some(inner)) => inner.to_string(),
            (kind, _) => kind.to_string(),
        },
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::Tls(why) => (*why).to_owned(),
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => "the answer is no HTTP".into(),
        ureq::Error::ConnectionFailed => "no connection".into(),
        other => other.source().map_or_else(|| "it could not be sent".into(), ToString::to_string),
    }
}

/// Sends for payment plugins.
pub(crate) fn network(policy: Policy, patience: Duration) -> Network {
    let agent = agent(policy, patience);
    Arc::new(move |outgoing| send(&agent, policy, patience, outgoing))
}

/// Sends to an issuer of OpenID Connect. Its own host was named by whoever started this program, and is reached wherever it is, in
/// the hospital's network too; whatever else its description names is reached as webhooks are. None when it has no host.
pub(crate) fn network_of(
    issuer: &str,
    authorities: Option<Vec<Certificate<'static>>>,
    patience: Duration,
) -> Option<Network> {
    let named = origin(issuer)?;
    let authorities = authorities.map_or(RootCerts::WebPki, RootCerts::from);
    let own = Agent::with_parts(config(patience, authorities), DefaultConnector::default(), DefaultResolver::default());
    let policy = Policy::default();
    let others = agent(policy, patience);
    Some(Arc::new(move |outgoing| match origin(&outgoing.url) {
        Some(origin) if origin == named => exchange(&own, patience, outgoing),
        _ => send(&others, policy, patience, outgoing),
    }))
}

/// Scheme, host and port.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_owned();
    let port = uri.port_u16().or(match &*scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    })?;
    Some((scheme, uri.host()?.to_ascii_lowercase(), port))
}

fn send(agent: &Agent, policy: Policy, patience: Duration, outgoing: &Outgoing) -> Result<Response, Silence> {
    check_url(&outgoing.url, policy).map_err(Silence::NotSent)?;
    exchange(agent, patience, outgoing)
}

fn exchange(agent: &Agent, patience: Duration, outgoing: &Outgoing) -> Result<Response, Silence> {
    let answered = if outgoing.is_post {
        let mut request = agent.post(&outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        request.send(&outgoing.body)
    } else {
        let mut request = agent.get(&outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        request.call()
    };
    let answer = answered.map_err(|error| {
        let why = reason(&error, patience);
        // Only what certainly never left is called so.
        let never_left = match &error {
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
            ureq::Error::Other(error) => error.is::<Refused>(),
            ureq::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
            _ => false,
        };
        if never_left { Silence::NotSent(why) } else { Silence::NoAnswer(why) }
    })?;
    let (head, body) = answer.into_parts();
    let text = |value: &ureq::http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = head.headers.iter().take(HEADERS);
    let headers =
        headers.filter_map(|(name, value)| Some(HeaderIn { name: name.as_str().to_owned(), value: text(value)? }));
    let headers = headers.collect();
    let mut bytes = Vec::new();
    let read = body.into_reader().take(ANSWER_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| Silence::NoAnswer("the answer did not arrive whole".to_owned()))?;
    if bytes.len() as u64 > ANSWER_BYTES {
        return Err(Silence::NoAnswer(format!("the answer is longer than {ANSWER_BYTES} bytes")));
    }
    Ok(Response { status: head.status.as_u16(), headers, body: bytes })
}
