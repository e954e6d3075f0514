//! Composes the one message of a run: title, labelled facts, the author's text, the link.

mod field;
mod view;
mod wording;

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

pub use field::{FIELDS, FieldSpec, Picked};
pub use wording::noun;

use field::{event_fields, status_line};

use view::View;

use crate::environment::{Environment, FileFault};
use crate::input::{
    Choice, FromInput, Input, InputReader, InputSpec, Kind, List, Reason, Template,
};
use crate::markdown::{Dialect, PlainText, parse};
use crate::model::document::{Block, Inline, Target};
use crate::model::event::{Event, addresses_in, parameter_at};
use crate::model::facts::{FACTS, Fact, RunFacts, Shape};
use crate::model::marks::{Marked, Marks, Piece};
use crate::model::message::{Language, Link, Mention, Message, MessageId, TooLong};
use crate::model::status::Status;
use crate::model::text::{clean_line, head_chars};
use crate::model::time::{UnixMillis, Zone, readable_duration};
use crate::secret::{MASK, Scrubber, Secret};
use crate::template::{Compiled, TemplateFault, Variables, compile};

static TITLE: Input<Sound> = Input::new("title", "Title; placeholders as in message").line();
static SUBJECT: Input<Sound> = Input::new(
    "email_subject",
    "Subject of the mail instead of the title; placeholders as in message",
)
.line();
/// The facts that nearly every reader wants. The status is not among them: the title has it.
const DEFAULT_FIELDS: &str = "project, pipeline, run, branch, tag, change, commit, author, actor, duration, environment, failed";

static FIELDS_INPUT: Input<Picked> =
    Input::new("fields", "Facts to show, in this order; `none` shows none").default(DEFAULT_FIELDS);
static MESSAGE: Input<Sound> = Input::new(
    "message",
    "Your own Markdown below the facts, with {{placeholders}} and ${VARIABLES}",
);
static MESSAGE_FILE: Input<String> = Input::new(
    "message_file",
    "File of the checkout that holds the message, instead of message",
)
.path();
static LANGUAGE: Input<Language> = Input::new(
    "language",
    "Language of labels and status words; failures are explained in Chinese for zh, else in English",
)
.default("en");
static ON_TOO_LONG: Input<TooLong> = Input::new(
    "on_too_long",
    "What becomes of a message that is longer than its target takes",
)
.default("cut");
static ENV_ALLOW: Input<List> = Input::new(
    "env_allow",
    "Variables that ${...} may show although their names look secret",
);
static TIMEZONE: Input<Zone> = Input::new(
    "timezone",
    "Time zone of shown times, such as Asia/Shanghai",
)
.default("UTC");

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[
    &TITLE.spec,
    &SUBJECT.spec,
    &FIELDS_INPUT.spec,
    &MESSAGE.spec,
    &MESSAGE_FILE.spec,
    &LANGUAGE.spec,
    &TIMEZONE.spec,
    &ON_TOO_LONG.spec,
    &ENV_ALLOW.spec,
];

impl Choice for TooLong {
    const CHOICES: &'static [(&'static str, Self)] = &[("cut", Self::Cut), ("split", Self::Split)];
    const WORDS: &'static [&'static str] = &["cut", "split"];
}

/// A template that was read and found sound.
#[derive(Debug, Clone)]
struct Sound(Compiled);

impl FromInput for Sound {
    const KIND: Kind = Kind::Template;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let source = Template::from_input(text)?.0;
        compile(&source).map(Self).map_err(|fault| {
            Reason::new(
                fault.to_string(),
                "See docs/templates.md for what a template can hold.",
            )
        })
    }
}

/// What the inputs say about the content.
#[derive(Debug, Clone)]
pub struct ContentRules {
    title: Option<Sound>,
    subject: Option<Sound>,
    fields: Picked,
    message: Option<Sound>,
    language: Language,
    zone: Zone,
    too_long: TooLong,
    env_allow: Vec<String>,
}

impl ContentRules {
    /// Reads the inputs of this room.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        Self {
            title: reader.get(&TITLE),
            subject: reader.get(&SUBJECT),
            fields: reader.value(&FIELDS_INPUT),
            message: message(reader),
            language: reader.value(&LANGUAGE),
            zone: reader.value(&TIMEZONE),
            too_long: reader.value(&ON_TOO_LONG),
            env_allow: reader.get(&ENV_ALLOW).unwrap_or_default().0,
        }
    }
}

/// Largest template file, in bytes (rule R-3).
const TEMPLATE_FILE_LIMIT_BYTES: u64 = 64 * 1024;

/// The author's text, from `message` or from the file that `message_file` names.
fn message(reader: &mut InputReader<'_>) -> Option<Sound> {
    let direct = reader.get(&MESSAGE);
    let Some(path) = reader.get(&MESSAGE_FILE) else {
        return direct;
    };
    if reader.is_given(&MESSAGE.spec) {
        reader.fault(
            MESSAGE_FILE.spec.name,
            Reason::new("is set, and so is `message`", "Take one of them out."),
        );
        return direct;
    }
    let read = reader
        .environment()
        .checkout_file_bytes(&path, TEMPLATE_FILE_LIMIT_BYTES)
        .map_err(|fault| {
            let fix = match fault {
                FileFault::TooLarge(_) => "Shorten it; a log is better linked than quoted.",
                _ => "Name a file of the checkout.",
            };
            Reason::new(fault.to_string(), fix)
        })
        .and_then(|bytes| {
            let (text, encoding) = text_of(&bytes);
            if encoding != Encoding::Utf8 {
                let path = clean_line(&path);
                reader.warn(format!(
                    "`message_file` {path} is not UTF-8; save it as UTF-8"
                ));
            }
            Sound::from_input(&text)
        });
    match read {
        Ok(template) => Some(template),
        Err(reason) => {
            reader.refuse(&MESSAGE_FILE.spec, &path, reason);
            None
        }
    }
}

/// How the text of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Other,
}

/// The text of a file, as well as it can be read: UTF-8, UTF-16 that says so at its beginning, as
/// some editors and PowerShell write it, else with U+FFFD where it is not understood. Control
/// characters besides line ends and tabs are none of the author's words.
fn text_of(bytes: &[u8]) -> (String, Encoding) {
    let utf_16 = |unit: fn([u8; 2]) -> u16| {
        let pairs = bytes
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok());
        char::decode_utf16(pairs.map(unit))
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    let (text, encoding) = match (bytes, std::str::from_utf8(bytes)) {
        ([0xff, 0xfe, ..], _) => (utf_16(u16::from_le_bytes), Encoding::Other),
        ([0xfe, 0xff, ..], _) => (utf_16(u16::from_be_bytes), Encoding::Other),
        (_, Ok(text)) => (text.to_owned(), Encoding::Utf8),
        (_, Err(_)) => (String::from_utf8_lossy(bytes).into_owned(), Encoding::Other),
    };
    let is_meant =
        |c: &char| (!c.is_control() || matches!(c, '\n' | '\r' | '\t')) && *c != '\u{feff}';
    (text.chars().filter(is_meant).collect(), encoding)
}

/// What a message is composed from.
#[derive(Debug)]
pub struct Occasion<'a> {
    /// The facts of the run.
    pub facts: RunFacts,
    /// The event, in a step that tells of one.
    pub event: Option<Event>,
    /// The event file of a step that tells of the run; `${...}` may name what is in it.
    pub event_file: Option<&'a Value>,
    /// How the run stands.
    pub status: Status,
    /// The word that it was read from, as its source spells it.
    pub status_word: Option<String>,
    /// How the run before stood, when somebody said so.
    pub previous_status: Option<Status>,
    /// Whether people are rung.
    pub mention: Mention,
    /// The template of a body that some receiver gets whole.
    pub body_template: Option<&'a Compiled>,
    /// The variables that `${NAME}` may name.
    pub environment: &'a Environment,
    /// The secrets that no `${NAME}` may show.
    pub secrets: &'a [Secret],
    /// Takes secrets out of everything that goes out (rule M-6).
    pub scrubber: &'a Scrubber,
    /// The present instant.
    pub now: UnixMillis,
    /// The id of the message.
    pub id: MessageId,
}

/// Longest title, in characters: a commit title and the names around it.
pub const TITLE_LIMIT_CHARS: usize = 255;

/// A message, and what is to be said about its making.
#[derive(Debug)]
pub struct Composed {
    /// The message.
    pub message: Message,
    /// Remarks for the log.
    pub warnings: Vec<String>,
    /// Why the author's title or text is missing: a sound template that could not be rendered with
    /// these facts. The message goes without it, because a lost alert is worse.
    pub fault: Option<TemplateFault>,
}

/// Composes the message.
pub fn compose(occasion: Occasion<'_>, rules: &ContentRules) -> Composed {
    let Occasion {
        mut facts,
        mut event,
        event_file,
        status,
        status_word,
        previous_status,
        mention,
        body_template,
        environment,
        secrets,
        scrubber,
        now,
        id,
    } = occasion;
    let mut warnings: Vec<String> = facts.scrub(scrubber).into_iter().map(masked).collect();
    let facts = Rc::new(facts);
    if let Some(event) = &mut event {
        event.scrub(scrubber);
    }
    let status_word = clean_line(&scrubber.scrub(&status_word.unwrap_or_default()));
    let language = rules.language;
    let status_text = match &event {
        // There is no status to tell.
        Some(event) if event.status.is_none() => wording::in_language(event.case.title, language),
        _ => wording::status_text(language, status, previous_status),
    };
    let view = View {
        facts: &facts,
        event: event.as_ref(),
        status,
        status_text,
        status_word: &status_word,
        previous_status,
        language,
        zone: &rules.zone,
        now,
    };
    // Most messages have no template, and what only templates ask for is not made for them.
    let values = LazyCell::new(|| template_facts(&view));
    // A file that is not told of was not asked for either: only a dotted path means it.
    let parameters = |path: &str| match (&event, event_file) {
        (Some(event), _) => event.parameter(path),
        (None, Some(tree)) if path.contains('.') => parameter_at(tree, path),
        (None, _) => None,
    };
    let variables = LazyCell::new(|| {
        let told = FACTS
            .iter()
            .filter_map(|spec| Some((spec.fact, facts.text(spec.fact)?.to_owned())));
        let mut aliases = BTreeMap::new();
        let start = facts.unzoned_start().map(str::to_owned);
        aliases.extend(start.map(|start| (Fact::StartedAt, start)));
        aliases.extend(told);
        Variables::new(environment, secrets, aliases)
            .with_event(&parameters)
            .allowing(&rules.env_allow)
    });
    let addresses = LazyCell::new(|| -> Vec<String> {
        addresses(&facts)
            .into_iter()
            .chain(event.iter().flat_map(Event::addresses))
            .chain(event_file.map(addresses_in).into_iter().flatten())
            .collect()
    });
    let mut render = |template: &Compiled, values: &Value| {
        let marks = Marks::with_addresses(addresses.clone());
        let mut rendered = template.render(values, &variables, marks)?;
        let marked = &mut rendered.marked;
        if marked.marks.scrub(&mut marked.text, scrubber) {
            rendered.warnings.push(masked("the text of the step"));
        }
        for warning in &rendered.warnings {
            if !warnings.contains(warning) {
                warnings.push(warning.clone());
            }
        }
        Ok(rendered.marked)
    };
    let mut fault = None;
    let mut of_template = |template: &Option<Sound>| {
        let rendered = render(&template.as_ref()?.0, &values);
        rendered
            .map_err(|wrong: TemplateFault| {
                fault.get_or_insert(wrong);
            })
            .ok()
    };
    let mut line = |template: &Option<Sound>| {
        of_template(template)
            .map(|marked| in_one_line(&marked))
            .filter(|line| !line.is_empty())
            .map(|line| head_chars(&line, TITLE_LIMIT_CHARS))
    };
    let title = line(&rules.title);
    let subject = line(&rules.subject).or_else(|| title.clone());
    let body: Vec<Block> = of_template(&rules.message)
        .map(|marked| parse(&marked.text, &marked.marks))
        .unwrap_or_default();
    let quoted = event.as_ref().filter(|_| rules.message.is_none());
    let body = match quoted.and_then(|event| event.comment.as_deref()) {
        Some(comment) => vec![quote(comment)],
        None => body,
    };
    let link = match &event {
        Some(event) => event.link.clone().map(|target| Link {
            label: wording::open_event(event.kind.family, language),
            target,
        }),
        None => facts
            .text(Fact::RunUrl)
            .and_then(Target::new)
            .map(|target| Link {
                label: wording::open_run(language),
                target,
            }),
    };
    let usual = rules.fields.is(DEFAULT_FIELDS);
    let fields = match &event {
        Some(event) if usual => Picked::from_input(event_fields(event.kind.family))
            .unwrap_or_default()
            .fields(&view),
        _ => rules.fields.fields(&view),
    };
    let has_status = event.as_ref().is_none_or(|event| event.status.is_some());
    let mut message = Message {
        subject: subject.unwrap_or_else(|| wording::subject(&view)),
        title: title.unwrap_or_else(|| wording::title(&view)),
        fields,
        status_line: (usual && has_status).then(|| status_line(&view)),
        status,
        status_word: status_word.clone(),
        previous_status,
        status_text,
        mention,
        too_long: rules.too_long,
        body,
        written: None,
        link,
        language,
        composed_at: now,
        id,
        event: event.clone(),
        facts: Rc::clone(&facts),
    };
    message.written = body_template.map(|template| {
        let mut values = values.clone();
        if let Value::Object(values) = &mut values {
            let text = PlainText.write(&message.document());
            insert(values, "title", message.title.as_str().into());
            insert(values, "text", text.into());
        }
        render(template, &values).map_err(|wrong| wrong.to_string())
    });
    Composed {
        message,
        warnings,
        fault,
    }
}

/// The warning of a secret in what goes out (rule M-6).
fn masked(place: &str) -> String {
    format!("a secret stands in {place}; the message shows `{MASK}` in its place")
}

/// The lines that the author wrote as one. A value of several lines gives its first with text.
fn in_one_line(marked: &Marked) -> String {
    let filled = |line: &str| -> String {
        let pieces = marked.marks.pieces(line).into_iter();
        pieces
            .map(|piece| match piece {
                Piece::Value(value) if value.contains('\n') => clean_line(value),
                Piece::Literal(text) | Piece::Value(text) => text.to_owned(),
            })
            .collect()
    };
    let lines = marked.text.lines().map(filled);
    let lines: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    let filled: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .filter(|line| !line.is_empty())
        .collect();
    clean_line(&filled.join(" "))
}

/// What somebody wrote, as they wrote it: nothing in it is markup.
fn quote(comment: &str) -> Block {
    let mut inlines = Vec::new();
    for line in comment.lines().map(str::trim) {
        if !inlines.is_empty() {
            inlines.push(Inline::HardBreak);
        }
        inlines.push(Inline::Value(line.to_owned()));
    }
    Block::Quote(vec![Block::Paragraph(inlines)])
}

/// Addresses among the facts: checked when they were taken in, so they may become links.
fn addresses(facts: &RunFacts) -> Vec<String> {
    FACTS
        .iter()
        .filter(|spec| spec.shape == Shape::Address)
        .filter_map(|spec| facts.text(spec.fact).map(str::to_owned))
        .collect()
}

/// What templates know besides the facts: name and meaning.
pub static MORE_FACTS: &[(&str, &str)] = &[
    ("status", "the canonical status word"),
    (
        "status_text",
        "the status in the reader's language, such as Fixed",
    ),
    (
        "status_raw",
        "the word the status was read from, as the CI spells it",
    ),
    (
        "previous_status",
        "the canonical status word of the run before",
    ),
    ("duration", "how long the run took so far, such as 3m 20s"),
    ("platform", "the CI platform, such as woodpecker"),
    ("timezone", "the input timezone"),
    (
        "commit.short_sha",
        "the first eight characters of the commit id",
    ),
    ("commit.author_name", "another name of author.name"),
    ("commit.author_email", "another name of author.email"),
    (
        "event_type",
        "the type of the event that is told of, such as mr.opened",
    ),
    (
        "event_text",
        "what happened, in the reader's language, such as Merge request opened",
    ),
    (
        "event_subject",
        "what it happened to: a title, a task, an application",
    ),
    (
        "event_comment",
        "what somebody wrote: the text of a comment or a review",
    ),
];

/// What the template of a whole body knows besides: name and meaning.
pub static BODY_FACTS: &[(&str, &str)] = &[
    ("title", "the title of the message"),
    ("text", "the fields and the message as plain text"),
];

/// The facts as templates see them: every known name exists, absent ones are empty.
fn template_facts(view: &View<'_>) -> Value {
    let mut root = Map::new();
    for spec in FACTS {
        let value = match spec.shape {
            Shape::Names => view.facts.names(spec.fact).into(),
            _ => view.facts.text(spec.fact).unwrap_or_default().into(),
        };
        insert(&mut root, spec.name, value);
    }
    let sha = view.facts.text(Fact::CommitSha).unwrap_or_default();
    // These names are listed in MORE_FACTS too.
    let author = |fact| view.facts.text(fact).unwrap_or_default();
    let event_text = view.event.map(|event| wording::event_text(event, view));
    let event_text = event_text.unwrap_or_default();
    let of_event =
        |part: &dyn Fn(&'_ Event) -> Option<&'_ str>| view.event.and_then(part).unwrap_or_default();
    let previous = view.previous_status.map(Status::word).unwrap_or_default();
    let duration = view
        .duration()
        .map(|duration| readable_duration(duration, view.language))
        .unwrap_or_default();
    for (name, value) in [
        ("status", view.status.word()),
        ("status_text", view.status_text),
        ("status_raw", view.status_word),
        ("previous_status", previous),
        ("duration", duration.as_str()),
        ("platform", view.facts.platform),
        ("timezone", view.zone.name()),
        ("commit.short_sha", sha.get(..8).unwrap_or(sha)),
        ("commit.author_name", author(Fact::AuthorName)),
        ("commit.author_email", author(Fact::AuthorEmail)),
        ("event_type", of_event(&|event| Some(event.kind.name))),
        ("event_text", event_text.as_str()),
        ("event_subject", of_event(&|event| event.subject.as_deref())),
        ("event_comment", of_event(&|event| event.comment.as_deref())),
    ] {
        insert(&mut root, name, value.into());
    }
    Value::Object(root)
}

/// Puts a value at a dotted name.
fn insert(map: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            map.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = map
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::markdown::{Dialect, PlainText};
    use crate::model::document::plain_text;
    use crate::model::facts::Origin;

    fn compose_with(inputs: &[(&str, &str)]) -> (Message, Vec<String>) {
        compose_with_facts(inputs, &[])
    }

    fn compose_with_facts(
        inputs: &[(&str, &str)],
        more: &[(Fact, &str)],
    ) -> (Message, Vec<String>) {
        let mut facts = RunFacts::new("test");
        for (fact, value) in more {
            facts.offer(*fact, value, Origin::Input("x"));
        }
        for (fact, value) in [
            (Fact::PipelineName, "build"),
            (Fact::RepoSlug, "acme/shop"),
            (Fact::RunNumber, "42"),
            (Fact::RunUrl, "https://ci.example/42"),
            (Fact::Branch, "main"),
            (Fact::CommitSha, "0123456789abcdef0123456789abcdef01234567"),
            (
                Fact::CommitTitle,
                "fix: **\"quotes\"** [x](https://evil.example)",
            ),
            (Fact::AuthorName, "Ann"),
            (Fact::Actor, "Ann"),
            (Fact::StartedAt, "1735026178"),
            (Fact::FailedSteps, "lint,test"),
        ] {
            facts.offer(fact, value, Origin::Input("x"));
        }
        compose_of(inputs, facts)
    }

    fn compose_of(inputs: &[(&str, &str)], facts: RunFacts) -> (Message, Vec<String>) {
        let variables = inputs
            .iter()
            .map(|(name, value)| (format!("RUNBELL_{name}"), (*value).to_owned()));
        let environment = Environment::new(variables, BTreeMap::new());
        let mut reader = InputReader::new(&environment);
        let rules = ContentRules::read(&mut reader);
        let (faults, _, _) = reader.finish();
        assert!(faults.is_empty(), "{faults:?}");
        let occasion = Occasion {
            facts,
            event: None,
            event_file: None,
            status: Status::Failure,
            status_word: Some("FAILED".to_owned()),
            previous_status: None,
            mention: Mention::Ring,
            body_template: None,
            environment: &environment,
            secrets: &[],
            scrubber: &Scrubber::default(),
            now: UnixMillis(1_735_026_378_000),
            id: MessageId::new([0; 16]),
        };
        let composed = compose(occasion, &rules);
        assert_eq!(composed.fault, None);
        (composed.message, composed.warnings)
    }

    fn lines(message: &Message) -> Vec<String> {
        message
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.label, plain_text(&field.value)))
            .collect()
    }

    #[test]
    fn every_listed_name_is_known_to_templates() {
        let listed: Vec<String> = MORE_FACTS
            .iter()
            .map(|(name, _)| format!("{{{{{name}}}}}"))
            .collect();
        let facts = FACTS.iter().map(|spec| format!("{{{{{}}}}}", spec.name));
        let template: Vec<String> = listed.into_iter().chain(facts).collect();
        let (_, warnings) = compose_with(&[("MESSAGE", &template.join(" "))]);
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn the_default_message_is_good_already() {
        let (message, warnings) = compose_with(&[]);
        assert_eq!(message.title, "❌ Failed: build #42");
        assert_eq!(
            lines(&message),
            [
                "Project: acme/shop",
                "Pipeline: build",
                "Run: #42",
                "Branch: main",
                "Commit: 01234567 fix: **\"quotes\"** [x](https://evil.example)",
                "Author: Ann",
                "Duration: 3m 20s",
                "Failed: lint, test",
            ]
        );
        assert_eq!(message.link.unwrap().label, "Open the run");
        assert!(message.body.is_empty() && warnings.is_empty());
    }

    /// Rows S0-019 to S0-055 and S2-012: what the vendors' pages let people choose.
    #[test]
    fn every_content_of_the_vendors_pages_is_a_field() {
        let contents = [
            ("S0-019", "pipeline", "build"),
            ("S0-020", "description", "nightly"),
            ("S0-021", "operator", "Bob"),
            ("S0-022", "trigger", "push"),
            ("S0-023", "project", "acme/shop"),
            ("S0-024", "started", "2024-12-24 07:42:58 +00:00"),
            ("S0-025", "status", "Failed"),
            ("S0-031", "result", "completed"),
            ("S0-032", "gate", "passed"),
            ("S0-033", "issues", "17"),
            ("S0-034", "url", "https://ci.example/42"),
            ("S0-035", "operator", "Bob"),
            ("S0-036", "completed", "2024-12-24 07:46:18 +00:00"),
            ("S0-043", "task", "unit tests"),
            ("S0-044", "operator", "Bob"),
            ("S0-045", "started", "2024-12-24 07:42:58 +00:00"),
            ("S0-050", "application", "storefront"),
            ("S0-051", "result", "completed"),
            ("S0-052", "execution_id", "e-1"),
            ("S0-053", "operator", "Bob"),
            ("S0-054", "started", "2024-12-24 07:42:58 +00:00"),
            ("S0-055", "project", "acme/shop"),
            ("S2-012", "sources", "acme/shop main"),
            ("S2-012", "params", "A=1, B=2"),
        ];
        let facts = [
            (Fact::RunDescription, "nightly"),
            (Fact::Actor, "Bob"),
            (Fact::Event, "push"),
            (Fact::Result, "completed"),
            (Fact::GateResult, "Pass"),
            (Fact::IssueCount, "17"),
            (Fact::FinishedAt, "1735026378"),
            (Fact::TaskName, "unit tests"),
            (Fact::ApplicationName, "storefront"),
            (Fact::ExecutionId, "e-1"),
            (Fact::Params, "A=1,B=2"),
        ];
        for (row, field, expected) in contents {
            for language in ["en", "zh", "ru"] {
                let inputs = [("FIELDS", field), ("LANGUAGE", language)];
                let (message, _) = compose_with_facts(&inputs, &facts);
                let [only] = message.fields.as_slice() else {
                    panic!("{row}: {:?}", message.fields);
                };
                assert!(!only.label.is_empty(), "{row}");
                if language == "en" {
                    assert_eq!(plain_text(&only.value), expected, "{row}");
                }
            }
        }
    }

    #[test]
    fn fields_are_picked_in_order_and_labelled_in_the_readers_language() {
        let (message, _) = compose_with(&[("FIELDS", "failed, branch"), ("LANGUAGE", "zh")]);
        assert_eq!(message.title, "❌ 失败：build #42");
        assert_eq!(lines(&message), ["失败项: lint, test", "分支: main"]);
        let (message, _) = compose_with(&[("FIELDS", "none")]);
        assert!(message.fields.is_empty());
    }

    #[test]
    fn who_started_the_run_is_left_out_beside_an_author_of_that_name_alone() {
        let actor = |name| [(Fact::Actor, name)];
        for (fields, name, expected) in [
            ("author, actor", "Ann", &["Author: Ann"][..]),
            ("author, actor", "Bob", &["Author: Ann", "Started by: Bob"]),
            ("actor", "Ann", &["Started by: Ann"]),
        ] {
            let (message, _) = compose_with_facts(&[("FIELDS", fields)], &actor(name));
            assert_eq!(lines(&message), expected, "{fields} {name}");
        }
    }

    #[test]
    fn the_word_of_the_status_stays_available() {
        let (message, warnings) = compose_with(&[("MESSAGE", "{{status}} {{status_raw}}")]);
        assert_eq!(PlainText.write(&message.body), "failure FAILED");
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn a_start_without_a_zone_is_shown_as_it_stands() {
        let inputs = [("FIELDS", "started"), ("MESSAGE", "${pipeline.timestamp}")];
        let mut facts = RunFacts::new("codearts");
        let own = Origin::Variable("TIMESTAMP".to_owned());
        facts.offer(Fact::StartedAt, "20260128092500", own);
        let (message, warnings) = compose_of(&inputs, facts);
        assert_eq!(lines(&message), ["Started: 2026-01-28 09:25:00"]);
        assert_eq!(PlainText.write(&message.body), "20260128092500");
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn a_message_file_is_read_as_well_as_it_can_be() {
        for (bytes, expected, encoding) in [
            (&b"a\r\n\tb\n"[..], "a\r\n\tb\n", Encoding::Utf8),
            (b"\xef\xbb\xbfa", "a", Encoding::Utf8),
            (b"a\0\x1b[31mb\x7f", "a[31mb", Encoding::Utf8),
            (b"\xff\xfea\0\x84\x67", "a\u{6784}", Encoding::Other),
            (b"\xfe\xff\0a\x67\x84x", "a\u{6784}", Encoding::Other),
            (b"caf\xe9 \0{{tag}}", "caf\u{fffd} {{tag}}", Encoding::Other),
            (b"", "", Encoding::Utf8),
        ] {
            let read = text_of(bytes);
            assert_eq!(read, (expected.to_owned(), encoding), "{bytes:?}");
        }
        let files = BTreeMap::from([("note.md".to_owned(), b"caf\xe9".to_vec())]);
        let variable = ("RUNBELL_MESSAGE_FILE".to_owned(), "note.md".to_owned());
        let environment = Environment::new([variable], files);
        let mut reader = InputReader::new(&environment);
        assert!(ContentRules::read(&mut reader).message.is_some());
        let (_, warnings, _) = reader.finish();
        assert_eq!(
            warnings,
            ["`message_file` note.md is not UTF-8; save it as UTF-8"]
        );
    }

    #[test]
    fn a_title_is_one_line_of_all_that_the_author_wrote() {
        let facts = [(Fact::CommitMessage, "fix: x\n\nbody")];
        for (template, expected) in [
            ("a\nb", "a b"),
            ("\n{{status}}:\r\n\n  {{branch}}\n", "failure: main"),
            ("{{commit.message}} by {{actor}}", "fix: x by Ann"),
            ("{{tag}}\n{{branch}}", "main"),
        ] {
            let (message, _) = compose_with_facts(&[("TITLE", template)], &facts);
            assert_eq!(message.title, expected, "{template:?}");
            assert_eq!(message.subject, expected, "{template:?}");
        }
    }

    #[test]
    fn templates_see_the_facts() {
        let (message, warnings) = compose_with(&[
            ("TITLE", "{{upper status}} {{repo.slug}} ${CI_COMMIT_TITLE}"),
            (
                "MESSAGE",
                "took {{duration}}, {{commit.short_sha}} by {{commit.author_name}}{{tag}}",
            ),
        ]);
        assert_eq!(
            message.title,
            "FAILURE acme/shop fix: **\"quotes\"** [x](https://evil.example)"
        );
        let [Block::Paragraph(inlines)] = message.body.as_slice() else {
            panic!("{:?}", message.body);
        };
        assert_eq!(plain_text(inlines), "took 3m 20s, 01234567 by Ann");
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}
