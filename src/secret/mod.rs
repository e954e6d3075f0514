//! Secrets: a type that cannot be shown, and the scrubber that every outgoing text passes.

mod scrub;

use std::fmt;

use zeroize::Zeroize;

pub use scrub::Scrubber;

/// Words that mark a secret when they stand between underscores, hyphens or dots.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "TOKENS",
    "SECRET",
    "SECRETS",
    "PASS",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
    "AUTHORIZATION",
    "KEY",
    "KEYS",
    "APIKEY",
    "COOKIE",
    "SIGNATURE",
    "WEBHOOK",
    "DSN",
    // Beyond rule I-2: what systems and programs call theirs.
    "NETRC",
    "PAT",
    "SSHPASS",
    "PGPASSWORD",
    "PGPASSFILE",
    "KUBECONFIG",
    "KUBE",
];

/// A word that marks a secret behind another one; alone it is the folder one works in.
const SECRET_ENDING: &str = "_PWD";

/// Whether something of this name, a variable or a header, probably holds a secret.
pub fn sounds_secret(name: &str) -> bool {
    let upper = name.to_uppercase();
    let is_ending = upper.ends_with(SECRET_ENDING);
    is_ending
        || upper
            .split(['_', '-', '.'])
            .any(|word| SECRET_WORDS.contains(&word))
}

/// Whether a text holds an address with a password in it: `https://name:password@host`.
pub fn holds_login(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'');
        let authority = rest.split(end).next().unwrap_or_default();
        authority
            .rsplit_once('@')
            .is_some_and(|(login, _)| login.contains(':'))
    })
}

/// A value that must never be shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps the text; blanks, line ends and a byte order mark around it are dropped, because
    /// secret files and copied secrets often carry them (rule M-1).
    pub fn new(text: &str) -> Self {
        let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
        Self(trimmed.to_owned())
    }

    /// The real value. Call it only where a request is built or sent.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What was a secret does not stay in memory (rule M-2).
impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_a_password_are_known() {
        for (text, holds) in [
            ("postgres://u:dbpw@db/x", true),
            ("see https://ci:tok@git.example/a and more", true),
            ("https://u:p@w@host", true),
            ("https://git.example/a:b@c", false),
            ("https://git.example:8443/x", false),
            ("git@github.com:acme/shop.git", false),
            ("ssh://git@github.com/acme/shop.git", false),
            ("ann@example.com", false),
        ] {
            assert_eq!(holds_login(text), holds, "{text}");
        }
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = Secret::new(" s3cret-value \n");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.reveal(), "s3cret-value");
        assert_eq!(Secret::new("\u{feff}abc\r\n").reveal(), "abc");
    }
}
