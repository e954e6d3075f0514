//! Bad input is the point: whatever the environment holds, the program neither panics nor lies.

use std::collections::BTreeMap;

use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, proptest};
use runbell::catalogue;
use runbell::environment::Environment;
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};

use crate::support::{Receivers, run, runbell};

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_survived_everywhere() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let bytes = || OsString::from_vec(b"bad \xff\xfe bytes".to_vec());
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_COMMIT_TITLE", bytes())
        .env("RUNBELL_MESSAGE", bytes())
        .env(bytes(), bytes())
        .env("DRONE", bytes())
        .arg0("runbell"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for input in catalogue::inputs() {
        let ended = run(runbell().env(format!("RUNBELL_{}", input.name.to_uppercase()), bytes()));
        assert_eq!(ended.code, Some(2), "{}: {ended:#?}", input.name);
    }
    let ended = run(runbell().arg(bytes()));
    assert_eq!(ended.code, Some(2), "{ended:#?}");
}

#[cfg(unix)]
trait Named {
    fn arg0(&mut self, name: &str) -> &mut Self;
}

#[cfg(unix)]
impl Named for std::process::Command {
    fn arg0(&mut self, name: &str) -> &mut Self {
        std::os::unix::process::CommandExt::arg0(self, name)
    }
}

#[test]
fn empty_and_null_inputs_are_as_good_as_none() {
    let receivers = Receivers::start();
    for nothing in ["", " ", "null", "undefined", "None", "<nil>"] {
        let ended = run(receivers
            .runbell()
            .envs(
                [
                    "LANGUAGE",
                    "TIMEOUT",
                    "NOTIFY_ON",
                    "FIELDS",
                    "TITLE",
                    "RUN_URL",
                    "EMAIL_CC",
                    "PLATFORM",
                ]
                .map(|name| (format!("PLUGIN_{name}"), nothing)),
            )
            .env("RUNBELL_STATUS", "failure"));
        assert_eq!(ended.code, Some(0), "{nothing:?}: {ended:#?}");
    }
}

#[test]
fn a_misspelt_input_is_named_with_the_right_spelling() {
    let ended = run(runbell().env("PLUGIN_DINGTALK_WEBHOK", "https://oapi.dingtalk.com/x"));
    assert!(
        ended.stdout.contains("warning: input `dingtalk_webhok` (PLUGIN_DINGTALK_WEBHOK) is not known; perhaps `dingtalk_webhook` is meant"),
        "{ended:#?}"
    );
}

#[cfg(unix)]
#[test]
fn a_closed_output_is_no_reason_to_stop() {
    use std::process::Stdio;

    let receivers = Receivers::start();
    let mut child = receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(receivers.dingtalk.posted(), 1);
}

/// Any text, with the characters that have power somewhere made likely.
fn any_text() -> impl Strategy<Value = String> {
    let powerful = prop::sample::select(vec![
        "{{",
        "}}",
        "${",
        "}",
        "{{#if x}}",
        "{{/if}}",
        "https://",
        "\n",
        "<@all>",
        "[",
        "](",
        "```",
        ",",
        "\u{202e}",
        "\u{e000}",
        "\u{f0000}",
        "构",
        "1735026178",
        "null",
        "\u{0}",
        "all",
        "|",
        "\\",
        "{",
    ]);
    let part = prop::strategy::Union::new([
        powerful.prop_map(str::to_owned).boxed(),
        any::<String>()
            .prop_map(|text| text.chars().take(12).collect())
            .boxed(),
    ]);
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_inputs_at_all_are_prepared_without_a_panic(
        inputs in prop::collection::btree_map(0..200_usize, any_text(), 0..12),
        event in any_text(),
    ) {
        let names: Vec<&str> = catalogue::inputs().map(|spec| spec.name).collect();
        let variables = inputs
            .iter()
            .map(|(at, text)| (format!("PLUGIN_{}", names[at % names.len()].to_uppercase()), text.clone()))
            .chain([
                ("RUNBELL_WECOM_WEBHOOK".to_owned(), "https://127.0.0.1/cgi-bin/webhook/send?key=k".to_owned()),
                ("GITHUB_ACTIONS".to_owned(), "true".to_owned()),
                ("GITHUB_EVENT_PATH".to_owned(), "event.json".to_owned()),
            ]);
        let files = BTreeMap::from([("event.json".to_owned(), event.into_bytes())]);
        let environment = Environment::new(variables, files);
        let prepared = prepare(&environment, UnixMillis(1_700_000_000_000), [7; 16]);
        if let Step::Finished(ending) = &prepared.step {
            prop_assert!(!ending.lines.is_empty());
        }
    }
}
