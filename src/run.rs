//! The straight line: environment -> inputs -> facts -> decision -> message -> requests ->
//! delivery -> report. Everything before delivery is pure.

use std::time::Duration;

use crate::compose::{Occasion, compose};
use crate::decide::{
    EventOutcome, Failures, OnMissingSecret, Standing, StatusInputs, StatusSigns, decide, mention,
    stand,
};
use crate::deliver::{DeliveryRules, Parcel, Sending, deliver_all, pack};
use crate::environment::Environment;
use crate::event::{self, Found, Selection};
use crate::input::{FaultKind, Switch};
use crate::model::decision::Decision;
use crate::model::event::Event;
use crate::model::facts::{FACTS, Fact, Origin, RunFacts};
use crate::model::message::{Language, MessageId};
use crate::model::time::UnixMillis;
use crate::network::Network;
use crate::outside::Outside;
use crate::plan::{Plan, read_plan};
use crate::platform::{self, EventFile, PlatformEntry, Results, Seen};
use crate::report::{self, Ending, OnFailure, Verbosity};
use crate::secret::Scrubber;
use crate::state::{State, StateUpdate};
use crate::template::TemplateFault;
use crate::trust::Trust;

/// A step that was prepared.
#[derive(Debug)]
pub struct Prepared {
    /// Knows every secret of the run; everything that is printed goes through it.
    pub scrubber: Scrubber,
    /// The first lines of the log.
    pub opening: Vec<String>,
    /// What is left to do.
    pub step: Step,
    /// What is printed instead of sent, target by target.
    pub rehearsal: Vec<(String, String)>,
    /// Where the results of the step go.
    pub results: Results,
    /// The id of the message, on all attempts and in the results.
    pub id: MessageId,
    /// The state to keep for the next run, once everyone was told.
    pub state: Option<StateUpdate>,
}

/// What is left to do.
#[derive(Debug)]
pub enum Step {
    /// Nothing.
    Finished(Ending),
    /// To deliver.
    Ready(Box<Ready>),
}

/// A message that waits for delivery.
#[derive(Debug)]
pub struct Ready {
    /// Which certificate authorities are trusted.
    pub trust: Trust,
    /// What may be reached, and by which way.
    pub network: Network,
    /// How much the log tells.
    pub verbosity: Verbosity,
    parcels: Vec<Parcel>,
    template_fault: Option<TemplateFault>,
    delivery: DeliveryRules,
    on_failure: OnFailure,
    language: Language,
}

/// Where and when a step runs.
struct Moment<'e> {
    environment: &'e Environment,
    platform: &'static PlatformEntry,
    /// Takes secrets out of what goes out.
    scrubber: &'e Scrubber,
    /// What the platform shows.
    seen: Seen<'e>,
    now: UnixMillis,
    id: MessageId,
}

/// Longest wait for the end of standard input, where `timeout` leaves that much.
const STANDARD_INPUT_LIMIT: Duration = Duration::from_secs(15);

/// Does everything that comes before the first socket. `random` makes the message's id.
pub fn prepare(environment: &Environment, now: UnixMillis, random: [u8; 16]) -> Prepared {
    let reading = read_plan(environment);
    let platform = reading.platform;
    // A step that is off reads nothing, and neither does one whose inputs are wrong.
    let plan = reading.plan.as_ref().ok();
    let events = plan
        .filter(|plan| plan.enabled == Switch::On)
        .map(|plan| plan.events.clone())
        .unwrap_or_default();
    // The other half of the time is for the message.
    let patience = plan.map_or(Duration::ZERO, |plan| plan.delivery.timeout() / 2);
    let (seen, warnings) = Seen::with_event_file(
        platform,
        environment,
        events.file.as_deref(),
        patience.min(STANDARD_INPUT_LIMIT),
    );
    let moment = Moment {
        environment,
        platform,
        scrubber: &reading.scrubber,
        seen,
        now,
        id: MessageId::new(random),
    };
    let mut log = Log::default();
    let version = env!("CARGO_PKG_VERSION");
    log.say(format!("version {version}, platform {}", platform.title));
    log.warn(reading.warnings);
    // A step that tells of events fails on what is a warning elsewhere.
    log.warn(warnings.into_iter().filter(|_| events.selection.is_none()));
    let (step, state) = match reading.plan {
        Ok(plan) => {
            let skips = why_skip(reading.on_missing_secret, &moment.seen).is_some();
            match reading.missing.is_empty() || skips {
                true => {
                    // Who can be told without them is told.
                    log.warn(reading.missing.iter().map(ToString::to_string));
                    prepare_message(plan, reading.facts, &moment, &mut log)
                }
                false => (Step::Finished(report::refused(&reading.missing)), None),
            }
        }
        Err(faults) => {
            let secrets_missing = faults
                .iter()
                .all(|fault| fault.kind == FaultKind::SecretMissing);
            let ending = match why_skip(reading.on_missing_secret, &moment.seen) {
                Some(reason) if secrets_missing => report::skipped(reason),
                _ => report::refused(&faults),
            };
            (Step::Finished(ending), None)
        }
    };
    Prepared {
        id: moment.id,
        scrubber: reading.scrubber,
        opening: log.lines,
        rehearsal: log.rehearsal,
        results: platform.results,
        step,
        state,
    }
}

/// Why a step whose secrets are missing stays silent instead of failing.
fn why_skip(on_missing_secret: OnMissingSecret, seen: &Seen<'_>) -> Option<&'static str> {
    if platform::is_from_fork(seen) {
        Some("no secrets are there, as usual for a change request from a fork")
    } else if on_missing_secret == OnMissingSecret::Skip {
        Some("no secrets are there, and `on_missing_secret` is skip")
    } else {
        None
    }
}

/// Facts, which inputs give first, decision, message.
fn prepare_message(
    plan: Plan,
    given: RunFacts,
    moment: &Moment<'_>,
    log: &mut Log,
) -> (Step, Option<StateUpdate>) {
    let (event, asked_for) = match &plan.events.selection {
        Some(selection) if plan.enabled == Switch::On => {
            match selected_event(&plan, selection, moment, log) {
                Ok((event, word)) => (Some(event), Some(word)),
                Err(ending) => return (Step::Finished(*ending), None),
            }
        }
        _ => (None, None),
    };
    let facts = observe(given, &plan, moment, event.as_ref(), log);
    let has_outcome = event.as_ref().is_none_or(|event| event.status.is_some());
    let state = plan
        .state_file
        .as_ref()
        .filter(|_| has_outcome)
        .map(|path| {
            let event = event.as_ref();
            State::read(moment.environment, path, &facts, event, moment.scrubber)
        });
    let standing = match (&event, has_outcome) {
        (Some(_), false) => Standing::default(),
        _ => judge(&plan, moment, &facts, event.as_ref(), state.as_ref(), log),
    };
    // A step that is off hears nothing, so it remembers nothing.
    let update = state
        .filter(|_| plan.enabled == Switch::On)
        .and_then(|state| state.updated(standing.status, moment.now));
    let decision = match (has_outcome, asked_for) {
        (false, Some(word)) => Decision::Notify(format!("`events` has {word}")),
        _ => decide(plan.enabled, &standing, &plan.notify_on),
    };
    match decision {
        Decision::Skip(reason) => return (Step::Finished(report::skipped(&reason)), update),
        Decision::Notify(reason) => {
            let names: Vec<&str> = plan.targets.iter().map(|it| it.name.as_str()).collect();
            log.say(format!("telling {}: {reason}", names.join(", ")));
        }
    }
    // What `${...}` may name beside the event that is told of.
    let event_file = match (&event, moment.seen.event_file()) {
        (None, EventFile::Read(tree)) => Some(tree),
        _ => None,
    };
    let mut bodies = plan
        .targets
        .iter()
        .filter_map(|it| it.channel.body_template());
    let occasion = Occasion {
        facts,
        event,
        event_file,
        status: standing.status,
        mention: mention(&standing, &plan.mention_on),
        status_word: standing.word,
        previous_status: standing.previous,
        body_template: bodies.next(),
        environment: moment.environment,
        secrets: &plan.secrets,
        scrubber: moment.scrubber,
        now: moment.now,
        id: moment.id.clone(),
    };
    let composed = compose(occasion, &plan.content);
    log.warn(composed.warnings);
    let language = composed.message.language;
    let (parcels, lines) = pack(plan.targets, composed.message);
    log.lines.extend(lines);
    if plan.sending == Sending::DryRun {
        log.rehearsal = rehearsal(&parcels);
        let template = composed
            .fault
            .iter()
            .map(|fault| format!("the template {fault}; the message would go without your text"));
        let broken = parcels.iter().filter_map(|parcel| {
            let verdict = parcel.drafts.as_ref().err()?;
            Some(report::unsent(&parcel.target.name, verdict, language))
        });
        let faults = template.chain(broken).collect();
        let ending = report::rehearsed(parcels.len(), faults, plan.on_failure);
        return (Step::Finished(ending), None);
    }
    let step = Step::Ready(Box::new(Ready {
        trust: plan.trust,
        network: plan.network,
        verbosity: plan.verbosity,
        parcels,
        template_fault: composed.fault,
        delivery: plan.delivery,
        on_failure: plan.on_failure,
        language,
    }));
    (step, update)
}

/// What would be sent, target by target.
fn rehearsal(parcels: &[Parcel]) -> Vec<(String, String)> {
    let shown = parcels.iter().flat_map(|parcel| {
        let drafts = parcel.drafts.iter().flatten();
        drafts.map(|draft| {
            let name = parcel.target.name.clone();
            (name, parcel.target.channel.shown(draft))
        })
    });
    shown.collect()
}

/// The event, when it is one of those that the step tells of, and the word that asks for it; else
/// how the step ends.
fn selected_event(
    plan: &Plan,
    selection: &Selection,
    moment: &Moment<'_>,
    log: &mut Log,
) -> Result<(Event, String), Box<Ending>> {
    let fail = |wrong: &str| Err(Box::new(report::without_event(wrong, plan.on_failure)));
    let skip = |reason: String| Err(Box::new(report::skipped(&reason)));
    for line in selection.explained() {
        log.say(format!("input `events`: {line}"));
    }
    let tree = match moment.seen.event_file() {
        EventFile::Read(tree) => tree,
        EventFile::Broken(wrong) => return fail(&format!("{wrong}; check what writes it")),
        EventFile::Nowhere => {
            let variable = moment.platform.event_file.unwrap_or("event_file");
            return fail(&format!(
                "{} gives no event here: {variable} names no file. Name one in `event_file`",
                moment.platform.title
            ));
        }
    };
    match (event::find(tree), &plan.events.file) {
        (Found::Event(event), _) => {
            let mut event = *event;
            match selection.matching(&mut event) {
                Some(word) => {
                    log.say(format!("event {}", event.name()));
                    let word = word.to_owned();
                    Ok((event, word))
                }
                None => skip(format!(
                    "event {} is not in `events` ({selection})",
                    event.name()
                )),
            }
        }
        (Found::Other(what), _) => skip(format!(
            "the event ({what}) is none of those in `events` ({selection})"
        )),
        // The platform's own file tells of anything; one that was named is there to be told of.
        (Found::Unknown(_), None) => skip(format!(
            "the event file of {} tells of nothing in `events` ({selection})",
            moment.platform.title
        )),
        (Found::Unknown(wrong), Some(path)) => fail(&format!(
            "`event_file` {path} holds no event: {wrong}. See docs/events.md"
        )),
    }
}

/// The facts of the run: what inputs say, then what the event says, then what the platform shows.
/// An event from a file that the author named is not about the run that tells of it.
fn observe(
    given: RunFacts,
    plan: &Plan,
    moment: &Moment<'_>,
    event: Option<&Event>,
    log: &mut Log,
) -> RunFacts {
    let mut facts = given;
    if let Some(event) = event {
        event::offer_facts(event, &mut facts);
    } else if let Some(needs) = &plan.status.needs {
        let failed: Vec<&str> = needs.failed().collect();
        let failed = serde_json::Value::from(failed).to_string();
        facts.offer(Fact::FailedSteps, &failed, Origin::Input("needs"));
    }
    let named = plan.events.file.as_ref();
    if let (None, Some(path), Some(event)) = (event, named, fact_event(plan, moment)) {
        log.say(format!("facts of event {} from {path}", event.name()));
        event::offer_facts(&event, &mut facts);
    }
    if event.is_none() || named.is_none() {
        platform::offer_facts(moment.platform, &moment.seen, &mut facts);
    }
    if plan.verbosity == Verbosity::Verbose {
        for spec in FACTS {
            if let (Some(text), Some(origin)) = (facts.text(spec.fact), facts.origin(spec.fact)) {
                // Before the line is cut for show.
                let text = moment.scrubber.scrub(text);
                log.say(format!("{}: {text} ({origin})", spec.name));
            }
        }
    }
    facts
}

/// The event of a file that the author named, in a step that tells of the run: it gives facts, and
/// a status when nobody else does.
fn fact_event(plan: &Plan, moment: &Moment<'_>) -> Option<Event> {
    plan.events.file.as_ref()?;
    match moment.seen.event_file() {
        EventFile::Read(tree) => match event::find(tree) {
            Found::Event(event) => Some(*event),
            Found::Other(_) | Found::Unknown(_) => None,
        },
        EventFile::Nowhere | EventFile::Broken(_) => None,
    }
}

fn outcome(event: &Event) -> Option<EventOutcome> {
    Some(EventOutcome {
        status: event.status?,
        word: event.status_word.clone(),
        name: event.kind.name,
    })
}

/// How the run stands, or the event, which the inputs `status` and `previous_status` alone can
/// overrule: all other sources speak of the run that tells of it.
fn judge(
    plan: &Plan,
    moment: &Moment<'_>,
    facts: &RunFacts,
    event: Option<&Event>,
    state: Option<&State>,
    log: &mut Log,
) -> Standing {
    log.warn(state.and_then(|state| state.warning.clone()));
    let failed = [Fact::FailedSteps, Fact::FailedStages];
    let of_run = StatusSigns {
        word: platform::status_word(moment.platform, &moment.seen),
        previous_word: platform::previous_status_word(moment.platform, &moment.seen),
        event: fact_event(plan, moment).as_ref().and_then(outcome),
        status_of: moment.platform.status_of,
        remembered: state.and_then(|state| state.remembered),
        failures: match failed.iter().any(|fact| facts.text(*fact).is_some()) {
            true => Failures::Named,
            false => Failures::Unnamed,
        },
    };
    let standing = match event {
        None => stand(&plan.status, &of_run),
        Some(event) => stand(
            &StatusInputs {
                status: plan.status.status.clone(),
                previous_status: plan.status.previous_status.clone(),
                needs: None,
                job_status: None,
            },
            &StatusSigns {
                word: None,
                previous_word: None,
                event: outcome(event),
                failures: Failures::Unnamed,
                ..of_run
            },
        ),
    };
    log.warn(standing.warnings.clone());
    if let (Some(word), None) = (plan.notify_on.needing_previous_status(), standing.previous) {
        match state {
            // Usual for the first run of a branch.
            Some(_) => log.say(format!(
                "the `state_file` knows no run before this one, so `{word}` is judged without it"
            )),
            None => log.warn([format!(
                "{} does not tell how the run before ended, so `{word}` is judged without it; give `previous_status`, or keep a `state_file`",
                moment.platform.title
            )]),
        }
    }
    log.say(format!("status {} ({})", standing.status, standing.source));
    standing
}

/// The lines that are told before delivery.
#[derive(Default)]
struct Log {
    lines: Vec<String>,
    rehearsal: Vec<(String, String)>,
}

impl Log {
    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        self.lines.extend(
            warnings
                .into_iter()
                .map(|warning| format!("warning: {warning}")),
        );
    }
}

impl Ready {
    /// Longest that the delivery may take.
    pub const fn timeout(&self) -> Duration {
        self.delivery.timeout()
    }

    /// How many targets there are.
    pub fn targets(&self) -> usize {
        self.parcels.len()
    }

    /// Takes off the time that went by since the step began.
    pub fn spend(&mut self, spent: Duration) {
        self.delivery.spend(spent);
    }

    /// What is to be sent, target by target.
    pub fn parcels(&self) -> &[Parcel] {
        &self.parcels
    }

    /// Delivers the message and judges the run.
    pub async fn deliver(&self, outside: &impl Outside) -> Ending {
        let outcomes = deliver_all(&self.parcels, &self.delivery, outside).await;
        let ending = report::delivered(&outcomes, self.language, self.on_failure);
        match &self.template_fault {
            None => ending,
            Some(fault) => report::without_template(ending, &fault.to_string(), self.on_failure),
        }
    }
}
