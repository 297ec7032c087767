//! What handlers work with: the pricer, the clock, and whether every plugin is loaded.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tracing::Span;
use vienphi_domain::{Day, Fault, Problem};
use vienphi_service::{Desk, Priced, Pricer};

use crate::desk::following::FOLLOWERS;
use crate::lane::Lane;
use crate::refusal::{self, Refusal};

/// An encounter of 50 lines has about 10 KB and is priced in a fraction of a millisecond, hardly longer than another
/// thread takes to wake up. One that is longer than this would keep other requests of its thread waiting.
const LONG_DOCUMENT_BYTES: usize = 64 * 1024;

/// So many send claim files at once: each takes a processor for as long as its files come.
pub(crate) const UPLOADS: usize = 2;

/// What handlers work with.
pub struct Api {
    /// Each request takes it whole: what changes meanwhile is the next one's.
    current: RwLock<Current>,
    today: Box<dyn Fn() -> Day + Send + Sync>,
    observer: Box<dyn Fn(&Quoted) + Send + Sync>,
    /// Where plugins that are watched are asked.
    apart: Lane,
    /// Long work goes on in as many places as the machine has processors: more would only slow each other down.
    long_work: Arc<Semaphore>,
    /// Records, when there is a database.
    desk: Option<Arc<Desk>>,
    followers: Arc<Semaphore>,
    uploads: Semaphore,
    /// Browsers come under TLS.
    is_secure: bool,
    /// Whose word is taken for where a request comes from.
    proxies: Vec<IpNet>,
}

/// What requests are answered from.
#[derive(Clone)]
struct Current {
    pricer: Arc<Pricer>,
    /// Plugins that were not admitted, once every one was tried.
    not_admitted: Option<Arc<[Fault]>>,
}

/// How a request for a quote ended, for those who count. Nothing of the encounter is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted {
    /// `priced`, or the `type` of the problem.
    pub outcome: &'static str,
    /// From the whole document to the statement.
    pub duration: Duration,
}

impl Api {
    /// An interface over a pricer. `today` is asked at each request that does not name a day itself.
    pub fn new(pricer: impl Into<Arc<Pricer>>, today: impl Fn() -> Day + Send + Sync + 'static) -> Api {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Api {
            current: RwLock::new(Current { pricer: pricer.into(), not_admitted: None }),
            today: Box::new(today),
            observer: Box::new(|_| {}),
            apart: Lane::open(),
            long_work: Arc::new(Semaphore::new(processors)),
            desk: None,
            followers: Arc::new(Semaphore::new(FOLLOWERS)),
            uploads: Semaphore::new(UPLOADS),
            is_secure: false,
            proxies: Vec::new(),
        }
    }

    /// Keeps records.
    #[must_use]
    pub fn with_desk(self, desk: Arc<Desk>) -> Api {
        Api { desk: Some(desk), ..self }
    }

    /// For browsers that come under TLS: cookies are sent back under it alone, and the next visit begins with it.
    #[must_use]
    pub fn under_tls(self, is_secure: bool) -> Api {
        Api { is_secure, ..self }
    }

    /// For requests that come through these proxies: each says whom it asks for.
    #[must_use]
    pub fn behind(self, proxies: &[IpNet]) -> Api {
        Api { proxies: proxies.to_vec(), ..self }
    }

    /// Whose word is taken for where a request comes from.
    pub(crate) fn proxies(&self) -> &[IpNet] {
        &self.proxies
    }

    /// Do browsers come under TLS?
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Tells `observer` of every quote.
    #[must_use]
    pub fn observed_by(self, observer: impl Fn(&Quoted) + Send + Sync + 'static) -> Api {
        Api { observer: Box::new(observer), ..self }
    }

    /// Compiles every plugin, which takes seconds when no compiled form is kept: call it on a thread that may wait.
    /// Until it is done, requests that need plugins are refused.
    pub fn load(&self) {
        self.take(self.current().pricer);
    }

    /// Prices with another pricer from now on. Its plugins are compiled first, on this thread; requests under way end
    /// with the pricer they began with.
    pub fn replace(&self, pricer: Pricer) {
        self.take(Arc::new(pricer));
    }

    /// What prices now.
    pub fn pricer(&self) -> Arc<Pricer> {
        self.current().pricer
    }

    fn take(&self, pricer: Arc<Pricer>) {
        for error in pricer.load_all() {
            tracing::error!(%error, "visits of its province cannot be priced");
        }
        let plugins = pricer.plugins().into_iter();
        let not_admitted = plugins.filter_map(|plugin| {
            plugin.error.map(|message| Fault { path: format!("plugins.{}", plugin.name), message })
        });
        let next = Current { not_admitted: Some(not_admitted.collect()), pricer };
        // Nothing that holds the lock can panic half-way: what is there is whole.
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses while plugins are being loaded, or when one was not admitted.
    pub(crate) fn ready(&self) -> Result<(), Refusal> {
        match self.current().not_admitted {
            None => Err(refusal::loading()),
            Some(not_admitted) if !not_admitted.is_empty() => Err(refusal::not_admitted(not_admitted.to_vec())),
            Some(_) => Ok(()),
        }
    }

    /// A place for somebody who follows a request; none when there are as many as there may be.
    pub(crate) fn follow(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.followers).try_acquire_owned().ok()
    }

    /// A place for somebody who sends claim files; none when there are as many as there may be.
    pub(crate) fn upload(&self) -> Option<SemaphorePermit<'_>> {
        self.uploads.try_acquire().ok()
    }

    /// The use cases of facilities.
    pub(crate) fn desk(&self) -> Result<&Desk, Refusal> {
        self.desk.as_deref().ok_or_else(refusal::keeps_nothing)
    }

    /// The pricer, once its plugins are loaded.
    pub(crate) fn loaded(&self) -> Result<Arc<Pricer>, Refusal> {
        let current = self.current();
        if current.not_admitted.is_some() { Ok(current.pricer) } else { Err(refusal::loading()) }
    }

    /// The day taken as today.
    pub(crate) fn today(&self) -> Day {
        (self.today)()
    }

    /// Prices a document.
    pub(crate) async fn quote(&self, document: Bytes, today: Day) -> Result<Vec<u8>, Refusal> {
        let started = Instant::now();
        let priced = self.price(document, today).await?;
        let outcome = priced.as_ref().map_or_else(|problem| problem.kind, |_| "priced");
        (self.observer)(&Quoted { outcome, duration: started.elapsed() });
        Ok(priced?.json)
    }

    /// Prices at once what is short, aside what is long, and apart from others whatever a watched plugin decides.
    async fn price(&self, document: Bytes, today: Day) -> Result<Result<Priced, Problem>, Refusal> {
        let is_long = document.len() >= LONG_DOCUMENT_BYTES;
        let pricer = self.pricer();
        let read = match is_long {
            false => pricer.read(&document, today),
            true => self.aside(move |pricer| pricer.read(&document, today)).await?,
        };
        let encounter = match read {
            Ok(encounter) => encounter,
            Err(problem) => return Ok(Err(problem)),
        };
        if !pricer.is_watched(&encounter, today) {
            return match is_long {
                false => Ok(pricer.priced(&encounter, today)),
                true => self.aside(move |_| pricer.priced(&encounter, today)).await,
            };
        }
        let span = Span::current();
        let work = move || span.in_scope(|| pricer.priced(&encounter, today));
        self.apart.run(work).await.ok_or_else(refusal::panicked)
    }

    /// Does long work away from the threads that answer requests.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pricer) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        // It is never closed.
        let place = Arc::clone(&self.long_work).acquire_owned().await;
        let (pricer, span) = (self.pricer(), Span::current());
        let work = tokio::task::spawn_blocking(move || {
            // Given back when the work is done, even if nobody waits for it any more.
            let _place = place;
            span.in_scope(|| work(&pricer))
        });
        work.await.map_err(|_| refusal::panicked())
    }
}

/// The pricer with every plugin loaded; the request is refused before its body is read while they are not.
pub(crate) struct Loaded(pub(crate) Arc<Pricer>);

impl FromRequestParts<Arc<Api>> for Loaded {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, api: &Arc<Api>) -> Result<Loaded, Refusal> {
        // A plugin that was not admitted concerns the visits of its province only.
        api.loaded().map(Loaded)
    }
}
