//! No secret reaches any output, for every channel and every kind of failure.

use runbell_receivers::Fault;

use crate::support::{
    DINGTALK_SECRET, DINGTALK_TOKEN, HOOK_TOKEN, LARK_SECRET, LARK_TOKEN, MAIL_PASSWORD, Receivers,
    WECOM_KEY, run,
};

const CANARIES: [&str; 7] = [
    DINGTALK_TOKEN,
    DINGTALK_SECRET,
    WECOM_KEY,
    LARK_TOKEN,
    LARK_SECRET,
    HOOK_TOKEN,
    MAIL_PASSWORD,
];

/// Everything a hostile receiver may know, said back in as many places as there are.
fn echo(secret: &str) -> Vec<u8> {
    format!(
        r#"{{"errcode":12345,"code":12345,"errmsg":"{secret} \u0063anary","msg":"{secret}","url":"https://x/?t={secret}"}}"#
    )
    .into_bytes()
}

#[test]
fn no_failure_shows_a_secret() {
    let faults: Vec<fn(&str) -> Fault> = vec![
        |secret| Fault::Body(echo(secret)),
        |secret| Fault::StatusAndBody {
            status: 400,
            body: echo(secret),
        },
        |secret| Fault::Redirect {
            status: 302,
            location: format!("https://{secret}.example/{secret}"),
        },
        |_| Fault::ResetAfterRequest,
        |_| Fault::ResetDuringTls,
        |_| Fault::NotTls,
        |_| Fault::CutBody { keep: 3 },
        |secret| Fault::Raw(format!("HTTP/9 {secret}\r\n\r\n{secret}").into_bytes()),
        |_| Fault::WrongHostCertificate,
    ];
    for fault in faults {
        let receivers = Receivers::start();
        for (receiver, secret) in [
            (&receivers.dingtalk, DINGTALK_SECRET),
            (&receivers.wecom, WECOM_KEY),
            (&receivers.lark, LARK_SECRET),
            (&receivers.webhook, HOOK_TOKEN),
        ] {
            receiver.script([fault(secret)]);
        }
        let ended = run(receivers
            .runbell()
            .env("RUNBELL_ATTEMPTS", "1")
            .env("RUNBELL_STATUS", "failure"));
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        check(&format!("{}{}", ended.stdout, ended.stderr));
    }
}

#[test]
fn no_wrong_input_shows_a_secret() {
    let receivers = Receivers::start();
    let broken: Vec<(&str, String)> = receivers
        .inputs()
        .into_iter()
        .map(|(name, value)| match name {
            "RUNBELL_CA_FILE" | "RUNBELL_SMTP_HOST" | "RUNBELL_SMTP_PORT" => (name, value),
            _ => (name, value.replace("https://", "http:// ")),
        })
        .collect();
    let ended = run(crate::support::runbell()
        .envs(broken)
        // A secret that lands in an input that is shown.
        .env("RUNBELL_LANGUAGE", DINGTALK_SECRET)
        .env("RUNBELL_NOTIFY_ON", MAIL_PASSWORD));
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    check(&format!("{}{}", ended.stdout, ended.stderr));
}

#[test]
fn a_template_cannot_carry_a_secret_out() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("MY_MAIL", MAIL_PASSWORD)
        .env("MY_MAIL_PASSWORD", MAIL_PASSWORD)
        .env(
            "RUNBELL_MESSAGE",
            "${MY_MAIL} ${MY_MAIL_PASSWORD} ${RUNBELL_LARK_SECRET} {{smtp_password}}",
        ));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    check(&ended.stdout);
    check_received(&receivers);
}

#[test]
fn a_fact_cannot_carry_a_secret_out() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_BRANCH", LARK_TOKEN)
        .env("DING", LARK_TOKEN)
        .env(
            "RUNBELL_COMMIT_TITLE",
            format!("remove {WECOM_KEY} from {}", receivers.wecom.url()),
        )
        .env(
            "RUNBELL_MESSAGE",
            format!("${{DING}} {{{{branch}}}} {HOOK_TOKEN}"),
        )
        .env("RUNBELL_VERBOSE", "true"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    check(&ended.stdout);
    check_received(&receivers);
}

#[test]
fn what_a_receiver_says_back_is_scrubbed_before_it_is_cut() {
    let receivers = Receivers::start();
    let long = "x".repeat(150);
    receivers.wecom.script([Fault::Body(
        format!(
            r#"{{"errcode":93000,"errmsg":"{long}{}"}}"#,
            receivers.wecom.url()
        )
        .into_bytes(),
    )]);
    let ended = run(receivers.runbell().env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended.stdout.contains("xxx***") || ended.stdout.contains("/***"),
        "{ended:#?}"
    );
    assert!(!ended.stdout.contains(&WECOM_KEY[..12]), "{ended:#?}");
}

#[track_caller]
fn check_received(receivers: &Receivers) {
    for mail in receivers.mail.mails() {
        check(&mail.text());
    }
    for receiver in [
        &receivers.dingtalk,
        &receivers.wecom,
        &receivers.lark,
        &receivers.webhook,
    ] {
        for one in receiver.received() {
            check(&one.request.text());
        }
    }
}

#[track_caller]
fn check(output: &str) {
    for canary in CANARIES {
        assert!(!output.contains(canary), "{canary} shows in:\n{output}");
    }
}
