//! The signals that ask the run to end. As the first process of a container the program would
//! ignore them by default, so it listens itself.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

/// A signal that ends the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Remembers which signal came.
#[derive(Debug, Default)]
pub struct Stop(Cell<Option<Signal>>);

impl Stop {
    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<Signal> {
        self.0.get()
    }

    /// Waits until a signal came. It needs no waker of its own: [`Stop::watching`] polls everything
    /// again as soon as there is one.
    pub(super) async fn came(&self) {
        poll_fn(|_| match self.0.get() {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        })
        .await;
    }

    /// Runs a future to its end and listens for signals meanwhile. Where the system lets nobody
    /// listen, nobody does.
    #[cfg(unix)]
    pub async fn watching<F: Future>(&self, future: F) -> F::Output {
        use tokio::signal::unix::{SignalKind, signal};

        let mut listeners: Vec<_> = [
            (SignalKind::interrupt(), Signal::Interrupt),
            (SignalKind::terminate(), Signal::Terminate),
        ]
        .into_iter()
        .filter_map(|(kind, name)| Some((signal(kind).ok()?, name)))
        .collect();
        let mut future = Box::pin(future);
        poll_fn(|context| {
            for (listener, name) in &mut listeners {
                if listener.poll_recv(context).is_ready() && self.0.get().is_none() {
                    self.0.set(Some(*name));
                }
            }
            future.as_mut().poll(context)
        })
        .await
    }

    /// Runs a future to its end; elsewhere nobody listens.
    #[cfg(not(unix))]
    pub async fn watching<F: Future>(&self, future: F) -> F::Output {
        future.await
    }
}
