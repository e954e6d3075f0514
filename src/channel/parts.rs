//! A message in as many parts as its target's limit asks for: one, cut where it is too long, or
//! several that follow each other.

use crate::markdown::{Fitted, fit, split};
use crate::model::document::Block;
use crate::model::exchange::Drafted;
use crate::model::message::{Mention, Message, TooLong};
use crate::model::text::head_chars;

/// Most parts of one message: half of what the slowest robot takes in a minute.
const PARTS_LIMIT: usize = 10;

/// Length of a title that had to make room, in characters.
const SHORT_TITLE_CHARS: usize = 60;

/// How a target writes its requests.
pub(super) struct Form<'f, B> {
    /// Most that a request takes, in the target's unit.
    pub(super) limit: usize,
    /// Writes one, with the title, id and mentions of the message and this content; the message's
    /// own content is not to be read.
    pub(super) write: &'f dyn Fn(&Message, &[Block]) -> B,
    /// The length of a finished one, in that unit.
    pub(super) length: &'f dyn Fn(&B) -> usize,
}

impl<B> Form<'_, B> {
    fn size(&self, message: &Message, blocks: &[Block]) -> usize {
        (self.length)(&(self.write)(message, blocks))
    }

    fn takes(&self, message: &Message, blocks: &[Block]) -> bool {
        self.size(message, blocks) <= self.limit
    }
}

/// Writes a message in parts that fit. What was done about the length goes into `drafted`.
pub(super) fn parts<B>(message: &Message, form: &Form<'_, B>, drafted: &mut Drafted) -> Vec<B> {
    let limit = form.limit;
    let document = message.document();
    let written = (form.write)(message, &document);
    let whole = (form.length)(&written);
    if whole <= limit {
        return vec![written];
    }
    let message = framed(message, form, drafted);
    let fitted = match message.too_long {
        TooLong::Cut => vec![fit(document, limit, |blocks| form.size(&message, blocks))],
        TooLong::Split => {
            // The longest number there can be, so that the real ones fit as well.
            let numbered = numbered(&message, PARTS_LIMIT, PARTS_LIMIT, Mention::Ring);
            split(document, limit, PARTS_LIMIT, |blocks| {
                form.size(&numbered, blocks)
            })
        }
    };
    let count = fitted.len();
    let is_cut = matches!(fitted.last(), Some(Fitted::Cut(_)));
    let parts: Vec<B> = fitted
        .iter()
        .zip(1..)
        .map(|(part, number)| match (count, number) {
            (1, _) => (form.write)(&message, part.blocks()),
            (_, 1) => (form.write)(
                &numbered(&message, 1, count, message.mention),
                part.blocks(),
            ),
            // People are rung once.
            _ => {
                let quiet = numbered(&message, number, count, Mention::Quiet);
                (form.write)(&quiet, part.blocks())
            }
        })
        .collect();
    let sent: usize = parts.iter().map(form.length).sum();
    if count > 1 {
        drafted
            .notes
            .push(format!("the message goes in {count} parts"));
    }
    if is_cut {
        drafted.warnings.push(format!(
            "the message is cut from {whole} to {sent} bytes; {limit} fit{}",
            match (count, message.too_long) {
                (1, TooLong::Cut) => ", and `on_too_long: split` sends the rest too",
                (1, TooLong::Split) => "",
                _ => " into each part",
            }
        ));
    }
    parts
}

/// The message with a title and link that leave room: a run's page may be as long as a limit.
fn framed<B>(message: &Message, form: &Form<'_, B>, drafted: &mut Drafted) -> Message {
    let mut message = message.clone();
    let fits = |message: &Message| match message.too_long {
        TooLong::Cut => form.takes(message, &[]),
        TooLong::Split => {
            let numbered = numbered(message, PARTS_LIMIT, PARTS_LIMIT, message.mention);
            form.takes(&numbered, &[])
        }
    };
    if !fits(&message) {
        message.title = head_chars(&message.title, SHORT_TITLE_CHARS);
    }
    if !fits(&message) && message.link.take().is_some() {
        drafted.warnings.push(
            "the address of the run is too long for this message, so it is left out".to_owned(),
        );
    }
    message
}

fn numbered(message: &Message, number: usize, of: usize, mention: Mention) -> Message {
    Message {
        title: format!("{} ({number}/{of})", message.title),
        id: message.id.for_part(number - 1),
        mention,
        ..message.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
    use serde_json::Value;

    use super::*;
    use crate::channel::tests::{message, open_with};
    use crate::channel::{CHANNELS, ChannelEntry};
    use crate::markdown::parse;
    use crate::model::document::Target;
    use crate::model::exchange::{Content, Draft};
    use crate::model::marks::Marks;
    use crate::model::message::Link;

    const DINGTALK: &str = "https://oapi.dingtalk.com/robot/send?access_token=T";
    const WECOM: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K";
    const LARK: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/T";

    /// A robot's format: which channel, its inputs, its limit and what the limit counts.
    struct Case {
        channel: &'static str,
        inputs: Vec<(&'static str, &'static str)>,
        limit: usize,
        content: Option<&'static str>,
    }

    fn cases() -> Vec<Case> {
        let case = |channel, inputs: &[(&'static str, &'static str)], limit, content| Case {
            channel,
            inputs: inputs.to_vec(),
            limit,
            content,
        };
        let mut cases = Vec::new();
        for format in ["markdown", "card", "text"] {
            let inputs = [
                ("dingtalk_webhook", DINGTALK),
                ("dingtalk_format", format),
                ("dingtalk_mobiles", "13800000000,all"),
                ("dingtalk_keyword", "DevOps"),
            ];
            cases.push(case("dingtalk", &inputs, 19_500, None));
        }
        for (format, limit, content) in [
            ("markdown", 4096, "/markdown/content"),
            ("markdown_v2", 4096, "/markdown_v2/content"),
            ("text", 2048, "/text/content"),
        ] {
            let inputs = [
                ("wecom_webhook", WECOM),
                ("wecom_format", format),
                ("wecom_users", "zhangsan;all"),
            ];
            cases.push(case("wecom", &inputs, limit, Some(content)));
        }
        for format in ["card", "post", "text"] {
            let inputs = [
                ("lark_webhook", LARK),
                ("lark_format", format),
                ("lark_users", "ou_1,all"),
                ("lark_keyword", "DevOps"),
            ];
            cases.push(case("lark", &inputs, 20_000, None));
        }
        cases
    }

    fn entry(name: &str) -> &'static ChannelEntry {
        CHANNELS.iter().find(|entry| entry.name == name).unwrap()
    }

    fn drafted(case: &Case, message: &Message) -> (Vec<String>, Drafted) {
        let (opened, faults) = open_with(entry(case.channel), &case.inputs);
        assert!(faults.is_empty(), "{faults:?}");
        let drafted = opened[0].channel.drafts(message);
        let written = drafted.drafts.iter().map(json).collect();
        (written, drafted)
    }

    fn json(draft: &Draft) -> String {
        match &draft.content {
            Content::Json(body) => serde_json::to_string(body).unwrap(),
            Content::Text(_) | Content::Mail(_) => panic!("no JSON"),
        }
    }

    /// How much of its limit a request takes.
    fn length(case: &Case, written: &str) -> usize {
        match case.content {
            None => written.len(),
            Some(pointer) => {
                let body: Value = serde_json::from_str(written).unwrap();
                body.pointer(pointer)
                    .or_else(|| body.pointer("/text/content"))
                    .and_then(Value::as_str)
                    .unwrap()
                    .len()
            }
        }
    }

    fn with_text(text: &str, too_long: TooLong) -> Message {
        Message {
            body: parse(text, &Marks::default()),
            too_long,
            ..message()
        }
    }

    #[test]
    fn a_long_message_goes_in_numbered_parts_that_ring_once() {
        let lines: String = (0..4000)
            .map(|at| format!("line number {at}  \n"))
            .collect();
        for case in cases() {
            let (written, drafted) = drafted(&case, &with_text(&lines, TooLong::Split));
            let count = written
                .iter()
                .filter(|it| !it.contains("line number"))
                .count();
            assert!(count <= 1, "only a companion holds no text");
            let parts = written.len() - count;
            assert!(
                (2..=PARTS_LIMIT).contains(&parts),
                "{:?}: {parts}",
                case.inputs
            );
            for (written, number) in written.iter().take(parts).zip(1..) {
                assert!(
                    written.contains(&format!("({number}/{parts})")),
                    "{written}"
                );
                assert!(length(&case, written) <= case.limit);
                assert!(written.contains("https://ci.example/42"), "{written}");
            }
            let ringing = written.iter().filter(|it| {
                ["13800000000", "@all", "ou_1"]
                    .iter()
                    .any(|id| it.contains(id))
            });
            assert_eq!(ringing.count(), 1, "{:?}", case.inputs);
            assert!(drafted.notes[0].contains(&format!("goes in {parts} parts")));
        }
    }

    #[test]
    fn a_cut_says_so_with_the_figures() {
        let case = &cases()[3];
        let (written, drafted) = drafted(case, &with_text(&"long ".repeat(2000), TooLong::Cut));
        assert_eq!(written.len(), 2, "the message and its companion");
        let warning = drafted.warnings.concat();
        assert!(
            warning.contains("is cut from 10") && warning.contains("on_too_long: split"),
            "{warning}"
        );
    }

    #[test]
    fn a_page_as_long_as_the_limit_is_left_out_with_a_word() {
        let mut long = message();
        long.title = "构建".repeat(120);
        let cases = cases();
        let text = cases.iter().find(|it| it.limit == 2048).unwrap();
        // Lengths at which the number of a part is what no longer fits, too.
        for too_long in [TooLong::Cut, TooLong::Split] {
            for page in 1900..2020 {
                let page = format!("https://ci.example/{}", "x".repeat(page));
                long.link = Target::new(&page).map(|target| Link {
                    label: "Open the run",
                    target,
                });
                long.too_long = too_long;
                let (written, drafted) = drafted(text, &long);
                for written in &written {
                    assert!(length(text, written) <= 2048);
                }
                let is_told = drafted.warnings.concat().contains("address of the run");
                let is_there = written[0].contains(&page);
                assert_eq!(is_told, !is_there, "{drafted:?}");
            }
        }
    }

    #[test]
    fn a_keyword_in_other_letters_is_told() {
        let dingtalk = |title: &str| {
            let message = Message {
                title: title.to_owned(),
                ..message()
            };
            let (_, drafted) = drafted(&cases()[0], &message);
            (drafted.warnings, drafted.notes)
        };
        assert_eq!(dingtalk("DevOps: it failed"), (vec![], vec![]));
        assert!(dingtalk("devops: it failed").0[0].contains("in other letters"));
        assert!(dingtalk("it failed").1[0].contains("lacks the keyword"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_request_is_over_its_limit(
            title in "[a-z构👨‍👩‍👧\"\\\\<@ ]{0,255}",
            text in "([a-z*_`~#>|\\-\\[\\]()<>! \n构建👨‍👩‍👧\"]{0,400}){0,30}",
            page in "[a-z]{0,2020}",
            split in 0..2_u8,
        ) {
            let too_long = if split == 1 { TooLong::Split } else { TooLong::Cut };
            let mut long = with_text(&text, too_long);
            long.title = title;
            long.link = Target::new(&format!("https://ci.example/{page}")).map(|target| Link {
                label: "Open the run",
                target,
            });
            for case in cases() {
                let (written, _) = drafted(&case, &long);
                prop_assert!(!written.is_empty());
                for written in written {
                    prop_assert!(length(&case, &written) <= case.limit);
                    prop_assert_eq!(written.contains('\u{fffd}'), false);
                }
            }
        }
    }
}
