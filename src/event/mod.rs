//! Events: what can happen beside a run, which of it a step tells of, and how event files of
//! several systems are read as the same thing.

mod catalogue;
mod codearts;
mod facts;
mod github;
mod select;
mod tree;

use serde_json::Value;

pub use catalogue::{FAMILIES, FamilySpec, TYPES, family};
pub use facts::{PARAMETERS, offer_facts};
pub use select::Selection;
pub use tree::{EVENT_LIMIT_BYTES, read_tree};

use crate::input::{Input, InputReader, InputSpec};
use crate::model::event::{Event, EventCase, EventType};

static EVENTS: Input<Selection> = Input::new(
    "events",
    "Events to tell of instead of the run: dotted types, mr.*, codes or names of CodeArts; see docs/events.md",
);
static EVENT_FILE: Input<String> = Input::new(
    "event_file",
    "JSON file of the event, instead of the platform's own; - reads standard input",
)
.path();

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[&EVENTS.spec, &EVENT_FILE.spec];

/// What the inputs say about events.
#[derive(Debug, Clone, Default)]
pub struct EventInputs {
    /// What to tell of; `None` makes it a step that tells of the run.
    pub selection: Option<Selection>,
    /// The file the event is read from, instead of the platform's own.
    pub file: Option<String>,
}

impl EventInputs {
    /// Reads the inputs of this room.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        Self {
            selection: reader.get(&EVENTS),
            file: reader.get(&EVENT_FILE).map(|path| path.trim().to_owned()),
        }
    }

    /// The input that says what to tell of, for faults.
    pub const fn selection_input() -> &'static InputSpec {
        &EVENTS.spec
    }
}

/// What an event file is found to be.
#[derive(Debug, Clone)]
pub enum Found {
    /// An event of the catalogue.
    Event(Box<Event>),
    /// Something of a forge that is no event of the catalogue, such as a push; what it is.
    Other(String),
    /// Nothing that runbell knows; what is missing or wrong.
    Unknown(String),
}

/// Finds out what a file tells.
pub fn find(tree: &Value) -> Found {
    if !tree.is_object() {
        return Found::Unknown("it is no JSON object".to_owned());
    }
    github::find(tree).unwrap_or_else(|| codearts::find(tree))
}

/// The type of this name, and its case with this word; a type with a single case has no word.
fn row(name: &str, word: &str) -> Option<(&'static EventType, &'static EventCase)> {
    let kind = TYPES.iter().find(|kind| kind.name == name)?;
    let case = kind.cases.iter().find(|case| case.word == word)?;
    Some((kind, case))
}
