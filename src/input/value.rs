//! How the text of an input becomes a value.

use std::time::Duration;

use super::fault::Reason;
use super::kind::Kind;
use crate::model::message::Language;
use crate::model::time::Zone;
use crate::secret::Secret;

/// A type that an input can hold.
pub trait FromInput: Sized {
    /// The kind of text it takes.
    const KIND: Kind;

    /// Reads the text, which is never blank.
    ///
    /// # Errors
    /// A [`Reason`] when the text is no value of this type.
    fn from_input(text: &str) -> Result<Self, Reason>;
}

/// A type with a closed set of words.
pub trait Choice: Sized + Copy + 'static {
    /// Every word and what it stands for. The first spelling of a value is its proper one.
    const CHOICES: &'static [(&'static str, Self)];
    /// The proper words.
    const WORDS: &'static [&'static str];
}

impl<T: Choice> FromInput for T {
    const KIND: Kind = Kind::Choice(T::WORDS);

    fn from_input(text: &str) -> Result<Self, Reason> {
        let word = text.trim().to_lowercase();
        T::CHOICES
            .iter()
            .find(|(spelling, _)| *spelling == word)
            .map(|(_, choice)| *choice)
            .ok_or_else(|| Reason::not_one_of(T::WORDS))
    }
}

impl Choice for Language {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("en", Self::English),
        ("zh", Self::Chinese),
        ("ru", Self::Russian),
        ("zh-cn", Self::Chinese),
        ("zh_cn", Self::Chinese),
    ];
    const WORDS: &'static [&'static str] = &["en", "zh", "ru"];
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// `true`.
    On,
    /// `false`.
    #[default]
    Off,
}

impl FromInput for Switch {
    const KIND: Kind = Kind::Switch;

    fn from_input(text: &str) -> Result<Self, Reason> {
        match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Self::On),
            "false" | "no" | "off" | "0" => Ok(Self::Off),
            _ => Err(Reason::new(
                "neither true nor false",
                "Write `true` or `false`.",
            )),
        }
    }
}

impl FromInput for String {
    const KIND: Kind = Kind::Text;

    fn from_input(text: &str) -> Result<Self, Reason> {
        Ok(text.trim().to_owned())
    }
}

/// Text with placeholders, kept exactly as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(pub String);

/// Longest template source, in bytes (rule R-3).
const TEMPLATE_LIMIT_BYTES: usize = 64 * 1024;

impl FromInput for Template {
    const KIND: Kind = Kind::Template;

    fn from_input(text: &str) -> Result<Self, Reason> {
        if text.len() > TEMPLATE_LIMIT_BYTES {
            return Err(Reason::new(
                format!("has {} bytes, more than {TEMPLATE_LIMIT_BYTES}", text.len()),
                "Shorten it, or link to the long text.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromInput for Secret {
    const KIND: Kind = Kind::Secret;

    fn from_input(text: &str) -> Result<Self, Reason> {
        Ok(Self::new(text))
    }
}

/// Several secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretList(pub Vec<Secret>);

impl FromInput for SecretList {
    const KIND: Kind = Kind::Secrets;

    fn from_input(text: &str) -> Result<Self, Reason> {
        Ok(Self(
            items(text)?.iter().map(|item| Secret::new(item)).collect(),
        ))
    }
}

/// Secrets by lines; those on one line belong together. In a JSON array every item is a line with
/// one secret, whatever characters that has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretLines(pub Vec<Vec<Secret>>);

impl FromInput for SecretLines {
    const KIND: Kind = Kind::Secrets;

    fn from_input(text: &str) -> Result<Self, Reason> {
        if text.trim_start().starts_with('[') {
            let lines = SecretList::from_input(text)?.0.into_iter();
            return Ok(Self(lines.map(|secret| vec![secret]).collect()));
        }
        let lines = text.lines().map(|line| Ok(SecretList::from_input(line)?.0));
        let lines: Vec<Vec<Secret>> = lines.collect::<Result<_, Reason>>()?;
        let filled = lines.into_iter().filter(|line| !line.is_empty());
        Ok(Self(filled.collect()))
    }
}

/// A list of texts, without blanks around them and without empty ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List(pub Vec<String>);

impl FromInput for List {
    const KIND: Kind = Kind::List;

    fn from_input(text: &str) -> Result<Self, Reason> {
        items(text).map(Self)
    }
}

/// What stands between the items of a list.
const SEPARATORS: [char; 6] = [',', ';', '\n', '，', '；', '、'];

impl List {
    /// Reads a list of mailboxes: a name in double quotes that begins an item, with `<` behind it, may
    /// hold separators. Any other quote is a letter, so that none takes the next mailbox along.
    ///
    /// # Errors
    /// As for any list.
    pub fn with_quoted_names(text: &str) -> Result<Self, Reason> {
        if text.trim_start().starts_with('[') {
            return Self::from_input(text);
        }
        let mut items = Vec::new();
        let mut rest = text;
        loop {
            let behind = behind_quoted_name(rest).unwrap_or(rest);
            let Some(at) = behind.find(SEPARATORS) else {
                items.push(rest.to_owned());
                return Ok(Self(cleaned(&items)));
            };
            let (item, behind) = rest.split_at(rest.len() - behind.len() + at);
            items.push(item.to_owned());
            rest = behind.trim_start_matches(SEPARATORS);
        }
    }
}

/// What stands behind a name in double quotes that begins a mailbox, if one does.
fn behind_quoted_name(text: &str) -> Option<&str> {
    let (_, behind) = quoted_name(text.trim_start())?;
    behind.trim_start().starts_with('<').then_some(behind)
}

/// The name in double quotes that a text begins with, and what stands behind it. `\"` is a quote
/// within the name and `\\` a backslash (RFC 5322, 3.2.4); any other backslash is a letter.
pub fn quoted_name(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut name = String::new();
    let mut letters = inside.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((name, inside.get(at + 1..)?)),
            '\\' => {
                let escaped = letters.next_if(|(_, it)| matches!(it, '"' | '\\'));
                name.push(escaped.map_or(letter, |(_, it)| it));
            }
            _ => name.push(letter),
        }
    }
    None
}

/// Splits a list: a JSON array when it begins like one, else commas, semicolons and line ends.
fn items(text: &str) -> Result<Vec<String>, Reason> {
    let text = text.trim();
    let items: Vec<String> = if text.starts_with('[') {
        let values: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| {
            Reason::new(
                "begins with `[` but is no JSON array",
                "Write a JSON array, or separate the items by commas.",
            )
        })?;
        values
            .into_iter()
            .filter_map(|value| match value {
                serde_json::Value::String(item) => Some(Ok(item)),
                serde_json::Value::Null => None,
                serde_json::Value::Number(number) => Some(Ok(number.to_string())),
                serde_json::Value::Bool(flag) => Some(Ok(flag.to_string())),
                serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                    Some(Err(Reason::new(
                        "holds a list or map inside the list",
                        "Write a flat JSON array of texts.",
                    )))
                }
            })
            .collect::<Result<_, _>>()?
    } else {
        text.split(SEPARATORS).map(str::to_owned).collect()
    };
    Ok(cleaned(&items))
}

/// The items without blanks around them; an empty one is none.
fn cleaned(items: &[String]) -> Vec<String> {
    items
        .iter()
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

/// A duration from `MIN` to `MAX` whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limit<const MIN: u64, const MAX: u64>(pub Duration);

impl<const MIN: u64, const MAX: u64> FromInput for Limit<MIN, MAX> {
    const KIND: Kind = Kind::Duration;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let duration = duration(text).ok_or_else(|| {
            Reason::new(
                "not a duration",
                "Write a number and a unit, such as `90s` or `10m`.",
            )
        })?;
        if duration < Duration::from_secs(MIN) || duration > Duration::from_secs(MAX) {
            return Err(Reason::new(
                format!("outside {MIN} to {MAX} seconds"),
                format!("Write a duration from `{MIN}s` to `{MAX}s`."),
            ));
        }
        Ok(Self(duration))
    }
}

/// Reads `500ms`, `90s`, `10m`, `1h`; a bare number is seconds.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    match unit.trim() {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" | "min" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count<const MIN: u32, const MAX: u32>(pub u32);

impl<const MIN: u32, const MAX: u32> FromInput for Count<MIN, MAX> {
    const KIND: Kind = Kind::Number;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let fault = || {
            Reason::new(
                format!("not a whole number from {MIN} to {MAX}"),
                format!("Write a number from {MIN} to {MAX}."),
            )
        };
        let number = text.trim().parse().map_err(|_| fault())?;
        if !(MIN..=MAX).contains(&number) {
            return Err(fault());
        }
        Ok(Self(number))
    }
}

/// A TCP port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port(pub u16);

impl FromInput for Port {
    const KIND: Kind = Kind::Number;

    fn from_input(text: &str) -> Result<Self, Reason> {
        match text.trim().parse() {
            Ok(port) if port > 0 => Ok(Self(port)),
            _ => Err(Reason::new(
                "not a port",
                "Write a number from 1 to 65535, such as `465`.",
            )),
        }
    }
}

impl FromInput for Zone {
    const KIND: Kind = Kind::Text;

    fn from_input(text: &str) -> Result<Self, Reason> {
        Self::named(text).ok_or_else(|| {
            Reason::new(
                "not a time zone",
                "Write an IANA name, such as `Asia/Shanghai` or `UTC`.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_list(text: &str, expected: &[&str]) {
        assert_eq!(List::from_input(text).unwrap().0, expected, "{text:?}");
    }

    #[test]
    fn lists_split_as_every_platform_writes_them() {
        check_list("a,b; c\nd", &["a", "b", "c", "d"]);
        check_list("a,,  ,b,", &["a", "b"]);
        check_list(
            r#"["a,b", 13800000000, null, true]"#,
            &["a,b", "13800000000", "true"],
        );
        check_list("[]", &[]);
        assert!(List::from_input("[a, b").is_err());
        assert!(List::from_input(r#"[{"a":1}]"#).is_err());
    }

    #[test]
    fn separators_inside_quoted_names_may_stay() {
        for (text, expected) in [
            (r#""a, b" <c>, d"#, &[r#""a, b" <c>"#, "d"][..]),
            (r#"d; "a，b"<c>"#, &["d", r#""a，b"<c>"#]),
            // No quote takes the next mailbox along.
            (r#"5" a <b>, 6" c <d>"#, &[r#"5" a <b>"#, r#"6" c <d>"#]),
            (r#""a <b>, "c" <d>"#, &[r#""a <b>"#, r#""c" <d>"#]),
            (r#""a \"b\", c" <d>, e"#, &[r#""a \"b\", c" <d>"#, "e"]),
            (r#""a \" <b>, c <d>"#, &[r#""a \" <b>"#, "c <d>"]),
            (r#""a, b"#, &["\"a", "b"]),
            (r#""a", "b""#, &["\"a\"", "\"b\""]),
            (r#"["a, b", "c"]"#, &["a, b", "c"]),
            ("a,, ，b\n", &["a", "b"]),
            ("", &[]),
        ] {
            let items = List::with_quoted_names(text).unwrap().0;
            assert_eq!(items, expected, "{text:?}");
        }
        assert!(List::with_quoted_names("[a").is_err());
    }

    #[test]
    fn quotes_and_backslashes_may_stand_in_quoted_names() {
        for (text, expected) in [
            (r#""a" b"#, Some(("a", " b"))),
            (r#""a \"b\" \\ c"d"#, Some((r#"a "b" \ c"#, "d"))),
            (r#""CORP\ann""#, Some((r"CORP\ann", ""))),
            (r#""a\"#, None),
            (r#""a\""#, None),
            ("a", None),
            ("", None),
        ] {
            let read = quoted_name(text);
            let read = read.as_ref().map(|(name, rest)| (name.as_str(), *rest));
            assert_eq!(read, expected, "{text:?}");
        }
    }

    #[test]
    fn secrets_on_one_line_belong_together() {
        for (text, expected) in [
            ("a", &[&["a"][..]][..]),
            ("a, b\n\n c ;", &[&["a", "b"], &["c"]]),
            (r#"["a,b", "c"]"#, &[&["a,b"], &["c"]]),
        ] {
            let lines = SecretLines::from_input(text).unwrap().0;
            let lines: Vec<Vec<&str>> = lines
                .iter()
                .map(|line| line.iter().map(Secret::reveal).collect())
                .collect();
            assert_eq!(lines, expected, "{text:?}");
        }
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        type Minute = Limit<1, 60>;
        for (text, seconds) in [("5", 5), ("5s", 5), (" 1m ", 60), ("1000ms", 1), ("1 s", 1)] {
            assert_eq!(
                Minute::from_input(text).unwrap().0,
                Duration::from_secs(seconds),
                "{text:?}"
            );
        }
        for text in [
            "0s",
            "61s",
            "2m",
            "soon",
            "5 days",
            "-1s",
            "99999999999999999999s",
            "1.5s",
        ] {
            assert!(Minute::from_input(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn words_outside_a_closed_set_are_refused_with_the_set() {
        let reason = Language::from_input("fr").unwrap_err();
        assert_eq!(reason.wrong, "not one of en, zh, ru");
        assert_eq!(Language::from_input("ZH"), Ok(Language::Chinese));
        assert_eq!(Switch::from_input("Yes"), Ok(Switch::On));
        assert!(Switch::from_input("maybe").is_err());
        assert!(Port::from_input("0").is_err());
        assert!(Count::<1, 10>::from_input("11").is_err());
    }
}
