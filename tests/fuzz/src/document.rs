//! What a document says, read by neither its writers nor its parser.

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
    all_text(blocks, plain_text)
}

/// What of its text a document shows in every dialect. An address that is its own text may be
/// spelled as machines do.
pub fn shown_text(blocks: &[Block]) -> String {
    all_text(blocks, shown)
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

fn all_text(blocks: &[Block], text: fn(&[Inline]) -> String) -> String {
    let texts = blocks.iter().map(|block| match block {
        Block::Heading(_, inner) | Block::Paragraph(inner) => text(inner),
        Block::Quote(inner) => all_text(inner, text),
        Block::List { items, .. } => items.iter().map(|item| all_text(item, text)).collect(),
        Block::CodeBlock { code, .. } => code.clone(),
        Block::Table { head, rows } => {
            let cells = named(head, rows).chain(rows.iter().flatten());
            cells.map(|cell| text(cell)).collect()
        }
        Block::Rule => String::new(),
        Block::Fields(fields) => fields.iter().map(|it| text(&it.value)).collect(),
    });
    texts.collect()
}

/// The names of columns that must be there. Where a table becomes a list, a column without any
/// value may stay unnamed, unless all are.
fn named<'a>(
    head: &'a [Vec<Inline>],
    rows: &'a [Vec<Vec<Inline>>],
) -> impl Iterator<Item = &'a Vec<Inline>> {
    let is_empty = |cell: &Vec<Inline>| plain_text(cell).trim().is_empty();
    let nothing = rows.iter().flatten().all(is_empty);
    head.iter().enumerate().filter_map(move |(at, cell)| {
        let has_value = |row: &Vec<Vec<Inline>>| row.get(at).is_some_and(|cell| !is_empty(cell));
        (nothing || rows.iter().any(has_value)).then_some(cell)
    })
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
