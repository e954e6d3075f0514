//! Which of the known names was probably meant by a word that is none of them.

/// The known name that takes the fewest slips to become the word, and how many: letters left out,
/// put in, changed, or swapped with their neighbour. Of several the first by the alphabet; `None`
/// when no name is within `most` slips.
pub fn nearest<'n>(
    names: impl IntoIterator<Item = &'n str>,
    word: &str,
    most: usize,
) -> Option<(usize, &'n str)> {
    nearest_as(names, word, most, str::to_owned)
}

/// As [`nearest`], where names are compared as `spelled` writes them.
pub fn nearest_as<'n>(
    names: impl IntoIterator<Item = &'n str>,
    word: &str,
    most: usize,
    spelled: impl Fn(&str) -> String,
) -> Option<(usize, &'n str)> {
    let length = word.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let spelled = spelled(name);
        let most = best.map_or(most, |(slips, _)| slips);
        // Each letter more or less is a slip; counting the others takes time.
        if spelled.chars().count().abs_diff(length) > most {
            continue;
        }
        let found = (strsim::damerau_levenshtein(&spelled, word), name);
        if found.0 <= most && best.is_none_or(|known| found < known) {
            best = Some(found);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn the_name_with_the_fewest_slips_is_nearest() {
        let names = ["message", "message_file", "notify_on", "mention_on"];
        for (word, most, expected) in [
            ("mesage", 2, Some((1, "message"))),
            ("messgae_file", 2, Some((1, "message_file"))),
            ("notify", 2, None),
            ("notify", 3, Some((3, "notify_on"))),
            ("menfion_on", usize::MAX, Some((1, "mention_on"))),
            ("", 0, None),
        ] {
            assert_eq!(nearest(names, word, most), expected, "{word}");
        }
        assert_eq!(nearest(["b", "a"], "c", 1), Some((1, "a")));
        let loud = |name: &str| name.to_uppercase();
        assert_eq!(nearest_as(names, "MESSAGES", 2, loud), Some((1, "message")));
    }

    proptest! {
        #[test]
        fn no_nearer_name_is_passed_over(
            names in proptest::collection::vec("[abü]{0,6}", 0..8),
            word in "[abü]{0,6}",
            most in 0..8_usize,
        ) {
            let all = names.iter().map(|name| (strsim::damerau_levenshtein(name, &word), name.as_str()));
            let expected = all.min().filter(|(slips, _)| *slips <= most);
            prop_assert_eq!(nearest(names.iter().map(String::as_str), &word, most), expected);
        }
    }
}
