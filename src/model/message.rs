//! The one message of a run, before any channel has put it in its own words.

use std::rc::Rc;

use super::document::{Block, Field, Target, Tone};
use super::event::Event;
use super::facts::RunFacts;
use super::marks::Marked;
use super::status::{Group, Status};
use super::time::UnixMillis;

/// The languages that labels and status words come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese (simplified).
    Chinese,
    /// Russian.
    Russian,
}

/// One text in English, Chinese and Russian.
pub type Wording = [&'static str; 3];

/// What the readers are told.
#[derive(Debug, Clone)]
pub struct Message {
    /// How the run stands.
    pub status: Status,
    /// The word that it was read from, as its source spells it; empty when nobody said one.
    pub status_word: String,
    /// How the run before stood, when somebody knows.
    pub previous_status: Option<Status>,
    /// The status in the reader's language: "Failed", "失败".
    pub status_text: &'static str,
    /// One line that says it all; for notification previews and card headers.
    pub title: String,
    /// The subject of a mail: the title, and what tells it from others in a list of mails.
    pub subject: String,
    /// The labelled facts that `fields` picked.
    pub fields: Vec<Field>,
    /// The status as a labelled fact, for dialects that cannot colour a title; `None` when the
    /// author picked the facts.
    pub status_line: Option<Field>,
    /// The author's own Markdown, merged with the facts; empty when there is none.
    pub body: Vec<Block>,
    /// The body that the author wrote for receivers that take any, or why it could not be rendered;
    /// `None` when there is no such receiver.
    pub written: Option<Result<Marked, String>>,
    /// The page of the run, or of what the event happened to.
    pub link: Option<Link>,
    /// The event that is told of, in a step that tells of one. Such a message has the status of
    /// the event's outcome, and [`Status::Unknown`] where it has none.
    pub event: Option<Event>,
    /// Everything known about the run, for channels that send facts and not prose.
    pub facts: Rc<RunFacts>,
    /// Whether people are rung.
    pub mention: Mention,
    /// What becomes of a text that is longer than a target takes.
    pub too_long: TooLong,
    /// The language of labels.
    pub language: Language,
    /// When the message was composed.
    pub composed_at: UnixMillis,
    /// One id for all attempts and all parts, from the system's random source (rule D-9).
    pub id: MessageId,
}

/// Whether the people that a channel names are rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mention {
    /// They are.
    Ring,
    /// The message comes quietly.
    Quiet,
}

/// What becomes of a text that is longer than a target takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TooLong {
    /// Its end is cut, with a visible mark.
    #[default]
    Cut,
    /// It goes in several numbered messages.
    Split,
}

/// A labelled link, drawn as a button where the dialect has buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What the button says.
    pub label: &'static str,
    /// Where it goes.
    pub target: Target,
}

/// The id of a message: 26 letters and digits of base 32, 16 random bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId {
    random: [u8; 16],
    text: String,
}

impl MessageId {
    /// Writes the random bytes in base 32 (RFC 4648, lower case, no padding).
    pub fn new(random: [u8; 16]) -> Self {
        const ALPHABET: [char; 32] = [
            'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q',
            'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7',
        ];
        let value = u128::from_be_bytes(random);
        let letters = (0..26).map(|at| {
            let shift = 123 - at * 5;
            let five_bits = if shift >= 0 {
                value >> shift
            } else {
                value << -shift
            };
            let letter = usize::try_from(five_bits & 31).unwrap_or_default();
            ALPHABET.get(letter).copied().unwrap_or_default()
        });
        let text = letters.collect();
        Self { random, text }
    }

    /// The id for one of several targets: all differ, and each stays the same on every attempt.
    pub fn for_target(&self, at: usize) -> Self {
        let salt = (at as u128).rotate_right(16);
        Self::new((u128::from_be_bytes(self.random) ^ salt).to_be_bytes())
    }

    /// The id for one of several parts; the first one keeps the message's own.
    #[must_use]
    pub fn for_part(&self, at: usize) -> Self {
        let salt = (at as u128).rotate_right(40);
        Self::new((u128::from_be_bytes(self.random) ^ salt).to_be_bytes())
    }

    /// The id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The colour family that shows a status.
pub const fn tone(status: Status) -> Tone {
    match (status, status.group()) {
        (Status::Warning, _) => Tone::Caution,
        (_, Group::Good) => Tone::Good,
        (_, Group::Bad) => Tone::Bad,
        (_, Group::Stopped) => Tone::Muted,
        (_, Group::Open) => Tone::Active,
        (_, Group::Unsure) => Tone::Caution,
    }
}

impl Message {
    /// The colour family of the status, or of an event without one.
    pub const fn tone(&self) -> Tone {
        match &self.event {
            Some(event) if event.status.is_none() => event.case.tone,
            _ => tone(self.status),
        }
    }

    /// Fields, then the author's text: the whole content as one document, title and link apart.
    pub fn document(&self) -> Vec<Block> {
        let mut blocks = Vec::with_capacity(self.body.len() + 1);
        if !self.fields.is_empty() {
            blocks.push(Block::Fields(self.fields.clone()));
        }
        blocks.extend(self.body.iter().cloned());
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_base_32_of_all_its_bytes() {
        // The reference spelling of these bytes in RFC 4648 base 32, padding taken off.
        assert_eq!(
            MessageId::new(*b"foobarfoobarfoob").as_str(),
            "mzxw6ytbojtg633cmfzgm33pmi"
        );
        assert_eq!(MessageId::new([0; 16]).as_str(), "a".repeat(26));
        let id = MessageId::new(*b"foobarfoobarfoob");
        assert_eq!(id.for_target(0), id);
        assert_ne!(id.for_target(1), id.for_target(2));
        assert_eq!(id.for_part(0), id);
        assert_ne!(id.for_part(1), id.for_part(2));
        assert_ne!(id.for_part(1), id.for_target(1));
        assert_eq!(
            MessageId::new([255; 16]).as_str(),
            format!("{}4", "7".repeat(25))
        );
    }
}
