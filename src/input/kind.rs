//! The kinds of text that inputs take, as shown to people.

/// What kind of text an input takes, as shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Markdown with placeholders; may have several lines and may be one `${NAME}`.
    Template,
    /// One line with placeholders; may be one `${NAME}`.
    Line,
    /// Text of any kind with placeholders.
    Body,
    /// A secret text.
    Secret,
    /// Several secret texts.
    Secrets,
    /// One or more addresses that are themselves secret.
    SecretAddresses,
    /// Header fields, one a line, whose values are secret.
    SecretHeaders,
    /// A list: commas, semicolons, line ends, or a JSON array.
    List,
    /// `true` or `false`.
    Switch,
    /// A duration such as `90s` or `10m`.
    Duration,
    /// A whole number.
    Number,
    /// One of a closed set of words.
    Choice(&'static [&'static str]),
    /// The path of a file.
    Path,
}

impl Kind {
    /// Whether the value must never be shown. Such an input also has a `<name>_file` form.
    pub const fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Secret | Self::Secrets | Self::SecretAddresses | Self::SecretHeaders
        )
    }

    /// The word in the documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Template => "Markdown template",
            Self::Line | Self::Body => "template",
            Self::Secret => "secret",
            Self::Secrets => "secrets",
            Self::SecretAddresses => "secret addresses",
            Self::SecretHeaders => "secret headers, one a line",
            Self::List => "list",
            Self::Switch => "true or false",
            Self::Duration => "duration",
            Self::Number => "number",
            Self::Choice(_) => "choice",
            Self::Path => "path",
        }
    }
}
