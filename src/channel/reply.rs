//! What a reply means: the status table that all HTTP channels share, and the reading of a
//! robot's body by its vendor's table of codes.

use std::time::Duration;

use serde_json::Value;

use super::code::{Code, Entry, LATER, Spans, holds, written};
use crate::model::bilingual::{Bilingual, Both};
use crate::model::exchange::{BodyEnd, Class, HttpReply, LOOK, Reply, Verdict};
use crate::model::message::Language;
use crate::model::text::{clean_line, head_chars};
use crate::model::time::readable_duration;

/// Longest part of a vendor's own text that is shown, in characters.
const VENDOR_TEXT_CHARS: usize = 200;

/// A robot's verdict on an HTTP reply.
///
/// `code_of` finds the code in the body, and `text_of` the vendor's words. Accepted is only a 2xx with a code of 0; a 2xx without a readable code was
/// perhaps posted and perhaps not, which is [`Class::Unconfirmed`].
pub(super) fn robot_verdict(
    reply: &Reply,
    code_name: &str,
    codes: &[Code],
    code_of: fn(&Value) -> Option<i64>,
    text_of: fn(&Value) -> Option<&str>,
) -> Verdict {
    let Reply::Http(reply) = reply else {
        return not_http();
    };
    let is_2xx = (200..300).contains(&reply.status);
    let body: Option<Value> = serde_json::from_slice(&reply.body)
        .ok()
        .filter(Value::is_object);
    let code = body.as_ref().and_then(code_of);
    let (Some(body), Some(code)) = (&body, code) else {
        return match is_2xx {
            true if reply.end == BodyEnd::Cut => Verdict::new(
                Class::Ambiguous,
                format!("HTTP {}", reply.status),
                [
                    "the answer broke off before it said whether the message was posted",
                    "回应中断，未说明消息是否已发布",
                ],
            )
            .with_fix(LOOK),
            true => Verdict::new(
                Class::Unconfirmed,
                format!("HTTP {}", reply.status),
                Bilingual::composed(
                    format!(
                        "the answer holds no {code_name}, so nothing says that the message was posted"
                    ),
                    format!("回应中没有 {code_name}，无法确认消息已发布"),
                ),
            )
            .with_fix([
                "Check that the address is the robot's own and that no proxy or portal answers in its place.",
                "请确认地址是机器人自己的，且没有代理或认证页面代为应答。",
            ]),
            false => status_verdict(reply),
        };
    };
    if code == 0 {
        return match is_2xx {
            true => Verdict::new(Class::Accepted, format!("{code_name} 0"), ACCEPTED),
            false => status_verdict(reply),
        };
    }
    let quote = text_of(body).and_then(quoted);
    let row = Code::find(codes, code, quote.as_deref().unwrap_or_default());
    // DingTalk's gateway says in the body how long to wait.
    let asked = body.get("wait").and_then(Value::as_u64).unwrap_or_default();
    // A code outside the table on a 5xx is the gateway's, not the robot's.
    if row.is_none() && !is_2xx {
        return status_verdict(reply);
    }
    let code_word = format!("{code_name} {code}");
    let class = |class| match (is_2xx, class) {
        // Rule D-3 lets a status that asks for patience have its way.
        (false, Class::Permanent) => status_verdict(reply).class,
        (_, class) => class,
    };
    let verdict = match row {
        Some(row) => Verdict::new(class(row.class), code_word, row.meaning)
            .with_fix(row.fix)
            .waiting_at_least(Duration::from_secs(row.wait_seconds))
            .waiting_at_least(match row.class {
                Class::Limited => Duration::from_secs(asked.min(LONGEST_WAIT_SECONDS)),
                _ => Duration::ZERO,
            })
            .waiting_at_least(reply.wait.unwrap_or_default()),
        None => {
            let meaning = ["the robot refused the message", "机器人拒绝了消息"];
            Verdict::new(Class::Permanent, code_word, meaning).with_fix([
                "runbell does not know this code; look it up in the vendor's documentation.",
                "runbell 不认识此错误码，请查阅厂商文档。",
            ])
        }
    };
    verdict.quoting(quote)
}

/// Longest wait that a body can ask for, in seconds; a step ends long before.
const LONGEST_WAIT_SECONDS: u64 = 24 * 60 * 60;

/// Clocks this far apart explain a refused signature, in milliseconds (rule D-10).
const NOTABLE_SKEW_MILLIS: u64 = 300_000;

/// A verdict on a refused signature, with what the clocks say. The receiver's own `Date` is the
/// witness; nothing is corrected by it.
pub(super) fn naming_the_clock(verdict: Verdict, reply: &Reply) -> Verdict {
    let Reply::Http(HttpReply {
        clock_ahead: Some(ahead),
        ..
    }) = reply
    else {
        return verdict;
    };
    let apart = ahead.unsigned_abs();
    if apart < NOTABLE_SKEW_MILLIS {
        return verdict;
    }
    let by = |language| readable_duration(Duration::from_millis(apart), language);
    let (english, chinese) = match *ahead > 0 {
        true => ("ahead of", "快"),
        false => ("behind", "慢"),
    };
    let meaning = Bilingual::composed(
        format!(
            "{}; this machine's clock is {} {english} the receiver's",
            verdict.meaning.english,
            by(Language::English)
        ),
        format!(
            "{}；本机时钟比对方{chinese} {}",
            verdict.meaning.chinese,
            by(Language::Chinese)
        ),
    );
    let fix = ["Set this machine's clock right.", "请校准本机时钟。"];
    Verdict { meaning, ..verdict }.with_fix(fix)
}

/// A receiver's own words, cleaned and cut; `None` when it said nothing.
pub(super) fn quoted(text: &str) -> Option<String> {
    let text = head_chars(&clean_line(text), VENDOR_TEXT_CHARS).to_string();
    Some(text).filter(|text| !text.is_empty())
}

/// The meaning of success.
pub(super) const ACCEPTED: Both = ["accepted", "已接受"];

/// A row of the table of HTTP statuses.
struct Status {
    statuses: Spans,
    class: Class,
    meaning: Both,
    fix: Both,
}

/// Statuses that are no success. Rule D-3 says which of them are worth another attempt.
const STATUSES: &[Status] = &[
    Status {
        statuses: &[300..=399],
        class: Class::Permanent,
        meaning: [
            "the receiver redirects, and redirects are never followed",
            "接收方返回了重定向，runbell 不会跟随",
        ],
        fix: [
            "Put the final address into the input.",
            "请填写最终的地址。",
        ],
    },
    Status {
        statuses: &[401..=401, 403..=403],
        class: Class::Permanent,
        meaning: ["the receiver wants other credentials", "接收方不认可凭据"],
        fix: [
            "Check the token in the address or the headers, and the secret that signs, if there is one.",
            "请检查地址或请求头中的令牌；如有签名密钥，也请检查。",
        ],
    },
    Status {
        statuses: &[404..=404, 410..=410],
        class: Class::Permanent,
        meaning: ["there is nothing at this address", "该地址不存在"],
        fix: ["Copy the address again.", "请重新复制地址。"],
    },
    Status {
        statuses: &[405..=405],
        class: Class::Permanent,
        meaning: ["the receiver takes no POST", "接收方不接受 POST"],
        fix: [
            "Check that the address is that of a webhook.",
            "请确认该地址是 Webhook 地址。",
        ],
    },
    Status {
        statuses: &[413..=413],
        class: Class::Permanent,
        meaning: [
            "the message is too large for the receiver",
            "消息超过接收方的大小限制",
        ],
        fix: ["Shorten `message`.", "请缩短 `message`。"],
    },
    Status {
        statuses: &[429..=429],
        class: Class::Limited,
        meaning: ["the receiver wants less traffic", "接收方限流"],
        fix: [
            "Send less often, or let the step wait: raise `target_timeout` and `timeout`.",
            "请减少发送，或让步骤等待：增大 `target_timeout` 和 `timeout`。",
        ],
    },
    Status {
        statuses: &[
            408..=408,
            421..=421,
            425..=425,
            500..=500,
            502..=504,
            507..=507,
            520..=527,
            530..=530,
        ],
        class: Class::Transient,
        meaning: ["the receiver cannot answer now", "接收方暂时无法应答"],
        fix: LATER,
    },
    Status {
        statuses: &[511..=511],
        class: Class::Permanent,
        meaning: [
            "the network wants a login before it lets anything through",
            "网络要求先登录认证",
        ],
        fix: [
            "Log this machine in to its network, or run the step elsewhere.",
            "请让本机先登录网络，或在别处运行该步骤。",
        ],
    },
];

/// Every other status.
const REFUSED: Status = Status {
    statuses: &[],
    class: Class::Permanent,
    meaning: ["the receiver refused the message", "接收方拒绝了消息"],
    fix: ["Look into the receiver's log.", "请查看接收方的日志。"],
};

/// The verdict by the HTTP status alone.
pub(super) fn status_verdict(reply: &HttpReply) -> Verdict {
    let code = format!("HTTP {}", reply.status);
    if (200..300).contains(&reply.status) {
        return Verdict::new(Class::Accepted, code, ACCEPTED);
    }
    let row = STATUSES
        .iter()
        .find(|row| holds(row.statuses, reply.status))
        .unwrap_or(&REFUSED);
    let meaning = match &reply.redirect_host {
        Some(host) if (300..400).contains(&reply.status) => {
            let host = head_chars(host, VENDOR_TEXT_CHARS);
            Bilingual::composed(
                format!("the receiver redirects to {host}, and redirects are never followed"),
                format!("接收方重定向到 {host}，runbell 不会跟随"),
            )
        }
        _ => row.meaning.into(),
    };
    Verdict::new(row.class, code, meaning)
        .with_fix(row.fix)
        .waiting_at_least(reply.wait.unwrap_or_default())
}

/// The statuses for the code book.
pub(super) fn entries() -> Vec<Entry> {
    STATUSES
        .iter()
        .chain([&REFUSED])
        .map(|row| Entry {
            code: match row.statuses.is_empty() {
                true => "any other".to_owned(),
                false => written(row.statuses),
            },
            class: row.class,
            wait_seconds: 0,
            meaning: row.meaning,
            fix: row.fix,
        })
        .collect()
}

/// A mail reply to an HTTP channel; the program never makes one.
pub(super) fn not_http() -> Verdict {
    Verdict::new(
        Class::Permanent,
        "no reply",
        [
            "the reply is not of this channel's kind",
            "回应与该渠道不符",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::exchange::FaultKind;

    const CODES: &[Code] = &[
        Code::permanent(7, ["no such robot", ""], ["Copy the address again.", ""]),
        Code::limited(9, ["too fast", ""], 60),
    ];

    #[track_caller]
    fn check(status: u16, body: &str, expected: Class) {
        let reply = Reply::Http(HttpReply {
            status,
            body: body.as_bytes().to_vec(),
            ..HttpReply::default()
        });
        let verdict = robot_verdict(
            &reply,
            "errcode",
            CODES,
            |body| body.get("errcode")?.as_i64(),
            |body| body.get("errmsg")?.as_str(),
        );
        assert_eq!(verdict.class, expected, "{status} {body}: {verdict:?}");
    }

    #[test]
    fn a_proxy_is_asked_again_after_the_statuses_after_which_a_receiver_is() {
        for status in (100..=599).filter(|status| !(200..300).contains(status)) {
            let reply = HttpReply {
                status,
                ..HttpReply::default()
            };
            let again = match status_verdict(&reply).class {
                Class::Transient | Class::Limited => Class::Safe,
                class => class,
            };
            let proxy = FaultKind::of_proxy(status).explained().class;
            assert_eq!(proxy, again, "HTTP {status}");
        }
    }

    #[test]
    fn the_body_decides() {
        check(200, r#"{"errcode":0,"errmsg":"ok"}"#, Class::Accepted);
        check(200, r#"{"errcode":7,"errmsg":"x"}"#, Class::Permanent);
        check(200, r#"{"errcode":12345}"#, Class::Permanent);
        check(400, r#"{"errcode":9}"#, Class::Limited);
        check(502, r#"{"errcode":0}"#, Class::Transient);
        check(502, r#"{"errcode":12345}"#, Class::Transient);
    }

    #[test]
    fn a_success_status_without_a_verdict_is_no_success() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"errcode":"0"}"#,
            r#"{"errcode":null}"#,
            "0",
        ] {
            check(200, body, Class::Unconfirmed);
        }
    }

    #[test]
    fn a_host_of_any_length_leaves_room_for_the_rest() {
        let reply = HttpReply {
            status: 302,
            redirect_host: Some("x".repeat(60_000)),
            ..HttpReply::default()
        };
        let meaning = status_verdict(&reply).meaning.english;
        assert!(meaning.chars().count() < 300, "{meaning}");
        assert!(meaning.ends_with("never followed"), "{meaning}");
    }

    #[test]
    fn every_status_has_a_class() {
        for status in 0..=u16::MAX {
            let expected = match status {
                200..=299 => Class::Accepted,
                408 | 421 | 425 | 500 | 502 | 503 | 504 | 507 | 530 => Class::Transient,
                520..=527 => Class::Transient,
                429 => Class::Limited,
                _ => Class::Permanent,
            };
            let reply = HttpReply {
                status,
                ..HttpReply::default()
            };
            assert_eq!(status_verdict(&reply).class, expected, "{status}");
        }
    }
}
