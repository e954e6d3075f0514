//! What fields and titles are made from: the run as it is seen at one moment.

use std::time::Duration;

use crate::model::document::{Inline, Target};
use crate::model::event::Event;
use crate::model::facts::{Fact, RunFacts};
use crate::model::message::Language;
use crate::model::status::Status;
use crate::model::time::{UnixMillis, Zone};

/// A run, seen now, in the reader's language and time zone.
pub(super) struct View<'a> {
    pub(super) facts: &'a RunFacts,
    pub(super) event: Option<&'a Event>,
    pub(super) status: Status,
    pub(super) status_text: &'static str,
    /// The word that the status was read from.
    pub(super) status_word: &'a str,
    pub(super) previous_status: Option<Status>,
    pub(super) language: Language,
    pub(super) zone: &'a Zone,
    pub(super) now: UnixMillis,
}

impl View<'_> {
    /// From the start of the run to its end, or to now while it is not known to have ended. Of what
    /// an event tells, only the end counts: when that was told says nothing.
    pub(super) fn duration(&self) -> Option<Duration> {
        let start = self.facts.instant(Fact::StartedAt)?;
        let now = Some(self.now).filter(|_| self.event.is_none());
        let end = self.facts.instant(Fact::FinishedAt).or(now)?;
        end.since(start)
    }

    pub(super) fn text(&self, fact: Fact) -> Vec<Inline> {
        self.facts
            .text(fact)
            .map(|text| Inline::Value(text.to_owned()))
            .into_iter()
            .collect()
    }

    /// The text, as a link when there is an address.
    pub(super) fn linked(&self, text: &str, address: Fact) -> Inline {
        let text = Inline::Value(text.to_owned());
        match self.facts.text(address).and_then(Target::new) {
            Some(target) => Inline::Link {
                text: vec![text],
                target,
            },
            None => text,
        }
    }

    pub(super) fn time(&self, at: UnixMillis) -> Vec<Inline> {
        vec![Inline::Value(at.readable(self.zone))]
    }
}
