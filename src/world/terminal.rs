//! The one writer of the program. Every line it writes is scrubbed of secrets, made harmless for
//! log readers, and begins with the program's name.
//!
//! A run that delivers keeps its lines, and writes them beside the delivery whenever the reader
//! takes them: a log that nobody reads must not hold a message back.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::timeout;

use super::signals::Stop;
use crate::model::text::{clean, head_chars};
use crate::secret::Scrubber;

/// Longest line, in characters. Text from outside is cut to less before it comes here.
const LINE_LIMIT_CHARS: usize = 1000;

/// Writes the log.
#[derive(Debug, Default)]
pub struct Terminal {
    scrubber: Scrubber,
    written: Cell<usize>,
    way: Cell<Way>,
    kept: RefCell<Vec<u8>>,
    pipe: pipe::Pipe,
}

/// How lines go out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Way {
    /// At once, however long the reader takes.
    #[default]
    Straight,
    /// When the reader takes them.
    Kept,
}

/// Most that is written at a time, in bytes: what a pipe that is not full takes whole (POSIX,
/// PIPE_BUF on Linux). A line has less.
const PIECE_BYTES: usize = 4096;

/// Most that is kept for a reader who takes nothing, in bytes; twice what is printed of messages.
const KEPT_LIMIT_BYTES: usize = 2 * LOG_LIMIT_BYTES;

/// How long the reader has for the last lines when the run was asked to end: rule D-12 gives two
/// seconds, most of which an attempt may have taken.
const LAST_LINES: Duration = Duration::from_millis(250);

/// Most that is printed of what would be sent, in bytes (rule R-9).
const LOG_LIMIT_BYTES: usize = 1024 * 1024;

impl Terminal {
    /// A terminal that hides these secrets.
    pub fn new(scrubber: Scrubber) -> Self {
        Self {
            scrubber,
            written: Cell::default(),
            way: Cell::default(),
            kept: RefCell::default(),
            pipe: pipe::Pipe::default(),
        }
    }

    /// Keeps lines from now on, until [`Terminal::beside`] or [`Terminal::finish`] writes them.
    pub fn keep(&self) {
        self.way.set(Way::Kept);
    }

    /// Runs a future to its end, and writes meanwhile what is kept.
    pub async fn beside<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let polled = future.as_mut().poll(context);
            if polled.is_pending() {
                // Whether all is written does not matter here.
                let _ = self.write_kept(context);
            }
            polled
        })
        .await
    }

    /// Writes what is still kept, and gives the reader at most `limit` for it. Where there is no
    /// waiting, it is written however long that takes.
    pub fn finish(&self, stop: &Stop, limit: Duration) {
        let signal = stop.signal();
        let limit = match signal {
            Some(_) => limit.min(LAST_LINES),
            None => limit,
        };
        let writing = poll_fn(|context| match self.write_kept(context) {
            Poll::Pending if stop.signal() == signal => Poll::Pending,
            Poll::Pending | Poll::Ready(()) => Poll::Ready(()),
        });
        let is_kept = !self.kept.borrow().is_empty();
        if is_kept
            && stop
                .wait_for(async { timeout(limit, writing).await })
                .is_ok()
        {
            // Nobody reads the rest.
            self.kept.borrow_mut().clear();
        }
        self.write_straight();
    }

    /// Writes what is kept, as much as the reader takes.
    fn write_kept(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut kept = self.kept.borrow_mut();
        while !kept.is_empty() {
            let most = kept.get(..PIECE_BYTES).unwrap_or(&kept);
            let end = most.iter().rposition(|byte| *byte == b'\n');
            let piece = end.and_then(|end| most.get(..=end)).unwrap_or(most);
            let written = ready!(self.pipe.write(piece, context));
            let done = written.min(kept.len());
            kept.drain(..done);
        }
        Poll::Ready(())
    }

    /// Writes what is kept, however long the reader takes.
    fn write_straight(&self) {
        self.way.set(Way::Straight);
        let kept = self.kept.take();
        drop(std::io::stdout().lock().write_all(&kept));
    }

    /// What it hides.
    pub const fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }

    /// Writes one line. A closed output is not an error: the messages matter, not the log.
    pub fn line(&self, text: &str) {
        let text = harmless(&self.scrubber.scrub(text));
        self.write(&format!("runbell: {text}\n"));
    }

    fn write(&self, line: &str) {
        match self.way.get() {
            Way::Straight => drop(std::io::stdout().lock().write_all(line.as_bytes())),
            Way::Kept => {
                let mut kept = self.kept.borrow_mut();
                if kept.len() + line.len() <= KEPT_LIMIT_BYTES {
                    kept.extend_from_slice(line.as_bytes());
                }
            }
        }
    }

    /// What can grow without end is cut, with a word about it; the lines that matter are not.
    fn write_some(&self, line: &str) {
        let before = self.written.get();
        let behind = before.saturating_add(line.len());
        self.written.set(behind);
        let line = match (before, behind) {
            (LOG_LIMIT_BYTES.., _) => return,
            (_, LOG_LIMIT_BYTES..) => "runbell: the rest is left out: it is more than a mebibyte\n",
            _ => line,
        };
        self.write(line);
    }

    /// Writes what would be sent, line by line, as long as it is. The blank without width is spelled
    /// as JSON spells it: what takes the power out of a value must be seen, and survive a copy.
    pub fn payload(&self, text: &str) {
        for line in self.scrubber.scrub(text).lines() {
            let line = without_commands(&clean(&line.replace('\u{200b}', r"\u200b")));
            self.write_some(&format!("runbell:   {line}\n"));
        }
    }

    /// Writes a command that the platform reads, which must begin its line.
    pub fn command(&self, text: &str) {
        let text = clean(&self.scrubber.scrub(text)).replace('\n', " ");
        self.write(&format!("{text}\n"));
    }
}

impl Drop for Terminal {
    /// What a bug left behind is told all the same.
    fn drop(&mut self) {
        self.write_straight();
    }
}

/// Standard output, written to when its reader has room.
#[cfg(unix)]
mod pipe {
    use std::cell::RefCell;
    use std::io::{self, ErrorKind, Write, stdout};
    use std::os::fd::AsFd;
    use std::task::{Context, Poll};

    use tokio::net::unix::pipe::Sender;

    /// Asks anew before each piece: whether there is room is told once, and the output is one that
    /// waits in the write itself, as everyone who shares it expects.
    #[derive(Debug, Default)]
    pub(super) struct Pipe(RefCell<Option<Sender>>);

    impl Pipe {
        /// Writes a piece, and says how much of it is done with: all of it, too, when nobody can
        /// read it any more. Wants a runtime around it.
        pub(super) fn write(&self, piece: &[u8], context: &mut Context<'_>) -> Poll<usize> {
            let mut asked = self.0.borrow_mut();
            loop {
                let known = match asked.take() {
                    Some(known) => Ok(known),
                    None => open(),
                };
                let written = match known {
                    Ok(known) => match known.poll_write_ready(context) {
                        Poll::Pending => {
                            *asked = Some(known);
                            return Poll::Pending;
                        }
                        Poll::Ready(_) => known.try_write(piece),
                    },
                    // A file has room always, and cannot be asked.
                    Err(_) => stdout().lock().write_all(piece).map(|()| piece.len()),
                };
                match written.map_err(|fault| fault.kind()) {
                    Ok(written) => return Poll::Ready(written),
                    // Somebody else who writes there was faster.
                    Err(ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                    Err(_) => return Poll::Ready(piece.len()),
                }
            }
        }
    }

    /// A handle of its own. Whatever can be asked for room will do, a terminal as well as a pipe;
    /// the library's check for pipes would make it one that never waits, for everyone who shares it.
    fn open() -> io::Result<Sender> {
        Sender::from_owned_fd_unchecked(stdout().as_fd().try_clone_to_owned()?)
    }
}

/// Standard output, where it cannot be asked for room.
#[cfg(not(unix))]
mod pipe {
    use std::io::{Write, stdout};
    use std::task::{Context, Poll};

    #[derive(Debug, Default)]
    pub(super) struct Pipe;

    impl Pipe {
        pub(super) fn write(&self, piece: &[u8], _: &mut Context<'_>) -> Poll<usize> {
            drop(stdout().lock().write_all(piece));
            Poll::Ready(piece.len())
        }
    }
}

/// Writes text that this program made itself: help and tables.
pub fn print(text: &str) {
    drop(std::io::stdout().lock().write_all(text.as_bytes()));
}

/// Writes a fixed sentence about wrong usage or a bug.
pub fn complain(text: &str) {
    let line = format!("runbell: {}\n", harmless(text));
    drop(std::io::stderr().lock().write_all(line.as_bytes()));
}

/// Text in which no runner finds a command, and headings stay as they are: GitHub's agent reads
/// `##[...]` anywhere in a line, that of Azure `##vso[...]`.
fn without_commands(text: &str) -> String {
    if !text.contains("##") {
        return text.to_owned();
    }
    let mut inert = String::with_capacity(text.len());
    for c in text.chars() {
        if inert.ends_with("##") && (c == '[' || c.is_ascii_alphabetic()) {
            inert.pop();
            inert.push_str(" #");
        }
        inert.push(c);
    }
    inert
}

/// One line without control characters, in which no runner finds a command.
fn harmless(text: &str) -> String {
    let is_usual = |byte: u8| matches!(byte, b' '..=b'~');
    if text.len() <= LINE_LIMIT_CHARS && text.bytes().all(is_usual) && !text.contains("##") {
        return text.to_owned();
    }
    let mut inert = String::with_capacity(text.len());
    for c in clean(text).replace(['\n', '\t'], " ").chars() {
        if c == '#' && inert.ends_with('#') {
            inert.push(' ');
        }
        inert.push(c);
    }
    head_chars(&inert, LINE_LIMIT_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_stay_and_commands_do_not() {
        assert_eq!(without_commands("## Heading ##"), "## Heading ##");
        assert_eq!(
            without_commands("x ##vso[a]b ##[c] ###vso[d]"),
            "x # #vso[a]b # #[c] ## #vso[d]"
        );
    }

    #[test]
    fn no_runner_finds_a_command_in_a_line() {
        assert_eq!(
            harmless("a ##[error]x\n::warning::y\u{1b}[31m\u{7}"),
            "a # #[error]x ::warning::y[31m"
        );
        assert_eq!(harmless("###[error]x"), "# # #[error]x");
    }
}
