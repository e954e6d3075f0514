//! Outlines: what a template comes to when only its blocks are decided, with a mark for every
//! value. Whether a body is well formed depends on them alone, so it can be judged before there is
//! a run to tell about.

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, Template};

use super::Compiled;
use super::tokens::outlined;
use crate::model::marks::{Marked, Marks, NOTHING};

/// What an outline takes to be known of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Every fact, and this many items in each list.
    Everything(usize),
    /// No fact, and lists without items.
    Nothing,
}

/// A block that an outline decides about: which of its two texts, or how often its text, stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// `if` and `with`: the first text (1) or the second (0).
    If,
    /// `unless`: the first text (1) or the second (0).
    Unless,
    /// `each`: the first text so many times, or the second (0).
    Each,
}

/// Most ways of deciding a template's blocks that are looked at.
const WAYS_LIMIT: usize = 256;

/// Most bytes of an outline: it may not grow with the rounds of loops in loops.
const OUTLINE_LIMIT_BYTES: usize = 512 * 1024;

/// Bytes of outlines behind which no further way is looked at: no deadline runs yet.
const WAYS_LIMIT_BYTES: usize = 1024 * 1024;

impl Compiled {
    /// What the template comes to when this is known of a run.
    pub fn outline(&self, known: Known) -> Marked {
        self.decided(&mut |block| match (known, block) {
            (Known::Everything(items), Block::Each) => items,
            (Known::Everything(_), Block::If) | (Known::Nothing, Block::Unless) => 1,
            (Known::Nothing, Block::If | Block::Each) | (Known::Everything(_), Block::Unless) => 0,
        })
    }

    /// Whether any way of deciding its blocks is a good one; `true` also when there are too many
    /// ways to tell.
    pub fn has_outline(&self, mut is_good: impl FnMut(&Marked) -> bool) -> bool {
        let mut ways = Ways::default();
        let mut seen_bytes = 0;
        for _ in 0..WAYS_LIMIT {
            let outline = self.decided(&mut |block| {
                ways.choose(match block {
                    Block::If | Block::Unless => 2,
                    Block::Each => 3,
                })
            });
            if is_good(&outline) {
                return true;
            }
            if !ways.step() {
                return false;
            }
            seen_bytes += outline.text.len();
            if seen_bytes > WAYS_LIMIT_BYTES {
                return true;
            }
        }
        true
    }

    fn decided(&self, decide: &mut dyn FnMut(Block) -> usize) -> Marked {
        let mut text = String::new();
        write(&self.template, None, decide, &mut text);
        Marked {
            text: outlined(&text),
            marks: Marks::default(),
            places: self.tokens.places.clone(),
        }
    }
}

/// Where a loop is: the number of the round, from 1, and how many there are.
type Round = (usize, usize);

fn write(
    template: &Template,
    round: Option<Round>,
    decide: &mut dyn FnMut(Block) -> usize,
    text: &mut String,
) {
    for element in &template.elements {
        match element {
            _ if text.len() > OUTLINE_LIMIT_BYTES => return,
            TemplateElement::RawString(raw) => text.push_str(raw),
            TemplateElement::HtmlExpression(_) | TemplateElement::Expression(_) => {
                text.push(NOTHING);
            }
            TemplateElement::HelperBlock(helper) => write_block(helper, round, decide, text),
            _ => {}
        }
    }
}

fn write_block(
    helper: &HelperTemplate,
    round: Option<Round>,
    decide: &mut dyn FnMut(Block) -> usize,
    text: &mut String,
) {
    let block = match helper.name.as_name() {
        Some("each") => Block::Each,
        Some("unless") => Block::Unless,
        _ => Block::If,
    };
    let count = match round.and_then(|round| known_condition(helper, round)) {
        // Only the first text of `unless` stands where its condition does not hold.
        Some(holds) => usize::from(holds == (block == Block::If)),
        None => decide(block),
    };
    let chosen = match count {
        0 => &helper.inverse,
        _ => &helper.template,
    };
    let Some(chosen) = chosen else { return };
    for at in 1..=count.max(1) {
        let inner = match (block, count) {
            (Block::Each, 1..) => Some((at, count)),
            _ => round,
        };
        write(chosen, inner, decide, text);
    }
}

/// Whether the condition holds, where it asks for the place in the loop alone.
fn known_condition(helper: &HelperTemplate, (at, of): Round) -> Option<bool> {
    let Some(Parameter::Path(Path::Local((0, name, _)))) = helper.params.first() else {
        return None;
    };
    match name.as_str() {
        "first" => Some(at == 1),
        "last" => Some(at == of),
        _ => None,
    }
}

/// All ways of choosing, one after the other.
#[derive(Default)]
struct Ways {
    /// What was chosen each time, and of how many.
    choices: Vec<(usize, usize)>,
    at: usize,
}

impl Ways {
    fn choose(&mut self, of: usize) -> usize {
        if self.at == self.choices.len() {
            self.choices.push((0, of));
        }
        let chosen = self.choices.get(self.at).map_or(0, |(chosen, _)| *chosen);
        self.at += 1;
        // What is there comes first.
        of - 1 - chosen
    }

    /// Goes to the next way, if there is one.
    fn step(&mut self) -> bool {
        self.choices.truncate(self.at);
        self.at = 0;
        while let Some((chosen, of)) = self.choices.pop() {
            if chosen + 1 < of {
                self.choices.push((chosen + 1, of));
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::compile_body;

    #[track_caller]
    fn check(source: &str, known: Known, expected: &str) {
        let outline = compile_body(source).unwrap().outline(known);
        let shown: String = outline.symbols().map(|(_, it)| it.to_string()).collect();
        assert_eq!(shown, expected, "{source} {known:?}");
    }

    #[test]
    fn blocks_are_decided_by_what_is_known() {
        let (all, none) = (Known::Everything(2), Known::Nothing);
        check("a {{x}} ${Y} {b}", all, "a · · {b}");
        check("{{#if x}}a{{else}}b{{/if}}", all, "a");
        check("{{#if x}}a{{else}}b{{/if}}", none, "b");
        check("{{#unless x}}a{{else}}b{{/unless}}", all, "b");
        check("{{#each x}}<{{this}}>{{else}}-{{/each}}", all, "<·><·>");
        check("{{#each x}}<{{this}}>{{else}}-{{/each}}", none, "-");
        let list = "{{#each x}}{{#if @first}}[{{/if}}·{{#unless @last}},{{/unless}}{{/each}}";
        check(list, all, "[·,·");
        check(list, Known::Everything(1), "[·");
    }

    #[test]
    fn every_way_is_tried() {
        let source = "{{#if a}}1{{else}}2{{/if}}{{#each b}}x{{/each}}{{#if c}}3{{/if}}";
        let mut seen: Vec<String> = Vec::new();
        let compiled = compile_body(source).unwrap();
        let found = compiled.has_outline(|outline| {
            seen.push(outline.symbols().map(|(_, it)| it.to_string()).collect());
            false
        });
        assert!(!found);
        let mut expected: Vec<String> = Vec::new();
        for a in ["1", "2"] {
            for b in ["xx", "x", ""] {
                for c in ["3", ""] {
                    expected.push(format!("{a}{b}{c}"));
                }
            }
        }
        assert_eq!(seen, expected);
        let many = "{{#if a}}1{{/if}}".repeat(20);
        assert!(compile_body(&many).unwrap().has_outline(|_| false));
    }

    #[test]
    fn looking_for_a_way_ends_after_so_many_bytes() {
        let source = |filler: &str| {
            let ifs = "{{#if a}}1{{/if}}".repeat(20);
            let loops = "{{#each a}}{{#each b}}{{/each}}{{/each}}";
            format!("{}{filler}{ifs}{loops} x", "${V}".repeat(950))
        };
        for (filler, expected) in [("", 100..=256), (&"y".repeat(50_000), 10..=40)] {
            let (mut ways, mut bytes) = (0, 0);
            let compiled = compile_body(&source(filler)).unwrap();
            let found = compiled.has_outline(|outline| {
                ways += 1;
                bytes += outline.text.len();
                false
            });
            assert!(found && expected.contains(&ways), "{ways}");
            assert!(bytes <= WAYS_LIMIT_BYTES + OUTLINE_LIMIT_BYTES, "{bytes}");
        }
    }
}
