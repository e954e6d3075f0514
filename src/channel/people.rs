//! Whom to mention, as the inputs name them.

use crate::input::{Input, InputReader, List, Reason};

/// Most that the mentions of one list may take of a message, in bytes.
const CROWD_LIMIT_BYTES: usize = 6000;

/// A mention list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct People {
    /// The ids, without a leading `@`, each once.
    pub(super) ids: Vec<String>,
    /// Whether `all` stood among them, or `@all`, in any case, or 所有人.
    pub(super) everyone: bool,
}

impl People {
    /// Whether anybody is named.
    pub(super) const fn rings(&self) -> bool {
        self.everyone || !self.ids.is_empty()
    }

    /// Reads a list. Blanks separate too; an `@` inside an id stays, because ids that look like
    /// mail addresses are allowed.
    pub(super) fn new(list: Option<List>) -> Self {
        let mut people = Self::default();
        let items = list.unwrap_or_default().0;
        for id in items.iter().flat_map(|item| item.split_whitespace()) {
            let id = id.strip_prefix('@').unwrap_or(id);
            if id.eq_ignore_ascii_case("all") || id == "所有人" {
                people.everyone = true;
            } else if !id.is_empty() && !people.ids.iter().any(|known| known == id) {
                people.ids.push(id.to_owned());
            }
        }
        people
    }
}

impl People {
    /// Refuses a list that would leave no room for the message. `each` is what an id costs besides
    /// its own bytes.
    pub(super) fn refuse_crowds(&self, reader: &mut InputReader<'_>, input: &str, each: usize) {
        let bytes: usize = self.ids.iter().map(|id| id.len() + each).sum();
        if bytes > CROWD_LIMIT_BYTES {
            reader.fault(
                input,
                Reason::new(
                    format!("names {} people, too many for one message", self.ids.len()),
                    "Name fewer, or `all`.",
                ),
            );
        }
    }

    /// Warns when an id looks like a mobile number, which would ring nobody.
    pub(super) fn warn_of_mobiles(&self, reader: &mut InputReader<'_>, input: &str, right: &str) {
        let is_mobile = |id: &&String| {
            id.len() == 11 && id.starts_with('1') && id.bytes().all(|byte| byte.is_ascii_digit())
        };
        if let Some(id) = self.ids.iter().find(is_mobile) {
            reader.warn(format!(
                "`{input}` holds {id}, which looks like a mobile number; those go into `{right}`"
            ));
        }
    }

    /// Reads a list of mobile numbers; anything else among them is a fault.
    pub(super) fn mobiles(reader: &mut InputReader<'_>, input: &Input<List>) -> Self {
        let people = Self::new(reader.get(input));
        let is_mobile = |id: &&String| {
            id.bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'))
                && id.bytes().filter(u8::is_ascii_digit).count() >= 5
        };
        if let Some(wrong) = people.ids.iter().find(|id| !is_mobile(id)) {
            reader.refuse(
                &input.spec,
                wrong,
                Reason::new(
                    "not a mobile number",
                    "Write digits, such as `13800000000` or `+852-12345678`; ids go into the input for users.",
                ),
            );
        }
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::FromInput;

    #[test]
    fn everyone_and_each_are_told_apart() {
        for (text, ids, everyone) in [
            ("all", &[][..], true),
            ("@All; u1", &["u1"], true),
            ("@u1 u2,u1", &["u1", "u2"], false),
            ("ann@corp, @", &["ann@corp"], false),
            ("u1，u2、@所有人", &["u1", "u2"], true),
        ] {
            let people = People::new(Some(List::from_input(text).unwrap()));
            assert_eq!(people.ids, ids, "{text}");
            assert_eq!(people.everyone, everyone, "{text}");
        }
    }
}
