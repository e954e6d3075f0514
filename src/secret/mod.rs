//! Secrets: a type that cannot be shown, and the scrubber that every outgoing text passes.

mod scrub;

use std::fmt;

use zeroize::Zeroize;

pub use scrub::Scrubber;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

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
    "JWT",
    "BEARER",
    "TOTP",
    "RSA",
    "DSA",
    "ECDSA",
    "ED25519",
    "ACCESSKEY",
    "SECRETKEY",
    "PRIVATEKEY",
    "PRIVKEY",
    "DEPLOYKEY",
    "SSHKEY",
    "SESSIONID",
];

/// Words that mark a secret together.
const SECRET_PAIRS: &[&str] = &["_SSH_PRIVATE_", "_SESSION_ID_", "_OTP_CODE_"];

/// A word that marks a secret at the end alone: `OTP_VERSION` is that of a language.
const SECRET_LAST_WORD: &str = "_OTP_";

/// Ends of words that mark a secret: `DBPASS`, `CLIENTSECRET`.
const SECRET_WORD_ENDINGS: &[&str] = &["PASS", "PASSWORD", "PASSWD", "SECRET", "TOKEN"];

/// Words that end so all the same.
const PLAIN_WORDS: &[&str] = &["COMPASS", "ENCOMPASS", "BYPASS", "OVERPASS", "UNDERPASS"];

/// A word that marks a secret behind another one; alone it is the folder one works in.
const SECRET_ENDING: &str = "_PWD";

/// Whether something of this name, a variable or a header, probably holds a secret.
pub fn sounds_secret(name: &str) -> bool {
    let upper = name.to_uppercase().replace(['-', '.'], "_");
    let between = format!("_{upper}_");
    let is_secret = |word: &str| {
        let ends_so = SECRET_WORD_ENDINGS.iter().any(|end| word.ends_with(end));
        SECRET_WORDS.contains(&word) || (ends_so && !PLAIN_WORDS.contains(&word))
    };
    upper.ends_with(SECRET_ENDING)
        || between.ends_with(SECRET_LAST_WORD)
        || SECRET_PAIRS.iter().any(|pair| between.contains(pair))
        || upper.split('_').any(is_secret)
}

/// The text with `***` for name and password of every address in it: `https://***@host`; `None` when
/// it holds no such address.
pub fn without_logins(text: &str) -> Option<String> {
    let mut pieces = text.split("://");
    let mut masked = pieces.next().unwrap_or_default().to_owned();
    let mut found = None;
    for rest in pieces {
        masked.push_str("://");
        let end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'');
        let authority = rest.split(end).next().unwrap_or_default();
        let login = authority.rsplit_once('@').map(|(login, _)| login);
        match login.filter(|login| login.contains(':')) {
            Some(login) => {
                found = Some(());
                masked.push_str(MASK);
                masked.push_str(rest.get(login.len()..).unwrap_or_default());
            }
            None => masked.push_str(rest),
        }
    }
    found.map(|()| masked)
}

/// A value that must never be shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Shortest secret that is looked for in texts, in bytes: shorter ones are ordinary words
    /// (rule M-3).
    pub const SHORTEST_BYTES: usize = 6;

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
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_passwords() {
        for (text, masked) in [
            ("postgres://u:dbpw@db/x", Some("postgres://***@db/x")),
            (
                "see https://ci:tok@git.example/a and https://b.example",
                Some("see https://***@git.example/a and https://b.example"),
            ),
            ("https://u:p@w@host", Some("https://***@host")),
            ("https://git.example/a:b@c", None),
            ("https://git.example:8443/x", None),
            ("git@github.com:acme/shop.git", None),
            ("ssh://git@github.com/acme/shop.git", None),
            ("ann@example.com", None),
        ] {
            assert_eq!(without_logins(text).as_deref(), masked, "{text}");
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
