//! A server of its own thread, for as long as it is held.

use std::net::SocketAddr;

use axum::Router;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Serves on a port, or on any free one for 0.
    pub(crate) fn start(router: Router, port: u16) -> Server {
        let (told, telling) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.expect("threads can be made");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
                told.send(listener.local_addr().expect("it has an address")).expect("somebody waits");
                let serving = axum::serve(listener, router).with_graceful_shutdown(async {
                    // Ends when it is dropped, too.
                    let _ = stopped.await;
                });
                tokio::select! {
                    served = serving => served.expect("it serves"),
                    () = tokio::time::sleep(std::time::Duration::from_secs(24 * 3600)) => {}
                }
            });
            // What still waits (a silent answer) is not waited for.
            runtime.shutdown_background();
        });
        let address = telling.recv().expect("it listens");
        Server { address, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended.
            let _ = stop.send(());
        }
        drop(self.thread.take());
    }
}
