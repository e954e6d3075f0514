//! What a document says, read by neither its writers nor its parser.

use std::collections::BTreeMap;

use runbell::markdown::{
    Dialect, DingTalkMarkdown, LarkMarkdown, PlainText, PostNode, WeComMarkdown, WeComMarkdownV2,
    chat_text, write_html, write_post,
};
use runbell::model::document::{Block, Inline, Target, plain_text};

/// A dialect's name, and its writer.
pub type Writer = (&'static str, fn(&[Block]) -> String);

/// Every way in which a document is written.
pub const WRITERS: &[Writer] = &[
    ("dingtalk", |blocks| DingTalkMarkdown.write(blocks)),
    ("wecom", |blocks| WeComMarkdown.write(blocks)),
    ("wecom v2", |blocks| WeComMarkdownV2.write(blocks)),
    ("lark", |blocks| LarkMarkdown::default().write(blocks)),
    ("lark post", post),
    ("html", write_html),
    ("plain", |blocks| PlainText.write(blocks)),
    ("chat", chat_text),
];

fn post(blocks: &[Block]) -> String {
    let lines = write_post(blocks);
    let written = lines.iter().map(|line| {
        let nodes = line.iter().map(|node| match node {
            PostNode::Text(text) => text.clone(),
            PostNode::Link { text, address } => format!("{text} ({address})"),
        });
        nodes.collect::<String>()
    });
    written.collect::<Vec<_>>().join("\n")
}

/// The text of a document without any markup.
pub fn text_of(blocks: &[Block]) -> String {
    text(blocks, &plain_text, &|_, _| true)
}

/// What of its text a document shows in every dialect. An address that is its own text may be
/// spelled as machines do; and where a table becomes a list, a column without any value may stay
/// unnamed, unless all are.
pub fn shown_text(blocks: &[Block]) -> String {
    text(blocks, &shown, &|rows, at| {
        let has_value = |row: &Row| row.get(at).is_some_and(|cell| !is_empty(cell));
        rows.iter().flatten().all(|cell| is_empty(cell)) || rows.iter().any(has_value)
    })
}

type Row = Vec<Vec<Inline>>;

fn text(
    blocks: &[Block],
    inlines: &dyn Fn(&[Inline]) -> String,
    names: &dyn Fn(&[Row], usize) -> bool,
) -> String {
    let texts = blocks.iter().map(|block| match block {
        Block::Heading(_, inner) | Block::Paragraph(inner) => inlines(inner),
        Block::Quote(inner) => text(inner, inlines, names),
        Block::List { items, .. } => {
            let items = items.iter().map(|item| text(item, inlines, names));
            items.collect()
        }
        Block::CodeBlock { code, .. } => code.clone(),
        Block::Table { head, rows, .. } => {
            let head = head.iter().enumerate();
            let head = head.filter_map(|(at, cell)| names(rows, at).then_some(cell));
            head.chain(rows.iter().flatten())
                .map(|cell| inlines(cell))
                .collect()
        }
        Block::Rule => String::new(),
        Block::Fields(fields) => fields.iter().map(|it| inlines(&it.value)).collect(),
    });
    texts.collect()
}

fn is_empty(cell: &[Inline]) -> bool {
    let is_picture = |inline: &Inline| matches!(inline, Inline::Image { .. });
    plain_text(cell).trim().is_empty() && !cell.iter().any(is_picture)
}

fn shown(inlines: &[Inline]) -> String {
    let texts = inlines.iter().map(|inline| match inline {
        Inline::Strong(inner)
        | Inline::Emphasis(inner)
        | Inline::Strike(inner)
        | Inline::Toned(_, inner) => shown(inner),
        Inline::Link { text, target } | Inline::Image { alt: text, target }
            if Target::new(&plain_text(text)).as_ref() == Some(target) =>
        {
            String::new()
        }
        other => plain_text(std::slice::from_ref(other)),
    });
    texts.collect()
}

/// Whether a document holds a table anywhere: its head is written for every part of it, and for
/// every row where it becomes a list.
pub fn holds_table(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Table { .. } => true,
        Block::Quote(inner) => holds_table(inner),
        Block::List { items, .. } => items.iter().any(|item| holds_table(item)),
        _ => false,
    })
}

/// How many pieces of coloured text there are.
pub fn tones(blocks: &[Block]) -> usize {
    let counts = blocks.iter().map(|block| match block {
        Block::Heading(_, inner) | Block::Paragraph(inner) => toned(inner),
        Block::Quote(inner) => tones(inner),
        Block::List { items, .. } => items.iter().map(|item| tones(item)).sum(),
        Block::Table { head, rows, .. } => {
            let cells = head.iter().chain(rows.iter().flatten());
            cells.map(|cell| toned(cell)).sum()
        }
        Block::Fields(fields) => fields.iter().map(|it| toned(&it.value)).sum(),
        Block::CodeBlock { .. } | Block::Rule => 0,
    });
    counts.sum()
}

fn toned(inlines: &[Inline]) -> usize {
    let counts = inlines.iter().map(|inline| match inline {
        Inline::Toned(_, inner) => 1 + toned(inner),
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => toned(inner),
        Inline::Link { text, .. } => toned(text),
        Inline::Image { alt, .. } => toned(alt),
        _ => 0,
    });
    counts.sum()
}

/// Letters and digits, in order: no dialect changes these.
pub fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric())
}

/// The first place where `wanted` is not found in `whole` in the same order, as what comes before.
pub fn lost(wanted: &str, whole: &str) -> Option<String> {
    let mut there = letters(whole);
    let mut before = String::new();
    for letter in letters(wanted) {
        before.push(letter);
        if !there.any(|it| it == letter) {
            return Some(before);
        }
    }
    None
}

/// As [`lost`], in any order: where a table becomes a list, its names stand between its cells.
pub fn lost_anywhere(wanted: &str, whole: &str) -> Option<String> {
    let mut there = BTreeMap::new();
    for letter in letters(whole) {
        *there.entry(letter).or_insert(0) += 1;
    }
    let mut before = String::new();
    for letter in letters(wanted) {
        before.push(letter);
        match there.get_mut(&letter) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Some(before),
        }
    }
    None
}
