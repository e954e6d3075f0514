//! CommonMark as a chat client draws it. What a client promises is drawn; what it does not is
//! shown as it is written, so that a payload that relies on it looks wrong here too.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TextMergeWithOffset};

use super::html::{Colour, Html};
use super::tag::{self, Piece};

/// How one client reads Markdown.
pub(super) trait Client {
    /// What the client shows as it is written.
    fn as_written(&self) -> &'static [Construct];

    /// What a lone line end becomes.
    fn line_end(&self) -> LineEnd;

    /// What a backslash does.
    fn backslash(&self) -> Backslash;

    /// Text, in which the client may see mentions or addresses.
    fn text(&self, text: &str) -> Html {
        Html::text(text)
    }

    /// What a tag inside the text means.
    fn tag(&self, tag: &tag::Tag<'_>) -> Meaning;

    /// A picture. Nothing is fetched, so its name stands for it.
    fn picture(&self, name: Html, address: &str) -> Html;
}

/// What a client may not promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Construct {
    Code,
    CodeBlock,
    NestedList,
    Rule,
    Strike,
    Table,
}

/// What a lone line end inside a paragraph becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    Blank,
    Break,
}

/// What a backslash before a sign does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// It takes the sign's power, and is not seen.
    Escapes,
    /// It is a sign like any other.
    Shown,
}

/// What a tag inside the text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It stands for something.
    Stands(Html),
    /// It begins a coloured stretch.
    Colours(Colour),
    /// It begins a stretch of a class.
    Classes(&'static str),
    /// It ends the stretch that was begun last.
    Ends,
    /// The client does not know it.
    Unknown,
}

/// Stands for a backslash while the text is read by a parser to which it would be an escape.
const BACKSLASH: &str = "\u{fdd0}";

/// Draws a text.
pub(super) fn draw(text: &str, client: &impl Client) -> Html {
    let text = match client.backslash() {
        Backslash::Escapes => text.to_owned(),
        Backslash::Shown => text.replace('\\', BACKSLASH),
    };
    let known = |construct| !client.as_written().contains(&construct);
    let mut options = Options::empty();
    options.set(Options::ENABLE_TABLES, known(Construct::Table));
    options.set(Options::ENABLE_STRIKETHROUGH, known(Construct::Strike));
    let events = Parser::new_ext(&text, options).into_offset_iter();
    let mut drawing = Drawing {
        client,
        open: Vec::new(),
        done: Html::default(),
        passed_over: 0,
    };
    for (event, range) in TextMergeWithOffset::new(events) {
        drawing.take(event, text.get(range).unwrap_or_default());
    }
    drawing.close(0);
    drawing.done
}

/// What is drawn so far.
struct Drawing<'c, C> {
    client: &'c C,
    /// What was begun and not yet ended, outermost first.
    open: Vec<Begun>,
    done: Html,
    /// How deep inside something that was shown as written.
    passed_over: usize,
}

/// Something that was begun.
struct Begun {
    kind: Kind,
    inner: Html,
}

enum Kind {
    Element(&'static str),
    Numbered(u64),
    TableHead,
    Link(String),
    Picture(String),
    Coloured(Colour),
    Classed(&'static str),
    /// Nothing of its own.
    Plain,
}

impl Kind {
    /// Whether a tag inside the text began it, rather than Markdown.
    const fn is_by_tag(&self) -> bool {
        matches!(self, Self::Coloured(_) | Self::Classed(_))
    }
}

impl<C: Client> Drawing<'_, C> {
    fn take(&mut self, event: Event<'_>, written: &str) {
        if self.passed_over > 0 {
            match event {
                Event::Start(_) => self.passed_over += 1,
                Event::End(_) => self.passed_over -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) if self.is_as_written(&tag) => {
                self.passed_over = 1;
                self.put(as_written(written));
            }
            Event::Start(tag) => {
                let kind = self.kind(tag);
                self.open.push(Begun {
                    kind,
                    inner: Html::default(),
                });
            }
            Event::End(_) => {
                // A stretch that a tag began ends with the block at the latest.
                let by_markdown = self.open.iter().rposition(|it| !it.kind.is_by_tag());
                self.close(by_markdown.unwrap_or_default());
            }
            Event::Text(text) => self.put_text(&text),
            Event::Code(_) if self.shows(Construct::Code) => self.put(as_written(written)),
            Event::Code(code) => {
                self.put(Html::element("code", Html::text(&shown(&code))));
            }
            Event::Html(html) | Event::InlineHtml(html) => self.put_tags(&html),
            Event::SoftBreak => self.put(match self.client.line_end() {
                LineEnd::Blank => Html::text(" "),
                LineEnd::Break => Html::void("br"),
            }),
            Event::HardBreak => self.put(Html::void("br")),
            Event::Rule if self.shows(Construct::Rule) => {
                self.put(Html::element("p", as_written(written.trim_end())));
            }
            Event::Rule => self.put(Html::void("hr")),
            _ => self.put(as_written(written)),
        }
    }

    fn shows(&self, construct: Construct) -> bool {
        self.client.as_written().contains(&construct)
    }

    fn is_as_written(&self, tag: &Tag<'_>) -> bool {
        match tag {
            Tag::CodeBlock(_) => self.shows(Construct::CodeBlock),
            Tag::List(_) => {
                let is_item = |it: &Begun| matches!(it.kind, Kind::Element("li"));
                self.shows(Construct::NestedList) && self.open.iter().any(is_item)
            }
            _ => false,
        }
    }

    fn kind(&self, tag: Tag<'_>) -> Kind {
        match tag {
            Tag::Paragraph => Kind::Element("p"),
            Tag::Heading { level, .. } => Kind::Element(match level {
                HeadingLevel::H1 => "h1",
                HeadingLevel::H2 => "h2",
                HeadingLevel::H3 => "h3",
                HeadingLevel::H4 => "h4",
                HeadingLevel::H5 => "h5",
                HeadingLevel::H6 => "h6",
            }),
            Tag::BlockQuote(_) => Kind::Element("blockquote"),
            Tag::CodeBlock(_) => Kind::Element("pre"),
            Tag::List(None) => Kind::Element("ul"),
            Tag::List(Some(first)) => Kind::Numbered(first),
            Tag::Item => Kind::Element("li"),
            Tag::Table(_) => Kind::Element("table"),
            Tag::TableHead => Kind::TableHead,
            Tag::TableRow => Kind::Element("tr"),
            Tag::TableCell => Kind::Element(match self.open.last() {
                Some(Begun {
                    kind: Kind::TableHead,
                    ..
                }) => "th",
                _ => "td",
            }),
            Tag::Emphasis => Kind::Element("em"),
            Tag::Strong => Kind::Element("strong"),
            Tag::Strikethrough => Kind::Element("del"),
            Tag::Link { dest_url, .. } => Kind::Link(shown(&dest_url)),
            Tag::Image { dest_url, .. } => Kind::Picture(shown(&dest_url)),
            _ => Kind::Plain,
        }
    }

    /// Ends everything from a place on, the innermost first.
    fn close(&mut self, from: usize) {
        while self.open.len() > from {
            let Some(Begun { kind, inner }) = self.open.pop() else {
                return;
            };
            self.put(match kind {
                Kind::Element(tag) => Html::element(tag, inner),
                Kind::Numbered(first) => Html::numbered(first, inner),
                Kind::TableHead => Html::element("tr", inner),
                Kind::Link(address) => Html::link(&address, inner),
                Kind::Picture(address) => self.client.picture(inner, &address),
                Kind::Coloured(colour) => Html::coloured(&colour, inner),
                Kind::Classed(class) => Html::classed("span", class, inner),
                Kind::Plain => inner,
            });
        }
    }

    fn put(&mut self, html: Html) {
        match self.open.last_mut() {
            Some(begun) => begun.inner.push(html),
            None => self.done.push(html),
        }
    }

    fn put_text(&mut self, text: &str) {
        let text = shown(text);
        let is_code = self
            .open
            .last()
            .is_some_and(|it| matches!(it.kind, Kind::Element("pre")));
        self.put(match is_code {
            true => Html::text(&text),
            false => self.client.text(&text),
        });
    }

    fn put_tags(&mut self, html: &str) {
        let html = shown(html);
        for piece in tag::pieces(&html) {
            let (tag, written) = match piece {
                Piece::Text(text) => {
                    self.put(self.client.text(text));
                    continue;
                }
                Piece::Tag(tag, written) => (tag, written),
            };
            let kind = match self.client.tag(&tag) {
                Meaning::Stands(html) => {
                    self.put(html);
                    continue;
                }
                Meaning::Colours(colour) => Kind::Coloured(colour),
                Meaning::Classes(class) => Kind::Classed(class),
                Meaning::Ends if self.open.last().is_some_and(|it| it.kind.is_by_tag()) => {
                    self.close(self.open.len().saturating_sub(1));
                    continue;
                }
                // An end without a beginning is a mistake that should be seen.
                Meaning::Ends | Meaning::Unknown => {
                    self.put(as_written(written));
                    continue;
                }
            };
            self.open.push(Begun {
                kind,
                inner: Html::default(),
            });
        }
    }
}

/// The text with its backslashes back in place.
fn shown(text: &str) -> String {
    text.replace(BACKSLASH, "\\")
}

fn as_written(text: &str) -> Html {
    Html::classed("span", "written", Html::text(shown(text).trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that draws everything, or nothing that need not be.
    struct Sample {
        as_written: &'static [Construct],
        line_end: LineEnd,
        backslash: Backslash,
    }

    impl Client for Sample {
        fn as_written(&self) -> &'static [Construct] {
            self.as_written
        }

        fn line_end(&self) -> LineEnd {
            self.line_end
        }

        fn backslash(&self) -> Backslash {
            self.backslash
        }

        fn tag(&self, tag: &tag::Tag<'_>) -> Meaning {
            match (tag.name, tag.end) {
                ("font", tag::End::Opening) => Meaning::Classes("red"),
                ("font", tag::End::Closing) => Meaning::Ends,
                _ => Meaning::Unknown,
            }
        }

        fn picture(&self, name: Html, _: &str) -> Html {
            name
        }
    }

    const RICH: Sample = Sample {
        as_written: &[],
        line_end: LineEnd::Blank,
        backslash: Backslash::Escapes,
    };

    const POOR: Sample = Sample {
        as_written: &[
            Construct::Code,
            Construct::CodeBlock,
            Construct::NestedList,
            Construct::Rule,
            Construct::Strike,
            Construct::Table,
        ],
        line_end: LineEnd::Break,
        backslash: Backslash::Shown,
    };

    #[track_caller]
    fn check(text: &str, rich: &str, poor: &str) {
        assert_eq!(draw(text, &RICH).into_string(), rich, "{text}");
        assert_eq!(draw(text, &POOR).into_string(), poor, "{text}");
    }

    #[test]
    fn what_all_clients_draw() {
        for (text, expected) in [
            ("# a", "<h1>a</h1>"),
            ("**a** *b*", "<p><strong>a</strong> <em>b</em></p>"),
            ("> a", "<blockquote><p>a</p></blockquote>"),
            ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
            ("3. a", "<ol start=\"3\"><li>a</li></ol>"),
            (
                "[a](https://x.example)",
                "<p><a href=\"https://x.example\">a</a></p>",
            ),
            ("a  \nb", "<p>a<br>b</p>"),
            ("a\n\nb", "<p>a</p><p>b</p>"),
        ] {
            check(text, expected, expected);
        }
    }

    #[test]
    fn what_a_client_may_show_as_written() {
        check(
            "`a`",
            "<p><code>a</code></p>",
            "<p><span class=\"written\">`a`</span></p>",
        );
        check(
            "```sh\na\n```",
            "<pre>a\n</pre>",
            "<span class=\"written\">```sh\na\n```</span>",
        );
        check("~~a~~", "<p><del>a</del></p>", "<p>~~a~~</p>");
        check("***", "<hr>", "<p><span class=\"written\">***</span></p>");
        check("a\nb", "<p>a b</p>", "<p>a<br>b</p>");
        check("\\*a\\*", "<p>*a*</p>", "<p>\\<em>a\\</em></p>");
        check(
            "| a |\n| - |\n| b |",
            "<table><tr><th>a</th></tr><tr><td>b</td></tr></table>",
            "<p>| a |<br>| - |<br>| b |</p>",
        );
        check(
            "- a\n  - b",
            "<ul><li>a<ul><li>b</li></ul></li></ul>",
            "<ul><li>a<span class=\"written\">- b</span></li></ul>",
        );
    }

    #[test]
    fn tags_begin_and_end_stretches() {
        for (text, expected) in [
            ("<font>a</font>", "<p><span class=\"red\">a</span></p>"),
            (
                "**<font>a** b</font>",
                "<p><strong><span class=\"red\">a</span></strong> b<span class=\"written\">&lt;/font&gt;</span></p>",
            ),
            (
                "<script>alert(1)</script>",
                "<span class=\"written\">&lt;script&gt;</span>alert(1)<span class=\"written\">&lt;/script&gt;</span>",
            ),
        ] {
            check(text, expected, expected);
        }
    }
}
