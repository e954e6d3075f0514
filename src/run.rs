//! The straight line: environment -> inputs -> facts -> decision -> message -> requests ->
//! delivery -> report. Everything before delivery is pure.

use std::time::Duration;

use crate::compose::{Occasion, compose};
use crate::decide::{Failures, OnMissingSecret, Standing, StatusSigns, decide, mention, stand};
use crate::deliver::{DeliveryRules, Parcel, Sending, deliver_all, pack};
use crate::environment::Environment;
use crate::input::{FaultKind, Switch};
use crate::model::decision::Decision;
use crate::model::facts::{FACTS, Fact, Origin, RunFacts};
use crate::model::message::{Language, MessageId};
use crate::model::time::UnixMillis;
use crate::network::Network;
use crate::outside::Outside;
use crate::plan::{Plan, read_plan};
use crate::platform::{self, PlatformEntry, Results, Seen};
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

/// Does everything that comes before the first socket. `random` makes the message's id.
pub fn prepare(environment: &Environment, now: UnixMillis, random: [u8; 16]) -> Prepared {
    let reading = read_plan(environment);
    let platform = reading.platform;
    let (seen, warning) = Seen::new(platform, environment);
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
    log.warn(warning);
    let (step, state) = match reading.plan {
        Ok(plan) => {
            let skips = why_skip(reading.on_missing_secret, &moment.seen).is_some();
            match reading.missing.is_empty() || skips {
                true => {
                    // Who can be told without them is told.
                    log.warn(reading.missing.iter().map(ToString::to_string));
                    prepare_message(plan, &moment, &mut log)
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

/// Facts, decision, message.
fn prepare_message(plan: Plan, moment: &Moment<'_>, log: &mut Log) -> (Step, Option<StateUpdate>) {
    let facts = observe(&plan, moment, log);
    let state = plan
        .state_file
        .as_ref()
        .map(|path| State::read(moment.environment, path, &facts, moment.scrubber));
    let standing = judge(&plan, moment, &facts, state.as_ref(), log);
    // A step that is off hears nothing, so it remembers nothing.
    let update = state
        .filter(|_| plan.enabled == Switch::On)
        .and_then(|state| state.updated(standing.status, moment.now));
    match decide(plan.enabled, &standing, &plan.notify_on) {
        Decision::Skip(reason) => return (Step::Finished(report::skipped(&reason)), update),
        Decision::Notify(reason) => {
            let names: Vec<&str> = plan.targets.iter().map(|it| it.name.as_str()).collect();
            log.say(format!("telling {}: {reason}", names.join(", ")));
        }
    }
    let occasion = Occasion {
        facts,
        status: standing.status,
        previous_status: standing.previous,
        mention: mention(&standing, &plan.mention_on),
        environment: moment.environment,
        secrets: &plan.secrets,
        scrubber: moment.scrubber,
        now: moment.now,
        id: moment.id.clone(),
    };
    let composed = compose(occasion, &plan.content);
    log.warn(composed.warnings);
    let (parcels, lines) = pack(plan.targets, &composed.message);
    log.lines.extend(lines);
    if plan.sending == Sending::DryRun {
        log.rehearsal = rehearsal(&parcels);
        let template = composed
            .fault
            .iter()
            .map(|fault| format!("the template {fault}; the message would go without your text"));
        let broken = parcels
            .iter()
            .filter(|parcel| parcel.drafts.is_none())
            .map(|parcel| {
                format!(
                    "{}: runbell itself fails here; please report it",
                    parcel.target.name
                )
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
        language: composed.message.language,
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

/// The facts of the run: what inputs say, then what the platform shows.
fn observe(plan: &Plan, moment: &Moment<'_>, log: &mut Log) -> RunFacts {
    let mut facts = plan.facts.clone();
    if let Some(needs) = &plan.status.needs {
        let failed: Vec<&str> = needs.failed().collect();
        let failed = serde_json::Value::from(failed).to_string();
        facts.offer(Fact::FailedSteps, &failed, Origin::Input("needs"));
    }
    platform::offer_facts(moment.platform, &moment.seen, &mut facts);
    if plan.verbosity == Verbosity::Verbose {
        for spec in FACTS {
            if let (Some(text), Some(origin)) = (facts.text(spec.fact), facts.origin(spec.fact)) {
                log.say(format!("{}: {text} ({origin})", spec.name));
            }
        }
    }
    facts
}

/// How the run stands.
fn judge(
    plan: &Plan,
    moment: &Moment<'_>,
    facts: &RunFacts,
    state: Option<&State>,
    log: &mut Log,
) -> Standing {
    log.warn(state.and_then(|state| state.warning.clone()));
    let failed = [Fact::FailedSteps, Fact::FailedStages];
    let signs = StatusSigns {
        word: platform::status_word(moment.platform, &moment.seen),
        previous_word: platform::previous_status_word(moment.platform, &moment.seen),
        status_of: moment.platform.status_of,
        remembered: state.and_then(|state| state.remembered),
        failures: match failed.iter().any(|fact| facts.text(*fact).is_some()) {
            true => Failures::Named,
            false => Failures::Unnamed,
        },
    };
    let standing = stand(&plan.status, &signs);
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
