//! Fitting: makes a document small enough for its target by cutting the tree, so that every
//! construct stays closed and no character is split. What is measured is the finished text.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::document::{Block, Field, Inline};

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

/// The longest beginning of the document for which `measure` gives at most `limit`.
///
/// Text goes from the end, grapheme by grapheme, and with it every block that loses all of its
/// text. When even nothing is too long, nothing is the answer: title and link are the caller's.
pub fn fit(blocks: Vec<Block>, limit: usize, measure: impl Fn(&[Block]) -> usize) -> Fitted {
    if measure(&blocks) <= limit {
        return Fitted::Whole(blocks);
    }
    let total: usize = blocks.iter().map(block_length).sum();
    let (mut fits, mut too_long) = (0, total);
    while fits + 1 < too_long {
        let middle = fits + (too_long - fits) / 2;
        match measure(&shortened(&blocks, middle)) <= limit {
            true => fits = middle,
            false => too_long = middle,
        }
    }
    let kept = match fits {
        0 => vec![mark_alone()],
        fits => shortened(&blocks, fits),
    };
    Fitted::Cut(match measure(&kept) <= limit {
        true => kept,
        false => Vec::new(),
    })
}

fn mark_alone() -> Block {
    Block::Paragraph(vec![Inline::Text(MARK.to_owned())])
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

fn shortened(blocks: &[Block], graphemes: usize) -> Vec<Block> {
    if graphemes == 0 {
        return Vec::new();
    }
    let mut budget = Budget {
        left: graphemes,
        cut: Cut::None,
    };
    let mut kept = budget.blocks(blocks);
    if budget.cut == Cut::BetweenParts {
        kept.push(mark_alone());
    }
    kept
}

/// Graphemes that may still be kept.
struct Budget {
    left: usize,
    /// Once something was cut, nothing further is kept.
    cut: Cut,
}

/// Where the cut fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Nothing was cut yet.
    None,
    /// Inside a text, where the mark stands.
    InText,
    /// Between two parts, where no mark stands yet.
    BetweenParts,
}

impl Budget {
    fn text(&mut self, text: &str) -> Option<String> {
        if !self.has_room() {
            return None;
        }
        let length = text.graphemes(true).count();
        if length <= self.left {
            self.left -= length;
            return Some(text.to_owned());
        }
        self.cut = Cut::InText;
        let kept: String = text.graphemes(true).take(self.left).collect();
        Some(kept.trim_end().to_owned() + MARK)
    }

    /// Whether the next part may be kept, in part at least; where not, that is the cut.
    fn has_room(&mut self) -> bool {
        if self.cut == Cut::None && self.left == 0 {
            self.cut = Cut::BetweenParts;
        }
        self.cut == Cut::None
    }

    fn blocks(&mut self, blocks: &[Block]) -> Vec<Block> {
        blocks
            .iter()
            .filter_map(|block| self.block(block))
            .collect()
    }

    fn block(&mut self, block: &Block) -> Option<Block> {
        if !self.has_room() {
            return None;
        }
        let kept = match block {
            Block::Heading(level, inner) => Block::Heading(*level, self.inlines(inner)),
            Block::Paragraph(inner) => Block::Paragraph(self.inlines(inner)),
            Block::Quote(inner) => Block::Quote(self.blocks(inner)),
            Block::List { start, items } => Block::List {
                start: *start,
                items: self.each(items, |budget, item| budget.blocks(item)),
            },
            Block::CodeBlock { language, code } => Block::CodeBlock {
                language: language.clone(),
                code: self.text(code)?,
            },
            Block::Table { head, rows } => {
                let head = head.iter().map(|cell| self.inlines(cell)).collect();
                let rows = self.each(rows, |budget, row| {
                    row.iter().map(|cell| budget.inlines(cell)).collect()
                });
                Block::Table { head, rows }
            }
            Block::Rule => Block::Rule,
            Block::Fields(fields) => Block::Fields(self.each(fields, |budget, field| Field {
                label: field.label,
                value: budget.inlines(&field.value),
            })),
        };
        Some(kept)
    }

    /// Keeps parts until the budget is spent.
    fn each<T>(&mut self, parts: &[T], mut keep: impl FnMut(&mut Self, &T) -> T) -> Vec<T> {
        let mut kept = Vec::new();
        for part in parts {
            if !self.has_room() {
                break;
            }
            kept.push(keep(self, part));
        }
        kept
    }

    fn inlines(&mut self, inlines: &[Inline]) -> Vec<Inline> {
        inlines
            .iter()
            .filter_map(|inline| self.inline(inline))
            .collect()
    }

    fn inline(&mut self, inline: &Inline) -> Option<Inline> {
        if !self.has_room() {
            return None;
        }
        Some(match inline {
            Inline::Text(text) => Inline::Text(self.text(text)?),
            Inline::Value(text) => Inline::Value(self.text(text)?),
            Inline::Code(code) => Inline::Code(self.text(code)?),
            Inline::Toned(tone, word) => Inline::Toned(*tone, self.text(word)?),
            Inline::Strong(inner) => Inline::Strong(self.inlines(inner)),
            Inline::Emphasis(inner) => Inline::Emphasis(self.inlines(inner)),
            Inline::Strike(inner) => Inline::Strike(self.inlines(inner)),
            Inline::Link { text, target } => Inline::Link {
                text: self.inlines(text),
                target: target.clone(),
            },
            Inline::Image { alt, target } => Inline::Image {
                alt: self.inlines(alt),
                target: target.clone(),
            },
            Inline::SoftBreak => Inline::SoftBreak,
            Inline::HardBreak => Inline::HardBreak,
        })
    }
}

/// Graphemes of text in a block.
fn block_length(block: &Block) -> usize {
    match block {
        Block::Heading(_, inner) | Block::Paragraph(inner) => inlines_length(inner),
        Block::Quote(inner) => inner.iter().map(block_length).sum(),
        Block::List { items, .. } => items.iter().flatten().map(block_length).sum(),
        Block::CodeBlock { code, .. } => code.graphemes(true).count(),
        Block::Table { head, rows } => {
            let rows = rows.iter().flatten().map(|cell| inlines_length(cell));
            head.iter()
                .map(|cell| inlines_length(cell))
                .chain(rows)
                .sum()
        }
        Block::Rule => 0,
        Block::Fields(fields) => fields.iter().map(|it| inlines_length(&it.value)).sum(),
    }
}

fn inlines_length(inlines: &[Inline]) -> usize {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Value(text) | Inline::Code(text) => {
                text.graphemes(true).count()
            }
            Inline::Toned(_, word) => word.graphemes(true).count(),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => {
                inlines_length(inner)
            }
            Inline::Link { text, .. } => inlines_length(text),
            Inline::Image { alt, .. } => inlines_length(alt),
            Inline::SoftBreak | Inline::HardBreak => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::markdown::{
        Dialect, DingTalkMarkdown, LarkMarkdown, PlainText, WeComMarkdown, parse,
    };
    use crate::model::marks::Marks;

    fn fitted(text: &str, limit: usize) -> String {
        let blocks = parse(text, &Marks::default());
        let size = |blocks: &[Block]| DingTalkMarkdown.write(blocks).len();
        DingTalkMarkdown.write(fit(blocks, limit, size).blocks())
    }

    #[test]
    fn a_document_that_fits_is_untouched() {
        assert_eq!(fitted("**bold** text", 100), "**bold** text");
    }

    #[test]
    fn a_cut_closes_what_is_open_and_shows_itself() {
        assert_eq!(fitted("**bold text**", 12), "**bold…**");
        assert_eq!(fitted("构建失败了", 10), "构建…");
        assert_eq!(
            fitted("first\n\n[second one](https://e.example/)", 14),
            "first\n\n…"
        );
    }

    #[test]
    fn a_line_is_cut_by_bytes_between_characters() {
        assert_eq!(fit_line("构建失败", 12), "构建失败");
        assert_eq!(fit_line("构建失败", 11), "构建…");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn never_over_the_limit_and_fitting_twice_changes_nothing(
            text in "([a-z*_`~#>|\\-\\[\\]()<>! \n构建👨‍👩‍👧]{0,40}){0,8}",
            limit in 16_usize..400,
        ) {
            for dialect in [
                &DingTalkMarkdown as &dyn Dialect, &WeComMarkdown, &LarkMarkdown, &PlainText,
            ] {
                let size = |blocks: &[Block]| dialect.write(blocks).len();
                let once = fit(parse(&text, &Marks::default()), limit, size);
                prop_assert!(size(once.blocks()) <= limit);
                let twice = fit(once.blocks().to_vec(), limit, size);
                prop_assert_eq!(once.blocks(), twice.blocks());
            }
        }
    }
}
