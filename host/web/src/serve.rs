//! Answering connections until told to stop.

use std::future::pending;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Requests under way when the server is told to stop have this long to be answered.
const LAST_SECONDS: u64 = 10;

/// Answers connections until `shutdown` is done and the requests then under way are answered, or have taken too long.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // A statement does not wait until the previous one was acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let (stopping, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        let _ = stopping.send(());
    });
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
