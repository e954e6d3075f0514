//! Events: what happened to a repository, a merge request, a check, a build, a deployment, a
//! pipeline or a work item. The nouns; the table of all of them is in the room `event`.

use serde_json::Value;

use super::document::{Target, Tone};
use super::facts::web_address;
use super::message::Wording;
use super::status::Status;
use super::text::{head_chars, is_absent, is_unresolved_reference};
use crate::secret::Scrubber;

/// What an event happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A repository.
    Repository,
    /// A merge or pull request.
    MergeRequest,
    /// A code check.
    Check,
    /// A build task.
    Build,
    /// An application that is deployed.
    Deployment,
    /// A pipeline.
    Pipeline,
    /// A raw requirement.
    Requirement,
    /// A system feature.
    Feature,
    /// An R&D requirement.
    Story,
    /// A task.
    Task,
    /// A defect.
    Bug,
    /// A review sheet.
    Review,
}

impl Family {
    /// Whether it is one of requirement management, whose events all read alike.
    pub const fn is_work_item(self) -> bool {
        matches!(
            self,
            Self::Requirement | Self::Feature | Self::Story | Self::Task | Self::Bug | Self::Review
        )
    }
}

/// A kind of event that can be asked for, a row of the catalogue.
#[derive(Debug)]
pub struct EventType {
    /// The dotted type: `mr.opened`.
    pub name: &'static str,
    /// What it happens to.
    pub family: Family,
    /// The vendor's English name, or ours where its pages have none. Several are parted by `/`.
    pub english: &'static str,
    /// The vendor's Chinese name. Several are parted by `/`.
    pub chinese: &'static str,
    /// What exactly can have happened; never empty.
    pub cases: &'static [EventCase],
}

/// What exactly happened: one subscription of a vendor can stand for several things.
#[derive(Debug)]
pub struct EventCase {
    /// The word behind a colon that asks for this case alone; empty when there is but one.
    pub word: &'static str,
    /// The vendor's code; empty where its pages have none.
    pub code: &'static str,
    /// The name the vendor's bodies carry, in Chinese.
    pub name: &'static str,
    /// Other names, parted by `/`.
    pub also: &'static str,
    /// A picture for the title; empty where the status has one.
    pub sign: &'static str,
    /// What a title says. For work items what happened, to be put behind the noun.
    pub title: Wording,
    /// The colour family of the message, where there is no outcome to give it one.
    pub tone: Tone,
    /// The outcome, where the event has one.
    pub status: Option<Status>,
}

/// Something that happened, read from an event file.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its row in the catalogue.
    pub kind: &'static EventType,
    /// What exactly happened.
    pub case: &'static EventCase,
    /// Rows that fit as well, because the file does not say which kind of work item it is about.
    pub others: Vec<&'static EventType>,
    /// The outcome, where it has one.
    pub status: Option<Status>,
    /// The word the outcome was read from, as the file spells it.
    pub status_word: Option<String>,
    /// What it happened to, by name: a title, a task, an application. One line.
    pub subject: Option<String>,
    /// The number people know it by: `!12`, `#12`.
    pub reference: Option<String>,
    /// The page of what it happened to.
    pub link: Option<Target>,
    /// What somebody wrote on the occasion: the text of a comment or a review.
    pub comment: Option<String>,
    /// The event in the vendor's form (documents of CodeArts), the JSON types kept. What came in
    /// another form is rewritten; what its source does not say is not there.
    pub body: Value,
    /// The file as it came, where that is another form; lists are left out.
    pub source: Option<Value>,
}

impl Event {
    /// The vendor's code, where there is one.
    pub fn code(&self) -> Option<&'static str> {
        Some(self.case.code).filter(|code| !code.is_empty())
    }

    /// The dotted type with its case: `mr.reviewed:passed`.
    pub fn name(&self) -> String {
        match self.case.word {
            "" => self.kind.name.to_owned(),
            word => format!("{}:{word}", self.kind.name),
        }
    }

    /// What stands at a dotted path, as text: in the vendor's form, then in the file as it came.
    pub fn parameter(&self, path: &str) -> Option<String> {
        let in_file = || parameter_at(self.source.as_ref()?, path);
        parameter_at(&self.body, path).or_else(in_file)
    }

    /// Every address of the event, as [`parameter_at`] writes it.
    pub fn addresses(&self) -> Vec<String> {
        let trees = [Some(&self.body), self.source.as_ref()];
        trees.into_iter().flatten().flat_map(addresses_in).collect()
    }

    /// Takes secrets out of every text, and then cuts it to its length.
    pub fn scrub(&mut self, scrubber: &Scrubber) {
        let texts = [
            (&mut self.subject, SUBJECT_LIMIT_CHARS),
            (&mut self.reference, SUBJECT_LIMIT_CHARS),
            (&mut self.comment, COMMENT_LIMIT_CHARS),
        ];
        for (text, limit) in texts {
            *text = text
                .take()
                .map(|it| head_chars(&scrubber.scrub(&it), limit));
        }
        let trees = [Some(&mut self.body), self.source.as_mut()];
        let mut open: Vec<&mut Value> = trees.into_iter().flatten().collect();
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) => *text = scrubber.scrub(text),
                Value::Object(entries) => open.extend(entries.values_mut()),
                _ => {}
            }
        }
    }
}

/// Longest name of what an event happened to, in characters.
pub const SUBJECT_LIMIT_CHARS: usize = 200;

/// Longest comment that a message quotes, in characters.
pub const COMMENT_LIMIT_CHARS: usize = 1000;

/// What stands at a dotted path, as text. An address comes percent-encoded, as it may become a
/// link.
pub fn parameter_at(tree: &Value, path: &str) -> Option<String> {
    let value = shown(at(tree, path)?)?;
    let address = is_address(path).then(|| web_address(&value)).flatten();
    Some(address.unwrap_or(value))
}

/// Every address of a file, as [`parameter_at`] writes it.
pub fn addresses_in(tree: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        for (key, value) in tree.as_object().into_iter().flatten() {
            match value {
                Value::String(text) if is_address(key) => found.extend(web_address(text)),
                Value::Object(_) => open.push(value),
                _ => {}
            }
        }
    }
    found
}

/// Whether the last part of a path names an address: `url`, `webUrl`, `html_url`, `link`.
fn is_address(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    last.ends_with("url") || last == "link"
}

/// What stands at a dotted path. A key may hold the dots itself (`"BUILD.TITLE": ...`).
pub fn at<'v>(tree: &'v Value, path: &str) -> Option<&'v Value> {
    let mut tree = tree;
    let mut path = path;
    loop {
        let entries = tree.as_object()?;
        if let Some(found) = entries.get(path) {
            return Some(found);
        }
        let (first, rest) = path.split_once('.')?;
        (tree, path) = (entries.get(first)?, rest);
    }
}

/// The text at a dotted path, unless it says nothing; numbers are no text here.
pub fn str_at<'v>(tree: &'v Value, path: &str) -> Option<&'v str> {
    let text = at(tree, path)?.as_str()?;
    (!is_absent(text) && !is_unresolved_reference(text)).then_some(text)
}

/// The text or number at a dotted path, unless it says nothing.
pub fn text_at(tree: &Value, path: &str) -> Option<String> {
    match at(tree, path)? {
        Value::Bool(_) => None,
        value => shown(value),
    }
}

/// A value as text, unless it says nothing or is a reference that nobody resolved.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !is_absent(text) && !is_unresolved_reference(text) => {
            Some(text.clone())
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_objects_and_through_keys_with_dots() {
        let tree = json!({
            "a": { "b": "x", "n": 7, "f": true, "z": null, "e": "", "c.d": "y" },
            "BUILD.TITLE": "t", "r": "${BUILD.URL}",
        });
        for (path, expected) in [
            ("a.b", Some("x")),
            ("a.n", Some("7")),
            ("a.c.d", Some("y")),
            ("BUILD.TITLE", Some("t")),
            ("a.f", None),
            ("a.z", None),
            ("a.e", None),
            ("a", None),
            ("a.b.c", None),
            ("r", None),
            ("", None),
        ] {
            assert_eq!(text_at(&tree, path).as_deref(), expected, "{path}");
        }
    }
}
