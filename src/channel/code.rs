//! The code book: what the receivers' codes mean, what an attempt that ended so came to, and what
//! to do about it, in English and Chinese. Every vendor's table stands in the vendor's own file;
//! here is the shape of a row, and the whole book as people read it.

use std::ops::RangeInclusive;

use super::{dingtalk, email, lark, reply, wecom};
use crate::model::bilingual::Both;
use crate::model::exchange::{Class, FaultKind};

/// A row of a robot's table of codes.
#[derive(Debug)]
pub(super) struct Code {
    /// The code.
    pub(super) code: i64,
    /// Where one code has several meanings: the words, in small letters, of which the vendor's
    /// text holds one when this row is meant. None: the row is meant whatever the text says, so
    /// it stands behind those with words.
    pub(super) said: &'static [&'static str],
    /// What it means, without a final stop.
    pub(super) meaning: Both,
    /// What to do about it, as a sentence.
    pub(super) fix: Both,
    /// What an attempt that ended so came to.
    pub(super) class: Class,
    /// How long the robot wants to be left alone, in seconds.
    pub(super) wait_seconds: u64,
}

impl Code {
    /// A code that no further attempt can change.
    pub(super) const fn permanent(code: i64, meaning: Both, fix: Both) -> Self {
        Self {
            code,
            said: &[],
            meaning,
            fix,
            class: Class::Permanent,
            wait_seconds: 0,
        }
    }

    /// A code that may pass by itself.
    pub(super) const fn transient(code: i64, meaning: Both) -> Self {
        Self {
            class: Class::Transient,
            ..Self::permanent(code, meaning, LATER)
        }
    }

    /// "Too fast", with the wait that the vendor documents.
    pub(super) const fn limited(code: i64, meaning: Both, wait_seconds: u64) -> Self {
        // No run may wait as long as ten minutes for one robot.
        let fix = match wait_seconds {
            300.. => SEND_LESS,
            _ => SEND_LESS_OR_WAIT,
        };
        Self {
            class: Class::Limited,
            wait_seconds,
            ..Self::permanent(code, meaning, fix)
        }
    }

    /// The same with another remedy.
    pub(super) const fn fixed_by(self, fix: Both) -> Self {
        Self { fix, ..self }
    }

    /// The row for replies whose text holds one of these words, given in small letters.
    pub(super) const fn said(self, words: &'static [&'static str]) -> Self {
        Self {
            said: words,
            ..self
        }
    }

    /// The row for a code and the vendor's text.
    pub(super) fn find<'t>(table: &'t [Self], code: i64, text: &str) -> Option<&'t Self> {
        table
            .iter()
            .find(|row| row.code == code && (row.said.is_empty() || says(text, row.said)))
    }
}

/// Whether the vendor's text holds one of these words. Only its first clause counts: advice may
/// follow, which names other causes too.
pub(super) fn says(text: &str, words: &[&str]) -> bool {
    let clause = text.split([';', '；']).next().unwrap_or_default();
    let clause = clause.to_lowercase();
    words.iter().any(|word| clause.contains(word))
}

/// What to do about a fault that may pass by itself and did not while it was tried again.
pub(super) const LATER: Both = [
    "Run the step again in a few minutes.",
    "请过几分钟重新运行该步骤。",
];

/// What to do about a refusal that no input can cause.
pub(super) const REPORT: Both = [
    "Please report this line to runbell; it should not happen.",
    "这不应发生，请把这一行反馈给 runbell。",
];

const SEND_LESS: Both = [
    "Send less often to this robot, or share the messages among several.",
    "请减少对该机器人的发送，或分摊给多个机器人。",
];

const SEND_LESS_OR_WAIT: Both = [
    "Send less often to this robot, or let the step wait: `target_timeout: 2m` and `timeout: 3m`.",
    "请减少对该机器人的发送，或让步骤等待：`target_timeout: 2m` 加 `timeout: 3m`。",
];

/// Codes that share a meaning, as spans.
pub(super) type Spans = &'static [RangeInclusive<u16>];

/// Whether a code is in one of the spans.
pub(super) fn holds(spans: Spans, code: u16) -> bool {
    spans.iter().any(|span| span.contains(&code))
}

/// A table of the code book, as people read it.
#[derive(Debug)]
pub struct Chapter {
    /// The heading.
    pub title: &'static str,
    /// Where the codes stand.
    pub about: Both,
    /// The rows.
    pub rows: Vec<Entry>,
}

/// A row of the code book, as people read it.
#[derive(Debug)]
pub struct Entry {
    /// The code, with what tells its meanings apart, in Markdown.
    pub code: String,
    /// What an attempt that ended so came to.
    pub class: Class,
    /// How long the receiver wants to be left alone, in seconds.
    pub wait_seconds: u64,
    /// What it means.
    pub meaning: Both,
    /// What to do about it.
    pub fix: Both,
}

/// The whole book.
pub fn code_book() -> Vec<Chapter> {
    vec![
        Chapter {
            title: "DingTalk",
            about: [
                "The `errcode` of the answer; 1111 is the `status` of one that has `punish` and no `errcode`.",
                "回应中的 `errcode`；1111 是只有 `punish` 而没有 `errcode` 的回应的 `status`。",
            ],
            rows: entries(dingtalk::CODES),
        },
        Chapter {
            title: "WeCom",
            about: ["The `errcode` of the answer.", "回应中的 `errcode`。"],
            rows: entries(wecom::CODES),
        },
        Chapter {
            title: "Lark and Feishu",
            about: ["The `code` of the answer.", "回应中的 `code`。"],
            rows: entries(lark::CODES),
        },
        Chapter {
            title: "Inside a Lark card",
            about: [
                "When Lark refuses a card (11246), its text names one of these as `ErrCode`.",
                "飞书拒绝卡片（11246）时，原文中的 `ErrCode`。",
            ],
            rows: entries(lark::CARD_CODES),
        },
        Chapter {
            title: "Email",
            about: [
                "The mail server's reply, and the step of the conversation that it answers. The first row that fits counts.",
                "邮件服务器的回应及其所在的会话步骤；以第一个匹配的行为准。",
            ],
            rows: email::entries(),
        },
        Chapter {
            title: "HTTP",
            about: [
                "The status of an answer: of a webhook always, of a robot when the body holds no code.",
                "HTTP 状态码：Webhook 以此为准；机器人在正文没有错误码时以此为准。",
            ],
            rows: reply::entries(),
        },
        Chapter {
            title: "No answer",
            about: [
                "What the log says where a code would stand.",
                "没有回应时，日志中代替错误码的文字。",
            ],
            rows: FaultKind::ALL
                .iter()
                .map(|kind| {
                    let row = kind.explained();
                    Entry {
                        code: row.code.to_owned(),
                        class: row.class,
                        wait_seconds: 0,
                        meaning: row.meaning,
                        fix: row.fix,
                    }
                })
                .collect(),
        },
    ]
}

fn entries(table: &'static [Code]) -> Vec<Entry> {
    table
        .iter()
        .map(|row| {
            let words: Vec<String> = row.said.iter().map(|word| format!("`{word}`")).collect();
            let words = match words.is_empty() {
                true => String::new(),
                false => format!(" with {}", words.join(" or ")),
            };
            Entry {
                code: format!("{}{words}", row.code),
                class: row.class,
                wait_seconds: row.wait_seconds,
                meaning: row.meaning,
                fix: row.fix,
            }
        })
        .collect()
}

/// Spans as people write them: "401, 403", "520 to 527".
pub(super) fn written(spans: Spans) -> String {
    let texts: Vec<String> = spans
        .iter()
        .map(|span| match (span.start(), span.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_han(letter: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&letter)
    }

    #[test]
    fn every_row_is_explained_in_both_languages() {
        let mut seen = 0;
        for chapter in code_book() {
            for row in chapter.rows {
                let place = format!("{} {}", chapter.title, row.code);
                let [[meaning, meaning_zh], [fix, fix_zh]] = [row.meaning, row.fix];
                for english in [meaning, fix] {
                    assert!(
                        !english.is_empty() && !english.chars().any(is_han),
                        "{place}"
                    );
                }
                for chinese in [meaning_zh, fix_zh] {
                    assert!(chinese.chars().any(is_han), "{place}: {chinese}");
                }
                assert!(fix.ends_with('.') && fix_zh.ends_with('。'), "{place}");
                assert!(
                    !meaning.ends_with('.') && !meaning_zh.ends_with('。'),
                    "{place}"
                );
                seen += 1;
            }
        }
        assert!(seen > 80, "only {seen} rows");
    }

    #[test]
    fn both_languages_name_the_same_inputs() {
        let named = |text: &str| {
            let mut words: Vec<String> = text
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect();
            words.sort();
            words
        };
        for chapter in code_book() {
            for row in chapter.rows {
                for [english, chinese] in [row.meaning, row.fix] {
                    assert_eq!(named(english), named(chinese), "{chinese}");
                }
            }
        }
    }

    #[test]
    fn rows_without_words_stand_last() {
        for table in [dingtalk::CODES, wecom::CODES, lark::CODES, lark::CARD_CODES] {
            for (at, row) in table.iter().enumerate() {
                let hidden = table[..at]
                    .iter()
                    .any(|before| before.code == row.code && before.said.is_empty());
                assert!(!hidden, "{} is never reached", row.code);
                assert!(
                    row.said.iter().all(|word| word.to_lowercase() == *word),
                    "{}",
                    row.code
                );
            }
        }
    }

    /// Holds a table against the codes that are known, with the seconds that a limit wants.
    #[track_caller]
    fn check(table: &[Code], known: &[(Class, u64, &[i64])]) {
        for (class, wait_seconds, codes) in known {
            for code in *codes {
                let row = Code::find(table, *code, "").unwrap_or_else(|| panic!("no {code}"));
                assert_eq!(
                    (row.class, row.wait_seconds),
                    (*class, *wait_seconds),
                    "{code}"
                );
            }
        }
        let listed: Vec<i64> = known.iter().flat_map(|(_, _, it)| it.to_vec()).collect();
        for row in table {
            assert!(listed.contains(&row.code), "{} is not known", row.code);
        }
    }

    #[test]
    fn every_known_code_is_in_the_book() {
        check(
            dingtalk::CODES,
            &[
                (Class::Transient, 0, &[-1, 500_100]),
                (Class::Limited, 60, &[90_018]),
                (Class::Limited, 300, &[1111]),
                (Class::Limited, 600, &[130_101, 410_100, 450_101, 660_026]),
                (
                    Class::Permanent,
                    0,
                    &[
                        88, 40_035, 43_002, 43_004, 90_030, 300_001, 300_005, 310_000, 400_013,
                        400_101, 400_102, 400_105, 400_106, 430_101, 430_102, 430_103, 430_104,
                        460_101,
                    ],
                ),
            ],
        );
        check(
            wecom::CODES,
            &[
                (Class::Transient, 0, &[-1, 6000]),
                (Class::Limited, 60, &[45_009]),
                (Class::Limited, 0, &[45_033]),
                (
                    Class::Permanent,
                    0,
                    &[
                        40_007, 40_008, 40_009, 40_033, 40_035, 40_058, 44_001, 44_004, 45_001,
                        45_002, 47_001, 93_000, 93_004,
                    ],
                ),
            ],
        );
        check(
            lark::CODES,
            &[
                (Class::Transient, 0, &[2200]),
                (Class::Limited, 2, &[11_232, 99_991_400]),
                (
                    Class::Permanent,
                    0,
                    &[9499, 11_246, 19_001, 19_002, 19_021, 19_022, 19_024],
                ),
            ],
        );
        check(
            lark::CARD_CODES,
            &[(
                Class::Permanent,
                0,
                &[
                    10_002, 11_310, 100_290, 200_380, 200_381, 200_410, 200_550, 200_570, 200_621,
                    200_732, 200_861, 200_914,
                ],
            )],
        );
    }
}
