//! The custom step for Alibaba Cloud Flow. Source: ci-platforms, section 7.5. The entry beside it
//! is written by hand: `packaging/flow/dist/index.js`.

use serde_json::{Value, json};

use super::{REPOSITORY, chinese, described, yaml_file};
use crate::catalogue::InputGroup;
use crate::input::{InputSpec, Kind};

/// `step.yaml`, a form in Chinese. The step gets each field as a variable of its own name.
///
/// The form would be a hundred fields long, so every group but the first two opens with a choice
/// and stays folded until it is made.
pub(super) fn step(groups: &[InputGroup]) -> String {
    let mut items: Vec<Value> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let key = key(group);
        let folded = at > 1;
        if folded {
            items.push(json!({
                "label": chinese::title(&group.title),
                "name": key,
                "type": "select",
                "value": "hide",
                "datasource": [
                    { "label": "收起", "value": "hide" },
                    { "label": "展开", "value": "show" },
                ],
            }));
        }
        let written = |spec: &&&InputSpec| spec.action_default.is_none();
        for spec in group.inputs.iter().filter(written) {
            let mut field = item(spec);
            if let (true, Some(fields)) = (folded, field.as_object_mut()) {
                let condition = format!("${{{key}}} == \"show\"");
                fields.insert("showCondition".to_owned(), condition.into());
            }
            items.push(field);
        }
    }
    yaml_file(&json!({
        "apiVersion": "v3",
        "kind": "DefaultJob",
        "id": "runbell",
        "name": "runbell 消息通知",
        "description": chinese::ABOUT,
        "helpUrl": REPOSITORY,
        "execution": { "executor": "node", "main": "dist/index.js" },
        "items": items,
    }))
}

/// The name of the choice that unfolds a group. It begins like no input.
fn key(group: &InputGroup) -> String {
    let word = group.title.split(' ').next().unwrap_or_default();
    format!("show_{}", word.to_lowercase())
}

fn item(spec: &InputSpec) -> Value {
    let (label, help) = chinese::label_and_help(spec.name)
        .map_or((spec.name, described(spec)), |(label, help)| {
            (label, chinese::described(spec, help))
        });
    let mut field = json!({
        "label": label,
        "name": spec.name,
        "type": kind(spec.kind),
        "description": help,
    });
    if let Some(fields) = field.as_object_mut() {
        match spec.kind {
            Kind::Switch => {
                let value = spec.default == Some("true");
                fields.insert("value".to_owned(), value.into());
            }
            Kind::Choice(words) => {
                let nothing = json!({ "label": "默认", "value": "" });
                let choices = words
                    .iter()
                    .map(|word| json!({ "label": word, "value": word }));
                let choices: Vec<Value> = [nothing].into_iter().chain(choices).collect();
                fields.insert("value".to_owned(), "".into());
                fields.insert("datasource".to_owned(), choices.into());
            }
            _ => {}
        }
    }
    field
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        kind if kind.is_secret() => "password",
        Kind::Template | Kind::Line | Kind::Body => "textarea",
        Kind::Switch => "checkbox",
        Kind::Choice(_) => "select",
        _ => "input",
    }
}
