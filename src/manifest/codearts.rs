//! The extension for CodeArts Pipeline. Source: ci-platforms, sections 3.2 and 7.5. What starts the
//! program is written by hand: `packaging/codearts/scripts/execution.sh`.

use serde_json::{Map, Value, json};

use super::{ABOUT, VERSION, chinese, described, json_file, written};
use crate::catalogue::InputGroup;
use crate::input::InputSpec;
use crate::model::facts::FACTS;
use crate::platform::{PLATFORMS, Source};

/// The eight variables that an extension gets by itself.
const BY_ITSELF: &[&str] = &[
    "STEP_NAME",
    "STEP_ID",
    "PLUGIN_VERSION",
    "PLUGIN_NAME",
    "PIPELINE_ID",
    "PIPELINE_RUN_ID",
    "PROJECT_ID",
    "JOB_ID",
];

/// `codearts-extension.json`. The texts stand in it in both languages, because how it refers to
/// the resource files is not written down anywhere; those are there for the console that reads
/// them.
pub(super) fn extension(groups: &[InputGroup]) -> String {
    let inputs: Vec<Value> = written(groups)
        .map(|spec| {
            let (label, help) = chinese::label_and_help(spec.name).unwrap_or((spec.name, ""));
            let both = match help {
                "" => described(spec),
                help => format!("{help}。{}", described(spec)),
            };
            json!({
                "name": spec.name,
                "type": "input",
                "label": label,
                "description": both,
                "defaultValue": reference(spec.name).unwrap_or_default(),
                "required": false,
            })
        })
        .collect();
    json_file(&json!({
        "type": "Task",
        "name": "runbell",
        "friendlyName": "runbell",
        "description": format!("{} {ABOUT}", chinese::ABOUT),
        "category": "Normal",
        "version": VERSION,
        "versionDescription": format!("runbell {VERSION}"),
        "dataSourceBindings": [],
        "inputs": inputs,
        "execution": { "type": "Shell", "target": "scripts/execution.sh" },
        "outputs": ["status", "sent", "failed", "message_id"],
    }))
}

/// The parameter of the pipeline that holds a fact, where the extension does not get it by itself.
fn reference(input: &str) -> Option<String> {
    let fact = FACTS.iter().find(|spec| spec.input == input)?.fact;
    let entry = PLATFORMS.iter().find(|entry| entry.name == "codearts")?;
    entry
        .facts
        .iter()
        .copied()
        .flatten()
        .find_map(|(of, source)| match source {
            Source::Variable(name) if *of == fact && !BY_ITSELF.contains(name) => {
                Some(format!("${{{name}}}"))
            }
            _ => None,
        })
}

/// The texts in English.
pub(super) fn english(groups: &[InputGroup]) -> String {
    resources(groups, ABOUT, |spec| {
        (spec.name.replace('_', " "), described(spec))
    })
}

/// The texts in Chinese.
pub(super) fn chinese(groups: &[InputGroup]) -> String {
    resources(
        groups,
        chinese::ABOUT,
        |spec| match chinese::label_and_help(spec.name) {
            Some((label, help)) => (label.to_owned(), chinese::described(spec, help)),
            None => (spec.name.to_owned(), described(spec)),
        },
    )
}

fn resources(
    groups: &[InputGroup],
    about: &str,
    texts: impl Fn(&InputSpec) -> (String, String),
) -> String {
    let mut keys = Map::new();
    keys.insert("friendlyName".to_owned(), "runbell".into());
    keys.insert("description".to_owned(), about.into());
    for spec in written(groups) {
        let (label, help) = texts(spec);
        keys.insert(format!("inputs.{}.label", spec.name), label.into());
        keys.insert(format!("inputs.{}.description", spec.name), help.into());
    }
    json_file(&Value::Object(keys))
}
