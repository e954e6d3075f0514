//! The straight line: environment -> inputs -> facts -> decision -> message -> requests ->
//! delivery -> report. Everything before delivery is pure.

use crate::channel::Target;
use crate::compose::{Occasion, compose};
use crate::decide::{Standing, StatusInputs, decide, stand};
use crate::deliver::{DeliveryRules, deliver_all};
use crate::environment::Environment;
use crate::model::decision::Decision;
use crate::model::facts::{Fact, Origin, RunFacts};
use crate::model::message::{Message, MessageId};
use crate::model::time::UnixMillis;
use crate::outside::Outside;
use crate::plan::{Plan, read_plan};
use crate::platform::{self, Seen};
use crate::report::{self, Ending, OnFailure};
use crate::secret::Scrubber;
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
    targets: Vec<Target>,
    message: Message,
    delivery: DeliveryRules,
    on_failure: OnFailure,
}

/// Where and when a step runs.
struct Moment<'e> {
    environment: &'e Environment,
    now: UnixMillis,
    id: MessageId,
}

/// Does everything that comes before the first socket. `random` makes the message's id.
pub fn prepare(environment: &Environment, now: UnixMillis, random: [u8; 16]) -> Prepared {
    let reading = read_plan(environment);
    let mut log = Log::default();
    let version = env!("CARGO_PKG_VERSION");
    let step = match reading.plan {
        Err(faults) => {
            log.say(format!("version {version}"));
            log.warn(reading.warnings);
            Step::Finished(report::refused(&faults))
        }
        Ok(plan) => {
            log.say(format!(
                "version {version}, platform {}",
                plan.platform.title
            ));
            log.warn(reading.warnings);
            let moment = Moment {
                environment,
                now,
                id: MessageId::new(random),
            };
            prepare_message(plan, moment, &mut log)
        }
    };
    Prepared {
        scrubber: reading.scrubber,
        opening: log.0,
        step,
    }
}

/// Facts, decision, message.
fn prepare_message(plan: Plan, moment: Moment<'_>, log: &mut Log) -> Step {
    let (facts, standing) = observe(&plan, moment.environment, log);
    match decide(plan.enabled, &standing, &plan.notify_on) {
        Decision::Skip(reason) => return Step::Finished(report::skipped(&reason)),
        Decision::Notify(reason) => {
            let names: Vec<&str> = plan.targets.iter().map(|it| it.name.as_str()).collect();
            log.say(format!("telling {}: {reason}", names.join(", ")));
        }
    }
    let occasion = Occasion {
        facts,
        status: standing.status,
        previous_status: standing.previous,
        environment: moment.environment,
        secrets: &plan.secrets,
        now: moment.now,
        id: moment.id,
    };
    match compose(occasion, &plan.content) {
        Err(fault) => Step::Finished(report::not_composed(&fault.to_string(), plan.on_failure)),
        Ok((message, warnings)) => {
            log.warn(warnings);
            Step::Ready(Box::new(Ready {
                trust: plan.trust,
                targets: plan.targets,
                message,
                delivery: plan.delivery,
                on_failure: plan.on_failure,
            }))
        }
    }
}

/// The facts of the run and how it stands: what inputs say, then what the platform shows.
fn observe(plan: &Plan, environment: &Environment, log: &mut Log) -> (RunFacts, Standing) {
    let (seen, warning) = Seen::new(plan.platform, environment);
    log.warn(warning);
    let mut facts = plan.facts.clone();
    if let Some(needs) = &plan.status.needs {
        let failed: Vec<&str> = needs.failed().collect();
        let failed = serde_json::Value::from(failed).to_string();
        facts.offer(Fact::FailedSteps, &failed, Origin::Input("needs"));
    }
    platform::offer_facts(plan.platform, &seen, &mut facts);
    let previous = || platform::previous_status_word(plan.platform, &seen).map(|it| it.0);
    let standing = stand(&StatusInputs {
        platform: platform::status_word(plan.platform, &seen),
        previous_status: plan.status.previous_status.clone().or_else(previous),
        ..plan.status.clone()
    });
    log.warn(standing.warnings.clone());
    if let (Some(word), None) = (plan.notify_on.needing_previous_status(), standing.previous) {
        log.say(format!(
            "the status of the run before is not known, so `{word}` is judged without it; supply it as `previous_status`"
        ));
    }
    log.say(format!("status {} ({})", standing.status, standing.source));
    (facts, standing)
}

/// The lines that are told before delivery.
#[derive(Default)]
struct Log(Vec<String>);

impl Log {
    fn say(&mut self, line: String) {
        self.0.push(line);
    }

    fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        self.0.extend(
            warnings
                .into_iter()
                .map(|warning| format!("warning: {warning}")),
        );
    }
}

impl Ready {
    /// Delivers the message and judges the run.
    pub async fn deliver(&self, outside: &impl Outside) -> Ending {
        let outcomes = deliver_all(&self.targets, &self.message, &self.delivery, outside).await;
        report::delivered(&outcomes, self.on_failure)
    }
}
