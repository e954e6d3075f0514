//! A listening socket with a thread for each connection at a time, all of which end when it is dropped.
//!
//! Each thread waits for a connection, lets another one wait in its place, and serves: so no connection
//! waits for a thread to be made, and a receiver costs those who are measured on it little.
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
    threads: Threads,
}

/// All threads that were started, also those that have ended.
type Threads = Arc<Mutex<Vec<JoinHandle<()>>>>;

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
        let threads = Threads::default();
        let post = Post {
            port,
            door: Mutex::new((listener, admit)),
            serve,
            gate: Arc::clone(&gate),
            waiting: AtomicUsize::new(0),
            threads: Arc::clone(&threads),
        };
        Arc::new(post).man()?;
        Ok(Self {
            port,
            gate,
            threads,
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
        // One thread blocks in `accept`; one connection to ourselves wakes it. Should even that fail, leaving
        // idle threads behind is better than hanging the test.
        let own = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let woken = TcpStream::connect_timeout(&own, Duration::from_secs(1)).is_ok();
        for stream in lock(&self.gate.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if !woken {
            return;
        }
        // Whoever starts a thread is in the list, and is joined before it is empty.
        loop {
            let Some(thread) = lock(&self.threads).pop() else {
                return;
            };
            let _ = thread.join();
        }
    }
}

/// Where connections arrive.
struct Post<A, S> {
    port: u16,
    /// Held by the one thread that waits for the next connection, until that one is admitted.
    door: Mutex<(TcpListener, A)>,
    serve: S,
    gate: Arc<Gate>,
    /// Threads that wait at the door or for it.
    waiting: AtomicUsize,
    threads: Threads,
}

impl<T, A, S> Post<A, S>
where
    T: Send + 'static,
    A: Fn(usize) -> T + Send + 'static,
    S: Fn(TcpStream, T) + Send + Sync + 'static,
{
    /// Starts one more thread.
    fn man(self: Arc<Self>) -> io::Result<()> {
        let threads = Arc::clone(&self.threads);
        let named = std::thread::Builder::new().name(format!("receiver-{}", self.port));
        // The list is held until the thread is in it, so that no join can miss it.
        let mut threads = lock(&threads);
        threads.push(named.spawn(move || {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            while self.take_turn() {}
        })?);
        Ok(())
    }

    /// Waits for a connection and serves it; `false` when the listener is dropped.
    fn take_turn(self: &Arc<Self>) -> bool {
        let door = lock(&self.door);
        let (listener, admit) = &*door;
        let (stream, entry) = loop {
            if self.gate.is_closing() {
                return false;
            }
            let Ok((stream, _)) = listener.accept() else {
                continue;
            };
            if self.gate.is_closing() {
                return false;
            }
            let Ok(copy) = stream.try_clone() else {
                continue;
            };
            let number = self.gate.connections.fetch_add(1, Ordering::SeqCst) + 1;
            lock(&self.gate.open).insert(number, copy);
            let gate = Arc::clone(&self.gate);
            break (stream, OpenEntry { gate, number });
        };
        // The drop may have swept the map between the check above and the insertion.
        if self.gate.is_closing() {
            return false;
        }
        let admitted = admit(entry.number);
        // Without a thread more, the next connection waits for this one to end.
        if self.waiting.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = Arc::clone(self).man();
        }
        drop(door);
        // A scripted reset only happens when the last descriptor closes, so the copy must not outlive it.
        (self.serve)(stream, admitted);
        drop(entry);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        true
    }
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
