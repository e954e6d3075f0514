//! What the text dialects share: walking the document and laying it out in lines. A dialect says
//! how each construct is spelled; a construct it lacks has a spelling here that keeps the meaning.

use super::neutral::Place;
use crate::model::document::{Block, Inline, Side, Target, Tone, plain_text};
use crate::model::text::head_chars;

/// One text dialect of Markdown.
///
/// The methods with a body are the spelling for dialects that lack the construct.
pub trait Dialect {
    /// Text that the author wrote and that is no markup.
    fn text(&self, text: &str, place: Place) -> String;

    /// Text from outside.
    fn value(&self, text: &str, place: Place) -> String {
        self.text(text, place)
    }

    /// Bold text.
    fn strong(&self, inner: &str) -> String;

    /// Italic text.
    fn emphasis(&self, inner: &str) -> String {
        inner.to_owned()
    }

    /// Struck text.
    fn strike(&self, inner: &str) -> String {
        inner.to_owned()
    }

    /// Code on one line.
    fn code(&self, code: &str, place: Place) -> String {
        self.value(code, place)
    }

    /// A link.
    fn link(&self, text: &str, target: &Target) -> String;

    /// A picture: a link, where the dialect has none.
    fn image(&self, alt: &str, target: &Target) -> String {
        self.link(alt, target)
    }

    /// Text in colour.
    fn toned(&self, tone: Tone, inner: &str) -> String {
        let _ = tone;
        inner.to_owned()
    }

    /// A line end inside a paragraph that must stay.
    fn hard_break(&self) -> &'static str {
        "\n"
    }

    /// A line end inside a paragraph that the author happened to make.
    fn soft_break(&self) -> &'static str {
        " "
    }

    /// A heading.
    fn heading(&self, level: u8, inner: &str) -> String {
        let _ = level;
        self.strong(inner)
    }

    /// A heading inside a list item or a quotation.
    fn heading_inside(&self, level: u8, inner: &str) -> String {
        self.heading(level, inner)
    }

    /// A quotation of several lines.
    fn quote(&self, inner: &str) -> String {
        prefixed_lines(inner, "> ")
    }

    /// The marker of a list item; `number` for numbered lists.
    fn marker(&self, number: Option<u64>) -> String {
        number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "))
    }

    /// Code on lines of its own: quoted, where the dialect has no fences.
    fn code_block(&self, language: &str, code: &str) -> String {
        let _ = language;
        let lines: Vec<String> = code
            .lines()
            .map(|line| {
                // Blanks at the start of a line are dropped, or begin code of another kind.
                let code = line.trim_start_matches([' ', '\t']);
                let indent = "\u{a0}".repeat(line.len() - code.len());
                let place = match indent.is_empty() {
                    true => Place::LineStart,
                    false => Place::Inline,
                };
                indent + &self.value(code, place)
            })
            .collect();
        self.quote(&lines.join(self.hard_break()))
    }

    /// What stands in a list item below its first line, where the dialect can show that it is
    /// nested.
    fn nested(&self, inner: &str) -> String {
        inner.to_owned()
    }

    /// What stands between two paragraphs of one list item.
    fn item_gap(&self) -> &'static str {
        self.hard_break()
    }

    /// Whether a long address that stands for itself is shown in part: it can be touched.
    fn shortens_addresses(&self) -> bool {
        true
    }

    /// A table, cells already written; `None` where the dialect has none, or no more of them.
    fn table(&self, sides: &[Side], head: &[String], rows: &[Vec<String>]) -> Option<String> {
        let _ = (sides, head, rows);
        None
    }

    /// Whether a blank must stand between the marks of bold or italic text and what is outside:
    /// between letters, marks beside a punctuation character are not read as marks.
    fn sets_off(&self, inside: char, outside: char) -> bool {
        !inside.is_alphanumeric() && outside.is_alphanumeric()
    }

    /// A rule across the page.
    fn rule(&self) -> String {
        String::new()
    }

    /// The labelled facts, values already written.
    fn fields(&self, fields: &[(&str, String)]) -> String {
        let lines: Vec<String> = fields
            .iter()
            .map(|(label, value)| format!("{}{}{value}", self.strong(label), colon(label)))
            .collect();
        lines.join(self.hard_break())
    }

    /// What stands between two blocks.
    fn block_gap(&self) -> &'static str {
        "\n\n"
    }

    /// Writes a document.
    fn write(&self, blocks: &[Block]) -> String
    where
        Self: Sized,
    {
        Walk(self).write(blocks)
    }

    /// Writes one block.
    fn write_block(&self, block: &Block) -> String
    where
        Self: Sized,
    {
        Walk(self).write_block(block)
    }

    /// Writes running text.
    fn inlines(&self, inlines: &[Inline], place: Place) -> String
    where
        Self: Sized,
    {
        Walk(self).inlines(inlines, place)
    }
}

/// Walks through a document and asks a dialect for each piece: one walk for all of them, where one
/// for each would be thirty kilobytes.
pub(crate) struct Walk<'d>(pub(crate) &'d dyn Dialect);

impl Walk<'_> {
    /// Writes a document.
    pub(crate) fn write(&self, blocks: &[Block]) -> String {
        let written: Vec<String> = blocks
            .iter()
            .map(|block| self.write_block(block))
            .filter(|text| !text.trim().is_empty())
            .collect();
        written.join(self.0.block_gap())
    }

    /// Writes one block.
    fn write_block(&self, block: &Block) -> String {
        match block {
            Block::Heading(level, inner) => self.0.heading(*level, &self.line(inner)),
            Block::Paragraph(inner) => self.inlines(inner, Place::LineStart),
            Block::Quote(inner) => {
                let written: Vec<String> = inner
                    .iter()
                    .map(|block| self.write_inside(block))
                    .filter(|text| !text.trim().is_empty())
                    .collect();
                self.0.quote(&written.join(self.0.block_gap()))
            }
            Block::List { start, items } => self.list(*start, items),
            Block::CodeBlock { language, code } => self.0.code_block(language, code),
            Block::Table { sides, head, rows } => {
                let cells = |row: &Vec<Vec<Inline>>| -> Vec<String> {
                    row.iter()
                        .map(|cell| on_one_line(&self.inlines(cell, Place::LineStart)))
                        .collect()
                };
                let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
                let head = cells(head);
                let table = self.0.table(sides, &head, &rows);
                table.unwrap_or_else(|| self.table_as_list(&head, &rows))
            }
            Block::Rule => self.0.rule(),
            Block::Fields(fields) => {
                let written: Vec<(&str, String)> = fields
                    .iter()
                    .map(|field| (field.label, self.inlines(&field.value, Place::Inline)))
                    .collect();
                self.0.fields(&written)
            }
        }
    }

    /// Writes one block of a list item or a quotation.
    fn write_inside(&self, block: &Block) -> String {
        match block {
            Block::Heading(level, inner) => self.0.heading_inside(*level, &self.line(inner)),
            block => self.write_block(block),
        }
    }

    /// Writes running text that has one line.
    fn line(&self, inner: &[Inline]) -> String {
        on_one_line(&self.inlines(inner, Place::Inline))
    }

    /// A table as a list: each row an item, each cell with the name of its column. Without any
    /// cell that says something the names are all there is.
    fn table_as_list(&self, head: &[String], rows: &[Vec<String>]) -> String {
        if rows.iter().flatten().all(String::is_empty) {
            let names = head.iter().filter(|name| !name.is_empty());
            let names: Vec<String> = names.map(|name| self.0.strong(name)).collect();
            return match names.is_empty() {
                true => String::new(),
                false => format!("{}{}", self.0.marker(None), names.join(", ")),
            };
        }
        let lines = rows.iter().map(|row| {
            let cells = head.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<String> = cells
                .map(|(name, cell)| match name.is_empty() {
                    true => cell.clone(),
                    false => format!("{}{}{cell}", self.0.strong(name), colon(name)),
                })
                .collect();
            format!("{}{}", self.0.marker(None), cells.join(", "))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Writes a list. Nested blocks follow their item on lines of their own.
    fn list(&self, start: Option<u64>, items: &[Vec<Block>]) -> String {
        let written = items.iter().enumerate().map(|(at, item)| {
            let number = start.map(|first| first.saturating_add(at as u64));
            let mut written = self.0.marker(number);
            let mut before: Option<&Block> = None;
            for block in item {
                let part = self.write_inside(block);
                if part.trim().is_empty() {
                    continue;
                }
                match (before, block) {
                    (None, Block::Paragraph(_) | Block::Heading(..)) => {
                        let (first, others) = part.split_once('\n').unwrap_or((&part, ""));
                        written.push_str(first);
                        if !others.is_empty() {
                            written.push('\n');
                            written.push_str(&self.0.nested(others));
                        }
                    }
                    // What has a mark of its own at its start begins on a line of its own.
                    (None, _) => {
                        written.truncate(written.trim_end().len());
                        written.push('\n');
                        written.push_str(&self.0.nested(&part));
                    }
                    (Some(before), _) => {
                        written.push_str(self.gap_inside(before, block));
                        written.push_str(&self.0.nested(&part));
                    }
                }
                before = Some(block);
            }
            written
        });
        written.collect::<Vec<_>>().join("\n")
    }

    /// What stands between two blocks of one list item: a line end where the second begins by its
    /// own mark even right behind running text, else a blank line, without which it would become a
    /// part of the first.
    fn gap_inside(&self, before: &Block, block: &Block) -> &'static str {
        match (before, block) {
            (Block::Paragraph(_), Block::Paragraph(_)) => self.0.item_gap(),
            (
                Block::Paragraph(_) | Block::Heading(..),
                Block::Heading(..) | Block::Quote(_) | Block::CodeBlock { .. },
            )
            | (Block::Heading(..), Block::Paragraph(_)) => "\n",
            (Block::Paragraph(_) | Block::Heading(..), Block::List { start, items }) => {
                let is_first = start.is_none_or(|number| number == 1);
                match is_first && items.first().is_some_and(|item| !item.is_empty()) {
                    true => "\n",
                    false => self.0.block_gap(),
                }
            }
            _ => self.0.block_gap(),
        }
    }

    /// Writes running text.
    fn inlines(&self, inlines: &[Inline], place: Place) -> String {
        let mut written = String::new();
        // The last character inside bold or italic text that has just ended.
        let mut ended = None;
        let mut line = Line::Start(place);
        let mut open = vec![inlines.iter()];
        while let Some(innermost) = open.last_mut() {
            let Some(inline) = innermost.next() else {
                open.pop();
                continue;
            };
            let (is_start, here) = match line {
                Line::Start(place) => (true, place),
                Line::Filled => (false, Place::Inline),
            };
            let part = match inline {
                Inline::Text(text) => self.0.text(text, here),
                Inline::Value(text) => self.0.value(text, here),
                Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
                    let inner = self.inlines(inner, here);
                    let marked = match inline {
                        Inline::Strong(_) => self.0.strong(inner.trim()),
                        Inline::Emphasis(_) => self.0.emphasis(inner.trim()),
                        _ => self.0.strike(inner.trim()),
                    };
                    let outside = written.chars().next_back().filter(|_| !is_start);
                    let parted = Parted::new(self.0, &inner, marked, outside);
                    let text = match here {
                        Place::LineStart => parted.text.trim_start_matches(BLANKS),
                        Place::Inline => &parted.text,
                    };
                    push_behind(self.0, &mut written, ended, text);
                    line = line.behind(text);
                    ended = parted.ended;
                    continue;
                }
                Inline::Code(code) => self.0.code(code, here),
                Inline::Link { text, target } => {
                    let mut shown = self.inlines(text, Place::Inline);
                    // An address that is its own text stays whole, so that it can be copied.
                    let plain = plain_text(text);
                    if Target::new(&plain).as_ref() == Some(target) {
                        if self.0.shortens_addresses() && plain.chars().count() > ADDRESS_CHARS {
                            shown = self
                                .0
                                .text(&head_chars(&plain, ADDRESS_CHARS), Place::Inline);
                        }
                        for (broken, whole) in BROKEN_SCHEMES {
                            shown = shown.replace(broken, whole);
                        }
                    }
                    self.0.link(&shown, target)
                }
                Inline::Image { alt, target } => {
                    self.0.image(&self.inlines(alt, Place::Inline), target)
                }
                // Where a colour leaves nothing behind, what it holds stands beside what is outside.
                Inline::Toned(tone, inner) if self.0.toned(*tone, "x") == "x" => {
                    open.push(inner.iter());
                    continue;
                }
                Inline::Toned(tone, inner) => {
                    let inner = self.inlines(inner, here);
                    // A colour around blocks comes as an empty pair of tags.
                    match inner.trim().is_empty() {
                        true => inner,
                        false => self.0.toned(*tone, &inner),
                    }
                }
                Inline::SoftBreak => self.0.soft_break().to_owned(),
                Inline::HardBreak => self.0.hard_break().to_owned(),
            };
            let part = match here {
                // Four blanks at the start of a line would make code of it.
                Place::LineStart => part.trim_start_matches(BLANKS),
                Place::Inline => &part,
            };
            push_behind(self.0, &mut written, ended.take(), part);
            line = line.behind(part);
        }
        written
    }
}

/// What stands between a label and its value, as the label's language has it.
pub fn colon(label: &str) -> &'static str {
    match label.ends_with(|c: char| c >= '\u{2e80}') {
        true => "：",
        false => ": ",
    }
}

/// The end of a scheme, broken so that the address is not linked by itself, and whole: as it is,
/// and as Lark's entities write it.
const BROKEN_SCHEMES: [(&str, &str); 2] = [
    (":\u{200b}//", "://"),
    ("&#58;\u{200b}&#47;&#47;", "&#58;&#47;&#47;"),
];

/// Longest address that is shown whole, in characters.
const ADDRESS_CHARS: usize = 80;

const BLANKS: [char; 2] = [' ', '\t'];

/// Where in its line the next text stands.
#[derive(Clone, Copy)]
enum Line {
    /// Nothing but blanks and marks stands before it; what that means, the caller knows.
    Start(Place),
    /// Text stands before it.
    Filled,
}

impl Line {
    fn behind(self, text: &str) -> Self {
        let break_at = text.rfind('\n').map(|at| at + 1);
        let tag_at = text.rfind("<br>").map(|at| at + "<br>".len());
        let (line, rest) = match break_at.max(tag_at) {
            Some(at) => (
                Self::Start(Place::LineStart),
                text.get(at..).unwrap_or_default(),
            ),
            None => (self, text),
        };
        match rest.trim_matches([' ', '>', '\u{200b}']).is_empty() {
            true => line,
            false => Self::Filled,
        }
    }
}

/// A picture as Markdown writes it. Readers that know footnotes take `![^` for the sign of one
/// behind an exclamation mark, unless something stands between.
pub(super) fn picture(alt: &str, target: &Target) -> String {
    let gap = if alt.starts_with('^') { " " } else { "" };
    format!("![{gap}{alt}]({})", target.as_str())
}

/// A heading by number signs. At its end they would be taken for its frame.
pub(super) fn marked_heading(level: u8, inner: &str) -> String {
    let marks = "#".repeat(usize::from(level.clamp(1, 6)));
    let end = if inner.ends_with('#') { "\u{200b}" } else { "" };
    format!("{marks} {inner}{end}")
}

/// Headings and cells have one line, and no blanks around it.
fn on_one_line(text: &str) -> String {
    let line = text.replace("  \n", " ").replace('\n', " ");
    line.trim().to_owned()
}

/// Bold or italic text with the blanks it needs around its marks.
struct Parted {
    text: String,
    ended: Option<char>,
}

impl Parted {
    fn new(dialect: &dyn Dialect, inner: &str, marked: String, outside: Option<char>) -> Self {
        let trimmed = inner.trim();
        // Without marks nothing can be misread, and without text there is nothing to mark.
        if trimmed.is_empty() || marked == trimmed {
            return Self {
                text: inner.to_owned(),
                ended: None,
            };
        }
        let before = inner.len() - inner.trim_start().len();
        let (blanks, rest) = inner.split_at_checked(before).unwrap_or(("", inner));
        let behind = rest.get(rest.trim_end().len()..).unwrap_or_default();
        let needs_gap = blanks.is_empty()
            && trimmed
                .chars()
                .next()
                .zip(outside.filter(|c| !c.is_whitespace()))
                .is_some_and(|(inside, outside)| {
                    is_mark(outside) || dialect.sets_off(inside, outside)
                });
        let gap = if needs_gap { " " } else { "" };
        Self {
            text: format!("{gap}{blanks}{marked}{behind}"),
            ended: trimmed.chars().next_back().filter(|_| behind.is_empty()),
        }
    }
}

/// Adds text behind bold or italic text that ended in `ended`, with a blank where one is needed.
fn push_behind(dialect: &dyn Dialect, written: &mut String, ended: Option<char>, text: &str) {
    let next = text.chars().next().filter(|c| !c.is_whitespace());
    if let (Some(inside), Some(outside)) = (ended, next)
        && (is_mark(outside) || dialect.sets_off(inside, outside))
        && !text.starts_with("<br>")
    {
        written.push(' ');
    }
    written.push_str(text);
}

/// The characters that bold, italic and struck text is marked with: two pairs side by side would
/// be read as something else.
const fn is_mark(c: char) -> bool {
    matches!(c, '*' | '~' | '_')
}

/// A table as Markdown writes it; `usual` is the line below a head whose author said nothing.
pub(super) fn piped_table(
    sides: &[Side],
    usual: &str,
    head: &[String],
    rows: &[Vec<String>],
) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let mut rules = vec![usual.to_owned(); head.len()];
    for (rule, side) in rules.iter_mut().zip(sides) {
        let written = match side {
            Side::Usual => continue,
            Side::Left => ":---",
            Side::Middle => ":---:",
            Side::Right => "---:",
        };
        written.clone_into(rule);
    }
    let mut lines = vec![line(head), line(&rules)];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

/// Puts `prefix` before every line, the empty ones too.
pub(super) fn prefixed_lines(text: &str, prefix: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("{prefix}{line}")).collect();
    lines.join("\n")
}
