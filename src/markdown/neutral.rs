//! Takes the power out of text for dialects that document no escape (DingTalk, WeCom): a
//! character that could start markup becomes its full-width twin, and mentions and bare addresses
//! are broken by an invisible character.

/// Whether the text stands at the start of a line, where more characters have power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// First in its line.
    LineStart,
    /// Behind other text.
    Inline,
}

/// Breaks what must not be read as one.
pub(super) const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Makes text inert. Line ends become blanks.
pub fn neutralised(text: &str, place: Place) -> String {
    let mut inert = String::with_capacity(text.len());
    if place == Place::LineStart && starts_a_block(text) {
        inert.push(ZERO_WIDTH_SPACE);
    }
    let mut before = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let after = rest.peek().map(|(_, next)| *next);
        inert.push(match c {
            '*' => '＊',
            '`' => '｀',
            '~' => '～',
            '[' => '［',
            ']' => '］',
            '<' => '＜',
            '>' => '＞',
            '|' => '｜',
            '\\' => '＼',
            // Inside a word an underscore has no power, and names are full of them.
            '_' if !(is_word(before) && is_word(after)) => '＿',
            '\n' | '\r' | '\t' => ' ',
            c => c,
        });
        let mentions = c == '@' && mentions(text, at);
        if mentions || links_itself(text, at) {
            inert.push(ZERO_WIDTH_SPACE);
        }
        before = Some(c);
    }
    inert
}

/// Whether the character at this place makes an address of the text, which clients would link.
pub(super) fn links_itself(text: &str, at: usize) -> bool {
    let (before, from) = text.split_at_checked(at).unwrap_or((text, ""));
    from.starts_with("://")
        || (from.starts_with(['w', 'W'])
            && from
                .get(..4)
                .is_some_and(|start| start.eq_ignore_ascii_case("www."))
            && !before.ends_with(char::is_alphanumeric))
}

/// Breaks every mention in a text that has no other power.
pub fn without_mentions(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        inert.push(c);
        if c == '@' && mentions(text, at) {
            inert.push(ZERO_WIDTH_SPACE);
        }
    }
    inert
}

/// Whether the `@` at this place could mention someone: not that of a mail address.
fn mentions(text: &str, at: usize) -> bool {
    let (before, from) = text.split_at_checked(at).unwrap_or((text, ""));
    let behind = from.strip_prefix('@').unwrap_or_default();
    let host = behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    // A full stop behind a name ends a sentence.
    let has_domain = host
        .strip_prefix('.')
        .is_some_and(|domain| domain.starts_with(char::is_alphanumeric));
    let is_address =
        before.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-+".contains(c)) && has_domain;
    // Numbers abroad begin with a plus sign, and ids with what their keeper likes.
    !is_address && behind.starts_with(|c: char| c.is_alphanumeric() || "+-_.@$".contains(c))
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Whether the text would begin a heading, quote, list or rule.
fn starts_a_block(text: &str) -> bool {
    let text = text.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let behind_digits = text.get(digits..).unwrap_or_default();
    text.starts_with(['#', '-', '+', '=', '>'])
        || (digits > 0 && behind_digits.starts_with(['.', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(place: Place, text: &str, expected: &str) {
        assert_eq!(neutralised(text, place), expected, "{text:?}");
    }

    #[test]
    fn markup_loses_its_power() {
        check(
            Place::Inline,
            "[ok](https://evil.example)",
            "［ok］(https:\u{200b}//evil.example)",
        );
        check(
            Place::Inline,
            "<@all> **x** `y` ~~z~~",
            "＜@\u{200b}all＞ ＊＊x＊＊ ｀y｀ ～～z～～",
        );
        check(
            Place::Inline,
            "<font color=\"warning\">",
            "＜font color=\"warning\"＞",
        );
        check(Place::Inline, "a\nb", "a b");
    }

    #[test]
    fn names_stay_readable() {
        check(Place::Inline, "feature/my_branch_2", "feature/my_branch_2");
        check(Place::Inline, "_private", "＿private");
        check(Place::Inline, "ann@example.com", "ann@example.com");
        check(Place::Inline, "fix #42: a - b", "fix #42: a - b");
    }

    #[test]
    fn mentions_are_broken() {
        check(
            Place::Inline,
            "@13800001111 and @all",
            "@\u{200b}13800001111 and @\u{200b}all",
        );
        check(
            Place::Inline,
            "请@13800001111 fix@all",
            "请@\u{200b}13800001111 fix@\u{200b}all",
        );
        check(Place::Inline, "by a@bob.", "by a@\u{200b}bob.");
        check(
            Place::Inline,
            "@+852-12345678 @_u1 @-u @.u",
            "@\u{200b}+852-12345678 @\u{200b}＿u1 @\u{200b}-u @\u{200b}.u",
        );
        assert_eq!(
            without_mentions("@+852-12345678 @_u1 @@u"),
            "@\u{200b}+852-12345678 @\u{200b}_u1 @\u{200b}@\u{200b}u"
        );
        assert_eq!(
            without_mentions("*@all* ann@example.com @ @张三"),
            "*@\u{200b}all* ann@example.com @ @\u{200b}张三"
        );
        check(
            Place::Inline,
            "see www.evil.example",
            "see w\u{200b}ww.evil.example",
        );
    }

    #[test]
    fn a_line_start_gets_something_before_it() {
        for text in ["# h", "> q", "- x", "1. x", "12) x", "+ x"] {
            let inert = neutralised(text, Place::LineStart);
            assert!(inert.starts_with(ZERO_WIDTH_SPACE), "{text:?}: {inert:?}");
        }
        check(Place::LineStart, "1.5 times", "\u{200b}1.5 times");
        check(Place::LineStart, "plain", "plain");
    }
}
