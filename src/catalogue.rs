//! Every input there is, in the order of the documentation. Nothing is declared here: each room
//! declares its own inputs, and this list is what manifests, help and checks walk over.

use crate::channel::{self, CHANNELS};
use crate::input::{FACT_INPUTS, InputSpec};
use crate::{compose, decide, deliver, event, network, platform, report, state, trust};

/// Inputs that belong together.
#[derive(Debug)]
pub struct InputGroup {
    /// The heading.
    pub title: String,
    /// The inputs.
    pub inputs: Vec<&'static InputSpec>,
}

/// Every input, in groups.
pub fn input_groups() -> Vec<InputGroup> {
    let group = |title: &str, lists: &[&[&'static InputSpec]]| InputGroup {
        title: title.to_owned(),
        inputs: lists.concat(),
    };
    let mut groups = vec![
        group("When to speak", BEFORE),
        group("What to say", CONTENT),
    ];
    groups.extend(
        CHANNELS
            .iter()
            .map(|entry| group(entry.title, &[entry.inputs])),
    );
    groups.push(group("Delivery", BEHIND));
    groups.push(InputGroup {
        title: "Facts the platform does not give".to_owned(),
        inputs: FACT_INPUTS.iter().collect(),
    });
    groups
}

/// Lists of inputs, as rooms declare them.
type Lists = &'static [&'static [&'static InputSpec]];

static BEFORE: Lists = &[
    decide::INPUTS,
    state::INPUTS,
    event::INPUTS,
    platform::INPUTS,
];

static CONTENT: Lists = &[compose::INPUTS];

static BEHIND: Lists = &[
    deliver::INPUTS,
    report::INPUTS,
    trust::INPUTS,
    network::INPUTS,
    channel::INPUTS,
];

/// Every input.
pub fn inputs() -> impl Iterator<Item = &'static InputSpec> {
    let channels = CHANNELS.iter().map(|entry| &entry.inputs);
    let lists = BEFORE.iter().chain(CONTENT).chain(channels).chain(BEHIND);
    lists.copied().flatten().copied().chain(&FACT_INPUTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Kind;

    #[test]
    fn names_are_unique_and_well_formed() {
        let names: Vec<&str> = inputs().map(|spec| spec.name).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name} stands twice");
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                    && name.starts_with(|c: char| c.is_ascii_lowercase()),
                "{name}"
            );
            // YAML 1.1 reads these bare words as booleans.
            assert!(
                !["on", "off", "yes", "no", "y", "n"].contains(name),
                "{name}"
            );
        }
    }

    #[test]
    fn every_default_is_a_value_and_no_secret_has_one() {
        for spec in inputs() {
            if let Some(default) = spec.default {
                assert_eq!((spec.check)(default), Ok(()), "{}", spec.name);
                assert!(!spec.kind.is_secret(), "{}", spec.name);
            }
        }
    }

    #[test]
    fn help_is_one_line_without_a_stop() {
        for spec in inputs() {
            assert!(!spec.about.is_empty(), "{}", spec.name);
            assert!(
                !spec.about.contains('\n') && !spec.about.ends_with('.'),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn a_channels_inputs_begin_with_its_name() {
        for entry in CHANNELS {
            for spec in entry.inputs {
                assert!(
                    spec.name.starts_with(entry.name)
                        || (entry.name == "email" && spec.name.starts_with("smtp_")),
                    "{}",
                    spec.name
                );
            }
        }
    }

    #[test]
    fn whatever_sounds_like_a_credential_is_secret() {
        // A word of a closed set is no credential, whatever its input is called.
        let free = |spec: &&InputSpec| !matches!(spec.kind, Kind::Choice(_));
        for spec in inputs().filter(free) {
            let sounds_secret = [
                "secret",
                "password",
                "token",
                "webhook_url",
                "_webhook",
                "proxy",
                "headers",
            ]
            .iter()
            .any(|word| spec.name.ends_with(word));
            assert_eq!(spec.kind.is_secret(), sounds_secret, "{}", spec.name);
        }
    }
}
