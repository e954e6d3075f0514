//! What an input is: its declaration, the single source of parsing, checks, help and manifests.

use std::marker::PhantomData;

use super::fault::Reason;
use super::value::FromInput;

/// What kind of text an input takes, as shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Markdown with placeholders; may have several lines and may be one `${NAME}`.
    Template,
    /// A secret text.
    Secret,
    /// Several secret texts.
    Secrets,
    /// One or more addresses that are themselves secret.
    SecretAddresses,
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
        matches!(self, Self::Secret | Self::Secrets | Self::SecretAddresses)
    }

    /// The word in the documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Template => "Markdown template",
            Self::Secret => "secret",
            Self::Secrets => "secrets",
            Self::SecretAddresses => "secret addresses",
            Self::List => "list",
            Self::Switch => "true or false",
            Self::Duration => "duration",
            Self::Number => "number",
            Self::Choice(_) => "choice",
            Self::Path => "path",
        }
    }
}

/// The declaration of one input.
#[derive(Debug, Clone, Copy)]
pub struct InputSpec {
    /// Lower snake case, spelled alike on every platform.
    pub name: &'static str,
    /// One line of help, without a final stop.
    pub about: &'static str,
    /// What kind of text it takes.
    pub kind: Kind,
    /// The default, as it would be typed.
    pub default: Option<&'static str>,
    /// An expression that `action.yml` gives as its default there, because the runner fills it.
    pub action_default: Option<&'static str>,
    /// Whether a text is a value for it, and if not, why.
    pub check: fn(&str) -> Result<(), Reason>,
}

/// An input together with the type of its value.
#[derive(Debug, Clone, Copy)]
pub struct Input<T> {
    /// The declaration.
    pub spec: InputSpec,
    value: PhantomData<fn() -> T>,
}

impl<T: FromInput> Input<T> {
    /// Declares an input.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            spec: InputSpec {
                name,
                about,
                kind: T::KIND,
                default: None,
                action_default: None,
                check: check::<T>,
            },
            value: PhantomData,
        }
    }

    /// Gives it a default, written as a user would type it.
    #[must_use]
    pub const fn default(mut self, text: &'static str) -> Self {
        self.spec.default = Some(text);
        self
    }

    /// Lets `action.yml` fill it by an expression.
    #[must_use]
    pub const fn filled_on_github(mut self, expression: &'static str) -> Self {
        self.spec.action_default = Some(expression);
        self
    }

    /// Says that the text names a file.
    #[must_use]
    pub const fn path(mut self) -> Self {
        self.spec.kind = Kind::Path;
        self
    }
}

fn check<T: FromInput>(text: &str) -> Result<(), Reason> {
    T::from_input(text).map(drop)
}
