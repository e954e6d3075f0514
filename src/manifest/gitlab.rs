//! The CI/CD component for GitLab. Source: ci-platforms, sections 4.2 and 7.6.

use serde_json::{Map, Value, json};

use super::{GENERATED, IMAGE_WITH_SHELL, described, variable, written, yaml};
use crate::catalogue::InputGroup;
use crate::input::Kind;

/// Inputs of the component itself. Their names are no inputs of the step.
pub(super) const OWN: &[(&str, &str, &str)] = &[
    ("job_prefix", "notify", "Begin of the names of both jobs"),
    ("job_stage", ".post", "Stage in which both jobs run"),
    (
        "image",
        IMAGE_WITH_SHELL,
        "Image that holds runbell and a shell",
    ),
];

/// The template: two jobs, of which the right one runs. GitLab tells a job nothing about the
/// pipeline, so which of them it is says how the run stands.
///
/// Every input is text, because a variable of a job takes text and numbers alone.
pub(super) fn component(groups: &[InputGroup]) -> String {
    let own = OWN.iter().map(|(name, default, about)| {
        let input = json!({ "default": default, "description": about });
        ((*name).to_owned(), input)
    });
    let inputs: Map<String, Value> = own
        .chain(written(groups).map(|spec| {
            let mut input = json!({ "default": "", "description": described(spec) });
            let words: &[&str] = match spec.kind {
                Kind::Choice(words) => words,
                Kind::Switch => &["true", "false"],
                _ => &[],
            };
            if let (Some(fields), false) = (input.as_object_mut(), words.is_empty()) {
                // Nothing said is a choice too.
                let options: Vec<&str> = [""].iter().chain(words).copied().collect();
                fields.insert("options".to_owned(), json!(options));
            }
            (spec.name.to_owned(), input)
        }))
        .collect();
    let mut variables = Map::new();
    variables.insert("GIT_STRATEGY".to_owned(), "none".into());
    for spec in written(groups) {
        let reference = format!("$[[ inputs.{} ]]", spec.name);
        variables.insert(variable(spec), reference.into());
    }
    let jobs = json!({
        ".$[[ inputs.job_prefix ]]": {
            "stage": "$[[ inputs.job_stage ]]",
            "image": { "name": "$[[ inputs.image ]]", "entrypoint": [""] },
            "variables": variables,
            "script": ["runbell"],
        },
        "$[[ inputs.job_prefix ]]-success": {
            "extends": ".$[[ inputs.job_prefix ]]",
            "when": "on_success",
            "script": ["RUNBELL_STATUS=\"${RUNBELL_STATUS:-success}\" runbell"],
        },
        "$[[ inputs.job_prefix ]]-failure": {
            "extends": ".$[[ inputs.job_prefix ]]",
            "when": "on_failure",
            "script": ["RUNBELL_STATUS=\"${RUNBELL_STATUS:-failed}\" runbell"],
        },
    });
    format!(
        "# {GENERATED}\n{}---\n{}",
        yaml::document(&json!({ "spec": { "inputs": inputs } })),
        yaml::document(&jobs)
    )
}
