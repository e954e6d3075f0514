//! Templates: Handlebars `{{...}}` and `${NAME}`, recognised in one pass over the template's own
//! text. A value is never read again, by either syntax: it travels as a mark.

mod check;
mod helpers;
mod names;
mod outline;
mod scope;
mod tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use handlebars::{Handlebars, JsonRender, RenderErrorReason};
use serde_json::Value;

pub use helpers::{HELPERS, HelperSpec};
pub use names::{ALIASES, Parameters, Variables};
pub use outline::Known;

use crate::model::marks::{Marked, Marks, NOTHING};
use crate::model::text::{clean, head_chars};
use tokens::{Tokens, Tracking};

/// Most bytes that a rendered template may have, values filled in (rule R-3).
const OUTPUT_LIMIT_BYTES: usize = 256 * 1024;

/// A fault in a template, with its place in the text the author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// Line, from 1; 0 when the place is not known.
    pub line: usize,
    /// Column in characters, from 1; 0 when the place is not known.
    pub column: usize,
    /// What is wrong, as the end of a sentence.
    pub wrong: String,
}

impl TemplateFault {
    /// What is quoted from a template can have any length and line ends of its own.
    fn new((line, column): (usize, usize), wrong: &str) -> Self {
        Self {
            line,
            column,
            wrong: one_line(wrong, 400),
        }
    }
}

impl std::fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.wrong)?;
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

/// A template that was read and found sound.
#[derive(Debug, Clone)]
pub struct Compiled {
    tokens: Tokens,
    template: handlebars::Template,
}

/// A rendered template: text in which marks stand for values.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The text, and the values.
    pub marked: Marked,
    /// Names that nobody knows, and other remarks.
    pub warnings: Vec<String>,
}

/// Reads a template.
///
/// # Errors
/// A [`TemplateFault`] with line and column when it is not well formed, nests deeper than 32
/// levels, has more than 1,000 placeholders, uses partials or decorators, names a helper that does
/// not exist or lacks parameters, or asks a list for something by name.
pub fn compile(source: &str) -> Result<Compiled, TemplateFault> {
    compile_tracking(source, Tracking::Untracked)
}

/// Reads the template of a body that is no Markdown: once it is rendered, each part of it knows
/// its place in `source`, and what `json` wrote is known as such.
///
/// # Errors
/// As [`compile`].
pub fn compile_body(source: &str) -> Result<Compiled, TemplateFault> {
    compile_tracking(source, Tracking::Tracked)
}

fn compile_tracking(source: &str, tracking: Tracking) -> Result<Compiled, TemplateFault> {
    let tokens = tokens::read(source, tracking)?;
    let template = handlebars::Template::compile(&tokens.text).map_err(|fault| {
        let (line, column) = fault.pos().unwrap_or_default();
        let wrong = one_line(&fault.reason().to_string(), 200);
        TemplateFault::new(
            tokens.place(line, column),
            &format!("is not well formed: {wrong}"),
        )
    })?;
    let misuse = check::misuse(&template).or_else(|| scope::misuse(&template));
    if let Some(misuse) = misuse {
        let place = tokens.place_of(&misuse.name);
        return Err(TemplateFault::new(place, &misuse.wrong));
    }
    Ok(Compiled { tokens, template })
}

impl Compiled {
    /// Renders with `facts` for `{{...}}` and `variables` for `${NAME}`; `marks` holds the
    /// addresses that may become links.
    ///
    /// # Errors
    /// A [`TemplateFault`] when a helper is used wrongly or the output grows over its limit.
    pub fn render(
        &self,
        facts: &Value,
        variables: &Variables<'_>,
        marks: Marks,
    ) -> Result<Rendered, TemplateFault> {
        let mut warnings = self.tokens.warnings.clone();
        let marks = Arc::new(Mutex::new(marks));
        let mut registry = Handlebars::new();
        helpers::register(&mut registry);
        // In a body something stands there, be it nothing.
        let in_its_place = match self.tokens.tracking {
            Tracking::Untracked => String::new(),
            Tracking::Tracked => NOTHING.to_string(),
        };
        helpers::replace_missing_names(&mut registry, in_its_place);
        let misnamed = scope::warnings(&self.template, facts);
        let lists = list_spellings(facts);
        let facts = told_apart(facts, &lists);
        registry.register_escape_fn({
            let marks = Arc::clone(&marks);
            move |value| mark(&marks, lists.get(value).map_or(value, String::as_str))
        });
        registry.register_template("message", self.template.clone());

        let mut output = Output::default();
        registry
            .render_to_write("message", &facts, &mut output)
            .map_err(|fault| self.render_fault(&fault))?;
        let text = String::from_utf8(output.bytes).unwrap_or_default();
        let mut text = tokens::plain_restored(&text);
        for (place, name) in self.tokens.variables() {
            let value = variables.get(name).unwrap_or_else(|remark| {
                warnings.push(remark);
                String::new()
            });
            // As facts are: blanks around a value would act on the line they end up in.
            text = text.replace(place, &mark(&marks, clean(&value).trim()));
        }
        warnings.extend(misnamed);
        drop(registry);
        let marks = marks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if marks.filled_length(&text) > OUTPUT_LIMIT_BYTES {
            return Err(too_long());
        }
        Ok(Rendered {
            marked: Marked {
                text,
                marks,
                places: self.tokens.places.clone(),
            },
            warnings,
        })
    }

    fn render_fault(&self, fault: &handlebars::RenderError) -> TemplateFault {
        let place = self.tokens.place(
            fault.line_no.unwrap_or_default(),
            fault.column_no.unwrap_or_default(),
        );
        let wrong = match fault.reason() {
            RenderErrorReason::IOError(_) => return too_long(),
            reason => one_line(&reason.to_string(), 200),
        };
        TemplateFault::new(place, &format!("cannot be rendered: {wrong}"))
    }
}

/// A value becomes a mark, or nothing when all marks are taken.
fn mark(marks: &Mutex<Marks>, value: &str) -> String {
    let mut marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
    marks
        .mark(&clean(value))
        .map(String::from)
        .unwrap_or_default()
}

fn too_long() -> TemplateFault {
    let wrong = format!("renders to more than {OUTPUT_LIMIT_BYTES} bytes");
    TemplateFault::new((0, 0), &wrong)
}

/// How Handlebars spells each list among the facts (`[a, b]`) and each group of them (`[object]`),
/// and how people do: `a, b`, and not at all.
fn list_spellings(facts: &Value) -> BTreeMap<String, String> {
    let mut spellings = BTreeMap::new();
    let mut open = vec![facts];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => {
                let names: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                spellings.insert(value.render(), names.join(", "));
            }
            Value::Object(entries) => {
                // A group of facts is none.
                spellings.insert(value.render(), String::new());
                open.extend(entries.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    spellings
}

/// The facts, in which no text reads like a list or a group: such a text gets an invisible character behind
/// it, which is taken off again when it becomes a value.
fn told_apart(facts: &Value, lists: &BTreeMap<String, String>) -> Value {
    match facts {
        Value::String(text) if lists.contains_key(text) => format!("{text}\u{200b}").into(),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| (name.clone(), told_apart(value, lists)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The words of others in one line, without a library's drawings.
fn one_line(text: &str, limit_chars: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    head_chars(&words.join(" "), limit_chars)
}

/// Collects the rendered text and stops at the limit.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
}

impl std::io::Write for Output {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + part.len() > OUTPUT_LIMIT_BYTES {
            return Err(std::io::Error::other("output limit"));
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::environment::Environment;

    fn facts() -> Value {
        json!({
            "pipeline": { "name": "shop" },
            "commit": { "title": "{{webhook}} ${SMTP_PASSWORD} **x**" },
            "failed": { "steps": ["lint", "test"] },
            "run": { "description": "[lint, test]" },
            "stage": "[object]",
            "percent": "%",
            "status": "failure",
            "timezone": "Asia/Shanghai",
        })
    }

    fn render(source: &str) -> Result<(String, Vec<String>), String> {
        let environment = Environment::from([
            ("CI_COMMIT_TITLE", "from {{env}}"),
            ("SMTP_PASSWORD", "hunter2-hunter2"),
            ("COMMIT_AUTHOR", "Ann"),
            ("BIG", &"x".repeat(60_000)),
        ]);
        let variables = Variables::new(&environment, &[], BTreeMap::new());
        let compiled = compile(source).map_err(|fault| fault.to_string())?;
        let rendered = compiled
            .render(&facts(), &variables, Marks::default())
            .map_err(|fault| fault.to_string())?;
        let marked = rendered.marked;
        Ok((marked.marks.filled(&marked.text), rendered.warnings))
    }

    #[track_caller]
    fn check(source: &str, expected: &str) {
        assert_eq!(render(source).unwrap().0, expected, "{source}");
    }

    #[test]
    fn both_syntaxes_fill_in() {
        check(
            "{{pipeline.name}}: ${CI_COMMIT_TITLE}",
            "shop: from {{env}}",
        );
        check("{{#each failed.steps}}[{{this}}]{{/each}}", "[lint][test]");
        check(
            "{{#if (eq status \"failure\")}}bad{{else}}good{{/if}}",
            "bad",
        );
        check("{{failed.steps}}", "lint, test");
        check("{{run.description}}", "[lint, test]");
        check("{{failed}}{{upper commit}}{{this}}", "");
        check("{{stage}}", "[object]");
        check("\\{{not}} $NAME ${} ${1x} $", "{{not}} $NAME ${} ${1x} $");
    }

    #[test]
    fn backslashes_and_braces_of_plain_text_are_kept() {
        check("C:\\\\{{pipeline.name}} a\\b \\\\", "C:\\\\shop a\\b \\\\");
        check("{a} {{pipeline.name}} } {", "{a} shop } {");
        check("{{default \"\" \"}} {{x\"}} don't", "}} {{x don't");
        check("{{! it's }}{{lower 'A\"}}'}} it's", "a\"}} it's");
        check(
            "\\{{{pipeline.name}}} \\\\\\{{x}}",
            "{{{pipeline.name}}} \\\\{{x}}",
        );
        for source in [
            "\\\\{{> message}}",
            "\\\\{{#*inline \"a\"}}\\\\{{> a}}\\\\{{/inline}}",
        ] {
            assert!(render(source).is_err(), "{source}");
        }
        let (text, warnings) = render("a \\\\{{{commit.title}}}").unwrap();
        assert_eq!(text, "a \\\\{{webhook}} ${SMTP_PASSWORD} **x**");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }

    #[test]
    fn a_value_is_never_read_again() {
        check("{{commit.title}}", "{{webhook}} ${SMTP_PASSWORD} **x**");
        check("{{{commit.title}}}", "{{webhook}} ${SMTP_PASSWORD} **x**");
        check("{{&commit.title}}", "{{webhook}} ${SMTP_PASSWORD} **x**");
    }

    #[test]
    fn helpers_work_on_values() {
        check("{{upper pipeline.name}} {{lower \"ÄB\"}}", "SHOP äb");
        check("{{truncate commit.title 10}}", "{{webhook…");
        check("{{truncate status stage}}", "failure");
        check("{{default actor \"nobody\"}}", "nobody");
        check("{{urlencode \"a b/ü\"}}", "a%20b%2F%C3%BC");
        check("{{json failed.steps}}", "[\"lint\",\"test\"]");
        check("{{duration 200}} {{duration \"soon\"}}", "3m 20s soon");
        check("{{date status}}", "failure");
        check("{{date \"1735026178\" status}}", "failure");
        check(
            "{{date \"1735026178\" run.description}} {{date \"1735026178\" percent}}",
            "[lint, test] 2024-12-24 15:42:58 +08:00",
        );
        check(
            "{{plural 1 \"step\" \"steps\"}} {{plural 2 \"step\" \"steps\"}}",
            "step steps",
        );
        check("{{date \"2024-12-24T07:42:58Z\" \"%H:%M\"}}", "15:42");
        check(
            "{{date \"2024-12-24T07:42:58Z\" \"%H:%M\" zone=\"UTC\"}}",
            "07:42",
        );
    }

    #[test]
    fn secrets_and_unknown_names_are_empty_with_a_warning() {
        for source in ["${SMTP_PASSWORD}", "${NO_SUCH_NAME}", "{{no.such.fact}}"] {
            let (text, warnings) = render(&format!("a{source}b")).unwrap();
            assert_eq!(text, "ab", "{source}");
            assert_eq!(warnings.len(), 1, "{source}: {warnings:?}");
        }
        check("${COMMIT_AUTHOR}", "Ann");
    }

    #[test]
    fn a_name_that_nobody_knows_is_told_of_wherever_it_stands() {
        for (source, expected) in [
            (
                "{{pipelin.name}} {{pipelin.name}}",
                "`{{pipelin.name}}` stays empty: there is no such fact; perhaps `pipeline.name` is meant",
            ),
            (
                "{{#if (eq statsu \"failure\")}}x{{/if}}",
                "`statsu` stays empty: there is no such fact; perhaps `status` is meant",
            ),
            (
                "{{upper comit.title}}",
                "`comit.title` stays empty: there is no such fact; perhaps `commit.title` is meant",
            ),
            ("{{default nope \"x\"}}", "`nope` stays"),
            ("{{truncate nope 3}}", "`nope` stays"),
            ("{{date nope \"%H\"}}", "`nope` stays"),
            ("{{date status zone=timezon}}", "perhaps `timezone` is"),
            ("{{json nope}}", "`nope` stays"),
            ("{{truncate status nope}}", "`nope` stays"),
            ("{{#if nope}}{{/if}}", "`nope` stays"),
            ("{{#unless nope}}{{/unless}}", "`nope` stays"),
            (
                "{{#each nope}}{{this.x}}{{@index}}{{/each}}",
                "`nope` stays",
            ),
            ("{{#with nope}}{{x}}{{/with}}", "`nope` stays"),
            // Where this run does not come by, too.
            (
                "{{#unless status}}{{upper nope}}{{/unless}}",
                "`nope` stays",
            ),
            ("{{#if status}}{{else}}{{nope}}{{/if}}", "`{{nope}}` stays"),
            (
                "{{#if (eq status failure)}}x{{/if}}",
                "`failure` stays empty: there is no such fact; perhaps the text `\"failure\"` is",
            ),
            (
                "{{upper (status)}}",
                "`(status)` stays empty: only a helper",
            ),
            (
                "{{#each failed.steps}}{{status}}{{/each}}",
                "`{{status}}` stays empty: there is no such fact; perhaps `../status` is meant",
            ),
            (
                "{{#with commit}}{{titel}}{{/with}}",
                "perhaps `title` is meant",
            ),
            ("{{#each failed.steps as |s|}}{{s.x}}{{/each}}", "`{{s.x}}`"),
            ("{{#each failed.steps}}{{this.x}}{{/each}}", "`{{this.x}}`"),
            ("{{@index}}", "`{{@index}}` stays"),
            ("{{#each failed.steps}}{{@indx}}{{/each}}", "`{{@indx}}`"),
        ] {
            let (_, warnings) = render(source).unwrap();
            assert_eq!(warnings.len(), 1, "{source}: {warnings:?}");
            assert!(warnings[0].contains(expected), "{source}: {warnings:?}");
        }
    }

    #[test]
    fn names_that_blocks_know_are_no_mistakes() {
        for (source, expected) in [
            (
                "{{#each failed.steps as |s i|}}{{i}}{{s}}{{upper s}}{{../status}}{{/each}}",
                "0lintLINTfailure1testTESTfailure",
            ),
            (
                "{{#each failed.steps}}{{@index}}{{#unless @last}}{{this}},{{/unless}}{{/each}}",
                "0lint,1",
            ),
            (
                "{{#each failed.steps}}{{#if (eq ../status \"failure\")}}{{this}}{{/if}}{{/each}}",
                "linttest",
            ),
            (
                "{{#each failed}}{{@key}}{{#each this}}{{this}}{{/each}}{{/each}}",
                "stepslinttest",
            ),
            (
                "{{#with pipeline as |p|}}{{name}}{{p.name}}{{@root.status}}{{/with}}",
                "shopshopfailure",
            ),
            (
                "{{#with (default status \"x\") as |s|}}{{s}}{{this}}{{/with}}",
                "failurefailure",
            ),
            ("{{failed.steps.0}}{{failed.steps.7}}", "lint"),
            ("{{#if (or status status)}}{{len failed.steps}}{{/if}}", "2"),
            (
                "{{json commit}}",
                "{\"title\":\"{{webhook}} ${SMTP_PASSWORD} **x**\"}",
            ),
        ] {
            let (text, warnings) = render(source).unwrap();
            assert_eq!(text, expected, "{source}");
            assert!(warnings.is_empty(), "{source}: {warnings:?}");
        }
    }

    #[test]
    fn faults_have_a_line_and_a_column() {
        for (source, place) in [
            ("a\n  {{#if x}}", "line 2"),
            ("${CI_COMMIT_TITLE}{{#each", "(line 1, column 19)"),
            ("{{> other}}", "(line 1, column 1)"),
            ("x {{#*inline \"a\"}}{{/inline}}", "(line 1, column 3)"),
            (
                "{{nohelper 1}}",
                "`nohelper`, which is no helper; there are upper,",
            ),
            (
                "a\n{{#if tag}}{{truncate tag}}{{/if}}",
                "gives `truncate` 1 of its 2 parameters",
            ),
            ("{{upper (shout tag)}}", "`shout`"),
            ("{{upper}}", "gives `upper` 0 of its 1"),
            ("{{if tag}}", "uses `if` without a block"),
            ("{{upper (if tag)}}", "uses `if` without a block"),
            ("{{upper tag branch}}", "gives `upper` 2 parameters"),
            ("{{#if tag branch}}x{{/if}}", "gives `if` 2 parameters"),
            ("{{#upper tag}}x{{/upper}}", "opens a block `upper`"),
            ("{{truncate tag \"ten\"}}", "which is no whole number"),
            ("{{truncate tag -1}}", "which is no whole number"),
            (
                "x {{date tag \"%!\"}}",
                "gives `date` the form `%!`, which is none",
            ),
            ("{{date tag \"%H:%\"}}", "the form `%H:%`, which is none"),
            (
                "x {{plural failed.steps.length \"a\" \"b\"}}",
                "asks the list `failed.steps` for `length`; write `(len failed.steps)` for its length, `failed.steps.0` for its first item (line 1, column 12)",
            ),
            (
                "{{#with failed}}{{steps.first}}{{/with}}",
                "the list `steps` for",
            ),
            (
                "{{#success build.status}}x{{/success}}",
                "opens a block `success`",
            ),
            (
                "x\n {{#if tag}}y",
                "has no `{{/if}}` for its `{{#if tag}}` (line 2, column 2)",
            ),
            (
                "{{#if tag}}{{#each x}}{{/if}}{{/each}}",
                "closes `if` where `each` is open",
            ),
            ("{{/if}}", "closes `if`, which is not open"),
            ("{{ .Branch }}", "write `{{branch}}`"),
            ("{{{{raw}}}} {{{{/raw}}}}", "(line 1, column 1)"),
        ] {
            let fault = render(source).unwrap_err();
            assert!(fault.contains(place), "{source}: {fault}");
        }
    }

    #[test]
    fn a_fault_is_one_line_of_sensible_length() {
        for source in [
            "{{#if\n\ntag}}".to_owned(),
            format!("{{{{#if {}}}}}", "x".repeat(5000)),
            format!("{{{{#{}}}}}", "x".repeat(5000)),
            "{{date tag zone=\"a\nb\"}}".to_owned(),
        ] {
            let fault = render(&source).unwrap_err();
            assert!(!fault.contains('\n') && fault.len() < 500, "{fault}");
        }
        let (_, warnings) = render(&format!("{{{{{{{}\n}}}}}}", "x".repeat(5000))).unwrap();
        for warning in warnings {
            assert!(!warning.contains('\n') && warning.len() < 500, "{warning}");
        }
    }

    #[test]
    fn hostile_templates_are_refused() {
        let deep = "{{#if a}}".repeat(40);
        let many = "{{a}}".repeat(1001);
        let parens = format!("{{{{{}a{}}}}}", "(eq ".repeat(60), ")".repeat(60));
        for source in [deep.as_str(), many.as_str(), parens.as_str()] {
            assert!(compile(source).is_err());
        }
        let big = "x".repeat(60_000);
        let source = format!("{{{{#each failed.steps}}}}{big}{big}{big}{{{{/each}}}}");
        assert!(render(&source).unwrap_err().contains("renders to more"));
        let loops = format!(
            "{}{}",
            "{{#each failed.steps}}".repeat(3),
            "{{/each}}".repeat(3)
        );
        assert!(render(&loops).unwrap_err().contains("more than two `each`"));
        let values = "${BIG}".repeat(900);
        assert!(render(&values).unwrap_err().contains("renders to more"));
    }
}
