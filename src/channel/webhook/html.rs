//! HTML bodies: values stand in texts and in quoted attributes, never where a browser would run
//! or follow what they say (rules I-7 and I-11).

use super::custom::{Stands, markup_escaped};
use super::json::Wrong;
use crate::model::marks::{Marked, Place, Symbol};

/// The body with every value in its place. A value that begins an address and is none of http,
/// https or mailto becomes `#`.
///
/// # Errors
/// What is wrong, and where in the author's text.
pub(super) fn filled(marked: &Marked) -> Result<String, Wrong> {
    let mut page = Page::default();
    let mut end = (1, 1);
    for (place, symbol) in marked.symbols() {
        end = place;
        match symbol {
            Symbol::Char(c) => page.char(c, place)?,
            Symbol::Value(value) | Symbol::Json(value) => page.value(value, place)?,
        }
    }
    match (page.part, page.raw.as_str()) {
        (Part::Text, "") => Ok(page.text),
        (Part::Text, raw) => fault(&format!("ends inside `<{raw}>`"), end),
        _ => fault("ends inside a tag", end),
    }
}

fn fault<T>(what: &str, place: Place) -> Result<T, Wrong> {
    Err(Wrong {
        what: what.to_owned(),
        place,
    })
}

/// Elements whose texts hold no tags.
const RAW: &[&str] = &[
    "script",
    "style",
    "title",
    "textarea",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
];

/// Those of them whose texts are read as other texts are.
const RAW_TEXTS: &[&str] = &["title", "textarea"];

/// Elements that load, run or lead elsewhere by their attributes.
const ACTIVE: &[&str] = &[
    "script", "style", "link", "base", "meta", "object", "embed", "iframe", "frame", "animate",
    "set",
];

/// Attributes that hold an address.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "xlink:href",
    "action",
    "formaction",
    "background",
    "cite",
    "data",
    "longdesc",
    "ping",
    "poster",
    "srcset",
];

/// Where in a page the next character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Text,
    /// Behind `<`.
    Open,
    /// Behind `</`.
    OpenEnd,
    /// Behind `<!`, and `<!-`.
    OpenAside,
    /// In the name of a tag.
    Name,
    /// In a tag, where an attribute may begin.
    Inside,
    /// In the name of an attribute.
    Attribute,
    /// Behind the name of an attribute and a blank.
    BehindAttribute,
    /// Behind `=`.
    BeforeValue,
    /// In a value without quotation marks.
    Bare,
    /// In a value in these quotation marks.
    Quoted(char),
    /// In a comment, by its end.
    Comment(&'static str),
}

#[derive(Default)]
struct Page {
    text: String,
    part: Part,
    /// The element whose text this is, if it holds no tags.
    raw: String,
    element: String,
    attribute: String,
    /// Where in `text` the value of the attribute began.
    start: usize,
}

impl Page {
    fn char(&mut self, c: char, place: Place) -> Result<(), Wrong> {
        let blank = c.is_ascii_whitespace();
        self.text.push(c);
        self.part = match self.part {
            Part::Text if !self.raw.is_empty() => return self.raw_char(c, place),
            Part::Text if c == '<' => Part::Open,
            Part::Text => Part::Text,
            Part::Open | Part::OpenEnd if c.is_ascii_alphabetic() => {
                self.element.clear();
                if self.part == Part::OpenEnd {
                    self.element.push('/');
                }
                self.element.push(c.to_ascii_lowercase());
                Part::Name
            }
            Part::Open => match c {
                '/' => Part::OpenEnd,
                '!' => Part::OpenAside,
                '?' => Part::Comment(">"),
                '<' => Part::Open,
                _ => Part::Text,
            },
            Part::OpenAside if self.text.ends_with("<!--") => Part::Comment("-->"),
            Part::OpenAside if self.text.ends_with("<!-") => Part::OpenAside,
            Part::OpenEnd | Part::OpenAside if c == '>' => Part::Text,
            Part::OpenEnd | Part::OpenAside => Part::Comment(">"),
            Part::Comment(">") if self.text.ends_with("<![CDATA[") => {
                return fault("has CDATA, which HTML does not know", place);
            }
            Part::Comment("-->") if self.text.ends_with("--!>") => Part::Text,
            Part::Comment(end) if self.text.ends_with(end) => Part::Text,
            Part::Quoted(quote) if c == quote => Part::Inside,
            Part::BeforeValue if blank => Part::BeforeValue,
            Part::BeforeValue if matches!(c, '"' | '\'') => {
                self.start = self.text.len();
                Part::Quoted(c)
            }
            Part::Name
            | Part::Inside
            | Part::Attribute
            | Part::BehindAttribute
            | Part::BeforeValue
            | Part::Bare
                if c == '>' =>
            {
                if RAW.contains(&self.element.as_str()) {
                    self.raw.clone_from(&self.element);
                }
                Part::Text
            }
            Part::BeforeValue => Part::Bare,
            Part::Attribute if blank => Part::BehindAttribute,
            Part::BehindAttribute if blank => Part::BehindAttribute,
            Part::Name | Part::Inside | Part::Bare if blank => Part::Inside,
            Part::Name | Part::Inside | Part::Attribute | Part::BehindAttribute if c == '/' => {
                Part::Inside
            }
            Part::Attribute | Part::BehindAttribute if c == '=' => Part::BeforeValue,
            Part::Inside | Part::BehindAttribute => {
                self.attribute = c.to_ascii_lowercase().to_string();
                Part::Attribute
            }
            Part::Attribute => {
                self.attribute.push(c.to_ascii_lowercase());
                Part::Attribute
            }
            Part::Name => {
                self.element.push(c.to_ascii_lowercase());
                Part::Name
            }
            part => part,
        };
        Ok(())
    }

    /// A character of a text that holds no tags: only its own end tag ends it.
    fn raw_char(&mut self, c: char, place: Place) -> Result<(), Wrong> {
        let ends = |tag: &str| {
            let at = self.text.len().checked_sub(tag.len());
            let tail = at.and_then(|at| self.text.get(at..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(tag))
        };
        if self.raw == "script" && ends("<script") {
            return fault("has `<script` inside a script", place);
        }
        let behind = match c {
            '>' => Part::Text,
            '/' | ' ' | '\n' | '\t' => Part::Inside,
            _ => return Ok(()),
        };
        if ends(&format!("</{}{c}", self.raw)) {
            self.part = behind;
            self.element = format!("/{}", self.raw);
            self.raw.clear();
        }
        Ok(())
    }

    fn value(&mut self, value: &str, place: Place) -> Result<(), Wrong> {
        let raw = self.raw.as_str();
        match self.part {
            Part::Text if !raw.is_empty() && !RAW_TEXTS.contains(&raw) => {
                let what = format!("has a value inside `<{raw}>`, where nothing can be escaped");
                return fault(&what, place);
            }
            Part::Text => {}
            Part::Quoted(_) => return self.attribute_value(value, place),
            Part::Comment(_) | Part::OpenAside => {
                return fault("has a value inside a comment or declaration", place);
            }
            _ => {
                return fault(
                    "has a value inside a tag and outside quotation marks",
                    place,
                );
            }
        }
        self.text.push_str(&markup_escaped(value, Stands::InText));
        Ok(())
    }

    fn attribute_value(&mut self, value: &str, place: Place) -> Result<(), Wrong> {
        let name = self.attribute.as_str();
        if ACTIVE.contains(&self.element.as_str()) {
            let what = format!("has a value in an attribute of `<{}>`", self.element);
            return fault(&what, place);
        }
        if name.starts_with("on") || matches!(name, "style" | "srcdoc") {
            let what = format!("has a value in the attribute `{name}`, which a browser runs");
            return fault(&what, place);
        }
        let mut value = value;
        if ADDRESSES.contains(&name) {
            let before = self.text.get(self.start..).unwrap_or_default().trim();
            if before.is_empty() {
                if !value.is_empty() && !is_address(value) {
                    value = "#";
                }
            } else if !is_begun(before) {
                let what = format!(
                    "has a value in the attribute `{name}` behind what is no beginning of an address; begin it with `https://` or `/`"
                );
                return fault(&what, place);
            }
        }
        self.text
            .push_str(&markup_escaped(value, Stands::InAttribute));
        Ok(())
    }
}

const SCHEMES: &[&str] = &["http", "https", "mailto"];

fn is_address(value: &str) -> bool {
    url::Url::parse(value).is_ok_and(|url| SCHEMES.contains(&url.scheme()))
}

/// Whether an address that begins so leads to nothing but a page or a mailbox.
fn is_begun(before: &str) -> bool {
    // Behind one of these, no scheme can come any more; in front of a colon stands one.
    match before.split_once([':', '/', '?', '#']) {
        Some(("", _)) => true,
        Some((scheme, _)) => {
            let behind = before.get(scheme.len()..).unwrap_or_default();
            !behind.starts_with(':') || SCHEMES.iter().any(|it| it.eq_ignore_ascii_case(scheme))
        }
        None => before.starts_with('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::marks::Marks;

    fn fill(template: &str, value: &str) -> Result<String, String> {
        let mut marks = Marks::default();
        let mark = marks.mark(value).unwrap();
        let marked = Marked {
            text: template.replace('·', &mark.to_string()),
            marks,
            places: Vec::new(),
        };
        filled(&marked).map_err(|wrong| wrong.what)
    }

    #[test]
    fn values_stand_in_texts_and_attributes() {
        for (template, value, expected) in [
            (
                "<!DOCTYPE html><p title='·'>·</p>",
                "<'\"&\n",
                "<!DOCTYPE html><p title='&lt;&#39;&quot;&amp;&#10;'>&lt;&#39;&quot;&amp;\n</p>",
            ),
            (
                "<title>·</title>",
                "</title>",
                "<title>&lt;/title&gt;</title>",
            ),
            (
                "<script>var a = '<b ';</script>·<style>p{}</STYLE >·",
                "x",
                "<script>var a = '<b ';</script>x<style>p{}</STYLE >x",
            ),
            (
                "<!-- <b ' -->a < b <!-->·",
                "x",
                "<!-- <b ' -->a < b <!-->x",
            ),
            (
                "<a href=\"·\">·</a>",
                "javascript:alert(1)",
                "<a href=\"#\">javascript:alert(1)</a>",
            ),
            ("<a HREF = '·'/>", " JaVa\tScript:x", "<a HREF = '#'/>"),
            ("<img src='·'>", "data:text/html,x", "<img src='#'>"),
            (
                "<a href='·'>",
                "https://x/?a=1&b",
                "<a href='https://x/?a=1&amp;b'>",
            ),
            (
                "<a href='·'>",
                "mailto:a@b.example",
                "<a href='mailto:a@b.example'>",
            ),
            ("<a href='·'>", "", "<a href=''>"),
            (
                "<a href='/p/·'>",
                "javascript:x",
                "<a href='/p/javascript:x'>",
            ),
            ("<a href='https://x/·'>", "a", "<a href='https://x/a'>"),
            ("<a href='a/·'>", "b", "<a href='a/b'>"),
            ("<a href='··'>", "javascript", "<a href='#javascript'>"),
        ] {
            let text = fill(template, value);
            assert_eq!(text.as_deref(), Ok(expected), "{template} {value}");
        }
    }

    #[test]
    fn values_never_stand_where_a_browser_runs_them() {
        for (template, expected) in [
            ("<script>var t=\"·\",u=\"·\";</script>", "inside `<script>`"),
            ("<SCRIPT a='>'>·</SCRIPT>", "inside `<script>`"),
            ("<script></scripty>·</script>", "inside `<script>`"),
            ("<script><!-- <script>·", "inside a script"),
            ("<script>a", "ends inside `<script>`"),
            ("<style>·</style>", "inside `<style>`"),
            ("<textarea><a b='</textarea><script>·", "inside `<script>`"),
            ("<p><![CDATA[·]]></p>", "has CDATA"),
            ("<a onclick=\"x('·')\">", "the attribute `onclick`"),
            ("<a b='x'ONload='·'>", "the attribute `onload`"),
            ("<p style='·'>", "the attribute `style`"),
            ("<script src='·'>", "an attribute of `<script>`"),
            ("<meta content='·'>", "an attribute of `<meta>`"),
            ("<a href='java·'>", "no beginning of an address"),
            ("<a href='javascript:x(\"·\")'>", "no beginning"),
            ("<!-- · -->", "inside a comment"),
            ("<!x ·>", "inside a comment"),
            ("<·>", "outside quotation marks"),
            ("<·", "outside quotation marks"),
            ("<a b=·>", "outside quotation marks"),
            ("<a b=x'·'>", "outside quotation marks"),
            ("<a ·>", "outside quotation marks"),
            ("<a b='·", "ends inside a tag"),
        ] {
            let wrong = fill(template, "x").unwrap_err();
            assert!(wrong.contains(expected), "{template}: {wrong}");
        }
    }
}
