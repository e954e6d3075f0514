//! Verdicts: whatever comes back, only a 2xx with the code 0 is success, and what the log shows of
//! it is one clean line.
//!
//! Sections: the HTTP status, where a redirect leads, how many bytes came, the body.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use runbell::channel::{Target, open_all};
use runbell::environment::Environment;
use runbell::input::InputReader;
use runbell::model::exchange::{BodyEnd, Class, HttpReply, Reply, Verdict};
use runbell::model::text::clean;
use runbell_fuzz::Sections;
use serde_json::Value;
use url::Url;

/// Longest line of a verdict, in characters: our own words, a host, and 200 of the vendor's.
const LONGEST: usize = 700;

thread_local! {
    static TARGETS: Vec<Target> = targets();
}

fn targets() -> Vec<Target> {
    let environment = Environment::from([
        (
            "RUNBELL_DINGTALK_WEBHOOK",
            "https://oapi.dingtalk.com/robot/send?access_token=T",
        ),
        (
            "RUNBELL_WECOM_WEBHOOK",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
        ),
        (
            "RUNBELL_LARK_WEBHOOK",
            "https://open.feishu.cn/open-apis/bot/v2/hook/T",
        ),
        ("RUNBELL_WEBHOOK_URL", "https://hooks.example.com/x"),
    ]);
    open_all(&mut InputReader::new(&environment))
}

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let status = u16::try_from(sections.number(0) % 1000).unwrap();
    let base = Url::parse("https://robot.example/send").unwrap();
    let redirect = base.join(&sections.text(1)).ok();
    let body = sections.bytes(3);
    let reply = HttpReply {
        status,
        body: body.to_vec(),
        end: match sections.number(2) % 2 {
            0 => BodyEnd::Whole,
            _ => BodyEnd::Cut,
        },
        wait: Some(Duration::from_secs(sections.number(2) as u64)),
        redirect_host: redirect.and_then(|it| it.host_str().map(str::to_owned)),
        clock_ahead: i64::try_from(sections.number(0)).ok(),
        ..HttpReply::default()
    };
    let reply = Reply::Http(reply);
    TARGETS.with(|targets| {
        assert_eq!(targets.len(), 4);
        for target in targets {
            check(target, &target.channel.verdict(&reply), status, body);
        }
    });
});

fn check(target: &Target, verdict: &Verdict, status: u16, body: &[u8]) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let is_zero = |name: &str| body.get(name).map(|code| code.as_u64() == Some(0));
    let says_yes = match target.name.as_str() {
        "webhook" => true,
        "lark" => is_zero("code").or_else(|| is_zero("StatusCode")) == Some(true),
        _ => is_zero("errcode") == Some(true),
    };
    let expected = (200..300).contains(&status) && says_yes;
    assert_eq!(
        verdict.class == Class::Accepted,
        expected,
        "{target:?}: {verdict:?}"
    );
    let mut texts = vec![verdict.code.as_str()];
    texts.extend(verdict.quote.as_deref());
    for told in [Some(&verdict.meaning), verdict.fix.as_ref()]
        .into_iter()
        .flatten()
    {
        texts.extend([told.english.as_ref(), told.chinese.as_ref()]);
    }
    for text in texts {
        assert_eq!(clean(text), text, "{verdict:?}");
        assert!(
            !text.contains('\n') && text.chars().count() <= LONGEST,
            "{verdict:?}"
        );
    }
}
