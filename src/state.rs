//! The state file: how the latest run of each pipeline, branch and event stood, for platforms
//! that do not tell. It is kept between runs by the CI's cache.
//!
//! One line of JSON for each pipeline, branch and event. Only runs that ended well or badly are
//! remembered, so that a canceled run in between hides neither a fix nor a break. Several steps or
//! jobs of one run may tell of it: none of them is the run before of another.

use serde::{Deserialize, Serialize};

use crate::environment::{Environment, FileFault};
use crate::input::{Input, InputSpec};
use crate::model::event::Event;
use crate::model::facts::{Fact, RunFacts};
use crate::model::json::json_bytes;
use crate::model::status::{Group, Status};
use crate::model::time::UnixMillis;
use crate::secret::Scrubber;

/// Where the state is kept.
pub static STATE_FILE: Input<String> = Input::new(
    "state_file",
    "File that remembers the last status, for changed, fixed, broken and still_failing; keep it in the CI's cache",
)
.path();

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[&STATE_FILE.spec];

/// Largest state file, in bytes.
const FILE_LIMIT_BYTES: u64 = 1024 * 1024;

/// Most lines that are kept; the ones written longest ago go first.
const LINE_LIMIT: usize = 1000;

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
struct Entry {
    pipeline: String,
    branch: String,
    event: String,
    status: String,
    at: String,
    /// The run, where the platform tells; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    run: String,
    /// How the run before that one stood; empty when nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    before: String,
}

/// How every line of ours begins, by which a torn file is known from somebody else's.
const ENTRY_HEAD: &str = "{\"pipeline\":";

/// Which runs follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Series {
    pipeline: String,
    branch: String,
    event: String,
}

impl Series {
    /// The names stand in a file that caches keep, so no secret stands in them (rule M-4).
    fn of(facts: &RunFacts, event: Option<&Event>, scrubber: &Scrubber) -> Self {
        let first = |wanted: &[Fact]| {
            let text = wanted.iter().find_map(|fact| facts.text(*fact));
            scrubber.scrub(text.unwrap_or_default())
        };
        // Each change request is a series of its own, whatever branch it goes to.
        let branch = match facts.text(Fact::ChangeNumber) {
            Some(number) => format!("#{}", scrubber.scrub(number)),
            None => first(&[Fact::Branch, Fact::Tag]),
        };
        // What happens to one task or application is a series, whichever run tells of it.
        if let Some(event) = event {
            let (family, _) = event.kind.name.split_once('.').unwrap_or_default();
            return Self {
                pipeline: scrubber.scrub(event.subject.as_deref().unwrap_or_default()),
                branch,
                event: family.to_owned(),
            };
        }
        let place = [
            first(&[Fact::RepoSlug]),
            first(&[Fact::PipelineId, Fact::PipelineName]),
        ];
        let place: Vec<String> = place.into_iter().filter(|it| !it.is_empty()).collect();
        Self {
            pipeline: place.join(" "),
            branch,
            // Some platforms tell in a sentence who started the run; that is no kind of event.
            event: first(&[Fact::Event])
                .split_once(char::is_whitespace)
                .map_or_else(|| first(&[Fact::Event]), |_| String::new()),
        }
    }

    fn is_of(&self, entry: &Entry) -> bool {
        self.pipeline == entry.pipeline && self.branch == entry.branch && self.event == entry.event
    }
}

/// The run by its number and attempt: a run that is started again is another. Empty where the
/// platform does not tell.
fn run_of(facts: &RunFacts) -> String {
    let run = facts.text(Fact::RunId).or(facts.text(Fact::RunNumber));
    match (run, facts.text(Fact::RunAttempt)) {
        (Some(run), Some(attempt)) => format!("{run}/{attempt}"),
        (Some(run), None) => run.to_owned(),
        (None, _) => String::new(),
    }
}

/// What the file said, and how to write it anew.
#[derive(Debug, Clone)]
pub struct State {
    path: String,
    series: Series,
    /// The run that is told of; empty when nobody knows.
    run: String,
    /// The lines of other series.
    others: Vec<Entry>,
    /// How the latest run of this series before this one stood that ended well or badly.
    pub remembered: Option<Status>,
    /// What another step or job of this run said of it.
    said: Option<Status>,
    /// What is wrong with the file.
    pub warning: Option<String>,
    writable: Writable,
}

/// Whether the file may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writable {
    Yes,
    /// It holds somebody else's text, which must not be destroyed.
    No,
}

/// A state file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateUpdate {
    /// Where.
    pub path: String,
    /// The whole content.
    pub content: String,
}

impl State {
    /// Reads the file. That there is none yet is normal; a file that is broken or somebody else's
    /// counts as unknown, with a warning.
    pub fn read(
        environment: &Environment,
        path: &str,
        facts: &RunFacts,
        event: Option<&Event>,
        scrubber: &Scrubber,
    ) -> Self {
        let mut state = Self {
            path: path.to_owned(),
            series: Series::of(facts, event, scrubber),
            run: match event {
                None => scrubber.scrub(&run_of(facts)),
                // Each is one by itself.
                Some(_) => String::new(),
            },
            others: Vec::new(),
            remembered: None,
            said: None,
            warning: None,
            writable: Writable::Yes,
        };
        let text = match environment.file(path, FILE_LIMIT_BYTES) {
            Ok(text) => text,
            Err(FileFault::Missing) => return state,
            Err(fault) => {
                state.warning = Some(format!("`state_file` {path} is not used: {fault}"));
                state.writable = Writable::No;
                return state;
            }
        };
        let mut broken = 0;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<Entry>(line) {
                Ok(entry) if state.series.is_of(&entry) => {
                    let status = Status::from_word(&entry.status);
                    let is_this_run = !state.run.is_empty() && state.run == entry.run;
                    (state.remembered, state.said) = match is_this_run {
                        true => (Status::from_word(&entry.before), status),
                        false => (status, None),
                    };
                }
                Ok(entry) => state.others.push(entry),
                Err(_) => broken += 1,
            }
        }
        if broken > 0 {
            let ours = !state.others.is_empty()
                || state.remembered.is_some()
                || state.said.is_some()
                || text.trim_start().starts_with(ENTRY_HEAD);
            state.writable = if ours { Writable::Yes } else { Writable::No };
            state.warning = Some(match ours {
                true => {
                    format!("`state_file` {path} holds {broken} broken lines; they are dropped")
                }
                false => format!(
                    "`state_file` {path} holds no state of runbell and is left alone; name another file"
                ),
            });
        }
        state
    }

    /// The file after a run that stood like this; `None` when it stays as it is. A run of which
    /// another step or job said that it is bad stays bad.
    pub fn updated(&self, status: Status, now: UnixMillis) -> Option<StateUpdate> {
        let tells = matches!(status.group(), Group::Good | Group::Bad);
        if !tells || self.writable == Writable::No {
            return None;
        }
        let status = match self.said {
            Some(said) if said.group() == Group::Bad && status.group() != Group::Bad => said,
            _ => status,
        };
        let Series {
            pipeline,
            branch,
            event,
        } = self.series.clone();
        let own = Entry {
            pipeline,
            branch,
            event,
            status: status.word().to_owned(),
            at: now.rfc3339(),
            run: self.run.clone(),
            before: self
                .remembered
                .filter(|_| !self.run.is_empty())
                .map_or_else(String::new, |before| before.word().to_owned()),
        };
        // The latest line stands last, so the first ones are the oldest.
        let kept = self.others.len().saturating_sub(LINE_LIMIT - 1);
        let lines = self.others.iter().skip(kept).chain(std::iter::once(&own));
        let content = lines
            .filter_map(|entry| String::from_utf8(json_bytes(entry)).ok())
            .map(|line| line + "\n")
            .collect();
        Some(StateUpdate {
            path: self.path.clone(),
            content,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::facts::Origin;

    fn facts(branch: &str) -> RunFacts {
        let mut facts = RunFacts::new("test");
        for (fact, text) in [
            (Fact::PipelineName, "build"),
            (Fact::Branch, branch),
            (Fact::Event, "push"),
        ] {
            facts.offer(fact, text, Origin::Input("x"));
        }
        facts
    }

    fn read(content: Option<&str>, branch: &str) -> State {
        let files = content.map(|text| ("state".to_owned(), text.as_bytes().to_vec()));
        let environment = Environment::new([], files.into_iter().collect::<BTreeMap<_, _>>());
        State::read(
            &environment,
            "state",
            &facts(branch),
            None,
            &Scrubber::default(),
        )
    }

    const NOW: UnixMillis = UnixMillis(1_735_026_178_000);

    #[test]
    fn what_is_written_is_remembered_by_series() {
        let first = read(None, "main").updated(Status::Failure, NOW).unwrap();
        assert_eq!(
            first.content,
            "{\"pipeline\":\"build\",\"branch\":\"main\",\"event\":\"push\",\"status\":\"failure\",\"at\":\"2024-12-24T07:42:58Z\"}\n"
        );
        assert_eq!(
            read(Some(&first.content), "main").remembered,
            Some(Status::Failure)
        );
        let other = read(Some(&first.content), "dev");
        assert_eq!(other.remembered, None);
        let both = other.updated(Status::Success, NOW).unwrap();
        assert_eq!(both.content.lines().count(), 2);
        assert_eq!(
            read(Some(&both.content), "main").remembered,
            Some(Status::Failure)
        );
        assert_eq!(
            read(Some(&both.content), "dev").remembered,
            Some(Status::Success)
        );
    }

    #[test]
    fn steps_and_jobs_of_one_run_are_no_runs_before_each_other() {
        use Status::{Failure, Success};
        let mut content: Option<String> = None;
        for (run, status, remembered) in [
            ("1", Success, None),
            ("2", Failure, Some(Success)),
            // Another step of the same run has to tell of the break, too.
            ("2", Failure, Some(Success)),
            // Another job of it went well, and that is no fix.
            ("2", Success, Some(Success)),
            ("3", Success, Some(Failure)),
            ("3", Success, Some(Failure)),
            ("4", Success, Some(Success)),
            // Nobody knows which run this is, so it is one by itself.
            ("", Failure, Some(Success)),
            ("", Failure, Some(Failure)),
        ] {
            let files = content
                .iter()
                .map(|text| ("state".to_owned(), text.as_bytes().to_vec()));
            let environment = Environment::new([], files.collect::<BTreeMap<_, _>>());
            let mut facts = facts("main");
            facts.offer(Fact::RunId, run, Origin::Input("x"));
            let state = State::read(&environment, "state", &facts, None, &Scrubber::default());
            assert_eq!(state.remembered, remembered, "run {run}, {status}");
            content = Some(state.updated(status, NOW).unwrap().content);
        }
    }

    #[test]
    fn pipelines_of_two_repositories_are_two_series() {
        let series = |slug: &str| {
            let mut facts = facts("main");
            facts.offer(Fact::RepoSlug, slug, Origin::Input("x"));
            Series::of(&facts, None, &Scrubber::default())
        };
        assert_ne!(series("acme/shop"), series("acme/other"));
    }

    #[test]
    fn a_sentence_is_no_kind_of_event() {
        let series = |event: &str| {
            let mut facts = RunFacts::new("test");
            facts.offer(Fact::Event, event, Origin::Input("x"));
            Series::of(&facts, None, &Scrubber::default())
        };
        assert_eq!(series("ann · 手动触发"), series("bob · 手动触发"));
        assert_ne!(series("push"), series("cron"));
    }

    #[test]
    fn a_run_that_tells_nothing_leaves_the_file_alone() {
        for status in [
            Status::Canceled,
            Status::Skipped,
            Status::Running,
            Status::Unknown,
        ] {
            assert_eq!(read(None, "main").updated(status, NOW), None, "{status}");
        }
    }

    #[test]
    fn a_broken_or_foreign_file_is_unknown_with_a_warning() {
        let foreign = read(Some("{\"name\": \"my-package\"}\n"), "main");
        assert!(
            foreign.warning.as_ref().unwrap().contains("is left alone"),
            "{foreign:?}"
        );
        assert_eq!(foreign.updated(Status::Success, NOW), None);

        let line = read(None, "dev")
            .updated(Status::Success, NOW)
            .unwrap()
            .content;
        let torn = read(Some(&format!("{line}{{\"pipe")), "main");
        assert!(torn.warning.is_some());
        assert_eq!(torn.remembered, None);
        assert_eq!(
            torn.updated(Status::Failure, NOW)
                .unwrap()
                .content
                .lines()
                .count(),
            2
        );

        let torn_first = read(line.get(..line.len() / 2), "main");
        assert_eq!(torn_first.remembered, None);
        assert!(
            torn_first.warning.as_ref().unwrap().contains("dropped"),
            "{torn_first:?}"
        );
        assert_eq!(
            torn_first.updated(Status::Failure, NOW).unwrap().content,
            read(None, "main")
                .updated(Status::Failure, NOW)
                .unwrap()
                .content
        );

        let huge = read(Some(&"x".repeat(2 * 1024 * 1024)), "main");
        assert!(huge.warning.unwrap().contains("larger than"));
    }

    #[test]
    fn the_file_does_not_grow_without_end() {
        let mut content = String::new();
        for at in 0..LINE_LIMIT + 5 {
            let branch = format!("b{at}");
            let line = read(None, &branch)
                .updated(Status::Success, NOW)
                .unwrap()
                .content;
            content.push_str(&line);
        }
        let update = read(Some(&content), "main")
            .updated(Status::Success, NOW)
            .unwrap();
        assert_eq!(update.content.lines().count(), LINE_LIMIT);
        assert!(update.content.contains("\"branch\":\"main\""));
        assert!(!update.content.contains("\"branch\":\"b0\""));
    }
}
