//! A wrong input: which, what it holds, why that is wrong, and what to write instead.

use std::fmt;

use crate::model::text::{clean_line, head_chars};

/// Why a text is no value for its input, and what would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What is wrong, as the end of a sentence: "not one of a, b".
    pub wrong: String,
    /// What to do, as a sentence.
    pub fix: String,
}

impl Reason {
    /// A reason and its remedy.
    pub fn new(wrong: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            wrong: wrong.into(),
            fix: fix.into(),
        }
    }

    /// The reason for a word outside a closed set.
    pub fn not_one_of(words: &[&str]) -> Self {
        Self::new(
            format!("not one of {}", words.join(", ")),
            format!(
                "Write one of them, such as `{}`.",
                words.first().unwrap_or(&"")
            ),
        )
    }
}

/// One fault in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFault {
    /// The input's name.
    pub input: String,
    /// What it holds, cleaned; `None` for secrets and for inputs that are missing. It is cut when
    /// it is shown, after secrets were taken out.
    pub shown: Option<String>,
    /// Why that is wrong and what to do.
    pub reason: Reason,
    /// Whether something is wrong or a secret is merely not there.
    pub kind: FaultKind,
}

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Somebody wrote something wrong.
    Wrong,
    /// A secret is not there, which is normal where the platform withholds it.
    SecretMissing,
}

/// Longest part of a wrong value that is shown, in characters.
const SHOWN_LIMIT_CHARS: usize = 80;

impl InputFault {
    /// A fault in an input whose value may be shown.
    pub fn showing(input: impl Into<String>, value: &str, reason: Reason) -> Self {
        Self {
            input: input.into(),
            shown: Some(match holds_credentials(value) {
                true => "***".to_owned(),
                false => clean_line(value),
            }),
            reason,
            kind: FaultKind::Wrong,
        }
    }

    /// A fault in a secret input, or in one that is not set.
    pub fn hiding(input: impl Into<String>, reason: Reason) -> Self {
        Self {
            input: input.into(),
            shown: None,
            reason,
            kind: FaultKind::Wrong,
        }
    }

    /// A secret that is not there.
    pub fn missing_secret(input: impl Into<String>, reason: Reason) -> Self {
        Self {
            kind: FaultKind::SecretMissing,
            ..Self::hiding(input, reason)
        }
    }
}

/// Whether the text looks like an address with a password or a robot's token in it, which people
/// paste into the wrong input.
fn holds_credentials(text: &str) -> bool {
    let has_user = text.contains("://") && text.contains('@');
    has_user
        || ["access_token=", "key=", "/hook/"]
            .iter()
            .any(|mark| text.contains(mark))
}

impl fmt::Display for InputFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A fault of several inputs names them as a list.
        let word = if self.input.contains("`, `") {
            "inputs"
        } else {
            "input"
        };
        write!(f, "{word} `{}`", self.input)?;
        if let Some(shown) = &self.shown {
            write!(f, " is `{}`:", head_chars(shown, SHOWN_LIMIT_CHARS))?;
        }
        write!(f, " {}. {}", self.reason.wrong, self.reason.fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_input_value_reason_and_fix() {
        let reason = Reason::new("not one of en, zh, ru", "Write `language: en`.");
        assert_eq!(
            InputFault::showing("language", "fr\nx", reason.clone()).to_string(),
            "input `language` is `fr`: not one of en, zh, ru. Write `language: en`."
        );
        for value in ["https://u:p@h/", "https://x/?access_token=T", "x/hook/T"] {
            let shown = InputFault::showing("branch", value, reason.clone()).to_string();
            assert!(shown.contains("is `***`"), "{shown}");
        }
        assert_eq!(
            InputFault::hiding("dingtalk_webhook", Reason::new("is not set", "Add it."))
                .to_string(),
            "input `dingtalk_webhook` is not set. Add it."
        );
    }
}
