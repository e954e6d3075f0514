//! The custom keyword of a robot: a message without it is refused. It is case-sensitive, and it is
//! added only where it is missing.

use crate::markdown::{Dialect, PlainText};
use crate::model::exchange::Drafted;
use crate::model::message::Message;

/// Where a message has its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Title {
    /// In a place of its own, which needs the keyword too.
    Apart,
    /// At the beginning of its text.
    InText,
}

/// A robot's keyword, when it wants one.
#[derive(Debug, Clone, Default)]
pub(super) struct Keyword(pub(super) Option<String>);

impl Keyword {
    /// The text, with the keyword behind `gap` when it is missing.
    pub(super) fn added_to(&self, text: String, gap: &str) -> String {
        match self.missing_in(&text) {
            Some(keyword) => format!("{text}{gap}{keyword}"),
            None => text,
        }
    }

    /// The keyword, when the text lacks it.
    pub(super) fn missing_in(&self, text: &str) -> Option<&str> {
        self.0.as_deref().filter(|keyword| !text.contains(keyword))
    }

    /// Tells what becomes of the keyword; `input` is where it was given.
    pub(super) fn tell(&self, input: &str, message: &Message, title: Title, drafted: &mut Drafted) {
        if self
            .0
            .as_deref()
            .is_some_and(|keyword| keyword.contains([',', '，', ';', '；']))
        {
            drafted.warnings.push(format!(
                "`{input}` is one keyword, with the separators in it; one of the robot's is enough"
            ));
        }
        let Some(keyword) = self.missing_in(&message.title) else {
            return;
        };
        let text = PlainText.write(&message.document());
        if text.contains(keyword) {
            if title == Title::Apart {
                drafted.notes.push(format!(
                    "the title lacks the keyword of `{input}`, so it is added there"
                ));
            }
            return;
        }
        let said = format!("{}\n{text}", message.title);
        match said.to_lowercase().contains(&keyword.to_lowercase()) {
            true => drafted.warnings.push(format!(
                "the message holds `{keyword}` of `{input}` in other letters only, and robots tell capital from small letters; it is added as given"
            )),
            false => drafted
                .notes
                .push(format!("the message lacks the keyword of `{input}`, so it is added")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::message;

    #[test]
    fn what_is_added_is_told_and_nothing_else() {
        for (keyword, title, expected) in [
            ("build", Title::Apart, None),
            ("Hello", Title::Apart, Some("the title lacks")),
            ("Hello", Title::InText, None),
            ("DevOps", Title::Apart, Some("the message lacks")),
            ("DevOps", Title::InText, Some("the message lacks")),
        ] {
            let mut drafted = Drafted::default();
            Keyword(Some(keyword.to_owned())).tell("k", &message(), title, &mut drafted);
            let told = drafted.notes.first().map(String::as_str);
            let fits = match (told, expected) {
                (Some(told), Some(start)) => told.starts_with(start),
                (told, expected) => told == expected,
            };
            assert!(fits, "{keyword} {title:?}: {told:?}");
        }
    }
}
