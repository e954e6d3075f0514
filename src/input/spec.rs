//! What an input is: its declaration, the single source of parsing, checks, help and manifests.

use std::marker::PhantomData;

use super::fault::Reason;
use super::kind::Kind;
use super::value::FromInput;

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

    /// Says that what is made of the template is one line, and no Markdown.
    #[must_use]
    pub const fn line(mut self) -> Self {
        self.spec.kind = Kind::Line;
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
