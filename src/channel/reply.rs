//! What a reply means: the status table that all HTTP channels share, and the reading of a
//! robot's body by its vendor's table of codes.

use std::time::Duration;

use serde_json::Value;

use crate::model::exchange::{BodyEnd, Class, HttpReply, Reply, Verdict};
use crate::model::text::{clean_line, head_chars};

/// A row of a vendor's table of codes.
#[derive(Debug)]
pub(super) struct Code {
    /// The code.
    pub(super) code: i64,
    /// What it means, without a final stop.
    pub(super) meaning: &'static str,
    /// What to do about it, as a sentence; empty when there is nothing to say.
    pub(super) fix: &'static str,
    /// What an attempt that ended so came to.
    pub(super) class: Class,
    /// How long the robot wants to be left alone, in seconds.
    pub(super) wait_seconds: u64,
}

impl Code {
    /// A code that no further attempt can change.
    pub(super) const fn permanent(code: i64, meaning: &'static str, fix: &'static str) -> Self {
        Self {
            code,
            meaning,
            fix,
            class: Class::Permanent,
            wait_seconds: 0,
        }
    }

    /// A code that may pass by itself.
    pub(super) const fn transient(code: i64, meaning: &'static str) -> Self {
        Self {
            code,
            meaning,
            fix: "",
            class: Class::Transient,
            wait_seconds: 0,
        }
    }

    /// "Too fast", with the wait that the vendor documents.
    pub(super) const fn limited(code: i64, meaning: &'static str, wait_seconds: u64) -> Self {
        Self {
            code,
            meaning,
            // No run may wait as long as ten minutes for one robot.
            fix: match wait_seconds {
                300.. => "Send less often to this robot, or share the messages among several.",
                _ => {
                    "Send less often to this robot, or let the step wait: `target_timeout: 2m` and `timeout: 3m`."
                }
            },
            class: Class::Limited,
            wait_seconds,
        }
    }
}

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
                "the answer broke off before it said whether the message was posted",
            )
            .with_fix("Look whether the message arrived."),
            true => Verdict::new(
                Class::Unconfirmed,
                format!("HTTP {}", reply.status),
                format!("the answer holds no {code_name}, so nothing says that the message was posted"),
            )
            .with_fix("Check that the address is the robot's own and that no proxy or portal answers in its place."),
            false => status_verdict(reply),
        };
    };
    if code == 0 {
        return match is_2xx {
            true => Verdict::new(Class::Accepted, format!("{code_name} 0"), "accepted"),
            false => status_verdict(reply),
        };
    }
    let row = codes.iter().find(|row| row.code == code);
    // A code outside the table on a 5xx is the gateway's, not the robot's.
    if row.is_none() && !is_2xx {
        return status_verdict(reply);
    }
    let text = text_of(body)
        .map(|text| head_chars(&clean_line(text), VENDOR_TEXT_CHARS))
        .filter(|text| !text.is_empty())
        .map(|text| format!(" (\"{text}\")"))
        .unwrap_or_default();
    let code_word = format!("{code_name} {code}");
    match row {
        Some(row) => {
            let verdict = Verdict::new(row.class, code_word, format!("{}{text}", row.meaning))
                .waiting_at_least(Duration::from_secs(row.wait_seconds))
                .waiting_at_least(reply.wait.unwrap_or_default());
            match row.fix.is_empty() {
                true => verdict,
                false => verdict.with_fix(row.fix),
            }
        }
        None => Verdict::new(
            Class::Permanent,
            code_word,
            format!("the robot refused the message{text}"),
        ),
    }
}

/// The verdict by the HTTP status alone.
pub(super) fn status_verdict(reply: &HttpReply) -> Verdict {
    let code = format!("HTTP {}", reply.status);
    let class = status_class(reply.status);
    let verdict = match (class, reply.status) {
        (Class::Accepted, _) => Verdict::new(class, code, "accepted"),
        (_, 300..=399) => {
            let host = reply
                .redirect_host
                .as_deref()
                .map(|host| format!(" to {}", head_chars(host, VENDOR_TEXT_CHARS)))
                .unwrap_or_default();
            Verdict::new(
                class,
                code,
                format!("the receiver redirects{host}, and redirects are never followed"),
            )
            .with_fix("Put the final address into the input.")
        }
        (_, 401 | 403) => Verdict::new(class, code, "the receiver wants other credentials")
            .with_fix("Check the token in the address or header."),
        (_, 404 | 410) => Verdict::new(class, code, "there is nothing at this address")
            .with_fix("Copy the address again."),
        (_, 405) => Verdict::new(class, code, "the receiver takes no POST")
            .with_fix("Check that the address is that of a webhook."),
        (_, 413) => Verdict::new(class, code, "the message is too large for the receiver"),
        (Class::Limited, _) => Verdict::new(class, code, "the receiver wants less traffic"),
        (Class::Transient, _) => Verdict::new(class, code, "the receiver cannot answer now"),
        _ => Verdict::new(class, code, "the receiver refused the message"),
    };
    verdict.waiting_at_least(reply.wait.unwrap_or_default())
}

/// Rule D-3: which statuses are worth another attempt.
const fn status_class(status: u16) -> Class {
    match status {
        200..=299 => Class::Accepted,
        408 | 421 | 425 | 500 | 502..=504 | 507 | 520..=527 | 530 => Class::Transient,
        429 => Class::Limited,
        _ => Class::Permanent,
    }
}

/// A mail reply to an HTTP channel; the program never makes one.
pub(super) fn not_http() -> Verdict {
    Verdict::new(
        Class::Permanent,
        "no reply",
        "the reply is not of this channel's kind",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: &[Code] = &[
        Code::permanent(7, "no such robot", "Copy the address again."),
        Code::limited(9, "too fast", 60),
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
        let meaning = status_verdict(&reply).meaning;
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
            assert_eq!(status_class(status), expected, "{status}");
        }
    }
}
