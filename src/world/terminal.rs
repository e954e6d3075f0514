//! The one writer of the program. Every line it writes is scrubbed of secrets, made harmless for
//! log readers, and begins with the program's name.

use std::cell::Cell;
use std::io::Write;

use crate::model::text::{clean, head_chars};
use crate::secret::Scrubber;

/// Longest line, in characters. Text from outside is cut to less before it comes here.
const LINE_LIMIT_CHARS: usize = 1000;

/// Writes the log.
#[derive(Debug, Default)]
pub struct Terminal {
    scrubber: Scrubber,
    written: Cell<usize>,
}

/// Longest log, in bytes (rule R-9).
const LOG_LIMIT_BYTES: usize = 1024 * 1024;

impl Terminal {
    /// A terminal that hides these secrets.
    pub const fn new(scrubber: Scrubber) -> Self {
        Self {
            scrubber,
            written: Cell::new(0),
        }
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

    /// A log that grows without end is cut, with a word about it.
    fn write(&self, line: &str) {
        let before = self.written.get();
        let behind = before.saturating_add(line.len());
        self.written.set(behind);
        let line = match (before, behind) {
            (LOG_LIMIT_BYTES.., _) => return,
            (_, LOG_LIMIT_BYTES..) => "runbell: the log is longer than a mebibyte and ends here\n",
            _ => line,
        };
        drop(std::io::stdout().lock().write_all(line.as_bytes()));
    }

    /// Writes what would be sent, line by line, as long as it is.
    pub fn payload(&self, text: &str) {
        for line in self.scrubber.scrub(text).lines() {
            let line = clean(line).replace("##[", "# #[");
            self.write(&format!("runbell:   {line}\n"));
        }
    }

    /// Writes a command that the platform reads, which must begin its line.
    pub fn command(&self, text: &str) {
        let text = clean(&self.scrubber.scrub(text)).replace('\n', " ");
        self.write(&format!("{text}\n"));
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

/// One line without control characters, in which no runner finds a command.
fn harmless(text: &str) -> String {
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
    fn no_runner_finds_a_command_in_a_line() {
        assert_eq!(
            harmless("a ##[error]x\n::warning::y\u{1b}[31m\u{7}"),
            "a # #[error]x ::warning::y[31m"
        );
        assert_eq!(harmless("###[error]x"), "# # #[error]x");
    }
}
