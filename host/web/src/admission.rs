//! How many requests are worked on at once.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::refusal::overloaded;

/// Far more than processors, since most of them wait for their body to arrive; few enough that bodies of the greatest
/// length fit in memory together.
const MOST: usize = 256;

/// Places for requests.
#[derive(Clone)]
pub(crate) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Places {
        Places(Arc::new(Semaphore::new(MOST)))
    }
}

/// Works on a request if there is a place for it, and refuses it at once otherwise: a sender that waits in a queue
/// learns nothing, one that is refused can ask elsewhere.
pub(crate) async fn admit(State(places): State<Places>, request: Request, next: Next) -> Response {
    match places.0.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => overloaded(MOST).into_response(),
    }
}
