//! Header fields of mails as people read them. Source: RFC 2047.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The text that stands in base64, whose lines may end anywhere.
pub fn base64_text(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(text).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Decodes the encoded words of a header field; blanks between two of them are nothing. A word in
/// another charset than UTF-8 stays as it is.
pub fn decoded_words(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    let mut is_behind_word = false;
    while let Some((before, word, behind)) = next_word(rest) {
        if !(is_behind_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        decoded.push_str(&word);
        rest = behind;
        is_behind_word = true;
    }
    decoded + rest
}

/// The first encoded word: what is before it, its text, and what is behind it.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = text.split_once("=?")?;
    let (charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (word, behind) = rest.split_once("?=")?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let word = match encoding {
        "B" | "b" => base64_text(word)?,
        "Q" | "q" => quoted_text(word),
        _ => return None,
    };
    Some((before, word, behind))
}

/// Decodes `=41` and the underscores that stand for blanks.
fn quoted_text(word: &str) -> String {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let code = rest
            .strip_prefix('=')
            .and_then(|it| it.get(..2))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let taken = match (c, code) {
            (_, Some(byte)) => {
                bytes.push(byte);
                3
            }
            ('_', None) => {
                bytes.push(b' ');
                1
            }
            (c, None) => {
                bytes.extend(c.to_string().bytes());
                c.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        for (text, expected) in [
            ("plain", "plain"),
            ("=?utf-8?B?5p6E5bu6?= failed", "构建 failed"),
            ("=?utf-8?B?5p6E?= =?UTF-8?B?5bu6?=", "构建"),
            ("=?utf-8?Q?caf=C3=A9_=3D?=", "café ="),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("=?latin1?Q?a?=", "=?latin1?Q?a?="),
            ("=?utf-8?Q?=C3=?=", "\u{fffd}="),
        ] {
            assert_eq!(decoded_words(text), expected, "{text}");
        }
    }
}
