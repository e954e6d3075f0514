//! Waiting, and the signals that end it: the one runtime of a run, which listens for those that ask
//! the run to end. It is made when something must be waited for. Until then a signal does what the
//! system does with it, which is the end of the process, except for the first process of a
//! container: there it would be lost, so that one listens from the start.

use std::cell::{Cell, OnceCell};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

/// A signal that ends the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Waits for what has to be waited for, and remembers which signal came.
#[derive(Debug, Clone, Default)]
pub struct Stop(Rc<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    signal: Cell<Option<Signal>>,
    listening: OnceCell<Listening>,
}

#[derive(Debug)]
struct Listening {
    /// Only to be taken out at the end.
    runtime: Option<Runtime>,
    ears: ears::Ears,
}

impl Listening {
    fn begin() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let ears = ears::Ears::open();
        drop(inside);
        Ok(Self {
            runtime: Some(runtime),
            ears,
        })
    }
}

impl Drop for Listening {
    /// Waits for nobody: a name lookup may hang, and so may a reader of standard input.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Stop {
    /// Listens from now on. What comes before the next wait is heard then.
    ///
    /// # Errors
    /// When the system refuses what a runtime needs.
    pub fn listen(&self) -> io::Result<()> {
        self.listening().map(|_| ())
    }

    fn listening(&self) -> io::Result<&Listening> {
        if !self.is_listening() {
            // There was none a moment ago, and this thread is the only one.
            drop(self.0.listening.set(Listening::begin()?));
        }
        let listening = self.0.listening.get();
        listening.ok_or_else(|| io::Error::from(io::ErrorKind::Other))
    }

    /// Whether a signal no longer simply ends the process.
    pub fn is_listening(&self) -> bool {
        self.0.listening.get().is_some()
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<Signal> {
        self.0.signal.get()
    }

    /// Waits until a signal came. It needs no waker of its own: [`Stop::wait_for`] polls everything
    /// again as soon as there is one.
    pub(super) async fn came(&self) {
        poll_fn(|_| match self.signal() {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        })
        .await;
    }

    /// Runs a future to its end and listens for signals meanwhile. Where the system lets nobody
    /// listen, nobody does.
    ///
    /// # Errors
    /// When the system refuses what a runtime needs.
    pub fn wait_for<F: Future>(&self, future: F) -> io::Result<F::Output> {
        let mut output = None;
        self.run(pin!(async { output = Some(future.await) }))?;
        output.ok_or_else(|| io::ErrorKind::Other.into())
    }

    /// One runtime's loop for whatever is waited for; a copy of it for each would cost ten kilobytes.
    fn run(&self, mut future: Pin<&mut dyn Future<Output = ()>>) -> io::Result<()> {
        let listened_before = self.is_listening();
        let listening = self.listening()?;
        let Some(runtime) = &listening.runtime else {
            return Err(io::ErrorKind::Other.into());
        };
        runtime.block_on(async {
            // A signal is passed on by the runtime's own turn, and what begins now must know of it.
            if listened_before {
                yield_now().await;
            }
            poll_fn(|context| {
                self.hear(listening, context);
                future.as_mut().poll(context)
            })
            .await;
        });
        Ok(())
    }

    fn hear(&self, listening: &Listening, context: &mut Context<'_>) {
        if let (Some(signal), None) = (listening.ears.heard(context), self.signal()) {
            self.0.signal.set(Some(signal));
        }
    }
}

/// Lets a file that may not grow any further be a fault of writing, not the end of the process: the
/// message went out, and what is left is to say so (rule D-12). Nobody listens at the other end.
pub(super) fn outlive_file_limits() {
    #[cfg(unix)]
    if let Ok((_, mouth)) = std::os::unix::net::UnixStream::pair() {
        drop(signal_hook::low_level::pipe::register(
            signal_hook::consts::SIGXFSZ,
            mouth,
        ));
    }
}

#[cfg(unix)]
mod ears {
    use std::cell::RefCell;
    use std::io;
    use std::os::unix::net::UnixStream as Socket;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::low_level::pipe;
    use tokio::io::{AsyncRead, ReadBuf};
    use tokio::net::UnixStream;

    use super::Signal;

    /// Hears both signals. The runtime's own listener prepares for sixty-five, which takes as long as
    /// all that is written to the log.
    #[derive(Debug)]
    pub(super) struct Ears(RefCell<Vec<(UnixStream, Signal)>>);

    impl Ears {
        /// Wants a runtime around it.
        pub(super) fn open() -> Self {
            let both = [(SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate)];
            let open = both.into_iter();
            Self(RefCell::new(
                open.filter_map(|(number, name)| Some((ear(number).ok()?, name)))
                    .collect(),
            ))
        }

        /// The signal that came since it was asked last.
        pub(super) fn heard(&self, context: &mut Context<'_>) -> Option<Signal> {
            let mut heard = None;
            for (ear, name) in self.0.borrow_mut().iter_mut() {
                let mut bytes = [0; 8];
                let mut buffer = ReadBuf::new(&mut bytes);
                // Pending once it is empty, and then it wakes whoever waits.
                while let Poll::Ready(Ok(())) = Pin::new(&mut *ear).poll_read(context, &mut buffer)
                    && !buffer.filled().is_empty()
                {
                    heard = heard.or(Some(*name));
                    buffer.clear();
                }
            }
            heard
        }
    }

    /// A socket from which a byte can be read for each time that the signal came.
    fn ear(signal: i32) -> io::Result<UnixStream> {
        let (ear, mouth) = Socket::pair()?;
        ear.set_nonblocking(true)?;
        let ear = UnixStream::from_std(ear)?;
        pipe::register(signal, mouth)?;
        Ok(ear)
    }
}

#[cfg(not(unix))]
mod ears {
    use std::task::Context;

    use super::Signal;

    /// Hears nothing.
    #[derive(Debug)]
    pub(super) struct Ears;

    impl Ears {
        pub(super) fn open() -> Self {
            Self
        }

        pub(super) fn heard(&self, _: &mut Context<'_>) -> Option<Signal> {
            None
        }
    }
}
