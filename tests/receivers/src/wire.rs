//! One connection, plain or under TLS, with the rude endings a real network has.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::listener::Gate;

/// A byte stream to the sender.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

/// How fast handshake bytes leave.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    AtOnce,
    OneByteEvery(Duration),
}

impl Wire {
    /// Does the server's half of a TLS handshake to the end.
    pub(crate) fn handshake(
        mut stream: TcpStream,
        config: Arc<ServerConfig>,
        pace: Pace,
        gate: &Gate,
    ) -> io::Result<Self> {
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        while connection.is_handshaking() || connection.wants_write() {
            if connection.wants_write() {
                let mut flight = Vec::new();
                connection.write_tls(&mut flight)?;
                match pace {
                    Pace::AtOnce => stream.write_all(&flight)?,
                    Pace::OneByteEvery(every) => drip(&mut stream, &flight, every, gate)?,
                }
                continue;
            }
            if connection.read_tls(&mut stream)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Err(fault) = connection.process_new_packets() {
                // The alert tells the sender why; it is a courtesy, so its own failure changes nothing.
                let _ = connection.write_tls(&mut stream);
                return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
            }
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    /// Sends half of the answer to the first handshake message, then resets the connection.
    ///
    /// With TLS 1.3 the whole answer would complete the handshake for the client.
    pub(crate) fn reset_in_handshake(
        mut stream: TcpStream,
        config: Arc<ServerConfig>,
    ) -> io::Result<()> {
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        while connection.wants_read() && !connection.wants_write() {
            if connection.read_tls(&mut stream)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            connection.process_new_packets().map_err(io::Error::other)?;
        }
        let mut flight = Vec::new();
        connection.write_tls(&mut flight)?;
        stream.write_all(flight.get(..flight.len() / 2).unwrap_or_default())?;
        reset(stream)
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Ends the connection with a TCP reset.
    pub(crate) fn reset(self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => reset(stream),
            Self::Tls(stream) => reset(stream.into_parts().1),
        }
    }

    /// Says that nothing more will be written; reading stays possible.
    pub(crate) fn end_writing(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown(Shutdown::Write),
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush()?;
                stream.sock.shutdown(Shutdown::Write)
            }
        }
    }

    /// Ends writing, then reads what the sender still has under way, up to a bound.
    ///
    /// Closing a socket with unread bytes resets it, and the reset can overtake the last answer.
    pub(crate) fn part(&mut self) {
        const LAST_WORDS_BYTES: u64 = 16 * 1024 * 1024;
        const LAST_WORDS_TIME: Duration = Duration::from_secs(2);
        if self.end_writing().is_ok()
            && self
                .socket()
                .set_read_timeout(Some(LAST_WORDS_TIME))
                .is_ok()
        {
            let _ = io::copy(&mut self.take(LAST_WORDS_BYTES), &mut io::sink());
        }
    }

    /// Writes `bytes` one at a time, each in a TLS record of its own, pausing between them.
    pub(crate) fn drip(&mut self, bytes: &[u8], every: Duration, gate: &Gate) -> io::Result<()> {
        drip(self, bytes, every, gate)
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Closes with a reset instead of an orderly end. The caller must hold no other copy of the socket.
pub(crate) fn reset(stream: TcpStream) -> io::Result<()> {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

fn drip(wire: &mut impl Write, bytes: &[u8], every: Duration, gate: &Gate) -> io::Result<()> {
    for byte in bytes {
        wire.write_all(std::slice::from_ref(byte))?;
        wire.flush()?;
        gate.pause(every)?;
    }
    Ok(())
}
