//! Reads CommonMark with GFM tables and strikethrough into the document tree. Marks in the text
//! become values: the parser never sees what they say.

use std::borrow::Cow;
use std::collections::VecDeque;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::colour::tone_of;
use crate::model::document::{Block, Inline, Side, Target, Tone, plain_text};
use crate::model::marks::{Marks, NOTHING, Piece, is_mark};

/// Deepest nesting of blocks that is kept; deeper ones join their parent's text.
const DEPTH_LIMIT: usize = 32;

/// Deepest nesting of everything, emphasis in emphasis too.
const INLINE_DEPTH_LIMIT: usize = 48;

/// Where a column stands, by the line below its head.
const fn side_of(alignment: Alignment) -> Side {
    match alignment {
        Alignment::None => Side::Usual,
        Alignment::Left => Side::Left,
        Alignment::Center => Side::Middle,
        Alignment::Right => Side::Right,
    }
}

/// Reads Markdown in which `marks` stand for values.
pub fn parse(text: &str, marks: &Marks) -> Vec<Block> {
    let mut builder = Builder {
        marks,
        open: vec![Open::blocks()],
    };
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let text = with_chinese_emphasis(text);
    for event in Parser::new_ext(&text, options) {
        builder.take(event);
    }
    builder.finish()
}

/// Lets `**` beside Chinese punctuation open and close: `**结果：**成功` is bold to everyone but
/// CommonMark, whose rule counts on blanks between words. A mark without a value stands in as a
/// letter.
fn with_chinese_emphasis(text: &str) -> Cow<'_, str> {
    let mut lenient = String::new();
    let mut start = 0;
    let (mut before, mut rest) = (' ', text.char_indices().peekable());
    while let Some((at, c)) = rest.next() {
        if !matches!(c, '*' | '~') {
            before = c;
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((at, _)) = rest.next_if(|(_, next)| *next == c) {
            end = at + c.len_utf8();
        }
        let after = rest.peek().map_or(' ', |(_, c)| *c);
        let closes = is_set_off(before, after);
        let opens = is_set_off(after, before);
        if closes {
            lenient.push_str(text.get(start..at).unwrap_or_default());
            lenient.push(NOTHING);
            start = at;
        }
        if opens {
            lenient.push_str(text.get(start..end).unwrap_or_default());
            lenient.push(NOTHING);
            start = end;
        }
        before = c;
    }
    if start == 0 && lenient.is_empty() {
        return Cow::Borrowed(text);
    }
    lenient.push_str(text.get(start..).unwrap_or_default());
    Cow::Owned(lenient)
}

/// Whether marks between this character inside and that one outside need help: one of the two is
/// Chinese or Japanese.
fn is_set_off(inside: char, outside: char) -> bool {
    let is_wide = outside >= '\u{2e80}' && outside.is_alphanumeric();
    let is_ascii = inside.is_ascii_punctuation() && !matches!(inside, '*' | '~' | '\\');
    (is_wide_punctuation(inside) && (outside.is_alphanumeric() || is_mark(outside)))
        || (is_ascii && is_wide)
}

/// Punctuation of Chinese and Japanese.
const fn is_wide_punctuation(c: char) -> bool {
    matches!(c,
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
        | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
        | '\u{ff5b}'..='\u{ff65}' | '“' | '”' | '‘' | '’' | '…' | '—' | '·')
}

struct Builder<'a> {
    marks: &'a Marks,
    /// What is open, the document itself first.
    open: Vec<Open>,
}

/// An element whose end has not come yet.
struct Open {
    kind: OpenKind,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
}

enum OpenKind {
    /// The document, a quote, a list item: holds blocks.
    Blocks,
    Heading(u8),
    Paragraph,
    Quote,
    List(Option<u64>, Vec<Vec<Block>>),
    CodeBlock(String, String),
    Table(Vec<Side>, Vec<Vec<Vec<Inline>>>),
    Row(Vec<Vec<Inline>>),
    Cell,
    Strong,
    Emphasis,
    Strike,
    Link(Address),
    Image(Address),
    /// `<font>`, with the tone of its colour.
    Font(Option<Tone>),
    /// An element we do not tell apart; its content joins the parent.
    Through,
}

impl Open {
    const fn new(kind: OpenKind) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            inlines: Vec::new(),
        }
    }

    const fn blocks() -> Self {
        Self::new(OpenKind::Blocks)
    }

    /// Loose inline text (a tight list item's) becomes a paragraph.
    fn settle(&mut self) {
        if !self.inlines.is_empty() {
            let inlines = std::mem::take(&mut self.inlines);
            self.blocks.push(Block::Paragraph(linked(inlines)));
        }
    }
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => {
                let code = self.marks.filled(&code).replace('\n', " ");
                // A value that is not there leaves no empty box behind.
                if !code.trim().is_empty() {
                    self.inline(Inline::Code(code));
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            Event::SoftBreak => self.inline(Inline::SoftBreak),
            Event::HardBreak => self.inline(Inline::HardBreak),
            Event::Rule => self.block(Block::Rule),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(&text);
            }
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let kind = match tag {
            Tag::Paragraph => OpenKind::Paragraph,
            Tag::Heading { level, .. } => OpenKind::Heading(level as u8),
            Tag::BlockQuote(_) => OpenKind::Quote,
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                // Only what the author wrote names a language, never a value.
                let language = info
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '#'))
                    .take(20)
                    .collect();
                OpenKind::CodeBlock(language, String::new())
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                OpenKind::CodeBlock(String::new(), String::new())
            }
            Tag::List(first) => OpenKind::List(first, Vec::new()),
            Tag::Item => OpenKind::Blocks,
            Tag::Table(sides) => {
                OpenKind::Table(sides.into_iter().map(side_of).collect(), Vec::new())
            }
            Tag::TableHead | Tag::TableRow => OpenKind::Row(Vec::new()),
            Tag::TableCell => OpenKind::Cell,
            Tag::Emphasis => OpenKind::Emphasis,
            Tag::Strong => OpenKind::Strong,
            Tag::Strikethrough => OpenKind::Strike,
            Tag::Link { dest_url, .. } => OpenKind::Link(self.address(&dest_url)),
            Tag::Image { dest_url, .. } => OpenKind::Image(self.address(&dest_url)),
            _ => OpenKind::Through,
        };
        let is_inline = matches!(
            kind,
            OpenKind::Strong
                | OpenKind::Emphasis
                | OpenKind::Strike
                | OpenKind::Link(_)
                | OpenKind::Image(_)
        );
        let kind = match is_inline && self.open.len() > INLINE_DEPTH_LIMIT {
            true => OpenKind::Through,
            false => kind,
        };
        let is_block = matches!(
            kind,
            OpenKind::Quote
                | OpenKind::List(..)
                | OpenKind::Paragraph
                | OpenKind::Heading(_)
                | OpenKind::CodeBlock(..)
                | OpenKind::Table(..)
        );
        if is_block {
            self.close_fonts();
            if let Some(parent) = self.open.last_mut() {
                parent.settle();
            }
        }
        self.open.push(Open::new(kind));
    }

    fn end(&mut self, _: TagEnd) {
        self.close_fonts();
        self.close();
    }

    /// Ends what was opened last. The document itself is never ended.
    fn close(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        let Some(mut done) = self.open.pop() else {
            return;
        };
        let too_deep = self.open.len() > DEPTH_LIMIT;
        match done.kind {
            OpenKind::Paragraph => {
                done.settle();
                for block in done.blocks {
                    self.block(block);
                }
            }
            OpenKind::Heading(level) => self.block(Block::Heading(level, linked(done.inlines))),
            OpenKind::Quote => {
                done.settle();
                self.blocks(too_deep, done.blocks, Block::Quote);
            }
            OpenKind::List(start, items) => match too_deep {
                true => self.blocks(true, items.into_iter().flatten().collect(), Block::Quote),
                false => self.blocks(false, Vec::new(), |_| Block::List { start, items }),
            },
            OpenKind::Blocks => {
                done.settle();
                if let Some(parent) = self.open.last_mut() {
                    match &mut parent.kind {
                        OpenKind::List(_, items) => items.push(done.blocks),
                        _ => parent.blocks.append(&mut done.blocks),
                    }
                }
            }
            OpenKind::CodeBlock(language, code) => {
                let code = code.strip_suffix('\n').unwrap_or(&code).to_owned();
                self.block(Block::CodeBlock { language, code });
            }
            OpenKind::Table(sides, rows) => self.table(sides, rows),
            OpenKind::Row(cells) => {
                if let Some(Open {
                    kind: OpenKind::Table(_, rows),
                    ..
                }) = self.open.last_mut()
                {
                    rows.push(cells);
                }
            }
            OpenKind::Cell => {
                if let Some(Open {
                    kind: OpenKind::Row(cells),
                    ..
                }) = self.open.last_mut()
                {
                    cells.push(linked(done.inlines));
                }
            }
            OpenKind::Strong => self.wrapped(done.inlines, Inline::Strong),
            OpenKind::Emphasis => self.wrapped(done.inlines, Inline::Emphasis),
            OpenKind::Strike => self.wrapped(done.inlines, Inline::Strike),
            OpenKind::Link(address) => self.link(done.inlines, address),
            OpenKind::Image(address) => self.image(done.inlines, address),
            OpenKind::Font(Some(tone)) if !done.inlines.is_empty() => {
                self.inline(Inline::Toned(tone, done.inlines));
            }
            OpenKind::Font(_) | OpenKind::Through => {
                if let Some(parent) = self.open.last_mut() {
                    parent.inlines.append(&mut done.inlines);
                    parent.blocks.append(&mut done.blocks);
                }
            }
        }
    }

    fn wrapped(&mut self, inner: Vec<Inline>, wrap: fn(Vec<Inline>) -> Inline) {
        if !inner.is_empty() {
            self.inline(wrap(inner));
        }
    }

    fn blocks(
        &mut self,
        too_deep: bool,
        inner: Vec<Block>,
        wrap: impl FnOnce(Vec<Block>) -> Block,
    ) {
        let Some(parent) = self.open.last_mut() else {
            return;
        };
        if too_deep {
            parent.blocks.extend(inner);
        } else {
            parent.blocks.push(wrap(inner));
        }
    }

    /// The address of a link, with values in it.
    ///
    /// Where a link leads is the author's choice: the address begins with the author's text up to
    /// the end of the host, or with a fact that is an address. A value further on is only part of
    /// the path or query, and is percent-encoded.
    fn address(&self, raw: &str) -> Address {
        let pieces = self.marks.pieces(raw);
        let begins_well = match pieces.first() {
            Some(Piece::Value(value)) => self.marks.is_address(value),
            Some(Piece::Literal(text)) => {
                let host = text.split_once("://").map_or("", |(_, rest)| rest);
                pieces.len() == 1 || host.contains(['/', '?', '#'])
            }
            None => false,
        };
        let shown = self.marks.filled(raw);
        let mut address = String::new();
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Literal(text) => address.push_str(text),
                Piece::Value(value) if at == 0 => address.push_str(value),
                Piece::Value(value) => address.push_str(&percent_encoded(value)),
            }
        }
        Address {
            target: begins_well.then(|| Target::new(&address)).flatten(),
            shown,
        }
    }

    /// A link whose address is no web address is written out, so that nothing is lost. A link in
    /// a link, which the parser lets through as `<https://...>`, would end the outer one early in
    /// every dialect, so only its text stays.
    fn link(&mut self, mut text: Vec<Inline>, address: Address) {
        match address.target {
            _ if self.is_in_link() => {
                for inline in text {
                    self.inline(inline);
                }
            }
            Some(target) => {
                if plain_text(&text).trim().is_empty() {
                    text = vec![Inline::Text(target.as_str().to_owned())];
                }
                self.inline(Inline::Link { text, target });
            }
            None => {
                for inline in text {
                    self.inline(inline);
                }
                if !address.shown.is_empty() && !is_dangerous(&address.shown) {
                    self.inline(Inline::Value(format!(" ({})", address.shown)));
                }
            }
        }
    }

    /// A picture in a link (a badge) would be a link in a link where pictures are not shown, so
    /// only its text stays.
    fn image(&mut self, alt: Vec<Inline>, address: Address) {
        match address.target.filter(|_| !self.is_in_link()) {
            Some(target) => self.inline(Inline::Image { alt, target }),
            None => {
                for inline in alt {
                    self.inline(inline);
                }
            }
        }
    }

    fn table(&mut self, sides: Vec<Side>, mut rows: Vec<Vec<Vec<Inline>>>) {
        if rows.is_empty() {
            return;
        }
        let head = rows.remove(0);
        for row in &mut rows {
            row.resize(head.len(), Vec::new());
        }
        self.block(Block::Table { sides, head, rows });
    }

    fn text(&mut self, text: &str) {
        if let Some(Open {
            kind: OpenKind::CodeBlock(_, code),
            ..
        }) = self.open.last_mut()
        {
            code.push_str(&self.marks.filled(text));
            return;
        }
        for piece in self.marks.pieces(text) {
            let inline = match piece {
                Piece::Literal(text) => Inline::Text(text.to_owned()),
                Piece::Value(value) => self.value(value),
            };
            self.inline(inline);
        }
    }

    /// A value that is a checked address becomes a link to itself, unless it stands in a link.
    fn value(&self, value: &str) -> Inline {
        match Target::new(value) {
            Some(target) if self.marks.is_address(value) && !self.is_in_link() => Inline::Link {
                text: vec![Inline::Text(value.to_owned())],
                target,
            },
            _ => Inline::Value(value.to_owned()),
        }
    }

    fn is_in_link(&self) -> bool {
        self.open
            .iter()
            .any(|open| matches!(open.kind, OpenKind::Link(_) | OpenKind::Image(_)))
    }

    /// Raw HTML is text, but for the two tags that robot dialects taught people to write: `<br>`
    /// breaks the line, and `<font>` colours what stands in it.
    fn html(&mut self, html: &str) {
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            let (before, tag) = rest.split_at_checked(open).unwrap_or((rest, ""));
            let Some(length) = tag.find('>').map(|at| at + 1) else {
                break;
            };
            let (tag, behind) = tag.split_at_checked(length).unwrap_or((tag, ""));
            let name: String = tag
                .trim_matches(['<', '>', '/', ' '])
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            self.text(before);
            match name.to_ascii_lowercase().as_str() {
                "br" => self.inline(Inline::HardBreak),
                "font" if tag.starts_with("</") => {
                    if matches!(
                        self.open.last(),
                        Some(Open {
                            kind: OpenKind::Font(_),
                            ..
                        })
                    ) {
                        self.close();
                    }
                }
                "font" if self.open.len() <= INLINE_DEPTH_LIMIT => {
                    let tone = font_colour(tag).and_then(tone_of);
                    self.open.push(Open::new(OpenKind::Font(tone)));
                }
                "font" => {}
                _ => self.text(tag),
            }
            rest = behind;
        }
        self.text(rest);
    }

    /// Ends every `<font>` that is still open: none reaches beyond the element it stands in.
    fn close_fonts(&mut self) {
        while matches!(
            self.open.last(),
            Some(Open {
                kind: OpenKind::Font(_),
                ..
            })
        ) {
            self.close();
        }
    }

    fn inline(&mut self, inline: Inline) {
        let Some(parent) = self.open.last_mut() else {
            return;
        };
        // Neighbouring text is one text: the parser cuts it at every special character.
        if let (Some(Inline::Text(before)), Inline::Text(text)) =
            (parent.inlines.last_mut(), &inline)
        {
            before.push_str(text);
        } else {
            parent.inlines.push(inline);
        }
    }

    fn block(&mut self, block: Block) {
        self.close_fonts();
        if let Some(parent) = self.open.last_mut() {
            parent.settle();
            parent.blocks.push(block);
        }
    }

    fn finish(mut self) -> Vec<Block> {
        while self.open.len() > 1 {
            self.close();
        }
        let Some(mut document) = self.open.pop() else {
            return Vec::new();
        };
        document.settle();
        document.blocks
    }
}

/// The value of the attribute `color` of a tag.
fn font_colour(tag: &str) -> Option<&str> {
    let (_, behind) = tag.split_once("color")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    value
        .split(['"', '\'', ' ', '>', '/'])
        .next()
        .filter(|value| !value.is_empty())
}

/// Characters that end an address in running text.
const ADDRESS_STOPS: &str = "<>\"'`|\\^{}［］（）《》〈〉【】「」『』“”‘’…，。；：、！？";

/// The inlines with the addresses that the author wrote out in them as links.
fn linked(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut rest = VecDeque::from(inlines);
    let mut done = Vec::with_capacity(rest.len());
    while let Some(inline) = rest.pop_front() {
        let inline = match inline {
            Inline::Text(text) => match first_address(&text) {
                Some(found) => {
                    if !found.before.is_empty() {
                        done.push(Inline::Text(found.before.to_owned()));
                    }
                    take_address(&found, &mut rest)
                }
                None => Inline::Text(text),
            },
            Inline::Strong(inner) => Inline::Strong(linked(inner)),
            Inline::Emphasis(inner) => Inline::Emphasis(linked(inner)),
            Inline::Strike(inner) => Inline::Strike(linked(inner)),
            Inline::Toned(tone, inner) => Inline::Toned(tone, linked(inner)),
            other => other,
        };
        done.push(inline);
    }
    done
}

/// An address in a text.
struct Found<'a> {
    before: &'a str,
    address: &'a str,
    behind: &'a str,
}

/// The first address of a text that does not stand inside a word.
fn first_address(text: &str) -> Option<Found<'_>> {
    let found = text.match_indices("http").find_map(|(at, _)| {
        let (before, from) = text.split_at_checked(at)?;
        let is_address = from.starts_with("https://") || from.starts_with("http://");
        let is_apart = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        (is_address && is_apart).then_some((before, from))
    });
    let (before, from) = found?;
    let (address, behind) = until_stop(from);
    Some(Found {
        before,
        address,
        behind,
    })
}

fn until_stop(text: &str) -> (&str, &str) {
    text.find(|c: char| c.is_whitespace() || c.is_control() || ADDRESS_STOPS.contains(c))
        .and_then(|at| text.split_at_checked(at))
        .unwrap_or((text, ""))
}

/// The link that an address makes with the values and texts that follow it without a gap, which
/// are taken from `rest`. As in a written link, a value is only part of the path or query.
fn take_address(found: &Found<'_>, rest: &mut VecDeque<Inline>) -> Inline {
    let mut address = String::new();
    let mut shown = Vec::new();
    let (mut text, mut behind) = (found.address.to_owned(), found.behind.to_owned());
    let chooses_host = loop {
        let goes_on = behind.is_empty() && rest.front().is_some_and(|it| as_value(it).is_some());
        let kept = match goes_on {
            true => text.len(),
            false => without_stops(&address, &text),
        };
        let (head, tail) = text.split_at_checked(kept).unwrap_or((&text, ""));
        address.push_str(head);
        if !head.is_empty() {
            shown.push(Inline::Text(head.to_owned()));
        }
        behind.insert_str(0, tail);
        if !goes_on {
            break false;
        }
        let has_whole_host = address
            .split_once("://")
            .is_some_and(|(_, host)| host.contains(['/', '?', '#']));
        if !has_whole_host {
            break true;
        }
        while let Some(value) = rest.front().and_then(as_value).map(str::to_owned) {
            address.push_str(&percent_encoded(&value));
            shown.push(Inline::Value(value));
            rest.pop_front();
        }
        (text, behind) = match rest.front() {
            Some(Inline::Text(next)) => {
                let (text, behind) = until_stop(next);
                let parts = (text.to_owned(), behind.to_owned());
                rest.pop_front();
                parts
            }
            _ => (String::new(), String::new()),
        };
    };
    if !behind.is_empty() {
        rest.push_front(Inline::Text(behind));
    }
    match Target::new(&address).filter(|_| !chooses_host) {
        Some(target) => Inline::Link {
            text: shown,
            target,
        },
        None => {
            let mut shown = shown.into_iter();
            let first = shown.next();
            for inline in shown.rev() {
                rest.push_front(inline);
            }
            first.unwrap_or_else(|| Inline::Text(String::new()))
        }
    }
}

/// A value, or a value that is a link to itself.
fn as_value(inline: &Inline) -> Option<&str> {
    match inline {
        Inline::Value(value) => Some(value),
        Inline::Link { text, target } => match text.as_slice() {
            [Inline::Text(text)] if Target::new(text).as_ref() == Some(target) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// How much of `text` belongs to the address that it ends, in bytes: not the stops behind it, and
/// a closing bracket only when the address opened it.
fn without_stops(address: &str, text: &str) -> usize {
    let mut kept = text;
    while let Some(last) = kept.chars().next_back() {
        let count = |c: char| address.matches(c).count() + kept.matches(c).count();
        let is_stop = match last {
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            last => ".,;:!?*_~".contains(last),
        };
        if !is_stop {
            break;
        }
        kept = kept.strip_suffix(last).unwrap_or_default();
    }
    kept.len()
}

/// Where a link leads.
struct Address {
    /// The address, when it may be a link's.
    target: Option<Target>,
    /// What the template made of it, to be shown when it may not.
    shown: String,
}

/// A value as part of a path or query. What is percent-encoded already stays so.
fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    let bytes = value.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_hex = |ahead: usize| bytes.get(at + ahead).is_some_and(u8::is_ascii_hexdigit);
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(*byte));
            }
            b'%' if is_hex(1) && is_hex(2) => encoded.push('%'),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Addresses that are not even shown: they act instead of leading somewhere.
fn is_dangerous(address: &str) -> bool {
    let scheme = address.split(':').next().unwrap_or_default().to_lowercase();
    matches!(
        scheme.trim(),
        "javascript" | "data" | "vbscript" | "dtmd" | "dingtalk" | "file"
    )
}

#[cfg(test)]
mod tests {
    use proptest::collection;
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn values_stay_values_wherever_they_stand() {
        let mut marks = Marks::default();
        let mark = marks
            .mark("**not bold** [x](https://e.example) ```")
            .unwrap();
        let blocks = parse(&format!("# {mark}\n\n**{mark}** `{mark}`"), &marks);
        let value = || Inline::Value("**not bold** [x](https://e.example) ```".to_owned());
        assert_eq!(
            blocks,
            [
                Block::Heading(1, vec![value()]),
                Block::Paragraph(vec![
                    Inline::Strong(vec![value()]),
                    text(" "),
                    Inline::Code("**not bold** [x](https://e.example) ```".to_owned()),
                ]),
            ]
        );
    }

    #[test]
    fn a_value_is_a_link_target_only_as_a_web_address() {
        let mut marks = Marks::with_addresses(["https://ci.example/1".to_owned()]);
        let good = marks.mark("https://ci.example/1").unwrap();
        let bad = marks
            .mark("dtmd://dingtalkclient/sendMessage?content=hi")
            .unwrap();
        let other = marks.mark("https://evil.example/").unwrap();
        let target = Target::new("https://ci.example/1").unwrap();
        let blocks = parse(&format!("[run]({good}) [no]({bad}) {good} {other}"), &marks);
        assert_eq!(
            blocks,
            [Block::Paragraph(vec![
                Inline::Link {
                    text: vec![text("run")],
                    target: target.clone()
                },
                text(" no "),
                Inline::Link {
                    text: vec![text("https://ci.example/1")],
                    target
                },
                text(" "),
                Inline::Value("https://evil.example/".to_owned()),
            ])]
        );
    }

    #[track_caller]
    fn check_target(template: &str, value: &str, expected: Option<&str>) {
        let mut marks = Marks::with_addresses(["https://git.example/a".to_owned()]);
        let mark = marks.mark(value).unwrap();
        let blocks = parse(&template.replace('@', &mark.to_string()), &marks);
        let found = match blocks.as_slice() {
            [Block::Paragraph(inlines)] => inlines.iter().find_map(|inline| match inline {
                Inline::Link { target, .. } | Inline::Image { target, .. } => Some(target.as_str()),
                _ => None,
            }),
            _ => None,
        };
        assert_eq!(found, expected, "{template} with {value}: {blocks:?}");
    }

    #[test]
    fn a_link_holds_no_other_link() {
        let blocks = parse(
            "[a <https://b.example> c](https://d.example/)",
            &Marks::default(),
        );
        assert_eq!(
            blocks,
            [Block::Paragraph(vec![Inline::Link {
                text: vec![text("a https://b.example c")],
                target: Target::new("https://d.example/").unwrap(),
            }])]
        );
    }

    #[test]
    fn a_value_cannot_choose_where_a_link_leads() {
        let evil = "https://evil.example/x";
        check_target("[z](@)", evil, None);
        check_target("![z](@)", evil, None);
        check_target("[z](https://ci.example@)", "@evil.example/x", None);
        check_target("[z](https://@)", "evil.example", None);
        check_target(
            "[z](https://ci.example/@)",
            "a b?c#d@e",
            Some("https://ci.example/a%20b%3Fc%23d%40e"),
        );
        check_target(
            "[z](https://ci.example/?q=@)",
            "x&y=%20",
            Some("https://ci.example/?q=x%26y%3D%20"),
        );
        check_target(
            "[z](https://ci.example/@/tree)",
            "feature/x",
            Some("https://ci.example/feature/x/tree"),
        );
        check_target(
            "[z](@/issues)",
            "https://git.example/a",
            Some("https://git.example/a/issues"),
        );
        check_target("[z](https://user:pw\u{40}ci.example/)", "x", None);
    }

    #[test]
    fn addresses_that_the_author_wrote_are_links() {
        let mut marks = Marks::default();
        let mark = marks.mark("https://evil.example/").unwrap();
        let blocks = parse(
            &format!("see https://wiki.example/a_b?c=d. Or (http://b.example) xhttps://no {mark}"),
            &marks,
        );
        let link = |address: &str| Inline::Link {
            text: vec![text(address)],
            target: Target::new(address).unwrap(),
        };
        assert_eq!(
            blocks,
            [Block::Paragraph(vec![
                text("see "),
                link("https://wiki.example/a_b?c=d"),
                text(". Or ("),
                link("http://b.example"),
                text(") xhttps://no "),
                Inline::Value("https://evil.example/".to_owned()),
            ])]
        );
    }

    #[track_caller]
    fn check_linked(template: &str, value: &str, shown: &str, leads_to: Option<&str>) {
        let mut marks = Marks::default();
        let mark = marks.mark(value).unwrap();
        let blocks = parse(&template.replace('@', &mark.to_string()), &marks);
        let [Block::Paragraph(inlines)] = blocks.as_slice() else {
            panic!("{blocks:?}");
        };
        let link = inlines.iter().find_map(|inline| match inline {
            Inline::Link { text, target } => Some((plain_text(text), target.as_str())),
            _ => None,
        });
        assert_eq!(
            link,
            leads_to.map(|target| (shown.to_owned(), target)),
            "{template}: {blocks:?}"
        );
        assert_eq!(
            plain_text(inlines),
            template.replace('@', value),
            "{blocks:?}"
        );
    }

    #[test]
    fn an_address_goes_on_behind_a_value_and_ends_where_the_text_does() {
        check_linked(
            "log: https://ci.example/job/@/log, then",
            "a b",
            "https://ci.example/job/a b/log",
            Some("https://ci.example/job/a%20b/log"),
        );
        check_linked(
            "https://ci.example/@@.",
            "7",
            "https://ci.example/77",
            Some("https://ci.example/77"),
        );
        check_linked("https://@/x", "evil.example", "", None);
        check_linked("https://ci.example@/x", ".evil.example", "", None);
        check_linked(
            "详见https://a.example/x（@）",
            "y",
            "https://a.example/x",
            Some("https://a.example/x"),
        );
        check_linked(
            "“https://a.example/x”！@",
            "y",
            "https://a.example/x",
            Some("https://a.example/x"),
        );
        check_linked(
            "(see https://a.example/x_(y)) @",
            "y",
            "https://a.example/x_(y)",
            Some("https://a.example/x_%28y%29"),
        );
        check_linked(
            "https://[bad/ https://b.example @",
            "y",
            "https://b.example",
            Some("https://b.example/"),
        );
    }

    proptest! {
        #[test]
        fn linking_loses_no_text(parts in collection::vec(
            (any::<bool>(), "(https://|http://|[a-c]|[ ./?#(){}\\]，。@:-]|é|\u{e000}){0,6}"), 0..8)) {
            let inlines: Vec<Inline> = parts
                .into_iter()
                .map(|(is_value, part)| match is_value {
                    true => Inline::Value(part),
                    false => Inline::Text(part),
                })
                .collect();
            prop_assert_eq!(plain_text(&linked(inlines.clone())), plain_text(&inlines));
        }
    }

    #[test]
    fn an_address_in_an_address_is_part_of_its_query() {
        let mut marks = Marks::with_addresses(["https://ci.example/1".to_owned()]);
        let mark = marks.mark("https://ci.example/1").unwrap();
        let shown = "https://a.example/?u=https://ci.example/1";
        let blocks = parse(&format!("https://a.example/?u={mark} and {mark}"), &marks);
        let [Block::Paragraph(inlines)] = blocks.as_slice() else {
            panic!("{blocks:?}");
        };
        let targets: Vec<_> = inlines
            .iter()
            .filter_map(|inline| match inline {
                Inline::Link { target, .. } => Some(target.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(
            targets,
            [
                "https://a.example/?u=https%3A//ci.example/1",
                "https://ci.example/1"
            ]
        );
        assert!(plain_text(inlines).starts_with(shown), "{inlines:?}");
    }

    #[test]
    fn addresses_are_links_in_headings_cells_and_emphasis_but_not_in_links() {
        let shown = |markdown: &str| format!("{:?}", parse(markdown, &Marks::default()));
        for markdown in [
            "# at https://a.example/x",
            "| https://a.example/x |\n|---|\n",
            "**at https://a.example/x**",
        ] {
            assert_eq!(shown(markdown).matches("Link {").count(), 1, "{markdown}");
        }
        for markdown in [
            "[**https://a.example**](https://b.example)",
            "[![build](https://a.example/badge.svg)](https://b.example)",
            "[](https://b.example)",
        ] {
            let shown = shown(markdown);
            assert_eq!(shown.matches("Link {").count(), 1, "{shown}");
            assert!(!shown.contains("Image"), "{shown}");
        }
    }

    #[test]
    fn emphasis_works_beside_chinese_punctuation() {
        for (markdown, bold) in [
            ("**结果：**成功", "结果："),
            ("构建**（失败）**了", "（失败）"),
            ("他说**“好”**吗", "“好”"),
            ("**成功**了", "成功"),
            ("**失败!**了", "失败!"),
        ] {
            let blocks = parse(markdown, &Marks::default());
            let [Block::Paragraph(inlines)] = blocks.as_slice() else {
                panic!("{blocks:?}");
            };
            assert!(
                inlines.contains(&Inline::Strong(vec![text(bold)])),
                "{markdown}: {inlines:?}"
            );
            assert_eq!(plain_text(inlines), markdown.replace('*', ""));
        }
        let code = parse("`结果：**成功`", &Marks::default());
        assert!(format!("{code:?}").contains("结果：**成功"), "{code:?}");
    }

    #[test]
    fn lists_quotes_tables_and_code_are_read() {
        let blocks = parse(
            "- a\n- b\n  1. c\n\n> q\n\n| h | i |\n|---|---|\n| 1 |\n\n```rust\nlet x;\n```\n---\na<br>b ~~c~~\n",
            &Marks::default(),
        );
        let paragraph = |inline| Block::Paragraph(vec![inline]);
        assert_eq!(
            blocks,
            [
                Block::List {
                    start: None,
                    items: vec![
                        vec![paragraph(text("a"))],
                        vec![
                            paragraph(text("b")),
                            Block::List {
                                start: Some(1),
                                items: vec![vec![paragraph(text("c"))]]
                            }
                        ],
                    ],
                },
                Block::Quote(vec![paragraph(text("q"))]),
                Block::Table {
                    sides: vec![Side::Usual, Side::Usual],
                    head: vec![vec![text("h")], vec![text("i")]],
                    rows: vec![vec![vec![text("1")], vec![]]],
                },
                Block::CodeBlock {
                    language: "rust".to_owned(),
                    code: "let x;".to_owned()
                },
                Block::Rule,
                Block::Paragraph(vec![
                    text("a"),
                    Inline::HardBreak,
                    text("b "),
                    Inline::Strike(vec![text("c")]),
                ]),
            ]
        );
    }

    #[test]
    fn html_is_text_but_for_breaks_and_colours() {
        let blocks = parse("a <b>x</b> <font color=\"red\">y</font>", &Marks::default());
        let [Block::Paragraph(inlines)] = blocks.as_slice() else {
            panic!("{blocks:?}");
        };
        assert_eq!(plain_text(inlines), "a <b>x</b> y");
        assert_eq!(
            inlines.last(),
            Some(&Inline::Toned(Tone::Bad, vec![text("y")]))
        );
        for markdown in [
            "**<font color=info>y**</font> z",
            "<font color='#2da44e'>y\n\nz</font>",
            "- <font color=\"info\">y\n- z</font></font>",
        ] {
            let blocks = format!("{:?}", parse(markdown, &Marks::default()));
            assert!(
                blocks.contains("Toned(Good, [Text(\"y\")])"),
                "{markdown}: {blocks}"
            );
        }
        let blocks = parse(
            "<p>\n<font color=\"red\">Deploy failed</font>\n</p>\n\n<br> see the log",
            &Marks::default(),
        );
        let text = format!("{blocks:?}");
        assert!(
            text.contains("Deploy failed") && text.contains("see the log"),
            "{text}"
        );
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_is_lost() {
        let blocks = parse(&format!("{}deep", "> ".repeat(5000)), &Marks::default());
        assert!(format!("{blocks:?}").contains("deep"));
        let emphasis = format!("{}deep{}", "*a ".repeat(5000), " b*".repeat(5000));
        assert!(format!("{:?}", parse(&emphasis, &Marks::default())).contains("deep"));
    }
}
