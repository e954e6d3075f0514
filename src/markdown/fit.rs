//! Fitting: makes a document small enough for its target by dividing the tree, so that every
//! construct stays closed and no character is split. What is measured is the finished text.
//!
//! A document is divided where a reader would divide it, if such a place is near: between blocks,
//! between items, rows and lines, between words.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::document::{Block, Field, Inline, Side, plain_text};

/// A document that fits, or as near as it can come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fitted {
    /// Nothing had to go.
    Whole(Vec<Block>),
    /// The end was cut, with a visible mark.
    Cut(Vec<Block>),
}

impl Fitted {
    /// The document.
    pub fn blocks(&self) -> &[Block] {
        match self {
            Self::Whole(blocks) | Self::Cut(blocks) => blocks,
        }
    }
}

/// The longest sensible beginning of the document for which `measure` gives at most `limit`.
///
/// When even the mark alone is too long, nothing is the answer: title and link are the caller's.
pub fn fit(blocks: Vec<Block>, limit: usize, measure: impl Fn(&[Block]) -> usize) -> Fitted {
    if measure(&blocks) <= limit {
        return Fitted::Whole(blocks);
    }
    let kept = |cut: Cut| marked(beginning(&blocks, cut.length), cut.seam);
    let cut = sensible_cut(&blocks, limit, |cut| measure(&kept(cut)) <= limit);
    let kept = kept(cut);
    Fitted::Cut(match measure(&kept) <= limit {
        true => kept,
        false => Vec::new(),
    })
}

/// Divides a document into at most `most` parts, each of which `measure` gives at most `limit`.
/// What does not even fit into that many is cut from the last one, with a visible mark.
pub fn split(
    blocks: Vec<Block>,
    limit: usize,
    most: usize,
    measure: impl Fn(&[Block]) -> usize,
) -> Vec<Fitted> {
    let mut parts = Vec::new();
    let mut rest = blocks;
    while parts.len() + 1 < most && (length(&rest) > limit || measure(&rest) > limit) {
        let fits = |cut: Cut| measure(&beginning(&rest, cut.length)) <= limit;
        let cut = sensible_cut(&rest, limit, fits);
        let (part, behind) = divided(&rest, cut.length);
        if !part.is_empty() {
            parts.push(Fitted::Whole(part));
            rest = behind;
            continue;
        }
        // What cannot be divided is an address that is too long, else a table's head.
        let first = rest.remove(0);
        let shorter = without_addresses(&first);
        if shorter == first {
            parts.push(fit(vec![first], limit, &measure));
        } else {
            rest.insert(0, shorter);
        }
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(fit(rest, limit, measure));
    }
    parts
}

/// A line of at most `limit` bytes, cut between graphemes with a visible mark.
pub fn fit_line(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut fitted = String::new();
    for grapheme in text.graphemes(true) {
        if fitted.len() + grapheme.len() + MARK.len() > limit {
            break;
        }
        fitted.push_str(grapheme);
    }
    fitted + MARK
}

/// Shows that something was cut.
const MARK: &str = "…";

/// Where to divide a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    /// How much comes before, in the measure of [`length_of`].
    length: usize,
    /// What kind of place it is.
    seam: Seam,
}

/// The length that is tried first.
const FIRST_TRY: usize = 128;

/// How good a place is for a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seam {
    /// Between two blocks of the document.
    Blocks,
    /// Between items, rows, fields or lines.
    Parts,
    /// Between words.
    Words,
    /// Between any two characters.
    Anywhere,
}

impl Seam {
    /// How much of what would fit may be given up for such a place.
    fn price(self, length: usize) -> usize {
        match self {
            Self::Blocks => length / 4,
            Self::Parts => length / 6,
            Self::Words => (length / 3).min(24),
            Self::Anywhere => 0,
        }
    }
}

/// The longest beginning that `fits`, or a somewhat shorter one that ends at a better place. Every
/// grapheme takes at least one of `limit`, so a beginning that is longer is not even tried.
fn sensible_cut(blocks: &[Block], limit: usize, fits: impl Fn(Cut) -> bool) -> Cut {
    let mut seams = Seams::default();
    seams.blocks(blocks, Seam::Blocks);
    let anywhere = |length| Cut {
        length,
        seam: Seam::Anywhere,
    };
    let end = seams.length.min(limit.saturating_add(1));
    // From short to long: what is tried costs as much as it is long.
    let (mut longest, mut too_long) = (0, FIRST_TRY.min(end));
    while too_long < end && fits(anywhere(too_long)) {
        longest = too_long;
        too_long = too_long.saturating_mul(2).min(end);
    }
    while longest + 1 < too_long {
        let middle = longest + (too_long - longest) / 2;
        match fits(anywhere(middle)) {
            true => longest = middle,
            false => too_long = middle,
        }
    }
    let best = |wanted: Seam| {
        let near = seams
            .found
            .iter()
            .rev()
            .filter(|cut| cut.seam == wanted && cut.length <= longest)
            .take_while(|cut| cut.length + wanted.price(longest) >= longest);
        near.copied().find(|cut| fits(*cut))
    };
    best(Seam::Blocks)
        .or_else(|| best(Seam::Parts))
        .or_else(|| best(Seam::Words))
        .unwrap_or(anywhere(longest))
}

/// The places of a document where it may be divided, in order.
#[derive(Default)]
struct Seams {
    length: usize,
    found: Vec<Cut>,
}

impl Seams {
    fn mark(&mut self, seam: Seam) {
        if self.length > 0 {
            let length = self.length;
            self.found.push(Cut { length, seam });
        }
    }

    fn blocks(&mut self, blocks: &[Block], seam: Seam) {
        for block in blocks {
            self.block(block);
            // A heading stays with what it heads.
            if !matches!(block, Block::Heading(..)) {
                self.mark(seam);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(_, inlines) | Block::Paragraph(inlines) => self.inlines(inlines),
            Block::Quote(inner) => self.blocks(inner, Seam::Parts),
            Block::List { items, .. } => {
                for item in items {
                    self.blocks(item, Seam::Parts);
                }
            }
            Block::CodeBlock { code, .. } => self.text(code),
            Block::Table { head, rows, .. } => {
                self.length += row_length(head);
                for row in rows {
                    self.length += row_length(row);
                    self.mark(Seam::Parts);
                }
            }
            Block::Rule => self.length += 1,
            Block::Fields(fields) => {
                for field in fields {
                    self.inlines(&field.value);
                    self.mark(Seam::Parts);
                }
            }
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text(text) | Inline::Value(text) | Inline::Code(text) => self.text(text),
                Inline::Strong(inner)
                | Inline::Emphasis(inner)
                | Inline::Strike(inner)
                | Inline::Toned(_, inner) => self.inlines(inner),
                Inline::Link { text, .. } if inlines_length(text) > 0 => self.inlines(text),
                Inline::Link { .. } | Inline::Image { .. } => self.length += length_of(inline),
                Inline::SoftBreak => {
                    self.length += 1;
                    self.mark(Seam::Words);
                }
                Inline::HardBreak => {
                    self.length += 1;
                    self.mark(Seam::Parts);
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_ascii() {
            for byte in text.bytes() {
                self.length += 1;
                match byte {
                    b'\n' => self.mark(Seam::Parts),
                    b' ' | b'\t' => self.mark(Seam::Words),
                    _ => {}
                }
            }
            return;
        }
        for grapheme in text.graphemes(true) {
            self.length += 1;
            match grapheme {
                "\n" => self.mark(Seam::Parts),
                grapheme if grapheme.starts_with(char::is_whitespace) => self.mark(Seam::Words),
                // Chinese and Japanese have no blanks; their sentences end in these.
                "，" | "。" | "、" | "；" | "！" | "？" => self.mark(Seam::Words),
                _ => {}
            }
        }
    }
}

/// Graphemes of a text. Of ASCII each is one; carriage returns are gone before they come here.
fn count(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.graphemes(true).count(),
    }
}

/// How long a document is.
fn length(blocks: &[Block]) -> usize {
    let mut seams = Seams::default();
    seams.blocks(blocks, Seam::Blocks);
    seams.length
}

/// The block with its links and pictures as text.
fn without_addresses(block: &Block) -> Block {
    let inlines = |all: &[Inline]| all.iter().map(without_address).collect::<Vec<_>>();
    let blocks = |all: &[Block]| all.iter().map(without_addresses).collect::<Vec<_>>();
    match block {
        Block::Heading(level, inner) => Block::Heading(*level, inlines(inner)),
        Block::Paragraph(inner) => Block::Paragraph(inlines(inner)),
        Block::Quote(inner) => Block::Quote(blocks(inner)),
        Block::List { start, items } => Block::List {
            start: *start,
            items: items.iter().map(|item| blocks(item)).collect(),
        },
        Block::Table { sides, head, rows } => {
            let row = |cells: &Vec<Vec<Inline>>| cells.iter().map(|cell| inlines(cell)).collect();
            Block::Table {
                sides: sides.clone(),
                head: row(head),
                rows: rows.iter().map(row).collect(),
            }
        }
        Block::Fields(fields) => {
            let field = |field: &Field| Field {
                value: inlines(&field.value),
                ..field.clone()
            };
            Block::Fields(fields.iter().map(field).collect())
        }
        Block::CodeBlock { .. } | Block::Rule => block.clone(),
    }
}

fn without_address(inline: &Inline) -> Inline {
    let inner = |all: &[Inline]| all.iter().map(without_address).collect::<Vec<_>>();
    match inline {
        Inline::Link { text, .. } | Inline::Image { alt: text, .. } => {
            Inline::Value(plain_text(text))
        }
        Inline::Strong(all) => Inline::Strong(inner(all)),
        Inline::Emphasis(all) => Inline::Emphasis(inner(all)),
        Inline::Strike(all) => Inline::Strike(inner(all)),
        Inline::Toned(tone, all) => Inline::Toned(*tone, inner(all)),
        other => other.clone(),
    }
}

/// How long an inline is: graphemes of text, and one for everything else that stands for itself.
fn length_of(inline: &Inline) -> usize {
    match inline {
        Inline::Text(text) | Inline::Value(text) | Inline::Code(text) => count(text),
        Inline::Strong(inner)
        | Inline::Emphasis(inner)
        | Inline::Strike(inner)
        | Inline::Toned(_, inner) => inlines_length(inner),
        Inline::Link { text: inner, .. } | Inline::Image { alt: inner, .. } => {
            inlines_length(inner).max(1)
        }
        Inline::SoftBreak | Inline::HardBreak => 1,
    }
}

fn inlines_length(inlines: &[Inline]) -> usize {
    inlines.iter().map(length_of).sum()
}

fn row_length(cells: &[Vec<Inline>]) -> usize {
    cells.iter().map(|cell| inlines_length(cell)).sum()
}

/// The document before and behind a place; what straddles it is closed before and opened again
/// behind.
fn divided(blocks: &[Block], length: usize) -> (Vec<Block>, Vec<Block>) {
    let mut divider = Divider {
        left: length,
        rest: Rest::Kept,
    };
    divider.each(blocks, Divider::block)
}

/// The document before a place.
fn beginning(blocks: &[Block], length: usize) -> Vec<Block> {
    let mut divider = Divider {
        left: length,
        rest: Rest::Dropped,
    };
    divider.each(blocks, Divider::block).0
}

/// Divides what it is given one after the other, as long as something is left to keep.
struct Divider {
    left: usize,
    rest: Rest,
}

/// What becomes of the part behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// It is wanted too.
    Kept,
    /// Nobody asks for it, so it is not even looked at.
    Dropped,
}

/// The part before and the part behind, as far as there is something.
type Halves<T> = (Option<T>, Option<T>);

impl Divider {
    fn each<T: Clone>(
        &mut self,
        all: &[T],
        divide: impl Fn(&mut Self, &T) -> Halves<T>,
    ) -> (Vec<T>, Vec<T>) {
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        for one in all {
            match (self.left, self.rest) {
                (0, Rest::Dropped) => break,
                (0, Rest::Kept) => {
                    behind.push(one.clone());
                    continue;
                }
                _ => {}
            }
            let (head, tail) = divide(self, one);
            before.extend(head);
            behind.extend(tail);
        }
        (before, behind)
    }

    fn block(&mut self, block: &Block) -> Halves<Block> {
        match block {
            Block::Heading(level, inner) => {
                self.wrapped(inner, |inner| Block::Heading(*level, inner))
            }
            Block::Paragraph(inner) => self.wrapped(inner, Block::Paragraph),
            Block::Quote(inner) => {
                let (before, behind) = self.each(inner, Self::block);
                (
                    some(before).map(Block::Quote),
                    some(behind).map(Block::Quote),
                )
            }
            Block::List { start, items } => self.list(*start, items),
            Block::CodeBlock { language, code } => {
                let (before, behind) = self.text(code);
                let block = |code: String| Block::CodeBlock {
                    language: language.clone(),
                    code: code.trim_end_matches('\n').to_owned(),
                };
                (before.map(block), behind.map(block))
            }
            Block::Table { sides, head, rows } => self.table(sides, head, rows),
            Block::Rule => match self.left {
                0 => (None, Some(Block::Rule)),
                _ => {
                    self.left -= 1;
                    (Some(Block::Rule), None)
                }
            },
            Block::Fields(fields) => {
                let (before, behind) = self.each(fields, |divider, field| {
                    divider.wrapped(&field.value, |value| Field {
                        name: field.name,
                        label: field.label,
                        value,
                    })
                });
                (
                    some(before).map(Block::Fields),
                    some(behind).map(Block::Fields),
                )
            }
        }
    }

    /// Numbers go on behind the place, and a divided item keeps its own.
    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>]) -> Halves<Block> {
        let (before, behind) = self.each(items, |divider, item| {
            let (before, behind) = divider.each(item, Self::block);
            (some(before), some(behind))
        });
        let moved = items.len().saturating_sub(behind.len()) as u64;
        let list = |start, items| Block::List { start, items };
        (
            some(before).map(|items| list(start, items)),
            some(behind).map(|items| list(start.map(|first| first.saturating_add(moved)), items)),
        )
    }

    /// Rows stay whole, and each part gets the head; a row too long for everything is divided by
    /// its cells.
    fn table(
        &mut self,
        sides: &[Side],
        head: &[Vec<Inline>],
        rows: &[Vec<Vec<Inline>>],
    ) -> Halves<Block> {
        let (before, behind) = match self.left.checked_sub(row_length(head)) {
            None => {
                self.left = 0;
                (Vec::new(), rows.to_vec())
            }
            Some(left) => {
                self.left = left;
                self.each(rows, |divider, row| {
                    let cells = |divider: &mut Self| {
                        let halves: Vec<(Vec<Inline>, Vec<Inline>)> = row
                            .iter()
                            .map(|cell| divider.each(cell, Self::inline))
                            .collect();
                        halves.into_iter().unzip()
                    };
                    let is_whole = divider.left >= row_length(row);
                    let is_behind = divider.left == 0;
                    let (before, behind): (Vec<_>, Vec<_>) = cells(divider);
                    (
                        (!is_behind).then_some(before),
                        (!is_whole).then_some(behind),
                    )
                })
            }
        };
        let table = |rows| Block::Table {
            sides: sides.to_vec(),
            head: head.to_vec(),
            rows,
        };
        match rows.is_empty() {
            // A table of a head alone goes as one.
            true if self.left > 0 || row_length(head) == 0 => (Some(table(before)), None),
            true => (None, Some(table(behind))),
            false => (some(before).map(table), some(behind).map(table)),
        }
    }

    fn wrapped<T>(&mut self, inner: &[Inline], wrap: impl Fn(Vec<Inline>) -> T) -> Halves<T> {
        let (mut before, mut behind) = self.each(inner, Self::inline);
        if !behind.is_empty() {
            // Blanks and line ends at the place are part of neither.
            while let Some(last) = before.last_mut() {
                if let Inline::Text(text) | Inline::Value(text) = last {
                    text.truncate(text.trim_end().len());
                }
                if !is_empty(last) {
                    break;
                }
                before.pop();
            }
            while let Some(first) = behind.first_mut() {
                if let Inline::Text(text) | Inline::Value(text) = first {
                    text.drain(..text.len() - text.trim_start().len());
                }
                if !is_empty(first) {
                    break;
                }
                behind.remove(0);
            }
        }
        (some(before).map(&wrap), some(behind).map(&wrap))
    }

    fn inline(&mut self, inline: &Inline) -> Halves<Inline> {
        let wrapped = |divider: &mut Self, inner: &[Inline], wrap: fn(Vec<Inline>) -> Inline| {
            let (before, behind) = divider.each(inner, Self::inline);
            (some(before).map(wrap), some(behind).map(wrap))
        };
        let text = |divider: &mut Self, text: &str, wrap: fn(String) -> Inline| {
            let (before, behind) = divider.text(text);
            (before.map(wrap), behind.map(wrap))
        };
        match inline {
            Inline::Text(it) => text(self, it, Inline::Text),
            Inline::Value(it) => text(self, it, Inline::Value),
            Inline::Code(it) => text(self, it, Inline::Code),
            Inline::Strong(inner) => wrapped(self, inner, Inline::Strong),
            Inline::Emphasis(inner) => wrapped(self, inner, Inline::Emphasis),
            Inline::Strike(inner) => wrapped(self, inner, Inline::Strike),
            Inline::Toned(tone, inner) => {
                let (before, behind) = self.each(inner, Self::inline);
                let toned = |inner| Inline::Toned(*tone, inner);
                (some(before).map(toned), some(behind).map(toned))
            }
            Inline::Link { text, target } => {
                self.wrapped_or_whole(inline, text, |text| Inline::Link {
                    text,
                    target: target.clone(),
                })
            }
            Inline::Image { .. } | Inline::SoftBreak | Inline::HardBreak => {
                self.wrapped_or_whole(inline, &[], |_| inline.clone())
            }
        }
    }

    /// Divides the text of an inline that has some; one without stays whole.
    fn wrapped_or_whole(
        &mut self,
        inline: &Inline,
        inner: &[Inline],
        wrap: impl Fn(Vec<Inline>) -> Inline,
    ) -> Halves<Inline> {
        if inlines_length(inner) > 0 {
            return self.wrapped(inner, wrap);
        }
        match self.left.checked_sub(length_of(inline)) {
            Some(left) if self.left > 0 => {
                self.left = left;
                (Some(inline.clone()), None)
            }
            _ => {
                self.left = 0;
                (None, Some(inline.clone()))
            }
        }
    }

    fn text(&mut self, text: &str) -> Halves<String> {
        let length = count(text);
        if length <= self.left {
            self.left -= length;
            return (Some(text.to_owned()), None);
        }
        let at = match text.is_ascii() {
            true => self.left,
            false => text.graphemes(true).take(self.left).map(str::len).sum(),
        };
        let (before, behind) = text.split_at_checked(at).unwrap_or((text, ""));
        self.left = 0;
        (
            (!before.is_empty()).then(|| before.to_owned()),
            (!behind.is_empty()).then(|| behind.to_owned()),
        )
    }
}

fn is_empty(inline: &Inline) -> bool {
    match inline {
        Inline::SoftBreak | Inline::HardBreak => true,
        Inline::Text(text) | Inline::Value(text) => text.is_empty(),
        _ => false,
    }
}

fn some<T>(all: Vec<T>) -> Option<Vec<T>> {
    (!all.is_empty()).then_some(all)
}

/// Adds the mark: behind the last text where it was cut, else on a line of its own.
fn marked(mut blocks: Vec<Block>, seam: Seam) -> Vec<Block> {
    let stands = match seam {
        Seam::Words | Seam::Anywhere => blocks.last_mut().is_some_and(mark_block),
        Seam::Blocks | Seam::Parts => false,
    };
    if !stands {
        blocks.push(Block::Paragraph(vec![Inline::Text(MARK.to_owned())]));
    }
    blocks
}

/// Whether the mark found a text to stand behind.
fn mark_block(block: &mut Block) -> bool {
    match block {
        Block::Heading(_, inlines) | Block::Paragraph(inlines) => mark_inlines(inlines),
        Block::Quote(inner) => inner.last_mut().is_some_and(mark_block),
        Block::List { items, .. } => items
            .last_mut()
            .and_then(|item| item.last_mut())
            .is_some_and(mark_block),
        Block::CodeBlock { code, .. } => {
            mark_text(code);
            true
        }
        Block::Table { rows, .. } => rows.last_mut().is_some_and(|row| {
            let filled = row.iter_mut().rev().find(|cell| !cell.is_empty());
            filled.is_some_and(|cell| mark_inlines(cell))
        }),
        Block::Rule => false,
        Block::Fields(fields) => fields
            .last_mut()
            .is_some_and(|field| mark_inlines(&mut field.value)),
    }
}

fn mark_inlines(inlines: &mut [Inline]) -> bool {
    match inlines.last_mut() {
        Some(Inline::Text(text) | Inline::Value(text) | Inline::Code(text)) => {
            mark_text(text);
            true
        }
        Some(
            Inline::Strong(inner)
            | Inline::Emphasis(inner)
            | Inline::Strike(inner)
            | Inline::Toned(_, inner)
            | Inline::Link { text: inner, .. },
        ) => mark_inlines(inner),
        Some(Inline::Image { .. } | Inline::SoftBreak | Inline::HardBreak) | None => false,
    }
}

fn mark_text(text: &mut String) {
    text.truncate(text.trim_end().len());
    text.push_str(MARK);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::markdown::{
        Dialect, DingTalkMarkdown, LarkMarkdown, PlainText, WeComMarkdown, WeComMarkdownV2, parse,
    };
    use crate::model::marks::Marks;

    fn fitted(text: &str, limit: usize) -> String {
        let blocks = parse(text, &Marks::default());
        let size = |blocks: &[Block]| WeComMarkdownV2.write(blocks).len();
        WeComMarkdownV2.write(fit(blocks, limit, size).blocks())
    }

    fn parts(text: &str, limit: usize, most: usize) -> Vec<String> {
        let blocks = parse(text, &Marks::default());
        let size = |blocks: &[Block]| WeComMarkdownV2.write(blocks).len();
        split(blocks, limit, most, size)
            .iter()
            .map(|part| WeComMarkdownV2.write(part.blocks()))
            .collect()
    }

    #[test]
    fn a_document_that_fits_is_untouched() {
        assert_eq!(fitted("**bold** text", 100), "**bold** text");
    }

    #[test]
    fn a_cut_closes_what_is_open_and_shows_itself() {
        for (text, limit, expected) in [
            ("**bold text**", 12, "**bold…**"),
            ("构建失败了", 10, "构建…"),
            (
                "[second one](https://e.example/)",
                31,
                "[second…](https://e.example/)",
            ),
            (
                "```sh\none\ntwo\nthree\n```",
                22,
                "```sh\none\ntwo\n```\n\n…",
            ),
            ("- one\n- two\n- three", 18, "- one\n- two\n\n…"),
            ("> quoted words are here", 21, "> quoted words are…"),
        ] {
            let cut = fitted(text, limit);
            assert_eq!(cut, expected, "{text}");
            assert!(cut.len() <= limit, "{text}: {}", cut.len());
        }
    }

    #[test]
    fn a_cut_looks_for_a_better_place_nearby() {
        let text = "First block, long enough to stand alone.\n\nSecond block.";
        assert_eq!(
            fitted(text, 52),
            "First block, long enough to stand alone.\n\n…"
        );
        // Too much would be lost before the second block, so it is cut between words.
        let text = "First.\n\nSecond block, which is much longer than the first one.";
        assert_eq!(fitted(text, 40), "First.\n\nSecond block, which is much…");
        let text = "First block, long enough to stand alone.\n\n## Heading\n\nText behind it.";
        assert_eq!(
            fitted(text, 60),
            "First block, long enough to stand alone.\n\n…"
        );
    }

    #[test]
    fn parts_open_again_what_the_cut_closed() {
        assert_eq!(
            parts("1. one\n2. two\n3. three", 14, 9),
            ["1. one\n2. two", "3. three"]
        );
        assert_eq!(
            parts("```sh\none\ntwo\nthree\n```", 17, 9),
            ["```sh\none\ntwo\n```", "```sh\nthree\n```"]
        );
        let head = "| k | v |\n| :--- | :--- |\n";
        assert_eq!(
            parts("| k | v |\n|---|---|\n| a | 1 |\n| b | 2 |", 40, 9),
            [format!("{head}| a | 1 |"), format!("{head}| b | 2 |")]
        );
        assert_eq!(
            parts("one two three four five six", 12, 2),
            ["one two", "three…"]
        );
    }

    #[test]
    fn what_cannot_be_divided_is_stepped_over() {
        let page = format!("https://e.example/{}", "x".repeat(200));
        let text = format!(
            "intro\n\nsee [the page]({page}) please\n\n{}",
            "more\n\n".repeat(20)
        );
        let all = parts(&text, 100, 9).join(" ");
        for words in ["intro", "the page", "please", "more"] {
            assert!(all.contains(words), "{words}: {all}");
        }
        assert_eq!(all.matches("more").count(), 20, "{all}");
        let head = "h".repeat(300);
        let text = format!("| {head} |\n|---|\n| a |\n\nbehind");
        let all = parts(&text, 100, 9);
        assert!(
            all.len() <= 3 && all.join(" ").ends_with("behind"),
            "{all:?}"
        );
    }

    #[test]
    fn a_line_is_cut_by_bytes_between_characters() {
        assert_eq!(fit_line("构建失败", 12), "构建失败");
        assert_eq!(fit_line("构建失败", 11), "构建…");
    }

    /// What a reader reads, without blanks and marks.
    fn letters(text: &str) -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && *c != '…')
            .collect()
    }

    const TEXTS: &str = "([a-z*_`~#>|\\-\\[\\]()<>! \n构建👨‍👩‍👧]{0,40}){0,8}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn never_over_the_limit_and_fitting_twice_changes_nothing(
            text in TEXTS,
            limit in 16_usize..400,
        ) {
            let writers: [fn(&[Block]) -> String; 5] = [
                |blocks| DingTalkMarkdown.write(blocks),
                |blocks| WeComMarkdown.write(blocks),
                |blocks| WeComMarkdownV2.write(blocks),
                |blocks| LarkMarkdown::default().write(blocks),
                |blocks| PlainText.write(blocks),
            ];
            for write in writers {
                let size = |blocks: &[Block]| write(blocks).len();
                let once = fit(parse(&text, &Marks::default()), limit, size);
                prop_assert!(size(once.blocks()) <= limit);
                let twice = fit(once.blocks().to_vec(), limit, size);
                prop_assert_eq!(once.blocks(), twice.blocks());
            }
        }

        #[test]
        fn dividing_loses_nothing(text in TEXTS, length in 0_usize..300) {
            let blocks = parse(&text, &Marks::default());
            let without_tables = blocks.iter().all(|it| !matches!(it, Block::Table { .. }));
            let (before, behind) = divided(&blocks, length);
            let written = |blocks: &[Block]| {
                letters(&blocks.iter().map(text_of).collect::<String>())
            };
            // The head of a table stands in both halves.
            if without_tables {
                prop_assert_eq!(written(&before) + &written(&behind), written(&blocks));
            }
        }

        #[test]
        fn parts_lose_nothing(text in TEXTS, limit in 60_usize..200) {
            let blocks = parse(&text, &Marks::default());
            let without_tables = blocks.iter().all(|it| !matches!(it, Block::Table { .. }));
            let size = |blocks: &[Block]| PlainText.write(blocks).len();
            let parts = split(blocks.clone(), limit, 1000, size);
            let written = |blocks: &[Block]| {
                letters(&blocks.iter().map(text_of).collect::<String>())
            };
            if without_tables {
                let all: String = parts.iter().map(|part| written(part.blocks())).collect();
                prop_assert_eq!(all, written(&blocks));
            }
            let empty = parts.iter().filter(|part| part.blocks().is_empty()).count();
            prop_assert!(empty == 0 || blocks.is_empty());
        }

        #[test]
        fn all_parts_fit(text in TEXTS, limit in 16_usize..200) {
            let size = |blocks: &[Block]| LarkMarkdown::default().write(blocks).len();
            let parts = split(parse(&text, &Marks::default()), limit, 5, size);
            prop_assert!((1..=5).contains(&parts.len()));
            for part in &parts {
                prop_assert!(size(part.blocks()) <= limit);
            }
        }
    }

    /// The text of a block, without any markup.
    fn text_of(block: &Block) -> String {
        use crate::model::document::plain_text;
        match block {
            Block::Heading(_, inner) | Block::Paragraph(inner) => plain_text(inner),
            Block::Quote(inner) => inner.iter().map(text_of).collect(),
            Block::List { items, .. } => items.iter().flatten().map(text_of).collect(),
            Block::CodeBlock { code, .. } => code.clone(),
            Block::Table { head, rows, .. } => head
                .iter()
                .chain(rows.iter().flatten())
                .map(|cell| plain_text(cell))
                .collect(),
            Block::Rule => String::new(),
            Block::Fields(fields) => fields.iter().map(|it| plain_text(&it.value)).collect(),
        }
    }
}
