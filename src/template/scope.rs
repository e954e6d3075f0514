//! What the names of a template stand for, so that one that stands for nothing is told of wherever
//! it is written: alone, given to a helper, or in a branch that this run does not take.

use std::collections::BTreeSet;

use handlebars::template::{BlockParam, HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

use super::check::{Misuse, is_helper};
use super::one_line;
use crate::model::facts::{FACTS, Shape};
use crate::model::nearest::nearest;

/// What Handlebars knows in a loop besides the item.
const OF_A_LOOP: &[&str] = &["index", "key", "first", "last"];

/// Helpers that can do something with a group of facts.
const TAKE_GROUPS: &[&str] = &["each", "with", "json", "len"];

/// Helpers that compare with a text, whose quotes are easily forgotten.
const COMPARE: &[&str] = &["eq", "ne"];

/// Members that are most probably meant by the name of their group, the likeliest first.
const MEANT_OF_A_GROUP: &[&str] = &["name", "title", "number", "steps", "slug"];

/// What a name stands for.
#[derive(Clone, Copy)]
enum Meaning<'v> {
    /// A fact, a list, or a group of facts.
    Fact(&'v Value),
    /// An item of a list, which is a text.
    Item,
    /// What a helper makes, and what comes of a name that was told of already.
    Anything,
}

/// Why a name is not what its author takes it for.
#[derive(Clone, Copy)]
enum Wrong {
    /// Nobody knows it.
    Unknown,
    /// It is a group of facts, where one is wanted.
    Group,
    /// It asks a list for something by name, at which Handlebars gives the whole text up.
    OfAList,
    /// It stands in parentheses, where only helpers do.
    InParentheses,
}

/// A name that is not what its author takes it for.
struct Finding<'t, 'v> {
    /// As it is written.
    name: &'t str,
    /// Without what leads out of blocks.
    path: String,
    wrong: Wrong,
    /// The helper that it was given to.
    helper: Option<&'t str>,
    /// How many blocks that have facts of their own are around it.
    depth: usize,
    /// What names stand for right there.
    around: Meaning<'v>,
}

/// What names stand for in a block.
struct Scope<'t, 'v> {
    base: Meaning<'v>,
    /// The names behind `as`.
    bound: Vec<(&'t str, Meaning<'v>)>,
    is_loop: bool,
}

struct Walk<'t, 'v> {
    facts: &'v Value,
    /// The blocks around, the innermost last.
    scopes: Vec<Scope<'t, 'v>>,
    findings: Vec<Finding<'t, 'v>>,
}

/// A name that asks a list for something by name; where the list is a fact of any run.
pub(super) fn misuse(template: &Template) -> Option<Misuse> {
    let lists = lists();
    let found = findings(template, &lists);
    let wrong = found.iter().find(|it| matches!(it.wrong, Wrong::OfAList))?;
    let (list, asked) = wrong.name.rsplit_once(['.', '/'])?;
    Some(Misuse {
        wrong: format!(
            "asks the list `{list}` for `{asked}`; write `(len {list})` for its length, `{list}.0` for its first item"
        ),
        name: wrong.name.to_owned(),
    })
}

/// A warning for each name that is not what its author takes it for, once.
pub(super) fn warnings(template: &Template, facts: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    for finding in findings(template, facts) {
        let warning = finding.warning(facts);
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}

/// The lists among the facts.
fn lists() -> Value {
    let mut root = serde_json::Map::new();
    for spec in FACTS.iter().filter(|spec| spec.shape == Shape::Names) {
        let empty = Value::Array(Vec::new());
        match spec.name.split_once('.') {
            None => drop(root.insert(spec.name.to_owned(), empty)),
            Some((group, name)) => {
                let group = root
                    .entry(group)
                    .or_insert_with(|| Value::Object(serde_json::Map::new()));
                if let Value::Object(group) = group {
                    group.insert(name.to_owned(), empty);
                }
            }
        }
    }
    Value::Object(root)
}

fn findings<'t, 'v>(template: &'t Template, facts: &'v Value) -> Vec<Finding<'t, 'v>> {
    let mut walk = Walk {
        facts,
        scopes: vec![Scope {
            base: Meaning::Fact(facts),
            bound: Vec::new(),
            is_loop: false,
        }],
        findings: Vec::new(),
    };
    walk.template(template);
    walk.findings
}

impl<'t, 'v> Walk<'t, 'v> {
    fn template(&mut self, template: &'t Template) {
        for element in &template.elements {
            match element {
                TemplateElement::HtmlExpression(helper)
                | TemplateElement::Expression(helper)
                | TemplateElement::HelperBlock(helper) => self.expression(helper),
                _ => {}
            }
        }
    }

    fn expression(&mut self, helper: &'t HelperTemplate) {
        let Some(name) = helper.name.as_name() else {
            self.given(&helper.name, "");
            return;
        };
        if is_name_alone(helper) {
            if let (false, Parameter::Path(path)) = (is_helper(name), &helper.name) {
                self.meaning(path, None);
            }
            return;
        }
        let mut given = Vec::with_capacity(helper.params.len());
        for parameter in &helper.params {
            given.push(self.given(parameter, name));
        }
        for parameter in helper.hash.values() {
            self.given(parameter, name);
        }
        let of = given.first().copied().unwrap_or(Meaning::Anything);
        let base = match (name, of) {
            ("with", of) => Some(of),
            ("each", Meaning::Fact(Value::Array(_))) => Some(Meaning::Item),
            ("each", _) => Some(Meaning::Anything),
            _ => None,
        };
        if let Some(base) = base {
            self.scopes.push(Scope {
                base,
                bound: bound(helper.block_param.as_ref(), base),
                is_loop: name == "each",
            });
        }
        helper.template.iter().for_each(|it| self.template(it));
        if base.is_some() {
            self.scopes.pop();
        }
        helper.inverse.iter().for_each(|it| self.template(it));
    }

    /// What a helper of this name is given.
    fn given(&mut self, parameter: &'t Parameter, helper: &'t str) -> Meaning<'v> {
        match parameter {
            Parameter::Path(path) => self.meaning(path, Some(helper)),
            Parameter::Subexpression(inner) => {
                match inner.as_element() {
                    TemplateElement::Expression(inner) | TemplateElement::HtmlExpression(inner) => {
                        match inner.name.as_name() {
                            Some(name) if is_name_alone(inner) && !is_helper(name) => {
                                self.note(
                                    name,
                                    name.to_owned(),
                                    Wrong::InParentheses,
                                    Some(helper),
                                );
                            }
                            _ => self.expression(inner),
                        }
                    }
                    _ => {}
                }
                Meaning::Anything
            }
            _ => Meaning::Anything,
        }
    }

    /// What a path stands for where it is written.
    fn meaning(&mut self, path: &'t Path, helper: Option<&'t str>) -> Meaning<'v> {
        let (segments, name) = match path {
            Path::Relative((segments, name)) => (segments, name.as_str()),
            Path::Local((_, local, name)) => {
                let is_known = self.scopes.iter().any(|scope| scope.is_loop)
                    && OF_A_LOOP.contains(&local.as_str());
                if !is_known {
                    self.note(name, name.clone(), Wrong::Unknown, helper);
                }
                return Meaning::Anything;
            }
        };
        let parts: Vec<&str> = segments
            .iter()
            .filter_map(|segment| match segment {
                PathSeg::Named(part) => Some(part.as_str()),
                _ => None,
            })
            .collect();
        let (start, rest) = self.start(name, &parts);
        let inside = |meaning: Result<Meaning<'v>, Wrong>, part: &&str| match meaning? {
            Meaning::Anything => Ok(Meaning::Anything),
            Meaning::Fact(Value::Object(group)) => {
                group.get(*part).map(Meaning::Fact).ok_or(Wrong::Unknown)
            }
            Meaning::Fact(Value::Array(_)) => match part.parse::<usize>() {
                Ok(_) => Ok(Meaning::Item),
                Err(_) => Err(Wrong::OfAList),
            },
            Meaning::Fact(_) | Meaning::Item => Err(Wrong::Unknown),
        };
        let takes_groups = helper.is_some_and(|it| TAKE_GROUPS.contains(&it));
        let wrong = match rest.iter().fold(Ok(start), inside) {
            Ok(Meaning::Fact(Value::Object(_))) if !takes_groups => Wrong::Group,
            Ok(meaning) => return meaning,
            Err(wrong) => wrong,
        };
        self.note(name, parts.join("."), wrong, helper);
        Meaning::Anything
    }

    /// Where a path begins, and what is left of it to follow from there.
    fn start<'p>(&self, name: &str, parts: &'p [&'p str]) -> (Meaning<'v>, &'p [&'p str]) {
        if name.starts_with("@root") {
            return (Meaning::Fact(self.facts), parts);
        }
        if let Some((first, rest)) = parts.split_first() {
            let mut bound = self.scopes.iter().rev().flat_map(|scope| &scope.bound);
            if let Some((_, meaning)) = bound.find(|(name, _)| name == first) {
                return (*meaning, rest);
            }
        }
        let up = name.matches("../").count();
        let around = self.scopes.iter().rev().nth(up);
        // Handlebars stays where it is when there are not as many blocks.
        let around = around.or_else(|| self.scopes.last());
        (around.map_or(Meaning::Anything, |it| it.base), parts)
    }

    fn note(&mut self, name: &'t str, path: String, wrong: Wrong, helper: Option<&'t str>) {
        self.findings.push(Finding {
            name,
            path,
            wrong,
            helper,
            depth: self.scopes.len() - 1,
            around: self.scopes.last().map_or(Meaning::Anything, |it| it.base),
        });
    }
}

fn is_name_alone(helper: &HelperTemplate) -> bool {
    !helper.block && helper.params.is_empty() && helper.hash.is_empty()
}

/// The names behind `as`: the item, and its number or key.
fn bound<'t, 'v>(names: Option<&'t BlockParam>, item: Meaning<'v>) -> Vec<(&'t str, Meaning<'v>)> {
    let (first, second) = match names {
        Some(BlockParam::Single(first)) => (Some(first), None),
        Some(BlockParam::Pair((first, second))) => (Some(first), Some(second)),
        _ => (None, None),
    };
    let first = first.into_iter().map(|name| (name, item));
    let second = second.into_iter().map(|name| (name, Meaning::Anything));
    first
        .chain(second)
        .filter_map(|(name, meaning)| Some((name.as_name()?, meaning)))
        .collect()
}

impl Finding<'_, '_> {
    fn warning(&self, facts: &Value) -> String {
        let name = one_line(self.name, 100);
        let shown = match (self.helper, self.wrong) {
            (_, Wrong::InParentheses) => format!("({name})"),
            (None, _) => format!("{{{{{name}}}}}"),
            (Some(_), _) => name.clone(),
        };
        let why = match self.wrong {
            Wrong::Unknown => {
                let meant = self
                    .meant(facts)
                    .map(|it| format!("; perhaps {it} is meant"));
                format!("there is no such fact{}", meant.unwrap_or_default())
            }
            Wrong::OfAList => "a list has its items by number only".to_owned(),
            Wrong::InParentheses => {
                format!("only a helper stands in parentheses; write `{name}` without them")
            }
            Wrong::Group => {
                let meant = self
                    .member(facts)
                    .map(|it| format!("; perhaps `{it}` is meant"));
                let meant = meant.unwrap_or_default();
                return match self.helper {
                    None => format!(
                        "the template's `{shown}` stays empty: `{name}` is a group of facts{meant}"
                    ),
                    Some(_) => {
                        format!("the template's `{shown}` is a group of facts, not one{meant}")
                    }
                };
            }
        };
        format!("the template's `{shown}` stays empty: {why}")
    }

    /// What is meant by a name that nobody knows, when something is close.
    fn meant(&self, facts: &Value) -> Option<String> {
        let out = "../".repeat(self.depth);
        if let Meaning::Fact(group) = self.around
            && self.depth > 0
            && let Some(near) = nearest_name(group, &self.path)
        {
            return Some(format!("`{near}`"));
        }
        if let Some(near) = nearest_name(facts, &self.path) {
            return Some(format!("`{out}{near}`"));
        }
        let is_compared = self.helper.is_some_and(|it| COMPARE.contains(&it));
        let is_word = self.name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (is_compared && is_word).then(|| format!("the text `\"{}\"`", one_line(self.name, 100)))
    }

    /// The likeliest fact of a group.
    fn member(&self, facts: &Value) -> Option<String> {
        let mut group = facts;
        for part in self.path.split('.') {
            group = group.get(part)?;
        }
        let group = group.as_object()?;
        let likely = MEANT_OF_A_GROUP.iter().copied();
        let member = likely
            .chain(group.keys().map(String::as_str))
            .find(|name| group.contains_key(*name))?;
        Some(format!("{}.{member}", one_line(self.name, 100)))
    }
}

/// The known name that is spelled most like this one, when one is close.
fn nearest_name(facts: &Value, name: &str) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut open = vec![(String::new(), facts)];
    while let Some((prefix, value)) = open.pop() {
        for (key, inner) in value.as_object().into_iter().flatten() {
            let path = format!("{prefix}{key}");
            match inner {
                Value::Object(_) => open.push((format!("{path}."), inner)),
                _ => drop(names.insert(path)),
            }
        }
    }
    nearest(names.iter().map(String::as_str), name, 3)
        .filter(|(slips, _)| slips * 3 <= name.len())
        .map(|(_, known)| known.to_owned())
}
