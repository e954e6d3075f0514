//! The straight line: environment -> inputs -> facts -> decision -> message -> requests ->
//! delivery -> report. Everything before delivery is pure.

use crate::channel::Target;
use crate::compose::{Occasion, compose};
use crate::decide::{decide, stand};
use crate::deliver::{DeliveryRules, deliver_all};
use crate::environment::Environment;
use crate::model::decision::Decision;
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

/// Does everything that comes before the first socket. `random` makes the message's id.
pub fn prepare(environment: &Environment, now: UnixMillis, random: [u8; 16]) -> Prepared {
    let reading = read_plan(environment);
    let mut opening: Vec<String> = Vec::new();
    let warnings = reading.warnings.iter().map(|it| format!("warning: {it}"));
    let step = match reading.plan {
        Err(faults) => {
            opening.push(version_line());
            opening.extend(warnings);
            Step::Finished(report::refused(&faults))
        }
        Ok(plan) => {
            opening.push(format!(
                "{}, platform {}",
                version_line(),
                plan.platform.title
            ));
            opening.extend(warnings);
            let (step, lines) = prepare_plan(plan, environment, now, random);
            opening.extend(lines);
            step
        }
    };
    Prepared {
        scrubber: reading.scrubber,
        opening,
        step,
    }
}

fn version_line() -> String {
    concat!("version ", env!("CARGO_PKG_VERSION")).to_owned()
}

fn prepare_plan(
    plan: Plan,
    environment: &Environment,
    now: UnixMillis,
    random: [u8; 16],
) -> (Step, Vec<String>) {
    let Plan {
        mut facts,
        mut status,
        platform,
        ..
    } = plan;
    let (seen, event_warning) = Seen::new(platform, environment);
    platform::offer_facts(platform, &seen, &mut facts);
    status.platform = platform::status_word(platform, &seen);
    if status.previous_status.is_none() {
        status.previous_status = platform::previous_status_word(platform, &seen).map(|it| it.0);
    }
    if let Some(needs) = &status.needs {
        let failed: Vec<&str> = needs.failed().collect();
        facts.offer(
            crate::model::facts::Fact::FailedSteps,
            &serde_json::Value::from(failed).to_string(),
            crate::model::facts::Origin::Input("needs"),
        );
    }
    let standing = stand(&status);
    let mut lines: Vec<String> = event_warning
        .into_iter()
        .chain(standing.warnings.clone())
        .map(|warning| format!("warning: {warning}"))
        .collect();
    if let (Some(word), None) = (plan.notify_on.needing_previous_status(), standing.previous) {
        lines.push(format!(
            "the status of the run before is not known, so `{word}` is judged without it; supply it as `previous_status`"
        ));
    }
    lines.push(format!("status {} ({})", standing.status, standing.source));
    let reason = match decide(plan.enabled, &standing, &plan.notify_on) {
        Decision::Skip(reason) => return (Step::Finished(report::skipped(&reason)), lines),
        Decision::Notify(reason) => reason,
    };
    let names: Vec<&str> = plan
        .targets
        .iter()
        .map(|target| target.name.as_str())
        .collect();
    lines.push(format!("telling {}: {reason}", names.join(", ")));
    let occasion = Occasion {
        facts,
        status: standing.status,
        previous_status: standing.previous,
        environment,
        secrets: &plan.secrets,
        now,
        id: MessageId::new(random),
    };
    let step = match compose(occasion, &plan.content) {
        Err(fault) => Step::Finished(report::not_composed(&fault.to_string(), plan.on_failure)),
        Ok((message, warnings)) => {
            lines.extend(warnings.into_iter().map(|it| format!("warning: {it}")));
            Step::Ready(Box::new(Ready {
                trust: plan.trust,
                targets: plan.targets,
                message,
                delivery: plan.delivery,
                on_failure: plan.on_failure,
            }))
        }
    };
    (step, lines)
}

impl Ready {
    /// Delivers the message and judges the run.
    pub async fn deliver(&self, outside: &impl Outside) -> Ending {
        let outcomes = deliver_all(&self.targets, &self.message, &self.delivery, outside).await;
        report::delivered(&outcomes, self.on_failure)
    }
}
