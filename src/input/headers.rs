//! Header fields as an input: `name: value`, one a line, each checked before anything is sent.
//!
//! Sources: RFC 9110, sections 5.1 and 5.5 (names are tokens, values have no controls); rule I-12.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::fault::Reason;
use super::kind::Kind;
use super::value::FromInput;
use crate::secret::{Secret, sounds_secret};

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name in small letters, a token.
    pub name: String,
    /// The value, printable ASCII; empty where somebody's secret is not there.
    pub value: Secret,
    /// How long its line `name: value` is, in characters.
    pub length_chars: usize,
}

/// Header fields, in the order they were written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(pub Vec<Header>);

/// Names that are the connection's business (rule I-12), and those that runbell fills itself.
const RESERVED: &[(&str, &str)] = &[
    ("host", CONNECTION),
    ("content-length", CONNECTION),
    ("transfer-encoding", CONNECTION),
    ("connection", CONNECTION),
    ("keep-alive", CONNECTION),
    ("te", CONNECTION),
    ("trailer", CONNECTION),
    ("upgrade", CONNECTION),
    ("expect", CONNECTION),
    ("accept-encoding", CONNECTION),
    ("content-encoding", CONNECTION),
    ("idempotency-key", OURS),
    ("webhook-id", OURS),
    ("webhook-timestamp", OURS),
    ("webhook-signature", OURS),
    ("x-hub-signature", OURS),
    ("x-hub-signature-256", OURS),
];
const CONNECTION: &str = "which belongs to the connection";
const OURS: &str = "which runbell sends itself, signed when `webhook_secret` is set";

/// Names whose values are nobody's secret.
const HARMLESS: &[&str] = &[
    "accept",
    "accept-language",
    "cache-control",
    "content-language",
    "content-type",
    "priority",
    "user-agent",
];

impl FromInput for Headers {
    const KIND: Kind = Kind::SecretHeaders;

    /// One header a line, or a JSON object, or a JSON array of lines.
    fn from_input(text: &str) -> Result<Self, Reason> {
        let lines = lines(text).ok_or_else(|| {
            Reason::new(
                "looks like JSON and is neither an object of texts nor an array of lines",
                "Write one header a line: `name: value`.",
            )
        })?;
        let mut headers: Vec<Header> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let header = header(line).map_err(|reason| {
                Reason::new(format!("line {} {}", at + 1, reason.wrong), reason.fix)
            })?;
            if headers.iter().any(|known| known.name == header.name) {
                return Err(Reason::new(
                    format!("names `{}` twice", header.name),
                    "Take one of the lines out.",
                ));
            }
            headers.push(header);
        }
        Ok(Self(headers))
    }
}

/// The lines with something on them; `None` for JSON of another kind.
fn lines(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        let filled = lines.filter(|line| !line.trim().is_empty());
        return Some(filled.map(str::to_owned).collect());
    }
    if text.starts_with('{') {
        let Entries(entries) = serde_json::from_str(text).ok()?;
        return entries
            .iter()
            .map(|(name, value)| Some(format!("{name}: {}", scalar(value)?)))
            .collect();
    }
    let lines: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    lines.iter().map(scalar).collect()
}

/// The entries of a JSON object as they stand, those with the same name too.
struct Entries(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self, A::Error> {
        while let Some(entry) = entries.next_entry()? {
            self.0.push(entry);
        }
        Ok(self)
    }
}

fn scalar(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(flag) => Some(flag.to_string()),
        serde_json::Value::Null => Some(String::new()),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    }
}

fn header(line: &str) -> Result<Header, Reason> {
    let Some((written, value)) = line.split_once(':') else {
        return Err(Reason::new(
            "has no colon",
            "Write `name: value`, such as `Authorization: Bearer ...`.",
        ));
    };
    let name = written.trim_start().to_ascii_lowercase();
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return Err(Reason::new(
            "has a name that is none: letters, digits and `-` are, blanks are not",
            "Write `name: value`, such as `Authorization: Bearer ...`.",
        ));
    }
    let reserved = RESERVED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, whose)| *whose);
    if let Some(whose) = reserved.or(name.starts_with("proxy-").then_some(CONNECTION)) {
        return Err(Reason::new(
            format!("names `{name}`, {whose}"),
            "Take the line out.",
        ));
    }
    let value = value.trim_matches([' ', '\t']);
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Reason::new(
            format!("has a control character in the value of `{name}`"),
            "Write the value without line ends and the like.",
        ));
    }
    if !value.is_ascii() {
        return Err(Reason::new(
            format!("has a character beyond ASCII in the value of `{name}`"),
            "Write it percent-encoded, as the receiver expects it.",
        ));
    }
    Ok(Header {
        value: Secret::new(value),
        length_chars: line.trim().chars().count(),
        name,
    })
}

/// What must never be shown of the text of such an input, be it a broken one: the values, and of
/// credentials the part behind the scheme. Names are no secrets, and neither are values that say
/// something in plain words under a name that does not sound secret.
pub(super) fn header_secrets(text: &str) -> Vec<Secret> {
    let lines = lines(text).unwrap_or_else(|| text.lines().map(str::to_owned).collect());
    let mut secrets = Vec::new();
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            // Words of the log are no secrets, be they here too.
            let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
            let words = line.split_whitespace().filter(|word| !is_word(word));
            secrets.extend(words.map(Secret::new));
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_plain = || !sounds_secret(&name) && value.split_whitespace().all(is_word);
        if HARMLESS.contains(&name.as_str()) || is_plain() {
            continue;
        }
        let (scheme, credentials) = value.split_once(' ').unwrap_or(("", value));
        let credentials = match is_word(scheme) {
            true => credentials.trim(),
            false => value,
        };
        secrets.push(Secret::new(credentials));
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(login) = STANDARD.decode(credentials)
            && let Ok(login) = String::from_utf8(login)
        {
            let password = login.split_once(':').map_or("", |(_, password)| password);
            secrets.extend([Secret::new(password), Secret::new(&login)]);
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let headers = Headers::from_input(text).map_err(|reason| reason.wrong)?;
        let pair = |header: &Header| (header.name.clone(), header.value.reveal().to_owned());
        Ok(headers.0.iter().map(pair).collect())
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }

    #[track_caller]
    fn check_fault(text: &str, expected: &str) {
        let wrong = read(text).unwrap_err();
        assert!(wrong.contains(expected), "{text:?}: {wrong}");
        assert!(!wrong.contains("s3cr3t"), "{wrong}");
    }

    #[test]
    fn headers_are_read_as_every_platform_writes_them() {
        check(
            "Content-Type: application/json\r\n\n  X-Token:a:b  \nX-Empty:",
            &[
                ("content-type", "application/json"),
                ("x-token", "a:b"),
                ("x-empty", ""),
            ],
        );
        check(
            r#"{"Authorization": "Bearer x", "X-Count": 3}"#,
            &[("authorization", "Bearer x"), ("x-count", "3")],
        );
        check(r#"["A: 1", "B: 2,3"]"#, &[("a", "1"), ("b", "2,3")]);
    }

    #[test]
    fn what_would_break_a_request_is_refused() {
        for (text, wrong) in [
            ("s3cr3t", "line 1 has no colon"),
            ("A: 1\ns3cr3t", "line 2 has no colon"),
            (": s3cr3t", "a name that is none"),
            ("X Y: s3cr3t", "a name that is none"),
            ("X-Y : s3cr3t", "a name that is none"),
            ("X-É: s3cr3t", "a name that is none"),
            ("X\0Y: s3cr3t", "a name that is none"),
            ("X\rY: s3cr3t", "a name that is none"),
            (r#"{"X\nY": "s3cr3t"}"#, "a name that is none"),
            ("X: s3cr3t\rY: 1", "a control character in the value of `x`"),
            ("X: s3cr3t\0", "a control character in the value of `x`"),
            (r#"{"X": "s3cr3t\r\nY: 1"}"#, "a control character"),
            ("X: s3cr3t é", "beyond ASCII in the value of `x`"),
            ("X: 1\nx: s3cr3t", "names `x` twice"),
            (r#"{"X": "1", "x": "s3cr3t"}"#, "names `x` twice"),
            (r#"{"X": "1", "X": "s3cr3t"}"#, "names `x` twice"),
            (r#"{"X": "1", "\u0058": "s3cr3t"}"#, "names `x` twice"),
            (r#"{"X": ["s3cr3t"]}"#, "looks like JSON"),
            ("[X: s3cr3t", "looks like JSON"),
        ] {
            check_fault(text, wrong);
        }
    }

    #[test]
    fn reserved_names_are_refused_in_any_letters() {
        for (name, _) in RESERVED {
            check_fault(&format!("{}: s3cr3t", name.to_uppercase()), name);
        }
        check_fault("Proxy-Authorization: s3cr3t", "proxy-authorization");
    }

    #[track_caller]
    fn check_secrets(text: &str, expected: &[&str]) {
        let secrets = header_secrets(text);
        let secrets: Vec<&str> = secrets.iter().map(Secret::reveal).collect();
        assert_eq!(secrets, expected, "{text:?}");
    }

    #[test]
    fn values_are_secrets_and_words_are_not() {
        check_secrets("Authorization: Bearer abc.DEF-1", &["abc.DEF-1"]);
        check_secrets(
            "authorization: Basic YW5uOmhlcm9uNDQ=",
            &["YW5uOmhlcm9uNDQ=", "heron44", "ann:heron44"],
        );
        check_secrets("X-Api-Key: onlyletters", &["onlyletters"]);
        check_secrets("X-Anything: a1b2c3", &["a1b2c3"]);
        check_secrets("Content-Type: application/json; v=1", &[]);
        check_secrets("X-Environment: production", &[]);
        check_secrets("X-Title: build finished", &[]);
        check_secrets("Authorization Bearer abc-1", &["abc-1"]);
        check_secrets(r#"{"X-Token": "t0k"}"#, &["t0k"]);
        check_secrets(r#"{"X-Token": ["t0k"]}"#, &[r#"["t0k"]}"#]);
    }
}
