//! A listening socket with one thread per connection, all of which end when it is dropped.
//!
//! Threads block in reads, in writes and in scripted silence. Dropping the [`Listener`] shuts every open
//! socket and rings the [`Gate`], so each of them wakes at once and is joined: nothing outlives a test.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Locks even when another thread panicked: a receiver must go on recording for the test to read.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `list` has `count` entries, or for at most `limit`, and gives a copy of all there are.
pub(crate) fn wait_for<T: Clone>(
    list: &Mutex<Vec<T>>,
    arrived: &Condvar,
    count: usize,
    limit: Duration,
) -> Vec<T> {
    let started = Instant::now();
    let mut entries = lock(list);
    while entries.len() < count {
        let left = limit.saturating_sub(started.elapsed());
        if left.is_zero() {
            break;
        }
        entries = arrived
            .wait_timeout(entries, left)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
    entries.clone()
}

/// What is shared between a listener and the threads that serve its connections.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    closing: Mutex<Closing>,
    rung: Condvar,
    open: Mutex<HashMap<usize, TcpStream>>,
    connections: AtomicUsize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Closing {
    #[default]
    NotYet,
    Now,
}

impl Gate {
    /// Waits for `time`; fails at once when the listener is dropped meanwhile, for nothing more is to be said.
    pub(crate) fn pause(&self, time: Duration) -> io::Result<()> {
        let started = Instant::now();
        let mut closing = lock(&self.closing);
        while *closing == Closing::NotYet {
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            closing = self
                .rung
                .wait_timeout(closing, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    /// Waits until the listener is dropped.
    pub(crate) fn hold(&self) {
        let mut closing = lock(&self.closing);
        while *closing == Closing::NotYet {
            closing = self
                .rung
                .wait(closing)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        *lock(&self.closing) == Closing::Now
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A bound port on 127.0.0.1 and the threads behind it.
#[derive(Debug)]
pub(crate) struct Listener {
    port: u16,
    gate: Arc<Gate>,
    acceptor: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

impl Listener {
    /// Listens on a free loopback port.
    ///
    /// Each connection is first admitted, with its number counted from 1, strictly in order of arrival; what
    /// that gives goes with it to `serve`, on a thread of its own.
    pub(crate) fn open<T: Send + 'static>(
        gate: Arc<Gate>,
        admit: impl Fn(usize) -> T + Send + 'static,
        serve: impl Fn(TcpStream, T) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::clone(&gate);
        let acceptor = std::thread::Builder::new()
            .name(format!("receiver-{port}"))
            .spawn(move || accept(&listener, &shared, admit, Arc::new(serve)))?;
        Ok(Self {
            port,
            gate,
            acceptor: Some(acceptor),
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        *lock(&self.gate.closing) = Closing::Now;
        self.gate.rung.notify_all();
        // The acceptor blocks in `accept`; one connection to ourselves wakes it. Should even that fail,
        // leaving one idle thread behind is better than hanging the test.
        let own = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let woken = TcpStream::connect_timeout(&own, Duration::from_secs(1)).is_ok();
        for stream in lock(&self.gate.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let Some(acceptor) = self.acceptor.take().filter(|_| woken) else {
            return;
        };
        for connection in acceptor.join().unwrap_or_default() {
            let _ = connection.join();
        }
    }
}

fn accept<T: Send + 'static>(
    listener: &TcpListener,
    gate: &Arc<Gate>,
    admit: impl Fn(usize) -> T,
    serve: Arc<impl Fn(TcpStream, T) + Send + Sync + 'static>,
) -> Vec<JoinHandle<()>> {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        if gate.is_closing() {
            break;
        }
        let Ok(stream) = stream else { continue };
        threads.retain(|thread| !thread.is_finished());
        let number = gate.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let Ok(copy) = stream.try_clone() else {
            continue;
        };
        lock(&gate.open).insert(number, copy);
        // The drop may have swept the map between the check above and the insertion.
        if gate.is_closing() {
            break;
        }
        let admitted = admit(number);
        let (gate, serve) = (Arc::clone(gate), Arc::clone(&serve));
        let thread = std::thread::Builder::new()
            .name(format!("connection-{number}"))
            .spawn(move || {
                let entry = OpenEntry { gate, number };
                // A scripted reset only happens when the last descriptor closes, so the copy must not outlive it.
                serve(stream, admitted);
                drop(entry);
            });
        threads.extend(thread);
    }
    threads
}

/// Forgets the copy of a socket when its thread ends, even by a panic.
struct OpenEntry {
    gate: Arc<Gate>,
    number: usize,
}

impl Drop for OpenEntry {
    fn drop(&mut self) {
        lock(&self.gate.open).remove(&self.number);
    }
}
