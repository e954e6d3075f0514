//! Threads that carry requests over HTTP. A TLS handshake is some tenths of a millisecond of
//! computing, and on one thread those of several targets follow each other.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

/// A request on its way.
type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How many there are. Each costs its start, and asking for the number of processors costs as much.
const COUNT: usize = 2;

/// The carriers of a run.
#[derive(Debug)]
pub(super) struct Carriers {
    all: Vec<mpsc::UnboundedSender<Job>>,
    next: Cell<usize>,
}

impl Carriers {
    /// Starts them, unless there is one target only. Where the system gives no further thread,
    /// there are fewer.
    pub(super) fn begin(targets: usize) -> Self {
        let count = if targets > 1 { COUNT } else { 0 };
        Self {
            all: (0..count).map_while(|_| carrier().ok()).collect(),
            next: Cell::default(),
        }
    }

    /// The one whose turn it is, if there are any.
    pub(super) fn turn(&self) -> Option<Carrier<'_>> {
        let turn = self.next.get();
        self.next.set(turn.wrapping_add(1));
        let at = turn.checked_rem(self.all.len())?;
        self.all.get(at).map(Carrier)
    }
}

/// A thread that carries.
pub(super) struct Carrier<'c>(&'c mpsc::UnboundedSender<Job>);

impl Carrier<'_> {
    /// Runs a future to its end over there; `None` when that could not even begin. It is dropped
    /// when the caller drops this, and panics here when it panicked there.
    pub(super) async fn carry<F>(self, future: F) -> Option<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (mut done, output) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let job = async move {
            begins.store(true, Ordering::Release);
            let mut future = Box::pin(future);
            let output = poll_fn(|context| match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => done.poll_closed(context).map(|()| None),
            });
            if let Some(output) = output.await {
                drop(done.send(output));
            }
        };
        // What cannot be sent is dropped, and then no output comes.
        drop(self.0.send(Box::pin(job)));
        match output.await {
            Ok(output) => Some(output),
            // Whoever guards against panics here must hear of it.
            Err(lost) if begun.load(Ordering::Acquire) => std::panic::resume_unwind(Box::new(lost)),
            Err(_) => None,
        }
    }
}

/// Starts a thread that runs what it is sent, until nobody can send any more; it takes nothing where
/// the system refuses what a runtime needs.
fn carrier() -> io::Result<mpsc::UnboundedSender<Job>> {
    let (sender, mut jobs) = mpsc::unbounded_channel();
    std::thread::Builder::new().spawn(move || {
        // Made here, while the one who sends goes on.
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            while let Some(job) = jobs.recv().await {
                drop(tokio::spawn(job));
            }
        });
        // A name lookup may hang.
        runtime.shutdown_background();
    })?;
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;

    fn runs<F: Future>(future: F) -> F::Output {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(future)
    }

    fn two() -> Carriers {
        Carriers {
            all: vec![carrier().unwrap(), carrier().unwrap()],
            next: Cell::default(),
        }
    }

    #[test]
    fn one_target_has_no_carrier() {
        for targets in [0, 1] {
            assert!(Carriers::begin(targets).turn().is_none(), "{targets}");
        }
    }

    #[test]
    fn carriers_take_turns_and_none_is_the_callers_thread() {
        let carriers = two();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let carrier = carriers.turn().unwrap();
                runs(carrier.carry(async { thread::current().id() })).unwrap()
            })
            .collect();
        assert_eq!(threads[0], threads[2]);
        assert_eq!(threads[1], threads[3]);
        assert_ne!(threads[0], threads[1]);
        assert!(!threads.contains(&thread::current().id()));
    }

    #[test]
    fn a_panic_over_there_is_one_here_and_the_carrier_goes_on() {
        let carriers = two();
        let broken = carriers.turn().unwrap();
        let lost = catch_unwind(AssertUnwindSafe(|| {
            runs(broken.carry(async { panic!("a bug in a sender") }))
        }));
        assert!(lost.is_err());
        carriers.turn().unwrap();
        let same = carriers.turn().unwrap();
        assert_eq!(runs(same.carry(async { 7 })), Some(7));
    }

    #[test]
    fn a_carrier_that_cannot_begin_says_so() {
        let (sender, jobs) = mpsc::unbounded_channel();
        let carriers = Carriers {
            all: vec![sender],
            next: Cell::default(),
        };
        drop(jobs);
        assert_eq!(runs(carriers.turn().unwrap().carry(async { 7 })), None);
        // It may end with what it took and did not begin.
        let (sender, mut jobs) = mpsc::unbounded_channel();
        let carriers = Carriers {
            all: vec![sender],
            next: Cell::default(),
        };
        let ends = async {
            drop(jobs.recv().await);
        };
        let carried =
            runs(async { tokio::join!(carriers.turn().unwrap().carry(async { 7 }), ends).0 });
        assert_eq!(carried, None);
    }

    #[test]
    fn what_nobody_waits_for_is_dropped() {
        let carriers = two();
        let held = Arc::new(());
        let copy = Arc::clone(&held);
        let carrier = carriers.turn().unwrap();
        runs(async {
            let carried = carrier.carry(async move {
                std::future::pending::<()>().await;
                drop(copy);
            });
            let mut carried = Box::pin(carried);
            poll_fn(|context| {
                assert!(carried.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
        });
        // The carrier looks at what it holds whenever it gets something new.
        let is_dropped = (0..1000).any(|_| {
            carriers.turn().unwrap();
            runs(carriers.turn().unwrap().carry(async {}));
            Arc::strong_count(&held) == 1
        });
        assert!(is_dropped);
    }
}
