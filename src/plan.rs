//! Reads every input into a plan. All faults of a run come out together, before anything is
//! decided or sent (rule D-1).

use std::cell::LazyCell;

use url::Url;

use crate::catalogue;
use crate::channel::{self, CHANNELS, Target};
use crate::compose::ContentRules;
use crate::decide::{self, NotifyOn, OnMissingSecret, StatusInputs};
use crate::deliver::{DeliveryRules, Sending};
use crate::environment::Environment;
use crate::event::EventInputs;
use crate::input::{FaultKind, InputFault, InputReader, Reason, Switch, offer_facts};
use crate::model::facts::RunFacts;
use crate::model::nearest::nearest;
use crate::network::Network;
use crate::platform::{self, InputNames, PlatformEntry};
use crate::report::{OnFailure, Verbosity};
use crate::secret::{Scrubber, Secret};
use crate::state;
use crate::trust::Trust;

/// What the inputs ask for.
#[derive(Debug)]
pub struct Plan {
    /// Whether the step does anything.
    pub enabled: Switch,
    /// What the inputs say about the status.
    pub status: StatusInputs,
    /// When to speak.
    pub notify_on: NotifyOn,
    /// When to ring people.
    pub mention_on: NotifyOn,
    /// What to say.
    pub content: ContentRules,
    /// Which events to tell of, and where they are read from.
    pub events: EventInputs,
    /// Whom to tell.
    pub targets: Vec<Target>,
    /// Whether anything leaves this machine.
    pub sending: Sending,
    /// How long and how often to try.
    pub delivery: DeliveryRules,
    /// What a failure does to the step.
    pub on_failure: OnFailure,
    /// Which certificate authorities are trusted.
    pub trust: Trust,
    /// What may be reached, and by which way.
    pub network: Network,
    /// Where the state of earlier runs is kept.
    pub state_file: Option<String>,
    /// How much the log tells.
    pub verbosity: Verbosity,
    /// Every secret of the inputs.
    pub secrets: Vec<Secret>,
}

/// What came of reading the inputs.
#[derive(Debug)]
pub struct PlanReading {
    /// The plan, or every fault there is.
    pub plan: Result<Plan, Vec<InputFault>>,
    /// Facts that inputs give.
    pub facts: RunFacts,
    /// The platform, named or detected.
    pub platform: &'static PlatformEntry,
    /// Secrets that are not there, while there is somebody to tell without them.
    pub missing: Vec<InputFault>,
    /// What to do when nothing but secrets is missing.
    pub on_missing_secret: OnMissingSecret,
    /// Remarks for the log.
    pub warnings: Vec<String>,
    /// Knows every secret that was seen, also in inputs that are wrong.
    pub scrubber: Scrubber,
}

/// Reads all inputs.
pub fn read_plan(environment: &Environment) -> PlanReading {
    let mut reader = InputReader::new(environment);
    let platform = reader
        .get(&platform::PLATFORM)
        .map_or_else(|| platform::detect(environment), |chosen| chosen.0);
    if platform.input_names == InputNames::Bare {
        reader.read_bare_names();
    }
    let mut facts = RunFacts::new(platform.name);
    offer_facts(&mut reader, &mut facts);
    let enabled = reader.value(&decide::ENABLED);
    let events = EventInputs::read(&mut reader);
    check_that_events_come(&mut reader, &events, platform);
    let status = StatusInputs::read(&mut reader);
    let notify_on = reader.value(&decide::NOTIFY_ON);
    let mention_on = reader.value(&decide::MENTION_ON);
    let content = ContentRules::read(&mut reader);
    let sending = Sending::read(&mut reader);
    let is_anyone_named = CHANNELS
        .iter()
        .filter_map(|entry| entry.inputs.first())
        .any(|switch| reader.is_given(switch));
    let is_example = sending == Sending::DryRun && !is_anyone_named;
    if is_example {
        reader.assume(&channel::example_addresses());
    }
    let is_given = |reader: &InputReader<'_>, name: &str| {
        let spec = catalogue::inputs().find(|spec| spec.name == name);
        spec.is_some_and(|spec| reader.is_given(spec))
    };
    // One that is there, in a file too, is read all the same: what is printed is scrubbed of it.
    if sending == Sending::DryRun
        && is_given(&reader, "smtp_username")
        && !is_given(&reader, "smtp_password")
    {
        // Too short to be looked for: nothing that is shown may lose a word to it.
        reader.assume(&[("smtp_password", "none")]);
    }
    let targets = channel::open_all(&mut reader);
    let delivery = DeliveryRules::read(&mut reader);
    let on_failure = OnFailure::read(&mut reader);
    let trust = Trust::read(&mut reader);
    let network = Network::read(&mut reader);
    for target in targets.iter().filter(|_| !is_example) {
        let (host, input) = &target.host;
        network.check(&mut reader, input, host);
    }
    let state_file = reader.get(&state::STATE_FILE);
    let verbosity = Verbosity::read(&mut reader);
    let on_missing_secret = reader.value(&decide::ON_MISSING_SECRET);
    check_that_someone_is_told(&mut reader, &targets, enabled);
    warn_of_forgotten_addresses(&mut reader);
    warn_of_unknown_names(&mut reader);
    let (mut faults, warnings, secrets) = reader.finish();
    let scrubber = scrubber(&secrets);
    for fault in &mut faults {
        // Before anything is cut for show: half a secret is a secret too.
        fault.shown = fault.shown.as_deref().map(|text| scrubber.scrub(text));
    }
    let only_secrets_missing = faults
        .iter()
        .all(|fault| fault.kind == FaultKind::SecretMissing);
    // A dry run does without any secret.
    let missing = match only_secrets_missing && !targets.is_empty() {
        true if sending == Sending::DryRun => {
            faults.clear();
            Vec::new()
        }
        true => std::mem::take(&mut faults),
        false => Vec::new(),
    };
    let plan = match faults.is_empty() {
        false => Err(faults),
        true => Ok(Plan {
            enabled,
            status,
            notify_on,
            mention_on,
            content,
            events,
            targets,
            sending,
            delivery,
            on_failure,
            trust,
            network,
            state_file,
            verbosity,
            secrets,
        }),
    };
    PlanReading {
        plan,
        facts,
        missing,
        platform,
        on_missing_secret,
        warnings,
        scrubber,
    }
}

/// A step that tells of events needs somewhere to read them from.
fn check_that_events_come(
    reader: &mut InputReader<'_>,
    events: &EventInputs,
    platform: &PlatformEntry,
) {
    if events.selection.is_some() && events.file.is_none() && platform.event_file.is_none() {
        reader.fault(
            EventInputs::selection_input().name,
            Reason::new(
                format!("is set, but the platform ({}) gives no event file", platform.title),
                "Name one in `event_file`, or write `event_file: -` and pipe the event into the step.",
            ),
        );
    }
}

/// Most targets of one run (rule R-8).
const TARGET_LIMIT: usize = 32;

fn check_that_someone_is_told(reader: &mut InputReader<'_>, targets: &[Target], enabled: Switch) {
    let switches: Vec<&str> = CHANNELS
        .iter()
        .filter_map(|entry| entry.inputs.first())
        .map(|spec| spec.name)
        .collect();
    if targets.len() > TARGET_LIMIT {
        reader.fault(
            &switches.join("`, `"),
            Reason::new(
                format!("name {} targets, more than {TARGET_LIMIT}", targets.len()),
                "Use several steps.",
            ),
        );
    }
    let has_fault = |reader: &InputReader<'_>| {
        CHANNELS.iter().any(|entry| {
            let is_on = entry.inputs.first().is_some_and(|it| reader.is_given(it));
            let mut inputs = entry.inputs.iter();
            is_on && inputs.any(|spec| reader.has_fault_in(spec.name))
        })
    };
    // An address that is there and wrong has its own fault.
    if targets.is_empty() && enabled == Switch::On && !has_fault(reader) {
        reader.missing_secret(
            &switches.join("`, `"),
            Reason::new(
                "are all without a value, so there is nobody to tell",
                "Set one of them, for example `dingtalk_webhook` from a secret. If you did: is the secret's name right, and may this run read it? `runbell inputs` lists all inputs.",
            ),
        );
    }
}

/// A channel that is half set up rings nobody, and its author should know.
fn warn_of_forgotten_addresses(reader: &mut InputReader<'_>) {
    for entry in CHANNELS {
        let Some((switch, others)) = entry.inputs.split_first() else {
            continue;
        };
        let forgotten = others.iter().find(|spec| reader.is_given(spec));
        if let (false, Some(forgotten)) = (reader.is_given(switch), forgotten) {
            reader.warn(format!(
                "`{}` is set, but `{}` has no value, so {} is not rung; if it comes from a secret, check the secret's name",
                forgotten.name, switch.name, entry.title
            ));
        }
    }
}

/// An input that nobody reads but that is spelled almost like a real one is probably meant to be it.
fn warn_of_unknown_names(reader: &mut InputReader<'_>) {
    // Made for the first name that nobody knows, and so hardly ever.
    let known: LazyCell<Vec<String>> = LazyCell::new(|| {
        let secret = catalogue::inputs().filter(|spec| spec.kind.is_secret());
        let plain = catalogue::inputs().map(|spec| spec.name.to_owned());
        plain
            .chain(secret.map(|spec| format!("{}_file", spec.name)))
            .collect()
    });
    let names = || known.iter().map(String::as_str);
    let is_known = |name: &str| {
        let of_file = name.strip_suffix("_file");
        catalogue::inputs()
            .any(|spec| spec.name == name || (spec.kind.is_secret() && Some(spec.name) == of_file))
    };
    let warnings: Vec<String> = reader
        .unread()
        .filter(|(name, _)| !is_known(name))
        .filter_map(|(name, variable)| {
            // A third of a short name is another name.
            let nearest = nearest(names(), name, 2).filter(|(slips, _)| slips * 4 <= name.len());
            let longer = || names().find(|known| known.starts_with(&format!("{name}_")));
            let meant = nearest.map(|(_, known)| known).or_else(longer);
            // Runners and platforms set some of their own behind the other prefixes.
            let is_ours = variable.to_uppercase().starts_with("RUNBELL_");
            match meant {
                Some(meant) => Some(format!(
                    "input `{name}` ({variable}) is not known; perhaps `{meant}` is meant"
                )),
                None if is_ours => Some(format!(
                    "input `{name}` ({variable}) is not known and does nothing; `runbell inputs` lists all"
                )),
                None => None,
            }
        })
        .collect();
    for warning in warnings {
        reader.warn(warning);
    }
}

/// A scrubber for these secrets: each whole, each item of a list, and each address by its parts, be
/// it a broken one.
fn scrubber(secrets: &[Secret]) -> Scrubber {
    let mut scrubber = Scrubber::default();
    for secret in secrets {
        scrubber.add(secret);
        // Brackets part the items of a JSON array; elsewhere they belong to an address.
        let is_array = secret.reveal().starts_with('[');
        let is_separator = |c: char| {
            c.is_whitespace()
                || matches!(c, '"' | ',' | ';')
                || (is_array && matches!(c, '[' | ']'))
        };
        for item in secret.reveal().split(is_separator) {
            // Left over where a blank slipped into an address; masking it would mask every address.
            if matches!(item, "http://" | "https://") {
                continue;
            }
            scrubber.add(&Secret::new(item));
            match Url::parse(item) {
                Ok(address) if address.has_host() => scrubber.add_address(&address),
                _ => scrubber.add_broken_address(item),
            }
        }
    }
    scrubber
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn faults<const N: usize>(variables: [(&str, &str); N]) -> Vec<String> {
        match read_plan(&Environment::from(variables)).plan {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn all_faults_come_out_together() {
        let faults = faults([
            ("RUNBELL_DINGTALK_WEBHOOK", "nonsense"),
            ("RUNBELL_NOTIFY_ON", "failur"),
            ("RUNBELL_LANGUAGE", "fr"),
            ("RUNBELL_TIMEOUT", "soon"),
            ("RUNBELL_MESSAGE", "{{#if x}}"),
            ("RUNBELL_RUN_URL", "ftp://x"),
            ("RUNBELL_PLATFORM", "jenkinz"),
        ]);
        for input in [
            "dingtalk_webhook",
            "notify_on",
            "language",
            "timeout",
            "message",
            "run_url",
            "platform",
        ] {
            assert!(
                faults
                    .iter()
                    .any(|fault| fault.starts_with(&format!("input `{input}`"))),
                "{input}: {faults:#?}"
            );
        }
        assert_eq!(faults.len(), 7, "{faults:#?}");
    }

    #[test]
    fn a_default_that_is_written_out_changes_nothing() {
        const WEBHOOK: (&str, &str) = ("RUNBELL_WEBHOOK_URL", "https://h.example/");
        for given in [
            &[(
                "RUNBELL_DINGTALK_WEBHOOK",
                "https://oapi.dingtalk.com/robot/send?access_token=TOKENONE11",
            )][..],
            &[(
                "RUNBELL_LARK_WEBHOOK",
                "https://open.feishu.cn/open-apis/bot/v2/hook/01234567",
            )],
            &[
                ("RUNBELL_EMAIL_TO", "a@example.com"),
                ("RUNBELL_EMAIL_FROM", "b@example.com"),
                ("RUNBELL_SMTP_HOST", "mail.example.com"),
            ],
            &[WEBHOOK],
            &[WEBHOOK, ("RUNBELL_WEBHOOK_BODY", "{\"a\": {{json title}}}")],
            &[
                WEBHOOK,
                ("RUNBELL_WEBHOOK_BODY", "${TITLE}"),
                ("RUNBELL_WEBHOOK_HEADERS", "content-type: text/plain"),
            ],
        ] {
            let given: Vec<(String, String)> = given
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect();
            let defaults = catalogue::inputs().filter_map(|spec| {
                let variable = format!("RUNBELL_{}", spec.name.to_uppercase());
                Some((variable, format!(" {}\n", spec.default?)))
            });
            let read = |variables: Vec<(String, String)>| {
                let reading = read_plan(&Environment::new(variables, BTreeMap::new()));
                let plan = reading.plan.map(|plan| format!("{plan:#?}"));
                (plan.unwrap(), reading.warnings)
            };
            let written = defaults.chain(given.clone()).collect();
            assert_eq!(read(written), read(given.clone()), "{given:?}");
        }
    }

    #[test]
    fn nobody_to_tell_is_a_fault_that_says_how() {
        let faults = faults([]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].contains("`dingtalk_webhook` from a secret"),
            "{faults:?}"
        );
    }

    #[test]
    fn an_address_that_nobody_resolved_is_no_address() {
        for text in ["${{ secrets.LARK }}", "${LARK}", "$(lark)"] {
            let faults = faults([("RUNBELL_LARK_WEBHOOK", text)]);
            assert!(faults[0].contains("nobody to tell"), "{text}: {faults:?}");
        }
    }

    #[test]
    fn a_wrong_secret_is_not_shown() {
        let faults = faults([("RUNBELL_WECOM_WEBHOOK", "https://h.example/ s3cr3t")]);
        assert!(!faults.concat().contains("s3cr3t"), "{faults:?}");
    }

    #[test]
    fn a_misspelt_input_is_suggested_and_a_stranger_is_left_alone() {
        let reading = read_plan(&Environment::from([
            ("PLUGIN_DINGTALK_WEBHOK", "x"),
            ("PLUGIN_NOTIFYON", "x"),
            ("PLUGIN_WEBHOOK", "x"),
            ("RUNBELL_FOO", "x"),
            ("RUNBELL_DINGTALK_SECRET", "SECabcdef"),
            ("PLUGIN_NAME", "x"),
            ("PLUGIN_VERSION", "x"),
            ("INPUT_ENTRYPOINT", "x"),
            ("INPUT_ARGS", "x"),
            ("RUNBELL_WEBHOOK_URL", "https://h.example/"),
        ]));
        let text = reading.warnings.join("\n");
        assert!(
            text.contains("perhaps `dingtalk_webhook` is meant"),
            "{text}"
        );
        assert!(text.contains("perhaps `notify_on` is meant"), "{text}");
        assert!(text.contains("perhaps `webhook_url` is meant"), "{text}");
        assert!(
            text.contains("`foo` (RUNBELL_FOO) is not known and does nothing"),
            "{text}"
        );
        assert!(
            text.contains("`dingtalk_secret` is set, but `dingtalk_webhook` has no value"),
            "{text}"
        );
        assert_eq!(reading.warnings.len(), 5, "{text}");
    }

    #[test]
    fn no_part_of_a_list_of_secrets_is_shown() {
        let faults = faults([
            (
                "RUNBELL_DINGTALK_WEBHOOK",
                "https://oapi.dingtalk.com/robot/send?access_token=TOKENONE11,https://oapi.dingtalk.com/robot/send?access_token=TOKENTWO22",
            ),
            ("RUNBELL_DINGTALK_SECRET", "SECaaaaaaaaaa,SECbbbbbbbbbb"),
            ("RUNBELL_LANGUAGE", "SECaaaaaaaaaa"),
            ("RUNBELL_TIMEOUT", "TOKENTWO22"),
            (
                "RUNBELL_RUN_URL",
                &format!("{}SECbbbbbbbbbb", "x".repeat(75)),
            ),
        ]);
        let text = faults.concat();
        for secret in ["SECaaaa", "SECbb", "TOKENONE11", "TOKENTWO22"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }

    #[test]
    fn the_scrubber_knows_addresses_by_their_parts() {
        let reading = read_plan(&Environment::from([(
            "RUNBELL_WECOM_WEBHOOK",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef",
        )]));
        assert_eq!(reading.scrubber.scrub("key 0123456789abcdef"), "key ***");
    }
}
