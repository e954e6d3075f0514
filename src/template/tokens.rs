//! The one tokenizer for `{{...}}` and `${NAME}`.
//!
//! It turns the author's text into Handlebars source in which nothing but our own expressions means
//! anything: a `${NAME}` becomes a private-use placeholder, and so do the braces and backslashes of
//! plain text, so that the two readers cannot differ about where an expression begins. What
//! Handlebars can do and we do not offer
//! (partials, decorators, raw blocks) is refused here, with its place; and `{{{x}}}` and `{{&x}}`
//! become `{{x}}`, because no value is ever trusted as markup (rule I-8).

use super::TemplateFault;
use crate::model::marks::{NOTHING, Place, WHOLE_JSON, place_mark};

/// Deepest nesting of blocks, and of parentheses in one expression (rule R-3).
const DEPTH_LIMIT: usize = 32;
/// Deepest nesting of loops: lists have at most 100 items, so this bounds the rounds (rule R-6).
const LOOP_LIMIT: usize = 2;
/// Most placeholders in one template (rule R-3).
const PLACEHOLDER_LIMIT: usize = 1000;

/// What the tokenizer made of a template.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    /// Handlebars source.
    pub(super) text: String,
    /// Remarks for the log.
    pub(super) warnings: Vec<String>,
    /// The names of `${NAME}`, each with its placeholder.
    names: Vec<(String, String)>,
    /// Where in `source` each stretch of `text` came from: (offset in text, offset in source).
    origins: Vec<(usize, usize)>,
    source: String,
    /// Whether places are kept.
    pub(super) tracking: Tracking,
    /// Places of the author's text, by the number of their mark.
    pub(super) places: Vec<Place>,
    /// The place of what is read, and where in `source` that was.
    reading: (usize, Place),
}

/// Whether the text knows where in the source it came from once it is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tracking {
    /// No.
    #[default]
    Untracked,
    /// By marks in front of all that can be seen; whole JSON values are marked too.
    Tracked,
}

/// Reads a template.
pub(super) fn read(source: &str, tracking: Tracking) -> Result<Tokens, TemplateFault> {
    let source: String = source.chars().filter(|c| !is_reserved(*c)).collect();
    let mut tokens = Tokens {
        tracking,
        reading: (0, (1, 1)),
        ..Tokens::default()
    };
    let mut open: Vec<Opened> = Vec::new();
    let mut placeholders = 0;
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        tokens.origins.push((tokens.text.len(), at));
        tokens.read_up_to(&source, at);
        let fault = |wrong: &str| Err(fault_at(&source, at, wrong));
        let backslashes = rest.bytes().take_while(|byte| *byte == b'\\').count();
        let behind = rest.get(backslashes..).unwrap_or_default();
        let length = if backslashes > 0 {
            // An odd backslash before `{{` says that the braces are meant, and goes itself.
            let is_escape = behind.starts_with("{{") && backslashes % 2 == 1;
            let kept = backslashes - usize::from(is_escape);
            tokens.push_plain(head(rest, kept));
            match is_escape {
                true => {
                    let braces = expression_end(behind, 0).unwrap_or("{{".len());
                    tokens.push_plain(head(behind, braces));
                    backslashes + braces
                }
                false => backslashes,
            }
        } else if rest.starts_with("{{{{") {
            return fault("holds a raw block, which is not available; write `\\{{` for braces");
        } else if rest.starts_with("{{") {
            placeholders += 1;
            let Some(end) = expression_end(rest, 0) else {
                return fault("holds `{{` without its `}}`");
            };
            let expression = head(rest, end);
            if let Some(wrong) = unavailable(expression) {
                return fault(&wrong);
            }
            if let Err(wrong) = follow_block(expression, at, &mut open) {
                return fault(&wrong);
            }
            if open.iter().filter(|block| block.name == "each").count() > LOOP_LIMIT {
                return fault("nests more than two `each`");
            }
            if open.len() > DEPTH_LIMIT || parenthesis_depth(expression) > DEPTH_LIMIT {
                return fault("nests deeper than 32 levels");
            }
            tokens.push_expression(expression);
            end
        } else if let Some(name) = variable_name(rest) {
            placeholders += 1;
            tokens.push_variable(name);
            name.len() + "${}".len()
        } else {
            let length = plain_length(rest);
            tokens.push_plain(head(rest, length));
            length
        };
        if placeholders > PLACEHOLDER_LIMIT {
            return fault("holds more than 1,000 placeholders");
        }
        at += length;
    }
    if let Some(block) = open.pop() {
        let wrong = format!("has no `{{{{/{}}}}}` for its `{}`", block.name, block.text);
        return Err(fault_at(&source, block.at, &wrong));
    }
    tokens.source = source;
    Ok(tokens)
}

/// A block whose end has not come yet.
struct Opened {
    name: String,
    text: String,
    at: usize,
}

/// Opens or closes a block, when the expression does so.
fn follow_block(expression: &str, at: usize, open: &mut Vec<Opened>) -> Result<(), String> {
    let inside = expression.trim_matches(['{', '}', '~', ' ']);
    let first_word = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default();
        word.to_owned()
    };
    if let Some(rest) = inside.strip_prefix('/') {
        let name = first_word(rest);
        return match open.pop() {
            Some(block) if block.name == name => Ok(()),
            Some(block) => Err(format!("closes `{name}` where `{}` is open", block.name)),
            None => Err(format!("closes `{name}`, which is not open")),
        };
    }
    let block = inside
        .strip_prefix('#')
        .or_else(|| inside.strip_prefix('^'));
    if let Some(rest) = block.filter(|rest| !rest.is_empty()) {
        open.push(Opened {
            name: first_word(rest),
            text: expression.to_owned(),
            at,
        });
    }
    Ok(())
}

impl Tokens {
    /// Each `${NAME}` of the template: its placeholder in the text, and its name.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names
            .iter()
            .map(|(place, name)| (place.as_str(), name.as_str()))
    }

    /// Turns a place in the Handlebars source into one in the author's text.
    pub(super) fn place(&self, line: usize, column: usize) -> (usize, usize) {
        if line == 0 {
            return (0, 0);
        }
        let line_start: usize = self
            .text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        let in_line: usize = self
            .text
            .get(line_start..)
            .unwrap_or_default()
            .chars()
            .take(column.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        let offset = line_start + in_line;
        let source_offset = self
            .origins
            .iter()
            .rev()
            .find(|(in_text, _)| *in_text <= offset)
            .map_or(0, |(in_text, in_source)| in_source + (offset - in_text));
        place_in(&self.source, source_offset)
    }

    /// Where the first expression stands that holds this word.
    pub(super) fn place_of(&self, word: &str) -> (usize, usize) {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        let found = self.source.match_indices(word).find(|(at, _)| {
            let (before, rest) = self.source.split_at_checked(*at).unwrap_or_default();
            let after = rest.get(word.len()..).unwrap_or_default();
            let whole = !before.ends_with(is_letter) && !after.starts_with(is_letter);
            let opened = before
                .rfind("{{")
                .is_some_and(|open| !before.get(open..).unwrap_or_default().contains("}}"));
            whole && opened
        });
        found.map_or((0, 0), |(at, _)| place_in(&self.source, at))
    }

    /// Notes the place of what comes next.
    fn read_up_to(&mut self, source: &str, at: usize) {
        let (from, place) = self.reading;
        let passed = source.get(from..at).unwrap_or_default();
        self.reading = (at, passed.chars().fold(place, behind));
    }

    /// Marks a place, where places are kept.
    fn push_place(&mut self, place: Place) {
        if self.tracking == Tracking::Tracked
            && let Some(mark) = place_mark(self.places.len())
        {
            self.text.push(mark);
            self.places.push(place);
        }
    }

    /// Text that means itself.
    fn push_plain(&mut self, text: &str) {
        let (_, mut place) = self.reading;
        let mut is_marked = false;
        for c in text.chars() {
            // Not in front of blanks: a block alone on its line takes the line away.
            if !is_marked && !c.is_whitespace() {
                self.push_place(place);
                is_marked = true;
            }
            is_marked &= c != '\n';
            place = behind(place, c);
            self.text.push(match c {
                '{' => BRACE,
                '\\' => BACKSLASH,
                c => c,
            });
        }
    }

    fn push_expression(&mut self, expression: &str) {
        let inside = expression.trim_start_matches(['{', ' ']);
        let is_value =
            !inside.starts_with(['#', '/', '^', '!', '~']) && !inside.starts_with("else");
        if is_value {
            self.push_place(self.reading.1);
            if self.tracking == Tracking::Tracked
                && inside.trim_start_matches('&').starts_with("json ")
            {
                self.text.push(WHOLE_JSON);
            }
        }
        let open = expression.trim_start_matches('{');
        let is_triple = expression.starts_with("{{{");
        let is_ampersand = open.trim_start_matches('~').starts_with('&');
        if !is_triple && !is_ampersand {
            self.text.push_str(expression);
            return;
        }
        let inside = expression.trim_matches(['{', '}', '~', '&', ' ']);
        self.text.push_str("{{");
        self.text.push_str(inside);
        self.text.push_str("}}");
        let [expression, inside] = [expression, inside].map(|it| super::one_line(it, 100));
        self.warnings.push(format!(
            "the template's `{expression}` is read as `{{{{{inside}}}}}`: values never become markup"
        ));
    }

    fn push_variable(&mut self, name: &str) {
        self.push_place(self.reading.1);
        let known = self.names.iter().find(|(_, known)| known == name);
        let place = match known {
            Some((place, _)) => place.clone(),
            None => {
                let place = placeholder(self.names.len());
                self.names.push((place.clone(), name.to_owned()));
                place
            }
        };
        self.text.push_str(&place);
    }
}

/// The place behind a character.
const fn behind((line, column): Place, c: char) -> Place {
    match c {
        '\n' => (line + 1, 1),
        _ => (line, column + 1),
    }
}

/// Characters that a template may not hold because this room uses them: the private-use areas,
/// of the basic plane for marks, of plane 15 for the placeholders of variables, of plane 16 for
/// places.
fn is_reserved(c: char) -> bool {
    crate::model::marks::is_mark(c) || matches!(c, '\u{f0000}'..='\u{10ffff}')
}

/// Stands for a brace of plain text.
const BRACE: char = '\u{ffff0}';

/// Stands for a backslash of plain text.
const BACKSLASH: char = '\u{ffff1}';

/// Puts the braces and backslashes of plain text back, after rendering.
pub(super) fn plain_restored(text: &str) -> String {
    text.replace(BRACE, "{").replace(BACKSLASH, "\\")
}

/// What [`plain_restored`] makes of it, with a mark without a value for each variable; in one pass,
/// however many variables there are.
pub(super) fn outlined(text: &str) -> String {
    let restored = |c| match c {
        BRACE => '{',
        BACKSLASH => '\\',
        // The first placeholder, and the last.
        '\u{f0000}'..='\u{f03e8}' => NOTHING,
        c => c,
    };
    text.chars().map(restored).collect()
}

/// The placeholder of the variable at this position; there are at most 1,000.
fn placeholder(at: usize) -> String {
    u32::try_from(at)
        .ok()
        .and_then(|at| char::from_u32(0xf_0000 + at))
        .map(String::from)
        .unwrap_or_default()
}

/// The name in a `${NAME}` at the start of `text`: letters, digits, `_` and dots, a letter or `_`
/// first; at most 256 bytes.
fn variable_name(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("${")?;
    let (name, _) = inside.split_once('}')?;
    let mut chars = name.chars();
    let first = chars.next()?;
    let is_name = (first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '.')
        && name.len() <= 256;
    is_name.then_some(name)
}

/// How much of `text` is certainly neither kind of placeholder.
fn plain_length(text: &str) -> usize {
    let mut chars = text.char_indices();
    chars.next();
    chars
        .find(|(_, c)| matches!(c, '{' | '$' | '\\'))
        .map_or(text.len(), |(at, _)| at)
}

/// Where the expression that begins at `from` ends, behind its closing braces.
fn expression_end(text: &str, from: usize) -> Option<usize> {
    let opening = text.get(from..)?;
    let (open, close) = match opening {
        it if it.starts_with("{{!--") => ("{{!--", "--}}"),
        it if it.starts_with("{{~!--") => ("{{~!--", "--}}"),
        it if it.starts_with("{{{") => ("{{{", "}}}"),
        _ => ("{{", "}}"),
    };
    let inside = opening.get(open.len()..)?;
    let is_comment = inside.trim_start_matches('~').starts_with('!') || open.contains('!');
    let end = match is_comment {
        true => inside.find(close),
        false => unquoted(inside, close).or_else(|| inside.find(close)),
    };
    end.map(|at| from + open.len() + at + close.len())
}

/// Where `wanted` stands in `text` outside of quoted strings.
fn unquoted(text: &str, wanted: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) => {
                if c == open && !is_escaped {
                    quote = None;
                }
                is_escaped = c == '\\' && !is_escaped;
            }
            None if text.get(at..).is_some_and(|rest| rest.starts_with(wanted)) => return Some(at),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
    }
    None
}

fn unavailable(expression: &str) -> Option<String> {
    let inside = expression.trim_start_matches(['{', '~']).trim_start();
    let go_name = inside
        .strip_prefix('.')
        .filter(|rest| rest.starts_with(char::is_alphabetic));
    if inside.starts_with('>') || inside.starts_with("#>") {
        Some("includes another template, which is not available".to_owned())
    } else if inside.starts_with('*') || inside.starts_with("#*") {
        Some("uses a decorator, which is not available".to_owned())
    } else {
        go_name.map(|rest| {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_'))
                .collect();
            let fact = name.to_lowercase();
            format!("holds a Go template's `.{name}`; write `{{{{{fact}}}}}`")
        })
    }
}

fn parenthesis_depth(expression: &str) -> usize {
    let mut depth: usize = 0;
    let mut deepest = 0;
    for c in expression.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn head(text: &str, length: usize) -> &str {
    text.get(..length).unwrap_or(text)
}

fn fault_at(source: &str, offset: usize, wrong: &str) -> TemplateFault {
    TemplateFault::new(place_in(source, offset), wrong)
}

/// Line and column, from 1, of a byte offset.
fn place_in(source: &str, offset: usize) -> (usize, usize) {
    let before = crate::model::text::head_bytes(source, offset);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(1, |last| last.chars().count() + 1);
    (line, column)
}
