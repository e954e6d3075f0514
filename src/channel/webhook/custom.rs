//! The author's own body: every value escaped for the place it stands in, by content type (rules
//! I-10 and I-11).

use super::html;
use super::json::{self, Wrong};
use crate::input::{FromInput, Kind, Reason};
use crate::model::marks::{Marked, Symbol};
use crate::template::{Compiled, Known, compile_body};

/// What is sent when nobody says otherwise.
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// A content type, and what it means for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContentType {
    /// As it is sent.
    pub(super) written: String,
    /// How values are written.
    pub(super) form: Form,
}

/// How values are written in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON.
    Json,
    /// `a=1&b=2`, percent-encoded.
    Fields,
    /// XML.
    Markup,
    /// HTML.
    Html,
    /// Text without escapes.
    Plain,
    /// Something else, which gets its values as they are.
    Unknown,
}

impl Default for ContentType {
    fn default() -> Self {
        Self {
            written: JSON.to_owned(),
            form: Form::Json,
        }
    }
}

impl FromInput for ContentType {
    const KIND: Kind = Kind::Text;

    fn from_input(text: &str) -> Result<Self, Reason> {
        const FIX: &str = "Write it as in `application/json`, `application/x-www-form-urlencoded`, `application/xml` or `text/plain`.";
        let written = text.trim();
        let mut parts = written.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_token = |word: &str| {
            let is_letter =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&byte);
            !word.is_empty() && word.bytes().all(is_letter)
        };
        let printable = written.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let Some((kind, subtype)) = essence.split_once('/').filter(|_| printable) else {
            return Err(Reason::new("not a content type", FIX));
        };
        if !is_token(kind) || !is_token(subtype) {
            return Err(Reason::new("not a content type", FIX));
        }
        if kind == "multipart" {
            return Err(Reason::new(
                "made of parts, which no template can part safely",
                FIX,
            ));
        }
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            if name.trim().eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
                return Err(Reason::new(
                    "of another charset than UTF-8, which is what is sent",
                    "Write `charset=utf-8`, or leave it out.",
                ));
            }
        }
        let is = |name: &str| {
            let suffix = format!("+{name}");
            subtype == name || subtype.ends_with(&suffix)
        };
        let form = if is("json") {
            Form::Json
        } else if is("xml") {
            Form::Markup
        } else if essence == "text/html" {
            Form::Html
        } else if essence == "application/x-www-form-urlencoded" {
            Form::Fields
        } else if essence == "text/plain" {
            Form::Plain
        } else {
            Form::Unknown
        };
        Ok(Self {
            written: written.to_owned(),
            form,
        })
    }
}

/// A template of a body that was read and found sound.
#[derive(Debug, Clone)]
pub(super) struct Body(pub(super) Compiled);

impl FromInput for Body {
    const KIND: Kind = Kind::Body;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let source = crate::input::Template::from_input(text)?.0;
        compile_body(&source).map(Self).map_err(|fault| {
            Reason::new(
                fault.to_string(),
                "See docs/templates.md for what a template can hold.",
            )
        })
    }
}

/// What is wrong with a template before there is a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// Nothing.
    Passed,
    /// It is no such body for some runs.
    Sometimes(Wrong, &'static str),
    /// It is no such body whatever the values are.
    Never(Wrong),
}

impl Body {
    /// Renders without any run, to see whether a body of this form can come of it.
    pub(super) fn trial(&self, form: Form) -> Trial {
        let tries = [
            (Known::Everything(2), "when all it asks for is known"),
            (Known::Everything(1), "when each list has one item"),
            (Known::Nothing, "when nothing it asks for is known"),
        ];
        let wrong = tries.into_iter().find_map(|(known, when)| {
            let filled = filled(&self.0.outline(known), form);
            filled.err().map(|wrong| (wrong, when))
        });
        match wrong {
            None => Trial::Passed,
            Some((wrong, when)) => {
                match self.0.has_outline(|outline| filled(outline, form).is_ok()) {
                    true => Trial::Sometimes(wrong, when),
                    false => Trial::Never(wrong),
                }
            }
        }
    }
}

/// The body with every value in its place.
///
/// # Errors
/// What is wrong, and where in the author's text.
pub(super) fn filled(marked: &Marked, form: Form) -> Result<String, Wrong> {
    match form {
        Form::Json => json::filled(marked),
        Form::Fields => fields(marked),
        Form::Markup => markup(marked),
        Form::Html => html::filled(marked),
        Form::Plain | Form::Unknown => Ok(plain(marked)),
    }
}

fn plain(marked: &Marked) -> String {
    let mut text = String::with_capacity(marked.text.len());
    for (_, symbol) in marked.symbols() {
        match symbol {
            Symbol::Char(c) => text.push(c),
            Symbol::Value(value) | Symbol::Json(value) => text.push_str(value),
        }
    }
    text
}

/// Values are percent-encoded, and so is what the author wrote and no form holds: blanks, and
/// letters beyond ASCII. Line ends and the blanks around them are for the eye and go.
fn fields(marked: &Marked) -> Result<String, Wrong> {
    let mut text = String::with_capacity(marked.text.len());
    let mut blanks = 0;
    let mut is_key = true;
    let mut behind_line_end = true;
    for (place, symbol) in marked.symbols() {
        match symbol {
            Symbol::Char('\n' | '\r') => {
                blanks = 0;
                behind_line_end = true;
                continue;
            }
            Symbol::Char(' ' | '\t') => {
                blanks += usize::from(!behind_line_end);
                continue;
            }
            _ => {}
        }
        text.extend(std::iter::repeat_n('+', blanks));
        (blanks, behind_line_end) = (0, false);
        match symbol {
            Symbol::Char(c) => {
                is_key = c == '&' || (is_key && c != '=');
                match c.is_ascii_graphic() {
                    true => text.push(c),
                    false => text.extend(encoded(c.encode_utf8(&mut [0; 4]))),
                }
            }
            Symbol::Value(_) | Symbol::Json(_) if is_key => {
                return Err(Wrong {
                    what: json::KEY_OF_VALUE.to_owned(),
                    place,
                });
            }
            Symbol::Value(value) | Symbol::Json(value) => text.extend(encoded(value)),
        }
    }
    Ok(text)
}

fn encoded(text: &str) -> impl Iterator<Item = &str> {
    url::form_urlencoded::byte_serialize(text.as_bytes())
}

/// Where in XML a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    Tag,
    /// An attribute's value in these quotation marks.
    Quoted(char),
    /// `<![CDATA[`, where nothing is escaped.
    Verbatim,
    /// A comment, a declaration or an instruction, by its end.
    Aside(&'static str),
}

/// Values are escaped; they may stand in texts, in attributes and in CDATA, and nowhere else.
fn markup(marked: &Marked) -> Result<String, Wrong> {
    let mut text = String::with_capacity(marked.text.len());
    let mut part = Part::Text;
    let mut end = (1, 1);
    for (place, symbol) in marked.symbols() {
        end = place;
        match symbol {
            Symbol::Char(c) => {
                text.push(c);
                part = part_behind(part, c, &text);
            }
            Symbol::Value(value) | Symbol::Json(value) => match part {
                Part::Text => text.push_str(&markup_escaped(value, Stands::InText)),
                Part::Quoted(_) => text.push_str(&markup_escaped(value, Stands::InAttribute)),
                Part::Verbatim => {
                    // What stands before must not meet what stands behind, should this be empty.
                    if text.ends_with(']') {
                        text.push_str("]]><![CDATA[");
                    }
                    text.push_str(&verbatim(value));
                }
                Part::Tag | Part::Aside(_) => {
                    let what = match part {
                        Part::Tag => "has a value inside a tag and outside quotation marks",
                        _ => "has a value inside a comment or declaration",
                    };
                    return Err(Wrong {
                        what: what.to_owned(),
                        place,
                    });
                }
            },
        }
    }
    match part {
        Part::Text => Ok(text),
        _ => Err(Wrong {
            what: "ends inside a tag".to_owned(),
            place: end,
        }),
    }
}

/// Where the next character stands; `text` ends in `c`.
fn part_behind(part: Part, c: char, text: &str) -> Part {
    match part {
        Part::Text if c == '<' => Part::Tag,
        Part::Tag if text.ends_with("<!--") => Part::Aside("-->"),
        Part::Tag if text.ends_with("<![CDATA[") => Part::Verbatim,
        Part::Tag if text.ends_with("<?") => Part::Aside("?>"),
        Part::Tag if c == '>' => Part::Text,
        Part::Tag if matches!(c, '"' | '\'') => Part::Quoted(c),
        Part::Quoted(quote) if c == quote => Part::Tag,
        Part::Verbatim if text.ends_with("]]>") => Part::Text,
        Part::Aside(end) if text.ends_with(end) => Part::Text,
        part => part,
    }
}

/// A value between `<![CDATA[` and `]]>`: no character of its own can be part of the end, whatever
/// stands before and behind it.
fn verbatim(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            ']' => written.push_str("]]]><![CDATA["),
            '>' => written.push_str("]]><![CDATA[>"),
            '\u{fffe}' | '\u{ffff}' => written.push('\u{fffd}'),
            c => written.push(c),
        }
    }
    written
}

/// Where a value of markup stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    InText,
    InAttribute,
}

pub(super) fn markup_escaped(value: &str, stands: Stands) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // A reader would make blanks of them.
            '\n' | '\t' if stands == Stands::InAttribute => {
                escaped.push_str(&format!("&#{};", u32::from(c)))
            }
            // No XML can hold these two.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::model::marks::Marks;

    /// The template's text with this value wherever it has `·`.
    fn marked(template: &str, value: &str) -> Marked {
        let mut marks = Marks::default();
        let mark = marks.mark(value).unwrap();
        Marked {
            text: template.replace('·', &mark.to_string()),
            marks,
            places: Vec::new(),
        }
    }

    #[track_caller]
    fn check(form: Form, template: &str, value: &str, expected: &str) {
        let text = filled(&marked(template, value), form).unwrap();
        assert_eq!(text, expected, "{template} {value}");
    }

    #[test]
    fn fields_of_a_form_are_percent_encoded() {
        check(Form::Fields, "a=·&b=1", "x&c=2 é", "a=x%26c%3D2+%C3%A9&b=1");
        check(Form::Fields, "a=构 · x", "y", "a=%E6%9E%84+y+x");
        check(
            Form::Fields,
            " a=1 &\n  b=·\n  &c=%20+ \n",
            "2",
            "a=1+&b=2&c=%20+",
        );
        check(Form::Fields, "a==·", "1", "a==1");
    }

    #[test]
    fn markup_is_escaped_where_values_may_stand() {
        check(
            Form::Markup,
            "<a b='·' c=\"·\">·</a>",
            "<&\"'>\n",
            "<a b='&lt;&amp;&quot;&#39;&gt;&#10;' c=\"&lt;&amp;&quot;&#39;&gt;&#10;\">&lt;&amp;&quot;&#39;&gt;\n</a>",
        );
        check(
            Form::Markup,
            "<!-- a > b --><?x y?>·",
            "<",
            "<!-- a > b --><?x y?>&lt;",
        );
        check(
            Form::Markup,
            "<a><![CDATA[<b>·>]]></a>",
            "x]]",
            "<a><![CDATA[<b>x]]]><![CDATA[]]]><![CDATA[>]]></a>",
        );
    }

    #[test]
    fn plain_text_is_as_it_is() {
        check(Form::Plain, "a · \\ \"", "<\"&%\n", "a <\"&%\n \\ \"");
    }

    #[test]
    fn structure_never_comes_from_a_value() {
        for (form, template, what) in [
            (Form::Fields, "·=1", "a key of a value"),
            (Form::Fields, "a=1&b·=1", "a key of a value"),
            (Form::Fields, "·", "a key of a value"),
            (Form::Markup, "<·>", "inside a tag"),
            (Form::Markup, "<a ·>", "inside a tag"),
            (Form::Markup, "<a b=·>", "inside a tag"),
            (Form::Markup, "<a></·>", "inside a tag"),
            (Form::Markup, "<!-- · -->", "inside a comment"),
            (Form::Markup, "<?x ·?>", "inside a comment"),
            (Form::Markup, "<!DOCTYPE ·>", "inside a tag"),
            (Form::Markup, "<a", "ends inside a tag"),
            (Form::Markup, "<a b='·", "ends inside a tag"),
        ] {
            let wrong = filled(&marked(template, "x"), form).unwrap_err();
            assert!(wrong.what.contains(what), "{template}: {wrong:?}");
        }
    }

    #[test]
    fn content_types_say_how_values_are_written() {
        for (text, form) in [
            ("application/json", Form::Json),
            (" Application/JSON; charset=UTF-8 ", Form::Json),
            ("application/vnd.api+json", Form::Json),
            ("text/xml; charset=\"utf-8\"", Form::Markup),
            ("application/soap+xml; action=\"x\"", Form::Markup),
            ("text/html; charset=utf-8", Form::Html),
            ("application/x-www-form-urlencoded", Form::Fields),
            ("text/plain", Form::Plain),
            ("application/yaml", Form::Unknown),
            ("application/x-ndjson", Form::Unknown),
        ] {
            assert_eq!(ContentType::from_input(text).unwrap().form, form, "{text}");
        }
        for (text, wrong) in [
            ("json", "not a content type"),
            ("application/", "not a content type"),
            ("application/json\r\nX: y", "not a content type"),
            ("application/jsön", "not a content type"),
            ("multipart/form-data", "made of parts"),
            ("text/plain; charset=gbk", "another charset"),
        ] {
            let reason = ContentType::from_input(text).unwrap_err();
            assert!(reason.wrong.contains(wrong), "{text}: {reason:?}");
        }
    }

    #[track_caller]
    fn check_trial(template: &str, form: Form, expected: &str) {
        let trial = Body::from_input(template).unwrap().trial(form);
        let shown = match &trial {
            Trial::Passed => "passed".to_owned(),
            Trial::Sometimes(wrong, when) => format!("{when}: {wrong:?}"),
            Trial::Never(wrong) => format!("never: {wrong:?}"),
        };
        assert!(shown.contains(expected), "{template}: {shown}");
    }

    #[test]
    fn a_template_is_tried_before_there_is_a_run() {
        let all = "when all it asks for is known";
        check_trial(
            r#"{"a": {{run.number}}, "b": "${X}"}"#,
            Form::Json,
            "passed",
        );
        check_trial(
            "{\n  \"a\": {{json failed.steps}},\n}",
            Form::Json,
            "place: (3, 1)",
        );
        check_trial("{\n  \"a\": {{branch}} x,\n}", Form::Json, "place: (2, 19)");
        check_trial("{\"{{branch}}\": 1}", Form::Json, "never");
        check_trial(
            r#"{"a": [{{#each failed.steps}}"{{this}}",{{/each}}]}"#,
            Form::Json,
            all,
        );
        check_trial(
            r#"{"a": [{{#each failed.steps}}"{{this}}"{{#unless @last}},{{/unless}}{{/each}}]}"#,
            Form::Json,
            "passed",
        );
        check_trial(
            r#"{"a": 1{{#if tag}}, "tag": "{{tag}}"{{/if}}}"#,
            Form::Json,
            "passed",
        );
        check_trial(
            r#"{"a": {{#if tag}}1{{/if}} }"#,
            Form::Json,
            "when nothing it asks for",
        );
        // One of the two is always known, which nobody can see from here.
        check_trial(
            r#"{{#if tag}}{"t": 1}{{/if}}{{#if branch}}{"b": 1}{{/if}}"#,
            Form::Json,
            all,
        );
        check_trial("{{#if tag}}a={{tag}}{{/if}}", Form::Fields, "passed");
        check_trial("<a b={{tag}}/>", Form::Markup, "never");
        check_trial(
            "<p>{{tag}}</p><script>{{tag}}</script>",
            Form::Html,
            "place: (1, 23)",
        );
        check_trial("anything {{tag}} {", Form::Plain, "passed");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// The reader of forms finds the author's keys, and the value behind each.
        #[test]
        fn a_form_reads_back(value in any::<String>()) {
            let text = filled(&marked("a=·&b=x·y", &value), Form::Fields).unwrap();
            let pairs: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            let expected = [
                ("a".to_owned(), value.clone()),
                ("b".to_owned(), format!("x{value}y")),
            ];
            prop_assert_eq!(pairs, expected);
        }

        /// A parser of XML finds the author's elements, and the value in each place.
        #[test]
        fn markup_reads_back(raw in "[a-z<>&\"'\\]\\[!?/ \n\t-]{0,12}|\\PC{0,12}") {
            let value = crate::model::text::clean(&raw);
            let template = "<r a=\"·\" b='·'><t>·</t><c><![CDATA[]]·>]]]></c></r>";
            let text = filled(&marked(template, &value), Form::Markup).unwrap();
            let document = roxmltree::Document::parse(&text);
            prop_assert!(document.is_ok(), "{:?} {}", document, text);
            let document = document.unwrap();
            let root = document.root_element();
            prop_assert_eq!(root.attributes().len(), 2);
            prop_assert_eq!(root.attribute("a"), Some(value.as_str()));
            prop_assert_eq!(root.attribute("b"), Some(value.as_str()));
            let texts: Vec<String> = root
                .children()
                .map(|child| child.children().filter_map(|it| it.text()).collect())
                .collect();
            prop_assert_eq!(texts, [value.clone(), format!("]]{value}>]")]);
        }
    }
}
