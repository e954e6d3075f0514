//! Looks a template over before anything runs: every helper that is named exists and has its
//! parameters, in branches that this run will not take too.

use handlebars::Template;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};

use super::helpers::HELPERS;
use crate::model::time::Zone;

/// Handlebars' own helpers that templates may use, and how many parameters each wants.
pub(super) const BUILT_IN: &[(&str, usize)] = &[
    ("if", 1),
    ("unless", 1),
    ("each", 1),
    ("with", 1),
    ("eq", 2),
    ("ne", 2),
    ("gt", 2),
    ("gte", 2),
    ("lt", 2),
    ("lte", 2),
    ("and", 2),
    ("or", 2),
    ("not", 1),
    ("len", 1),
];

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
    let is_call = helper.block || !helper.params.is_empty() || !helper.hash.is_empty();
    if let (true, Some(name)) = (is_call, helper.name.as_name())
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

fn wrong_call(name: &str, helper: &HelperTemplate) -> Option<String> {
    let ours = HELPERS.iter().map(|it| (it.name, it.parameters));
    let wanted = BUILT_IN
        .iter()
        .copied()
        .chain(ours)
        .find_map(|(known, parameters)| (known == name).then_some(parameters));
    match wanted {
        Some(wanted) if helper.params.len() < wanted => Some(format!(
            "gives `{name}` {} of its {wanted} parameters",
            helper.params.len()
        )),
        Some(_) => wrong_zone(helper),
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
