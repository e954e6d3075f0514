//! `action.yml`, which GitHub, Gitea and Forgejo read. Source: ci-platforms, section 7.1.

use serde_json::{Map, Value, json};

use super::{ABOUT, AUTHOR, IMAGE_AS_ROOT, all, described, yaml_file};
use crate::catalogue::InputGroup;

/// What the step gives to later ones, and what each says.
const OUTPUTS: &[(&str, &str)] = &[
    ("status", "sent, partial, failed, skipped or dry-run"),
    ("sent", "how many targets got the message"),
    ("failed", "how many targets did not"),
    (
        "message_id",
        "the id of the message, the same on every attempt",
    ),
];

/// The metadata of the action.
pub(super) fn action(groups: &[InputGroup]) -> String {
    let inputs: Map<String, Value> = all(groups)
        .map(|spec| {
            let mut input = json!({ "description": described(spec), "required": false });
            // A default in the manifest would hide whether the author said something; ours applies
            // inside. Only what the runner alone can fill stands here.
            if let (Some(fields), Some(expression)) = (input.as_object_mut(), spec.action_default) {
                fields.insert("default".to_owned(), expression.into());
            }
            (spec.name.to_owned(), input)
        })
        .collect();
    let outputs: Map<String, Value> = OUTPUTS
        .iter()
        .map(|(name, about)| ((*name).to_owned(), json!({ "description": about })))
        .collect();
    yaml_file(&json!({
        "name": "runbell",
        "description": ABOUT,
        "author": AUTHOR,
        "branding": { "icon": "bell", "color": "blue" },
        "inputs": inputs,
        "outputs": outputs,
        "runs": { "using": "docker", "image": format!("docker://{IMAGE_AS_ROOT}") },
    }))
}
