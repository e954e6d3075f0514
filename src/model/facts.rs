//! The canonical facts of a run: one table of every fact, and the facts of one run.
//!
//! The same words on every platform. A fact that nobody gave is absent, never guessed, and each
//! fact remembers where it came from.

use std::fmt;

use serde_json::Value;

use super::text::{clean, clean_line, head_chars, head_with_spare, is_absent};
use super::time::UnixMillis;
use crate::secret::Scrubber;

/// What kind of value a fact holds, and so how it is cleaned. Limits are in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One line; longer text is cut with a visible mark.
    Line(usize),
    /// Several lines; longer text is cut with a visible mark.
    Lines(usize),
    /// An http or https address; user info is removed, anything else makes the fact absent.
    Address,
    /// A commit id; forty zeros and `HEAD` are absent.
    Commit,
    /// The number of a pull or merge request; `0` and `false` are absent.
    ChangeNumber,
    /// An instant, in any of the forms of [`UnixMillis::parse`].
    Instant,
    /// Names, split on commas, semicolons and line ends, or a JSON list; each one line.
    Names,
}

/// What the program knows about one fact before it has a value.
#[derive(Debug, Clone, Copy)]
pub struct FactSpec {
    /// The fact itself.
    pub fact: Fact,
    /// The name in templates, dotted: `pipeline.name`.
    pub name: &'static str,
    /// The name of the input that overrides it: `pipeline_name`.
    pub input: &'static str,
    /// How its value is cleaned.
    pub shape: Shape,
    /// What it says, in a few words.
    pub about: &'static str,
}

macro_rules! facts {
    ($($(#[doc = $about:literal])+ $fact:ident, $name:literal, $input:literal, $shape:expr;)*) => {
        /// A canonical fact of a run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fact { $($(#[doc = $about])+ $fact,)* }

        /// Every fact, in the order of the documentation.
        pub static FACTS: &[FactSpec] = &[$(FactSpec {
            fact: Fact::$fact,
            name: $name,
            input: $input,
            shape: $shape,
            about: concat!($($about),+).trim_ascii(),
        },)*];
    };
}

facts! {
    /// Name of the pipeline or workflow
    PipelineName, "pipeline.name", "pipeline_name", Shape::Line(256);
    /// Id of the pipeline, where names and ids differ
    PipelineId, "pipeline.id", "pipeline_id", Shape::Line(256);
    /// Id of the run; any text
    RunId, "run.id", "run_id", Shape::Line(256);
    /// Number of the run, as people say it aloud
    RunNumber, "run.number", "run_number", Shape::Line(256);
    /// Which attempt of the run this is, from 1
    RunAttempt, "run.attempt", "run_attempt", Shape::Line(16);
    /// Page of the run
    RunUrl, "run.url", "run_url", Shape::Address;
    /// What the run is for, in the words of whoever started it
    RunDescription, "run.description", "run_description", Shape::Line(256);
    /// Stage the step runs in
    Stage, "stage", "stage", Shape::Line(256);
    /// Job the step runs in
    Job, "job", "job", Shape::Line(256);
    /// Name of the step itself
    Step, "step", "step", Shape::Line(256);
    /// Organisation, namespace or project
    Project, "project", "project", Shape::Line(256);
    /// Repository as owner/name
    RepoSlug, "repo.slug", "repo_slug", Shape::Line(256);
    /// Page of the repository
    RepoUrl, "repo.url", "repo_url", Shape::Address;
    /// Default branch of the repository
    RepoDefaultBranch, "repo.default_branch", "repo_default_branch", Shape::Line(120);
    /// Git ref the run was started for
    Ref, "ref", "ref", Shape::Line(256);
    /// Branch of the run; absent for a tag
    Branch, "branch", "branch", Shape::Line(120);
    /// Tag of the run
    Tag, "tag", "tag", Shape::Line(120);
    /// Branch that a pull or merge request comes from
    SourceBranch, "source_branch", "source_branch", Shape::Line(120);
    /// Branch that a pull or merge request goes to
    TargetBranch, "target_branch", "target_branch", Shape::Line(120);
    /// Number of the pull or merge request
    ChangeNumber, "change.number", "change_number", Shape::ChangeNumber;
    /// Title of the pull or merge request
    ChangeTitle, "change.title", "change_title", Shape::Line(200);
    /// Page of the pull or merge request
    ChangeUrl, "change.url", "change_url", Shape::Address;
    /// Commit id
    CommitSha, "commit.sha", "commit_sha", Shape::Commit;
    /// Commit id of the state before
    CommitBefore, "commit.before", "commit_before", Shape::Commit;
    /// Page of the commit
    CommitUrl, "commit.url", "commit_url", Shape::Address;
    /// First line of the commit message
    CommitTitle, "commit.title", "commit_title", Shape::Line(200);
    /// Whole commit message
    CommitMessage, "commit.message", "commit_message", Shape::Lines(1000);
    /// Who wrote the commit
    AuthorName, "author.name", "author_name", Shape::Line(80);
    /// Mail address of who wrote the commit
    AuthorEmail, "author.email", "author_email", Shape::Line(80);
    /// Who or what started the run
    Actor, "actor", "actor", Shape::Line(80);
    /// What started the run, in the platform's word
    Event, "event", "event", Shape::Line(256);
    /// When the run was created
    CreatedAt, "created_at", "created_at", Shape::Instant;
    /// When the run started
    StartedAt, "started_at", "started_at", Shape::Instant;
    /// When the run finished
    FinishedAt, "finished_at", "finished_at", Shape::Instant;
    /// Stages that failed
    FailedStages, "failed.stages", "failed_stages", Shape::Names;
    /// Steps or jobs that failed
    FailedSteps, "failed.steps", "failed_steps", Shape::Names;
    /// Where a deployment goes
    Environment, "environment", "environment", Shape::Line(256);
    /// Repositories that the run was started from, with branch, where there are several
    Sources, "sources", "sources", Shape::Names;
    /// Parameters of the run, as NAME=value
    Params, "params", "params", Shape::Names;
    /// Result of a check, build or deployment, in the words of whoever ran it
    Result, "result", "result", Shape::Line(256);
    /// Result of the quality gate: passed or failed
    GateResult, "gate.result", "gate_result", Shape::Line(64);
    /// How many issues a check found
    IssueCount, "issue.count", "issue_count", Shape::Line(64);
    /// Name of the check, build or deployment task
    TaskName, "task.name", "task_name", Shape::Line(256);
    /// Name of the application that is deployed
    ApplicationName, "application.name", "application_name", Shape::Line(256);
    /// Id of the execution of a task
    ExecutionId, "execution.id", "execution_id", Shape::Line(256);
}

impl Fact {
    /// The table row of this fact.
    pub fn spec(self) -> Option<&'static FactSpec> {
        FACTS.get(self as usize)
    }
}

/// Where a fact came from, for the log and for the pages of the platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The step input of that name.
    Input(&'static str),
    /// The environment variable of that name.
    Variable(String),
    /// A path in the platform's event file.
    Event(&'static str),
    /// Put together from what is named.
    Composed(&'static str),
    /// A file of the checkout.
    File(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(name) => write!(f, "input `{name}`"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Event(path) => write!(f, "event file, {path}"),
            Self::Composed(from) => write!(f, "composed from {from}"),
            Self::File(path) => write!(f, "file {path}"),
        }
    }
}

#[derive(Debug, Clone)]
struct Known {
    text: String,
    origin: Origin,
}

/// The facts of one run. The first source to give a fact wins; later ones are not heard.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// Which platform gave them, by its name in the registry.
    pub platform: &'static str,
    known: Vec<Option<Known>>,
    unzoned_start: Option<String>,
}

impl RunFacts {
    /// No facts yet.
    pub fn new(platform: &'static str) -> Self {
        Self {
            platform,
            known: vec![None; FACTS.len()],
            unzoned_start: None,
        }
    }

    /// Keeps `raw`, cleaned by the fact's shape, unless the fact is known already or the value
    /// says nothing. An instant that names no zone is none, unless the author gives it: eight hours
    /// wrong would be worse. A start of that kind is kept aside, see [`Self::unzoned_start`].
    pub fn offer(&mut self, fact: Fact, raw: &str, origin: Origin) {
        let Some(spec) = fact.spec() else { return };
        if matches!(spec.shape, Shape::Instant)
            && names_no_zone(raw.trim())
            && !matches!(origin, Origin::Input(_))
        {
            let is_start = fact == Fact::StartedAt && UnixMillis::parse(raw).is_some();
            if is_start && self.unzoned_start.is_none() {
                self.unzoned_start = Some(raw.trim().to_owned());
            }
            return;
        }
        let Some(slot) = self.known.get_mut(fact as usize) else {
            return;
        };
        if slot.is_none()
            && let Some(text) = shaped(spec.shape, raw)
        {
            *slot = Some(Known { text, origin });
        }
    }

    /// Takes secrets out of every value, and then cuts it to its length: a secret that is cut first
    /// is none that the scrubber knows (rule M-3). Tells which facts held one.
    pub fn scrub(&mut self, scrubber: &Scrubber) -> Vec<&'static str> {
        let mut held = Vec::new();
        for spec in FACTS {
            let Some(Some(known)) = self.known.get_mut(spec.fact as usize) else {
                continue;
            };
            if let Some(scrubbed) = scrubber.found_in(&known.text) {
                held.push(spec.name);
                known.text = scrubbed;
            }
            cut(spec.shape, &mut known.text);
        }
        held
    }

    /// The fact's value; for [`Shape::Names`] the names joined by `, `.
    pub fn text(&self, fact: Fact) -> Option<&str> {
        self.known(fact).map(|known| known.text.as_str())
    }

    /// Where the fact came from.
    pub fn origin(&self, fact: Fact) -> Option<&Origin> {
        self.known(fact).map(|known| &known.origin)
    }

    /// The fact as an instant.
    pub fn instant(&self, fact: Fact) -> Option<UnixMillis> {
        self.text(fact).and_then(UnixMillis::parse)
    }

    /// The start as CodeArts writes it, `yyyyMMddHHmmss` of a zone that nobody names. It can be
    /// handed on in that form, and is good for nothing else.
    pub fn unzoned_start(&self) -> Option<&str> {
        self.unzoned_start.as_deref()
    }

    /// The fact as a list of names.
    pub fn names(&self, fact: Fact) -> Vec<&str> {
        self.text(fact)
            .map(|text| text.split(", ").collect())
            .unwrap_or_default()
    }

    fn known(&self, fact: Fact) -> Option<&Known> {
        self.known.get(fact as usize)?.as_ref()
    }
}

/// Longest commit id and number of a change, in characters.
const ID_LIMIT_CHARS: usize = 64;

/// Longest name in a list, in characters.
const NAME_LIMIT_CHARS: usize = 256;

/// Cuts a value to its length.
fn cut(shape: Shape, text: &mut String) {
    let limit = match shape {
        Shape::Line(limit) | Shape::Lines(limit) => limit,
        Shape::Commit | Shape::ChangeNumber => ID_LIMIT_CHARS,
        Shape::Names => NAME_LIMIT_CHARS,
        Shape::Address | Shape::Instant => return,
    };
    if text.len() <= limit {
        return;
    }
    *text = match shape {
        Shape::Names => {
            let names = text.split(", ");
            let names: Vec<String> = names.map(|it| head_chars(it, limit)).collect();
            names.join(", ")
        }
        _ => head_chars(text, limit),
    };
}

/// Whether a text is a time of fourteen digits, which stands for a zone that nobody names.
pub fn names_no_zone(text: &str) -> bool {
    text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn shaped(shape: Shape, raw: &str) -> Option<String> {
    if is_absent(raw) {
        return None;
    }
    let text = match shape {
        Shape::Line(limit) => head_with_spare(&clean_line(raw), limit),
        Shape::Lines(limit) => head_with_spare(clean(raw).trim(), limit),
        Shape::Address => web_address(raw)?,
        Shape::Commit => {
            let id = clean_line(raw);
            let says_nothing = id == "HEAD" || id.bytes().all(|byte| byte == b'0');
            (!says_nothing).then(|| head_with_spare(&id, ID_LIMIT_CHARS))?
        }
        Shape::ChangeNumber => {
            let number = clean_line(raw);
            (!matches!(number.as_str(), "0" | "false"))
                .then(|| head_with_spare(&number, ID_LIMIT_CHARS))?
        }
        Shape::Instant => {
            UnixMillis::parse(raw)?;
            raw.trim().to_owned()
        }
        Shape::Names => names(raw).join(", "),
    };
    (!text.is_empty()).then_some(text)
}

/// Most names of a list.
const NAMES_LIMIT: usize = 100;

impl Shape {
    /// How much of a value is kept, for the page of templates.
    pub fn limit(self) -> String {
        match self {
            Self::Line(limit) | Self::Lines(limit) => format!("{limit} characters"),
            Self::Address => format!("{ADDRESS_LIMIT_BYTES} bytes, else absent"),
            Self::Commit | Self::ChangeNumber => format!("{ID_LIMIT_CHARS} characters"),
            Self::Instant => String::new(),
            Self::Names => format!("{NAMES_LIMIT} items of {NAME_LIMIT_CHARS} characters"),
        }
    }
}

/// Longest address that may become a link, in bytes (rule I-7).
const ADDRESS_LIMIT_BYTES: usize = 2048;

/// Reads an address that may become a link: http or https, no user info, no blanks.
///
/// The result is percent-encoded where needed, round and angle brackets included, so that it
/// can stand in any Markdown dialect.
pub fn web_address(raw: &str) -> Option<String> {
    let text = raw.trim();
    // Reading one takes as long as all else that becomes of a fact.
    match is_written_as_read(text) {
        true => Some(text.to_owned()),
        false => read_address(text),
    }
}

fn read_address(text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let mut address = url::Url::parse(text).ok()?;
    if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
        return None;
    }
    address.set_username("").ok()?;
    address.set_password(None).ok()?;
    let written = String::from(address)
        .replace('(', "%28")
        .replace(')', "%29")
        .replace('<', "%3C")
        .replace('>', "%3E")
        .replace('|', "%7C")
        .replace('`', "%60")
        .replace('\'', "%27")
        .replace('*', "%2A");
    (written.len() <= ADDRESS_LIMIT_BYTES).then_some(written)
}

/// Whether an address is surely of the usual kind that reading leaves as it is: a host by its
/// name in small letters, no port, no login, no dots to go up by, nothing to encode.
fn is_written_as_read(address: &str) -> bool {
    let behind_scheme = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let Some((host, rest)) = behind_scheme.and_then(|it| it.split_once('/')) else {
        return false;
    };
    let is_label = |label: &str| {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        label.starts_with(|c: char| c.is_ascii_lowercase())
            && label.bytes().all(plain)
            // The mark of a name in other letters.
            && !label.contains("--")
    };
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_' | b'~' | b'/' | b'?' | b'=' | b'&' | b'#' | b'+' | b','
            )
    };
    // A dot is plain inside a name.
    let mut before = b'/';
    let is_plain = rest.bytes().all(|byte| {
        let is_inside = byte == b'.' && before != b'/';
        before = byte;
        is_inside || plain(byte)
    });
    is_plain && address.len() <= ADDRESS_LIMIT_BYTES && host.split('.').all(is_label)
}

/// The name that an item of a JSON list gives: numbers and switches as JSON writes them, nothing
/// for null and for lists in the list.
fn name(item: Value) -> Option<String> {
    match item {
        Value::String(name) => Some(name),
        Value::Number(_) | Value::Bool(_) => Some(item.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn names(raw: &str) -> Vec<String> {
    // What begins like a JSON list may be a name in brackets. Woodpecker and Drone write a map
    // as JSON, too.
    let listed: Vec<String> = match serde_json::from_str(raw.trim()) {
        Ok(Value::Array(items)) => items.into_iter().filter_map(name).collect(),
        Ok(Value::Object(items)) => items
            .iter()
            .filter(|(_, item)| !item.is_null())
            .map(|(key, item)| {
                let text = item
                    .as_str()
                    .map_or_else(|| item.to_string(), str::to_owned);
                format!("{key}={text}")
            })
            .collect(),
        _ => raw.split([',', ';', '\n']).map(str::to_owned).collect(),
    };
    listed
        .iter()
        .map(|name| head_with_spare(&clean_line(name).replace(", ", " "), NAME_LIMIT_CHARS))
        .filter(|name| !name.is_empty())
        .take(NAMES_LIMIT)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::secret::Secret;
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn addresses_of_the_usual_kind_are_left_as_they_are(
            address in "https?://(([a-z0-9.-]|xn--){1,12})/([a-zA-Z0-9._~/?=&#+,-]|%2e|/\\./|/\\.\\.){0,16}",
        ) {
            if is_written_as_read(&address) {
                prop_assert_eq!(read_address(&address), Some(address));
            }
        }
    }

    #[test]
    fn most_addresses_are_of_the_usual_kind() {
        for (address, usual) in [
            ("https://ci.example.com/repos/3/pipeline/42/9", true),
            (
                "https://github.com/acme/shop/actions/runs/1?pr=2#step-3",
                true,
            ),
            ("https://git.example.com/acme/shop.git", true),
            ("https://ci.example.com", false),
            ("https://ci.example.com:8443/x", false),
            ("https://ci.example.com/a/../b", false),
            ("https://CI.example.com/", false),
            ("https://127.0.0.1/", false),
            ("https://u:p@ci.example.com/", false),
            ("https://xn--fsq.example/", false),
            ("https://ci.example/a(b)", false),
        ] {
            assert_eq!(is_written_as_read(address), usual, "{address}");
        }
    }

    #[test]
    fn every_fact_knows_its_own_row() {
        for spec in FACTS {
            assert_eq!(spec.fact.spec().unwrap().name, spec.name);
            assert_eq!(spec.name.replace('.', "_"), spec.input);
        }
    }

    #[track_caller]
    fn check(fact: Fact, raw: &str, expected: Option<&str>) {
        let mut facts = RunFacts::new("test");
        facts.offer(fact, raw, Origin::Input("x"));
        assert_eq!(facts.text(fact), expected, "{fact:?} from {raw:?}");
    }

    #[test]
    fn values_are_cleaned_by_shape() {
        check(
            Fact::CommitTitle,
            "fix: \"quotes\"\nbody",
            Some("fix: \"quotes\""),
        );
        check(Fact::Branch, " main ", Some("main"));
        check(
            Fact::CommitSha,
            "0000000000000000000000000000000000000000",
            None,
        );
        check(Fact::CommitSha, "HEAD", None);
        check(Fact::ChangeNumber, "false", None);
        check(Fact::ChangeNumber, "0", None);
        check(Fact::ChangeNumber, "7", Some("7"));
        check(Fact::StartedAt, "0", None);
        check(
            Fact::FailedSteps,
            "build,  test;\nlint",
            Some("build, test, lint"),
        );
        check(Fact::FailedSteps, r#"["a b", "c"]"#, Some("a b, c"));
        check(Fact::FailedSteps, r#"["build", null]"#, Some("build"));
        check(Fact::FailedSteps, "[1, 2.5, true]", Some("1, 2.5, true"));
        check(Fact::FailedSteps, "[null, [\"a\"]]", None);
        check(
            Fact::Params,
            r#"{"A": "1", "B": 2, "C": null, "D": "x, y", "E": [1]}"#,
            Some("A=1, B=2, D=x y, E=[1]"),
        );
        check(Fact::Params, "{}", None);
        check(Fact::Params, "{A}, 7", Some("{A}, 7"));
        check(
            Fact::FailedSteps,
            "[unit] a, [e2e] b",
            Some("[unit] a, [e2e] b"),
        );
        check(Fact::Actor, "null", None);
    }

    #[test]
    fn a_start_without_a_zone_is_kept_aside() {
        let zoned = "2024-12-24T15:42:58+08:00";
        let variable = || Origin::Variable("TIMESTAMP".to_owned());
        for (fact, raw, origin, known, aside) in [
            (
                Fact::StartedAt,
                "20241224154258",
                variable(),
                None,
                Some("20241224154258"),
            ),
            (Fact::StartedAt, "20241324154258", variable(), None, None),
            (Fact::CreatedAt, "20241224154258", variable(), None, None),
            (Fact::StartedAt, zoned, variable(), Some(zoned), None),
            (
                Fact::StartedAt,
                "20241224154258",
                Origin::Input("started_at"),
                Some("20241224154258"),
                None,
            ),
        ] {
            let mut facts = RunFacts::new("test");
            facts.offer(fact, raw, origin);
            assert_eq!(facts.text(fact), known, "{fact:?} {raw}");
            assert_eq!(facts.unzoned_start(), aside, "{fact:?} {raw}");
        }
    }

    #[test]
    fn user_info_never_stays_in_an_address() {
        check(
            Fact::RepoUrl,
            "https://ci:s3cret@git.example.com/a(b)",
            Some("https://git.example.com/a%28b%29"),
        );
        check(Fact::RunUrl, "javascript:alert(1)", None);
        check(Fact::RunUrl, "dtmd://dingtalkclient/x", None);
        check(Fact::RunUrl, "https://a b", None);
    }

    #[test]
    fn the_first_source_wins_and_is_remembered() {
        let mut facts = RunFacts::new("test");
        facts.offer(Fact::Branch, "", Origin::Input("branch"));
        facts.offer(
            Fact::Branch,
            "main",
            Origin::Variable("DRONE_BRANCH".into()),
        );
        facts.offer(Fact::Branch, "other", Origin::File(".git/HEAD"));
        assert_eq!(facts.text(Fact::Branch), Some("main"));
        assert_eq!(
            facts.origin(Fact::Branch).unwrap().to_string(),
            "variable DRONE_BRANCH"
        );
    }

    #[test]
    fn hostile_length_is_capped_as_the_documentation_says() {
        let long = "构".repeat(5000);
        let numbers: Vec<String> = (0..200).map(|number| format!("{number}-{long}")).collect();
        for (fact, raw, kept, documented) in [
            (Fact::CommitTitle, &long, 200, "200 characters"),
            (Fact::Branch, &long, 120, "120 characters"),
            (Fact::CommitMessage, &long, 1000, "1000 characters"),
            (Fact::CommitSha, &long, 64, "64 characters"),
            (
                Fact::FailedSteps,
                &numbers.join(","),
                100 * 256 + 99 * ", ".len(),
                "100 items of 256 characters",
            ),
        ] {
            let mut facts = RunFacts::new("test");
            facts.offer(fact, raw, Origin::Input("x"));
            facts.scrub(&Scrubber::default());
            assert_eq!(facts.text(fact).unwrap().chars().count(), kept, "{fact:?}");
            assert_eq!(fact.spec().unwrap().shape.limit(), documented, "{fact:?}");
        }
        let address = format!("https://ci.example/{}", "a".repeat(2048));
        check(Fact::RunUrl, &address, None);
        assert_eq!(Shape::Address.limit(), "2048 bytes, else absent");
    }

    #[test]
    fn a_secret_that_stands_across_the_end_is_taken_out_whole() {
        let secret = "d9105f793661efeddd9573242d74f8f5";
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new(secret));
        for (fact, name, limit) in [
            (Fact::CommitTitle, "commit.title", 200),
            (Fact::CommitMessage, "commit.message", 1000),
            (Fact::Branch, "branch", 120),
            (Fact::AuthorName, "author.name", 80),
            (Fact::CommitSha, "commit.sha", 64),
            (Fact::FailedSteps, "failed.steps", 256),
        ] {
            for hidden in 1..secret.len() {
                let raw = "x".repeat(limit - hidden) + secret;
                let mut facts = RunFacts::new("test");
                facts.offer(fact, &raw, Origin::Input("x"));
                assert_eq!(facts.scrub(&scrubber), [name]);
                let text = facts.text(fact).unwrap();
                assert!(!text.contains("d9"), "{text}");
                assert!(text.chars().count() <= limit, "{text}");
            }
        }
    }
}
