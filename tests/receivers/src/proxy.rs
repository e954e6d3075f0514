//! An HTTP proxy on loopback: takes CONNECT and passes bytes on, or refuses as it is told.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::listener::{Gate, Listener, lock};

/// What the proxy does with a CONNECT that it may serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tunnel {
    /// Connects and passes bytes on.
    Open,
    /// Answers with that status and closes.
    Status(u16),
    /// Answers with that status, asks to wait so many seconds, and closes.
    Later(u16, u32),
    /// Sends bytes that are no HTTP, and closes.
    Garbage,
    /// Closes without an answer.
    Close,
}

/// A running proxy; dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    listener: Listener,
    heads: Arc<Mutex<Vec<String>>>,
}

/// Longest request head that is read, in bytes.
const HEAD_LIMIT_BYTES: usize = 16 * 1024;

impl Proxy {
    /// Starts a proxy that serves everyone.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(tunnel: Tunnel) -> io::Result<Self> {
        Self::start_with(tunnel, None)
    }

    /// Starts a proxy that wants this name and password, and answers 407 to everyone else.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start_private(name: &str, password: &str) -> io::Result<Self> {
        let login = STANDARD.encode(format!("{name}:{password}"));
        Self::start_with(Tunnel::Open, Some(format!("Basic {login}")))
    }

    fn start_with(tunnel: Tunnel, login: Option<String>) -> io::Result<Self> {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let listener = Listener::open(Arc::new(Gate::default()), |_| (), {
            let heads = Arc::clone(&heads);
            move |client, ()| {
                // A connection that breaks ends its tunnel, and that is all.
                let _ = serve(client, tunnel, login.as_deref(), &heads);
            }
        })?;
        Ok(Self { listener, heads })
    }

    /// The address, without name and password: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.listener.port())
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.listener.port()
    }

    /// The request heads that arrived, in order.
    pub fn heads(&self) -> Vec<String> {
        lock(&self.heads).clone()
    }
}

fn serve(
    mut client: TcpStream,
    tunnel: Tunnel,
    login: Option<&str>,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_LIMIT_BYTES {
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    lock(heads).push(head.clone());
    let known = login.is_none_or(|login| {
        head.lines().any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("proxy-authorization") && value.trim() == login
            })
        })
    });
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next());
    let status = match (known, tunnel, target) {
        (false, ..) => 407,
        (_, Tunnel::Close, _) => return client.shutdown(Shutdown::Both),
        (_, Tunnel::Garbage, _) => return client.write_all(b"SSH-2.0-x\r\n"),
        (_, Tunnel::Later(status, seconds), _) => {
            return write!(
                client,
                "HTTP/1.1 {status} No\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n"
            );
        }
        (_, Tunnel::Status(status), _) => status,
        (_, Tunnel::Open, None) => 405,
        (_, Tunnel::Open, Some(target)) => match TcpStream::connect(target) {
            Ok(server) => {
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
                return pass_on(client, server);
            }
            Err(_) => 502,
        },
    };
    write!(client, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n")
}

/// Passes bytes both ways until both sides are done.
fn pass_on(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let upstream = std::thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let _ = io::copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(Shutdown::Both);
    let _ = upstream.join();
    Ok(())
}
