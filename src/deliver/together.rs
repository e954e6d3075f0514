//! Futures side by side on one thread, and one that may panic without taking the others along.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future's output, or `None` when it panics: a bug in one channel must not keep the others
/// from ringing (rule D-11).
pub(super) async fn guarded<F: Future + Unpin>(future: F) -> Option<F::Output> {
    Guarded(future).await
}

struct Guarded<F>(F);

impl<F: Future + Unpin> Future for Guarded<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.0).poll(context)));
        match polled {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}

/// The future's output, or `None` when `stop` came first.
pub(super) async fn unless<F: Future + Unpin>(
    mut future: F,
    mut stop: impl Future<Output = ()> + Unpin,
) -> Option<F::Output> {
    poll_fn(|context| match Pin::new(&mut future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Pin::new(&mut stop).poll(context).map(|()| None),
    })
    .await
}

/// A future among others, and what came of it.
struct Running<F: Future> {
    future: Pin<Box<F>>,
    output: Option<F::Output>,
}

/// Runs futures side by side on this one thread until all are done.
pub(super) async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Running<F>> = futures
        .map(|future| Running {
            future: Box::pin(future),
            output: None,
        })
        .collect();
    poll_fn(|context| {
        let mut pending = false;
        for one in running.iter_mut().filter(|one| one.output.is_none()) {
            match one.future.as_mut().poll(context) {
                Poll::Ready(output) => one.output = Some(output),
                Poll::Pending => pending = true,
            }
        }
        if pending {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    running.into_iter().filter_map(|one| one.output).collect()
}
