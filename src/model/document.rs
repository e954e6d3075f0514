//! The document tree that every dialect writer reads: Markdown, with three kinds of leaves kept
//! apart because they deserve different trust.

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Text that the pipeline author or this program wrote.
    Text(String),
    /// Text that came from outside (a commit title, a branch). It never becomes markup: each
    /// dialect writer takes the power out of it for the place where it stands.
    Value(String),
    /// Bold.
    Strong(Vec<Inline>),
    /// Italic.
    Emphasis(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Code on one line; its content is never markup.
    Code(String),
    /// A link.
    Link {
        /// What is shown.
        text: Vec<Inline>,
        /// Where it goes; made by [`Target::new`], so http or https only.
        target: Target,
    },
    /// A picture, by its address and the text that stands for it.
    Image {
        /// The text that stands for the picture.
        alt: Vec<Inline>,
        /// Where the picture is.
        target: Target,
    },
    /// Text in the colour of a tone; dialects without colour write the text alone.
    Toned(Tone, Vec<Inline>),
    /// A line end that the author wrote inside a paragraph.
    SoftBreak,
    /// A line end that must stay.
    HardBreak,
}

/// The colour family of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Green.
    Good,
    /// Red.
    Bad,
    /// Orange.
    Caution,
    /// Grey.
    Muted,
    /// Blue.
    Active,
}

/// A block of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A quotation.
    Quote(Vec<Block>),
    /// A list; `start` is the first number of a numbered one.
    List {
        /// First number, for a numbered list.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// Code on lines of its own.
    CodeBlock {
        /// The language the author named, or empty.
        language: String,
        /// The code, without the last line end.
        code: String,
    },
    /// A table; each row has as many cells as the head.
    Table {
        /// How each column is aligned; columns behind these as the reader likes.
        sides: Vec<Side>,
        /// The head row.
        head: Vec<Vec<Inline>>,
        /// The other rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A rule across the page.
    Rule,
    /// The labelled facts of a run.
    Fields(Vec<Field>),
}

/// Where the text of a table's column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// Where its author said nothing: as the reader likes.
    #[default]
    Usual,
    /// At the left.
    Left,
    /// In the middle.
    Middle,
    /// At the right, as numbers stand.
    Right,
}

/// One labelled fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name by which `fields` picks it.
    pub name: &'static str,
    /// The label in the reader's language, without a colon.
    pub label: &'static str,
    /// The value.
    pub value: Vec<Inline>,
}

/// Where a link goes: an http or https address without user info, at most 2,048 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// Reads an address; `None` for everything that is no plain web address, user info included:
    /// what stands before an `@` is there to deceive.
    pub fn new(address: &str) -> Option<Self> {
        let behind_scheme = address.split_once("://").map_or("", |(_, rest)| rest);
        let authority = behind_scheme
            .split(['/', '?', '#', '\\'])
            .next()
            .unwrap_or_default();
        match authority.contains('@') {
            true => None,
            false => super::facts::web_address(address).map(Self),
        }
    }

    /// The address, percent-encoded so that no dialect trips over it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of a run of inlines without any markup, for previews, subjects and size counts.
pub fn plain_text(inlines: &[Inline]) -> String {
    let mut text = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(part) | Inline::Value(part) | Inline::Code(part) => text.push_str(part),
            Inline::Strong(inner)
            | Inline::Emphasis(inner)
            | Inline::Strike(inner)
            | Inline::Toned(_, inner)
            | Inline::Link { text: inner, .. }
            | Inline::Image { alt: inner, .. } => {
                text.push_str(&plain_text(inner));
            }
            Inline::SoftBreak | Inline::HardBreak => text.push(' '),
        }
    }
    text
}
