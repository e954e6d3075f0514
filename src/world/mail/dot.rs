//! A stream that notes when the final dot of a mail was written. Until then no server can have
//! taken the mail, and trying again cannot make a second copy (rule S-6).

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Handover;

/// How a mail ends on the wire (RFC 5321, section 4.1.1.4).
const END: [u8; 5] = *b"\r\n.\r\n";

/// The stream, and the last bytes that were written to it.
#[derive(Debug)]
pub(super) struct DotStream<'p, T> {
    stream: T,
    tail: [u8; 5],
    mail: &'p Cell<Handover>,
}

impl<'p, T> DotStream<'p, T> {
    pub(super) const fn new(stream: T, mail: &'p Cell<Handover>) -> Self {
        Self {
            stream,
            tail: [0; 5],
            mail,
        }
    }

    pub(super) fn into_inner(self) -> T {
        self.stream
    }

    fn note(&mut self, written: &[u8]) {
        for byte in written {
            self.tail.rotate_left(1);
            if let Some(last) = self.tail.last_mut() {
                *last = *byte;
            }
            if self.tail == END {
                self.mail.set(Handover::Written);
            }
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for DotStream<'_, T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for DotStream<'_, T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &poll {
            let written = bytes.get(..*count).unwrap_or(bytes);
            self.note(written);
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn the_dot_is_seen_however_it_is_cut() {
        for (pieces, expected) in [
            (&["a\r\n.\r\n"][..], Handover::Written),
            (&["a\r\n", ".", "\r", "\n"], Handover::Written),
            (&["a\r\n.\r"], Handover::Open),
            (&["a\r\n..\r\n"], Handover::Open),
            (&["a.\r\n.b\r\n"], Handover::Open),
            (&[], Handover::Open),
        ] {
            let mail = Cell::new(Handover::Open);
            let mut stream = DotStream::new(Vec::new(), &mail);
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await.unwrap();
            }
            assert_eq!(mail.get(), expected, "{pieces:?}");
        }
    }
}
