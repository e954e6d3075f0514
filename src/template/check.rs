//! Looks a template over before anything runs: every helper that is named exists and has its
//! parameters, in branches that this run will not take too.

use std::ops::RangeInclusive;

use handlebars::Template;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};

use serde_json::Value;

use super::helpers::HELPERS;
use crate::model::time::{UnixMillis, Zone};

/// Handlebars' own helpers that templates may use, and how many parameters each wants.
const BUILT_IN: &[(&str, RangeInclusive<usize>)] = &[
    ("if", 1..=1),
    ("unless", 1..=1),
    ("each", 1..=1),
    ("with", 1..=1),
    ("eq", 2..=2),
    ("ne", 2..=2),
    ("gt", 2..=2),
    ("gte", 2..=2),
    ("lt", 2..=2),
    ("lte", 2..=2),
    ("and", 2..=usize::MAX),
    ("or", 2..=usize::MAX),
    ("not", 1..=1),
    ("len", 1..=1),
];

/// Those of them that are nothing without a block.
const BLOCKS: &[&str] = &["if", "unless", "each", "with"];

/// Helpers that share their name with a fact: alone, the name is the fact.
const FACTS_TOO: &[&str] = &["duration"];

/// A helper that is used wrongly.
pub(super) struct Misuse {
    /// What is wrong, as the end of a sentence.
    pub(super) wrong: String,
    /// The helper's name, to find the place by.
    pub(super) name: String,
}

/// The first misuse of a helper, in the order of the text.
pub(super) fn misuse(template: &Template) -> Option<Misuse> {
    template.elements.iter().find_map(|element| match element {
        TemplateElement::HtmlExpression(helper)
        | TemplateElement::Expression(helper)
        | TemplateElement::HelperBlock(helper) => {
            let branches = [&helper.template, &helper.inverse];
            wrong_use(helper).or_else(|| branches.into_iter().flatten().find_map(misuse))
        }
        _ => None,
    })
}

fn wrong_use(helper: &HelperTemplate) -> Option<Misuse> {
    let has_parameters = !helper.params.is_empty() || !helper.hash.is_empty();
    // A name alone is a fact, or a helper that lacks its parameters.
    let is_call = |name: &str| {
        helper.block || has_parameters || (wanted(name).is_some() && !FACTS_TOO.contains(&name))
    };
    if let Some(name) = helper.name.as_name()
        && is_call(name)
        && let Some(wrong) = wrong_call(name, helper)
    {
        let name = name.to_owned();
        return Some(Misuse { wrong, name });
    }
    let parameters = std::iter::once(&helper.name)
        .chain(&helper.params)
        .chain(helper.hash.values());
    parameters
        .filter_map(|parameter| match parameter {
            Parameter::Subexpression(inner) => Some(inner.as_element()),
            _ => None,
        })
        .find_map(|element| match element {
            TemplateElement::Expression(inner) | TemplateElement::HtmlExpression(inner) => {
                wrong_use(inner)
            }
            _ => None,
        })
}

/// A time zone that is written out and does not exist.
fn wrong_zone(helper: &HelperTemplate) -> Option<String> {
    let Some(Parameter::Literal(zone)) = helper.hash.get("zone") else {
        return None;
    };
    let name = zone.as_str().unwrap_or_default();
    Zone::named(name)
        .is_none()
        .then(|| format!("names the time zone `{name}`, which there is not"))
}

/// How many parameters a helper wants.
fn wanted(name: &str) -> Option<RangeInclusive<usize>> {
    let ours = HELPERS.iter().map(|it| (it.name, it.parameters.clone()));
    BUILT_IN
        .iter()
        .cloned()
        .chain(ours)
        .find_map(|(known, parameters)| (known == name).then_some(parameters))
}

/// Whether there is a helper of this name.
pub(super) fn is_helper(name: &str) -> bool {
    wanted(name).is_some()
}

/// A number of characters that is written out and is none.
fn wrong_number(name: &str, helper: &HelperTemplate) -> Option<String> {
    let (true, Some(Parameter::Literal(number))) = (name == "truncate", helper.params.get(1))
    else {
        return None;
    };
    let is_whole = match number {
        Value::String(text) => text.trim().parse::<usize>().is_ok(),
        number => number.as_u64().is_some(),
    };
    (!is_whole).then(|| format!("gives `truncate` {number}, which is no whole number"))
}

/// A form of times that is written out and is none.
fn wrong_form(name: &str, helper: &HelperTemplate) -> Option<String> {
    let (true, Some(Parameter::Literal(Value::String(form)))) =
        (name == "date", helper.params.get(1))
    else {
        return None;
    };
    let wrong = UnixMillis(0).formatted(form, &Zone::utc()).err()?;
    Some(format!(
        "gives `date` the form `{form}`, which is none ({wrong}); write one like `%Y-%m-%d %H:%M`, and `%%` for a percent sign"
    ))
}

fn wrong_call(name: &str, helper: &HelperTemplate) -> Option<String> {
    let given = helper.params.len();
    let is_ours = HELPERS.iter().any(|it| it.name == name);
    match wanted(name) {
        Some(wanted) if given < *wanted.start() => Some(format!(
            "gives `{name}` {given} of its {} parameters",
            wanted.start()
        )),
        Some(wanted) if given > *wanted.end() => Some(format!(
            "gives `{name}` {given} parameters, more than {}",
            wanted.end()
        )),
        Some(_) if helper.block && is_ours => Some(format!(
            "opens a block `{name}`, which makes a text; write `{{{{{name} ...}}}}`"
        )),
        Some(_) if !helper.block && BLOCKS.contains(&name) => Some(format!(
            "uses `{name}` without a block; write `{{{{#{name} ...}}}}...{{{{/{name}}}}}`"
        )),
        Some(_) => wrong_zone(helper)
            .or_else(|| wrong_number(name, helper))
            .or_else(|| wrong_form(name, helper)),
        None if helper.block => Some(format!(
            "opens a block `{name}`, which there is not; write `{{{{#if {name}}}}}` or `{{{{#each {name}}}}}`"
        )),
        None => {
            let names: Vec<&str> = HELPERS.iter().map(|it| it.name).collect();
            Some(format!(
                "uses `{name}`, which is no helper; there are {}",
                names.join(", ")
            ))
        }
    }
}
