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

/// Most that is printed of what would be sent, in bytes (rule R-9).
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

    fn write(&self, line: &str) {
        drop(std::io::stdout().lock().write_all(line.as_bytes()));
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

    /// Writes what would be sent, line by line, as long as it is.
    pub fn payload(&self, text: &str) {
        for line in self.scrubber.scrub(text).lines() {
            let line = without_commands(&clean(line));
            self.write_some(&format!("runbell:   {line}\n"));
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
