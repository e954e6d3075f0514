//! Hygiene for text that somebody else wrote: what counts as absent, and which characters may
//! stay. Applied once, at the door, to every fact.

/// Longest value of one variable that a message uses, in bytes; the rest is dropped (rule R-7).
pub const VALUE_LIMIT_BYTES: usize = 64 * 1024;

/// Whether the text says "nothing" in one of the ways CI systems say it.
///
/// Blank text, CircleCI's `<nil>`, the `null`, `undefined` and `None` of template engines.
pub fn is_absent(text: &str) -> bool {
    matches!(text.trim(), "" | "<nil>" | "null" | "undefined" | "None")
}

/// Whether the *whole* text is a reference that some platform should have replaced and did not:
/// `${NAME}`, `${{ ... }}`, `$(NAME)`, `<+name>`, `<< name >>`.
pub fn is_unresolved_reference(text: &str) -> bool {
    let text = text.trim();
    // Hardly any value begins so, and every value is asked.
    text.starts_with(['$', '<'])
        && [("${", "}"), ("$(", ")"), ("<+", ">"), ("<<", ">>")]
            .iter()
            .any(|(open, close)| {
                text.strip_prefix(open)
                    .and_then(|rest| rest.strip_suffix(close))
                    .is_some_and(|inside| {
                        !inside.is_empty() && !inside.contains('\n') && !inside.contains(open)
                    })
            })
}

/// Removes what may not stand in a message, and keeps the line structure (rule I-4).
///
/// CRLF, CR, NEL, U+2028 and U+2029 become a line feed. Removed: the other control characters,
/// bidirectional controls, byte order marks, tag characters, and zero-width characters (a joiner
/// between two emoji stays). At most [`VALUE_LIMIT_BYTES`] are looked at.
pub fn clean(text: &str) -> String {
    let text = head_bytes(text, VALUE_LIMIT_BYTES);
    // Most values have nothing else, and all that a message says comes by here.
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'))
    {
        return text.to_owned();
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => {
                rest.next_if_eq(&'\n');
                cleaned.push('\n');
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\n' | '\t' => cleaned.push(c),
            '\u{200d}' => {
                let joins = cleaned.chars().next_back().is_some_and(is_pictographic)
                    && rest.peek().copied().is_some_and(is_pictographic);
                if joins {
                    cleaned.push(c);
                }
            }
            c if c.is_control() || is_invisible(c) => {}
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// The first line with something in it, cleaned and trimmed, tabs as blanks.
pub fn clean_line(text: &str) -> String {
    clean(text)
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
        .replace('\t', " ")
}

/// At most `limit` characters; a text that is cut ends in `…`, which counts.
pub fn head_chars(text: &str, limit: usize) -> String {
    if text.len() <= limit || text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    use unicode_segmentation::UnicodeSegmentation;
    let mut kept = String::new();
    let mut count = 1;
    for grapheme in text.graphemes(true) {
        count += grapheme.chars().count();
        if count > limit {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.push('…');
    kept
}

/// How much of a text is kept beyond its length until secrets are taken out, in characters. It
/// bounds what is kept of a text without end; a line of a secret is shorter.
const SPARE_CHARS: usize = 16 * 1024;

/// At most `limit` characters and what is spared: a secret that is cut before the scrubber sees it
/// is none that the scrubber knows (rule M-3). Whoever scrubs cuts to `limit`.
pub fn head_with_spare(text: &str, limit: usize) -> String {
    head_chars(text, limit.saturating_add(SPARE_CHARS))
}

/// The longest beginning of `text` with at most `limit` bytes that ends between characters.
pub fn head_bytes(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{206a}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e000}'..='\u{f8ff}' // private use; the template room marks values with them
        | '\u{e0000}'..='\u{e007f}'
        | '\u{f0000}'..='\u{10ffff}')
}

/// Characters that a zero-width joiner joins into one picture.
fn is_pictographic(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_saying_nothing_is_absent() {
        for text in ["", "  ", "\n", "<nil>", "null", " undefined ", "None"] {
            assert!(is_absent(text), "{text:?}");
        }
        for text in ["0", "false", "nothing", "none at all"] {
            assert!(!is_absent(text), "{text:?}");
        }
    }

    #[test]
    fn a_reference_nobody_resolved_is_told_from_text_that_holds_one() {
        for text in [
            "${NAME}",
            "${{ secrets.X }}",
            "$(tasks.status)",
            "<+pipeline.name>",
            "<< x >>",
        ] {
            assert!(is_unresolved_reference(text), "{text:?}");
        }
        for text in ["build ${NAME}", "${A} and ${B}", "${}", "<b>", "plain"] {
            assert!(!is_unresolved_reference(text), "{text:?}");
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(clean(text), expected, "{text:?}");
    }

    #[test]
    fn line_ends_become_line_feeds() {
        check("a\r\nb\rc\u{2028}d\u{85}e", "a\nb\nc\nd\ne");
    }

    #[test]
    fn invisible_and_control_characters_go() {
        check(
            "a\u{0}b\u{1b}[31mc\u{202e}d\u{200b}e\u{feff}f\u{e0041}g",
            "ab[31mcdefg",
        );
    }

    #[test]
    fn an_emoji_family_stays_whole() {
        check("👨‍👩‍👧 and a\u{200d}b", "👨‍👩‍👧 and ab");
    }

    #[test]
    fn a_line_is_the_first_with_text() {
        assert_eq!(clean_line("\n \n fix: \tx \nbody"), "fix:  x");
    }

    #[test]
    fn a_cut_counts_its_mark_and_never_splits_a_character() {
        assert_eq!(head_chars("pipeline", 8), "pipeline");
        assert_eq!(head_chars("pipeline", 4), "pip…");
        assert_eq!(head_chars("👨‍👩‍👧👨‍👩‍👧", 8), "👨‍👩‍👧…");
        assert_eq!(head_bytes("构建", 4), "构");
    }
}
