//! `vienphi serve`: the HTTP interface on this machine.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use vienphi_domain::Day;
use vienphi_reports::Mapping;
use vienphi_runtime::rail::Rail;
use vienphi_service::desk::Halt;
use vienphi_service::{Desk, Pricer, Rails};
use vienphi_store::StoreError;
use vienphi_stripe::Stripe;
use vienphi_web::{Api, Doors, Identity, ThroughProxy, UnderTls};

use crate::claims::key::KeyArgs;
use crate::cli::Common;
use crate::database::{DatabaseArgs, Opening};
use crate::follow::Follower;
use crate::issuer::IssuerArgs;
use crate::outgoing::address::{Policy, check_url};
use crate::outgoing::network;
use crate::output::{Ended, complain, say};
use crate::telemetry::Meters;
use crate::today::today;
use crate::webhooks;

/// Where the demonstration listens, if it can.
const DEMO: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Money with an unknown reference is looked for so often.
const UNKNOWN_PLACED: Duration = Duration::from_secs(60);

/// Attempts at payments that are due are looked for so often.
const ATTEMPTS_RUN: Duration = Duration::from_millis(250);

/// What another server on the same database was told is looked for so often, while somebody follows.
const OTHERS_LOOKED_AT: Duration = Duration::from_millis(150);

/// Webhooks under way at the end of serving have so long.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    issuer: IssuerArgs,
    /// A hospital's own account codes for the ledger's spreadsheet: account,method,group,code,name
    #[arg(long, value_name = "CSV")]
    ledger_accounts: Option<PathBuf>,
    /// Let webhooks name this machine itself, by http too: for trying them out
    #[arg(long)]
    allow_loopback_webhooks: bool,
    /// A certificate with its chain (PEM): serves under TLS, on whatever address
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "trusted_proxy")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Answers in the clear on whatever address, but only connections from this network, of a proxy that has TLS towards everybody
    /// else; may be given several times
    #[arg(long, value_name = "CIDR")]
    trusted_proxy: Vec<IpNet>,
    /// Where to listen: on a loopback address, but for TLS or a trusted proxy; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Send traces and metrics to this collector, such as http://127.0.0.1:4318 [default: $OTEL_EXPORTER_OTLP_ENDPOINT]
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}

/// Why nothing is served (any more).
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(
        "{0} can be reached from other machines: give --tls-cert and --tls-key, or --trusted-proxy for a proxy that has TLS; \
         in the clear only loopback addresses such as 127.0.0.1:8080 are listened on"
    )]
    NotLoopback(SocketAddr),
    #[error("{address} cannot be listened on: {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("{0}")]
    Identity(String),
    #[error(transparent)]
    Database(#[from] StoreError),
    #[error("the demonstration cannot be shown: {0}")]
    Demo(String),
    #[error("serving failed: {0}")]
    Serve(#[from] io::Error),
}

/// Serves until told to stop.
pub fn run(args: ServeArgs) -> Ended {
    let entrance = match Entrance::of(&args) {
        Ok(entrance) => entrance,
        Err(error) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    let issuer = match args.issuer.read() {
        Ok(issuer) => issuer,
        Err(error) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    // Before the packages are read: what is done to them meanwhile is not missed.
    let follower = match args.common.sources.store() {
        Ok(store) => store.map(|store| Follower::new(&args.common.sources, &store)),
        Err(error) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    let Some(pricer) = args.common.pricer() else { return Ended::BadInput };
    let (access, mapping) = match (args.common.sources.access(), mapping(args.ledger_accounts.as_deref())) {
        (Ok(access), Ok(mapping)) => (Arc::new(access), mapping),
        (Err(error), _) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
        (_, Err(error)) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    let rails = match rails(&pricer, &args.common) {
        Ok(rails) => rails,
        Err(error) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    let submitting = match args.key.submitting(&args.common.sources) {
        Ok(submitting) => submitting,
        Err(error) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    ended(in_runtime(async move {
        let doors = entrance.open(args.listen).await?;
        let store = args.database.open(Opening::Migrated).await?;
        if let Err(error) = store.open_readers().await {
            // It may come back: who asks meanwhile is told so.
            tracing::warn!(%error, "the database answers slowly");
        }
        let policy = Policy { allow_loopback: args.allow_loopback_webhooks };
        let check = Box::new(move |url: &str| check_url(url, policy));
        let sending = webhooks::start(Arc::clone(&store), policy);
        let network = network(Policy { allow_loopback: rails.allow_loopback() }, rails.patience());
        let desk = Desk::new(store, access, mapping, check, rails, network).with_submitting(submitting);
        let desk = match issuer {
            Some((client, network)) => desk.with_issuer(client, network)?,
            None => desk,
        };
        let served = serve(doors, Arc::new(pricer), args.common.today, follower, Some(Arc::new(desk))).await;
        // What is being told is told to its end, unless that takes long; the rest is told after the next start.
        let _ = tokio::time::timeout(LAST_WORDS, sending.stop()).await;
        served
    }))
}

/// How connections come in, before there are any.
enum Entrance {
    Here,
    UnderTls(Identity),
    ThroughProxy(Vec<IpNet>),
}

impl Entrance {
    fn of(args: &ServeArgs) -> Result<Entrance, ServeError> {
        match (&args.tls_cert, &args.tls_key) {
            (Some(certificate), Some(key)) => {
                Ok(Entrance::UnderTls(Identity::read(certificate, key).map_err(ServeError::Identity)?))
            }
            _ if !args.trusted_proxy.is_empty() => Ok(Entrance::ThroughProxy(args.trusted_proxy.clone())),
            _ => only_loopback(args.listen).map(|()| Entrance::Here),
        }
    }

    async fn open(self, address: SocketAddr) -> Result<Doors, ServeError> {
        let listener = bind(address).await?;
        Ok(match self {
            Entrance::Here => Doors::Here(listener),
            Entrance::UnderTls(identity) => Doors::UnderTls(UnderTls::new(listener, identity)?),
            Entrance::ThroughProxy(proxies) => Doors::ThroughProxy(ThroughProxy::new(listener, proxies)),
        })
    }
}

/// On a free port when the usual one is taken.
pub(crate) async fn listen_for_demo() -> Result<TcpListener, ServeError> {
    match listen(DEMO).await {
        Ok(listener) => Ok(listener),
        Err(_) => listen(SocketAddr::new(DEMO.ip(), 0)).await,
    }
}

/// The payment rails, loaded; one that cannot be is left out with a warning.
pub(crate) fn rails(pricer: &Pricer, common: &Common) -> Result<Rails, String> {
    rails_at(pricer, common, None)
}

/// The payment rails, with other endpoints than the policies name.
pub(crate) fn rails_at(pricer: &Pricer, common: &Common, endpoints: Option<String>) -> Result<Rails, String> {
    let packages = common.sources.rails().map_err(|error| error.to_string())?;
    let mut sandbox = common.sources.sandbox().map_err(|error| error.to_string())?;
    if let Some(endpoints) = endpoints {
        sandbox.insert("endpoints.toml".to_owned(), endpoints.into_bytes());
    }
    let check = |url: &str, allow_loopback| check_url(url, Policy { allow_loopback });
    let own: Vec<(&str, Arc<dyn Rail>)> = vec![(vienphi_stripe::NAME, Arc::new(Stripe::new()))];
    let (rails, warnings) = pricer.rails(&packages, own, &sandbox, &check).map_err(|error| error.to_string())?;
    for warning in warnings {
        complain(&format!("warning: {}: {}", warning.file, warning.message));
    }
    Ok(rails)
}

/// A hospital's own account codes.
fn mapping(file: Option<&Path>) -> Result<Mapping, String> {
    let Some(file) = file else { return Ok(Mapping::none()) };
    let bytes = crate::files::read(file).map_err(|error| error.to_string())?;
    Mapping::read(&bytes).map_err(|error| format!("{}: {error}", file.display()))
}

pub(crate) fn ended(served: Result<(), ServeError>) -> Ended {
    match served {
        Ok(()) => Ended::Done,
        Err(error) => {
            complain(&format!("error: {error}"));
            Ended::BadInput
        }
    }
}

fn only_loopback(address: SocketAddr) -> Result<(), ServeError> {
    // ::ffff:127.0.0.1 is loopback too.
    if address.ip().to_canonical().is_loopback() { Ok(()) } else { Err(ServeError::NotLoopback(address)) }
}

pub(crate) fn in_runtime(serving: impl Future<Output = Result<(), ServeError>>) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serving);
    // Plugins may still be compiling or a store be followed; nobody waits for that any more.
    runtime.shutdown_background();
    served
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    only_loopback(address)?;
    bind(address).await
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })
}

/// Serves until a signal asks to stop. Requests under way are answered first; a second signal does not wait for them.
pub(crate) async fn serve(
    doors: Doors,
    pricer: Arc<Pricer>,
    fixed: Option<Day>,
    follower: Option<Follower>,
    desk: Option<Arc<Desk>>,
) -> Result<(), ServeError> {
    let meters = Meters::new();
    let api = Api::new(pricer, move || fixed.unwrap_or_else(today)).observed_by(move |quoted| meters.count(quoted));
    let api = api.under_tls(doors.are_secure()).behind(doors.proxies());
    let api = match desk {
        Some(desk) => {
            tokio::spawn(place_unknown(Arc::clone(&desk)));
            tokio::spawn(run_attempts(Arc::clone(&desk)));
            tokio::spawn(run_claims(Arc::clone(&desk)));
            tokio::spawn(run_eligibilities(Arc::clone(&desk)));
            tokio::spawn(tell_of_others(Arc::clone(&desk)));
            tokio::spawn(add_up(Arc::clone(&desk)));
            api.with_desk(desk)
        }
        None => api,
    };
    let api = Arc::new(api);
    let loading = Arc::clone(&api);
    tokio::task::spawn_blocking(move || {
        loading.load();
        if let Some(follower) = follower {
            follower.follow(&loading);
        }
    });
    let scheme = if matches!(doors, Doors::UnderTls(_)) { "https" } else { "http" };
    say(&format!("listening on {scheme}://{}\n", doors.address()?));
    let router = vienphi_web::router(api);
    tokio::select! {
        served = vienphi_web::serve(doors, router, told_to_stop(1)) => Ok(served?),
        () = told_to_stop(2) => Ok(()),
    }
}

/// Money whose reference stays unknown becomes work for a person, again and again.
async fn place_unknown(desk: Arc<Desk>) {
    loop {
        tokio::time::sleep(UNKNOWN_PLACED).await;
        match desk.place_unknown().await {
            Ok(0) => {}
            Ok(placed) => tracing::info!(placed, "money with an unknown reference waits for a person"),
            Err(Halt::Refused(problem)) => tracing::error!(kind = problem.kind, "money with an unknown reference"),
            Err(Halt::Failed(error)) => {
                tracing::warn!(%error, "money with an unknown reference could not be placed yet");
            }
        }
    }
}

/// Rails are asked what is to be asked of them, again and again.
async fn run_attempts(desk: Arc<Desk>) {
    loop {
        match desk.run_attempts().await {
            // There may be more.
            Ok(ran) if ran > 0 => {}
            Ok(_) => tokio::time::sleep(ATTEMPTS_RUN).await,
            Err(halt) => {
                if let Halt::Failed(error) = halt {
                    tracing::warn!(%error, "payment attempts could not be looked at");
                }
                tokio::time::sleep(UNKNOWN_PLACED).await;
            }
        }
    }
}

/// Cards that the portal has not answered about are asked about, again and again.
async fn run_eligibilities(desk: Arc<Desk>) {
    loop {
        match desk.run_eligibilities().await {
            Ok(ran) if ran > 0 => {}
            Ok(_) => tokio::time::sleep(ATTEMPTS_RUN).await,
            Err(halt) => {
                if let Halt::Failed(error) = halt {
                    tracing::warn!(%error, "questions about cards could not be looked at");
                }
                tokio::time::sleep(UNKNOWN_PLACED).await;
            }
        }
    }
}

/// Whoever follows a request is told of what another server on the same database was told.
async fn tell_of_others(desk: Arc<Desk>) {
    let mut seen = HashMap::new();
    loop {
        tokio::time::sleep(OTHERS_LOOKED_AT).await;
        if let Err(Halt::Failed(error)) = desk.tell_of_others(&mut seen).await {
            tracing::debug!(%error, "what other servers were told could not be looked at");
        }
    }
}

/// The days' totals follow the ledger.
async fn add_up(desk: Arc<Desk>) {
    loop {
        match desk.add_up_all().await {
            // A long ledger is added up bit by bit, others coming in between.
            Ok(more) if more > 0 => tokio::time::sleep(ATTEMPTS_RUN).await,
            Ok(_) => tokio::time::sleep(UNKNOWN_PLACED).await,
            Err(halt) => {
                if let Halt::Failed(error) = halt {
                    tracing::warn!(%error, "the days' totals could not be added up");
                }
                tokio::time::sleep(UNKNOWN_PLACED).await;
            }
        }
    }
}

/// Claims that are due are sent, again and again.
async fn run_claims(desk: Arc<Desk>) {
    loop {
        match desk.run_claims().await {
            // There may be more.
            Ok(ran) if ran > 0 => {}
            Ok(_) => tokio::time::sleep(ATTEMPTS_RUN).await,
            Err(halt) => {
                if let Halt::Failed(error) = halt {
                    tracing::warn!(%error, "claims could not be looked at");
                }
                tokio::time::sleep(UNKNOWN_PLACED).await;
            }
        }
    }
}

/// Waits for so many signals of those that ask a process to stop.
async fn told_to_stop(times: u32) {
    let signals =
        signal(SignalKind::interrupt()).and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)));
    let Ok((mut interrupt, mut terminate)) = signals else {
        tracing::warn!("signals cannot be waited for: end the process to stop serving");
        return std::future::pending().await;
    };
    for _ in 0..times {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_listened_on() {
        let rows = [
            ("127.0.0.1:8080", true),
            ("127.8.8.8:0", true),
            ("[::1]:8080", true),
            ("[::ffff:127.0.0.1]:8080", true),
            ("0.0.0.0:8080", false),
            ("[::]:8080", false),
            ("192.168.1.5:8080", false),
            ("[::ffff:10.0.0.1]:8080", false),
        ];
        for (address, allowed) in rows {
            assert_eq!(only_loopback(address.parse().unwrap()).is_ok(), allowed, "{address}");
        }
    }
}
