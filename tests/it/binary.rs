//! The real program against the strict receivers: wiring, exit codes, printed lines.

use runbell::report::Exit;
use runbell_receivers::{Fault, wecom};

use crate::support::{Folder, Receivers, run, runbell};

#[test]
fn one_run_rings_all_five_channels() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_PIPELINE_NAME", "build")
        .env("RUNBELL_RUN_NUMBER", "42")
        .env("RUNBELL_RUN_URL", "https://ci.example.com/42")
        .env(
            "RUNBELL_COMMIT_TITLE",
            "say \"hi\" <@all> [x](https://evil.example) 构建",
        )
        .env("RUNBELL_MESSAGE", "**{{commit.title}}** ${CI_COMMIT_TITLE}")
        .env("RUNBELL_DINGTALK_MOBILES", "13800000000, all")
        .env("RUNBELL_WECOM_USERS", "zhangsan")
        .env("RUNBELL_WECOM_MOBILES", "13800000000")
        .env("RUNBELL_LARK_USERS", "all, ou_123"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(ended.verdict(), "sent to all 5 targets");
    assert_eq!(receivers.violations(), Vec::<String>::new());
    assert_eq!(receivers.dingtalk.posted(), 1);
    assert_eq!(
        receivers.wecom.posted(),
        2,
        "the message, and the text that mentions"
    );
    assert_eq!(receivers.lark.posted(), 1);
    assert_eq!(receivers.webhook.posted(), 1);
    let mails = receivers.mail.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].over_tls);
    assert_eq!(mails[0].authenticated_as.as_deref(), Some("ci@example.com"));
    assert_eq!(mails[0].recipients, ["team@example.com"]);
}

#[test]
fn every_format_is_taken_by_the_strictest_receiver() {
    let receivers = Receivers::start();
    let formats: [(&str, &[&str]); 3] = [
        ("RUNBELL_DINGTALK_FORMAT", &["markdown", "card", "text"]),
        (
            "RUNBELL_WECOM_FORMAT",
            &["markdown", "markdown_v2", "card", "text"],
        ),
        ("RUNBELL_LARK_FORMAT", &["card", "post", "text"]),
    ];
    for (input, words) in formats {
        let channel = input.replace("FORMAT", "");
        for word in words {
            let own = receivers
                .inputs()
                .into_iter()
                .filter(|(name, _)| name.starts_with(&channel) || *name == "RUNBELL_CA_FILE");
            let ended = run(runbell()
                .envs(own)
                .env(input, word)
                .env("RUNBELL_STATUS", "failure")
                .env("RUNBELL_PIPELINE_NAME", "build")
                .env("RUNBELL_RUN_URL", "https://ci.example.com/42")
                .env("RUNBELL_COMMIT_TITLE", "<@all> <at id=all></at> ![x](https://evil.example/p.png)")
                .env(
                    "RUNBELL_MESSAGE",
                    "# h\n\n- a\n- b\n\n| k | v |\n|---|---|\n| 1 | 2 |\n\n```\n{{commit.title}}\n```\n> {{commit.title}}",
                )
                .env(format!("{channel}USERS"), "all, ou_1"));
            assert_eq!(ended.code, Some(0), "{input} {word}: {ended:#?}");
        }
    }
    assert_eq!(receivers.violations(), Vec::<String>::new());
}

#[test]
fn one_refusal_fails_the_step_and_stops_nobody_else() {
    let receivers = Receivers::start();
    receivers.wecom.script([wecom::refusal(
        93000,
        "invalid webhook url, hint: [1], from ip: 10.0.0.1",
    )]);
    let ended = run(receivers.runbell().env("RUNBELL_STATUS", "success"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert_eq!(ended.verdict(), "FAILED: 1 of 5 targets: wecom");
    assert!(
        ended
            .stdout
            .contains("Copy the robot's address again into `wecom_webhook`.")
    );
    assert!(
        !ended.stdout.contains("10.0.0.1"),
        "the caller's address is nobody's business"
    );
    for posted in [
        receivers.dingtalk.posted(),
        receivers.lark.posted(),
        receivers.webhook.posted(),
        receivers.mail.mails().len(),
    ] {
        assert_eq!(posted, 1);
    }
    assert_eq!(receivers.wecom.posted(), 0);
}

#[test]
fn a_failure_can_be_kept_from_failing_the_step() {
    let receivers = Receivers::start();
    receivers.lark.script([Fault::StatusAndBody {
        status: 200,
        body: br#"{"code":19024,"msg":"Key Words Not Found"}"#.to_vec(),
    }]);
    let ended = run(runbell()
        .envs(
            receivers
                .inputs()
                .into_iter()
                .filter(|(name, _)| name.starts_with("RUNBELL_LARK") || *name == "RUNBELL_CA_FILE"),
        )
        .env("RUNBELL_FAIL_ON_ERROR", "false")
        .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(
        ended
            .verdict()
            .starts_with("FAILED: lark got no confirmed message"),
        "{ended:#?}"
    );
}

#[test]
fn a_refusal_is_explained_in_the_language_of_the_message() {
    for (language, expected) in [
        (
            "en",
            "error: lark: Lark refused the card: a person who is mentioned is not known (\"ErrCode: 100290\") (code 11246). Check",
        ),
        (
            "zh",
            "error: lark: 飞书拒绝了卡片：找不到被提醒的成员（“ErrCode: 100290”）（code 11246）。请确认",
        ),
        ("ru", "error: lark: Lark refused the card"),
    ] {
        let receivers = Receivers::start();
        receivers.lark.script([Fault::StatusAndBody {
            status: 200,
            body: br#"{"code":11246,"msg":"ErrCode: 100290"}"#.to_vec(),
        }]);
        let ended =
            run(runbell()
                .envs(receivers.inputs().into_iter().filter(|(name, _)| {
                    name.starts_with("RUNBELL_LARK") || *name == "RUNBELL_CA_FILE"
                }))
                .env("RUNBELL_LANGUAGE", language)
                .env("RUNBELL_STATUS", "failure"));
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        assert!(ended.stdout.contains(expected), "{language}: {ended:#?}");
    }
}

#[test]
fn a_template_that_grows_too_large_does_not_cost_the_alert() {
    let receivers = Receivers::start();
    let ended =
        run(runbell()
            .envs(receivers.inputs().into_iter().filter(|(name, _)| {
                name.starts_with("RUNBELL_WECOM") || *name == "RUNBELL_CA_FILE"
            }))
            .env("BIG", "x".repeat(60_000))
            .env("RUNBELL_MESSAGE", "${BIG}".repeat(10))
            .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert_eq!(receivers.wecom.posted(), 1);
    assert_eq!(
        ended.verdict(),
        "FAILED: everyone was told, but not in your words"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_within_two_seconds() {
    use std::time::{Duration, Instant};

    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let receivers = Receivers::start();
        receivers.lark.script([Fault::Silence]);
        let child = receivers
            .runbell()
            .env("RUNBELL_STATUS", "failure")
            .env_remove("RUNBELL_EMAIL_TO")
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let robots = [
            &receivers.lark,
            &receivers.wecom,
            &receivers.dingtalk,
            &receivers.webhook,
        ];
        for robot in robots {
            assert_eq!(robot.wait_for(1, Duration::from_secs(10)).len(), 1);
        }
        let asked = Instant::now();
        let kill = format!("kill -{signal} {}", child.id());
        assert!(
            std::process::Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let output = child.wait_with_output().unwrap();
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{:?}",
            asked.elapsed()
        );
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains("the run was ended while it waited"), "{text}");
        assert!(
            text.trim_end().ends_with("FAILED: 1 of 4 targets: lark"),
            "{text}"
        );
    }
}

/// The program with a standard input that never ends, once it has begun to read that.
#[cfg(unix)]
fn waiting_for_input(
    command: &mut std::process::Command,
) -> (std::process::Child, std::process::ChildStdin) {
    use std::io::Write;
    use std::process::Stdio;

    let mut child = command
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_EVENT_FILE", "-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe holds: this returns when a part of it was read.
    input.write_all(&[b' '; 1 << 20]).unwrap();
    (child, input)
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_wait_for_standard_input() {
    use std::time::{Duration, Instant};

    let receivers = Receivers::start();
    for (signal, code, events) in [
        ("TERM", 143, "*"),
        ("TERM", 143, ""),
        ("INT", 130, "*"),
        ("INT", 130, ""),
    ] {
        let (child, input) =
            waiting_for_input(receivers.wecom_alone().env("RUNBELL_EVENTS", events));
        let asked = Instant::now();
        let kill = format!("kill -{signal} {}", child.id());
        let mut shell = std::process::Command::new("sh");
        assert!(shell.args(["-c", &kill]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let took = asked.elapsed();
        drop(input);
        assert!(took < Duration::from_secs(2), "{took:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        let verdict = match events {
            "*" => "FAILED: nothing was sent, because the run was ended before",
            _ => "FAILED: wecom got no confirmed message",
        };
        assert!(text.trim_end().ends_with(verdict), "{text}");
    }
    assert_eq!(receivers.wecom.connections(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_before_delivery_opens_no_connection() {
    use std::io::Write;

    let receivers = Receivers::start();
    let mut command = receivers.wecom_alone();
    let (child, mut input) = waiting_for_input(&mut command);
    // Long enough to be read while the signal comes.
    let event = format!("[{}0]", "{\"number\":1},".repeat(500_000));
    input.write_all(event.as_bytes()).unwrap();
    drop(input);
    let kill = format!("kill -TERM {}", child.id());
    let mut shell = std::process::Command::new("sh");
    assert!(shell.args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(143), "{text}");
    assert!(
        text.contains("the run was ended before it was sent"),
        "{text}"
    );
    assert_eq!(receivers.wecom.connections(), 0, "{text}");
}

#[cfg(unix)]
#[test]
fn standard_input_that_never_ends_leaves_time_for_the_message() {
    use std::time::{Duration, Instant};

    let receivers = Receivers::start();
    for (events, code) in [("", 0), ("*", 1)] {
        let begun = Instant::now();
        let (child, input) = waiting_for_input(
            receivers
                .wecom_alone()
                .env("RUNBELL_EVENTS", events)
                .env("RUNBELL_TIMEOUT", "3s"),
        );
        let output = child.wait_with_output().unwrap();
        let took = begun.elapsed();
        drop(input);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains("nobody wrote to it to the end"), "{text}");
        // Half of the time for the input; the rest was not needed.
        assert!(took < Duration::from_secs(3), "{took:?}: {text}");
    }
    assert_eq!(receivers.wecom.posted(), 1);
}

/// As much as a pipe holds.
#[cfg(unix)]
const PIPE_BYTES: usize = 64 * 1024;

/// A pipe that is full, as one is whose reader sleeps: whoever writes next waits.
#[cfg(unix)]
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    use std::io::Write;

    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[b'.'; PIPE_BYTES]).unwrap();
    (reader, writer)
}

#[cfg(unix)]
#[test]
fn a_log_that_nobody_reads_holds_no_message_back() {
    use std::time::{Duration, Instant};

    let receivers = Receivers::start();
    receivers.wecom.script([Fault::Status(503)]);
    let (reader, writer) = full_pipe();
    let begun = Instant::now();
    let mut child = receivers
        .wecom_alone()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_TIMEOUT", "4s")
        .stdout(writer)
        .spawn()
        .unwrap();
    // The second attempt too.
    assert_eq!(receivers.wecom.wait_for(2, Duration::from_secs(4)).len(), 2);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(receivers.wecom.posted(), 1);
    drop(reader);
}

#[cfg(unix)]
#[test]
fn a_log_that_is_read_late_is_read_whole() {
    use std::io::Read;
    use std::time::Duration;

    let receivers = Receivers::start();
    receivers.wecom.script([Fault::Status(503)]);
    let (mut reader, writer) = full_pipe();
    let mut command = receivers.wecom_alone();
    command
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_VERBOSE", "true")
        .stdout(writer);
    let mut child = command.spawn().unwrap();
    // The program's end of the pipe is its own from now on.
    drop(command);
    assert_eq!(
        receivers.wecom.wait_for(2, Duration::from_secs(10)).len(),
        2
    );
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let lines: Vec<&str> = text[PIPE_BYTES..].lines().collect();
    assert!(lines[0].starts_with("runbell: version"), "{text}");
    for words in [
        "attempt 1 of 4",
        "attempt 2 of 4",
        "HTTP 503",
        "status failure",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(lines.last(), Some(&"runbell: sent to wecom"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_signal_is_heard_over_a_log_that_nobody_reads() {
    use std::time::{Duration, Instant};

    let receivers = Receivers::start();
    let (reader, writer) = full_pipe();
    let mut child = receivers
        .wecom_alone()
        .env("RUNBELL_STATUS", "failure")
        .stdout(writer)
        .spawn()
        .unwrap();
    assert_eq!(
        receivers.wecom.wait_for(1, Duration::from_secs(10)).len(),
        1
    );
    let asked = Instant::now();
    let kill = format!("kill -TERM {}", child.id());
    let mut shell = std::process::Command::new("sh");
    assert!(shell.args(["-c", &kill]).status().unwrap().success());
    let code = child.wait().unwrap().code();
    // The message was sent; whether that was known when the signal came is a matter of luck.
    assert!(matches!(code, Some(0 | 143)), "{code:?}");
    assert!(asked.elapsed() < Duration::from_secs(2));
    drop(reader);
}

#[test]
fn a_busy_receiver_is_tried_again() {
    let receivers = Receivers::start();
    receivers.webhook.script([Fault::Status(503)]);
    let ended =
        run(runbell()
            .envs(receivers.inputs().into_iter().filter(|(name, _)| {
                name.starts_with("RUNBELL_WEBHOOK") || *name == "RUNBELL_CA_FILE"
            }))
            .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(receivers.webhook.posted(), 1);
    assert_eq!(receivers.webhook.received().len(), 2);
    assert!(
        ended
            .stdout
            .contains("not now (HTTP 503): the receiver cannot answer now; again in")
    );
}

#[test]
fn a_run_that_is_not_worth_a_message_says_why() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("CI", "woodpecker")
        .env("CI_PIPELINE_STATUS", "success")
        // A trap on Woodpecker: this one always says success or lies.
        .env("DRONE_BUILD_STATUS", "failure")
        .env("PLUGIN_NOTIFY_ON", "failure,fixed"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(
        ended.verdict(),
        "nothing to send: status success is not in `notify_on` (failure, fixed)"
    );
    assert_eq!(receivers.dingtalk.connections(), 0);
}

#[test]
fn wrong_inputs_are_told_all_at_once_before_any_socket_opens() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_LANGUAGE", "fr")
        .env("RUNBELL_TIMEOUT", "soon")
        .env("RUNBELL_LARK_WEBHOOK", receivers.wecom.url()));
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert_eq!(ended.verdict(), "nothing was sent: 3 faults in the inputs");
    assert!(
        ended
            .stdout
            .contains("input `language` is `fr`: not one of en, zh, ru.")
    );
    assert!(
        ended
            .stdout
            .contains("holds the address of a WeCom robot. Put it into `wecom_webhook`.")
    );
    for connections in [
        receivers.dingtalk.connections(),
        receivers.wecom.connections(),
        receivers.webhook.connections(),
        receivers.mail.connections(),
    ] {
        assert_eq!(connections, 0);
    }
}

#[test]
fn nobody_to_tell_is_a_fault_that_says_how_to_go_on() {
    let ended = run(&mut runbell());
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert!(
        ended.stdout.contains("there is nobody to tell"),
        "{ended:#?}"
    );
    assert!(
        ended.stdout.contains("`runbell inputs` lists all inputs"),
        "{ended:#?}"
    );
}

#[test]
fn an_untrusted_certificate_is_refused() {
    let receivers = Receivers::start();
    let ended = run(runbell()
        .env("RUNBELL_WEBHOOK_URL", receivers.webhook.url())
        .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stdout.contains("its issuer is unknown"), "{ended:#?}");
    assert!(
        ended.stdout.contains("name in `ca_file` the PEM file"),
        "{ended:#?}"
    );
    assert_eq!(receivers.webhook.received().len(), 0);
}

#[test]
fn an_authority_of_the_system_is_trusted_unless_ca_file_alone_counts() {
    let receivers = Receivers::start();
    let inputs = receivers.inputs();
    let (_, ca_file) = inputs
        .iter()
        .find(|(name, _)| *name == "RUNBELL_CA_FILE")
        .unwrap();
    let other = Receivers::start();
    let other_inputs = other.inputs();
    let (_, other_ca) = other_inputs
        .iter()
        .find(|(name, _)| *name == "RUNBELL_CA_FILE")
        .unwrap();
    // This variable names the system's store to those who read it.
    let mut step = runbell();
    step.env("SSL_CERT_FILE", ca_file)
        .env("RUNBELL_WEBHOOK_URL", receivers.webhook.url())
        .env("RUNBELL_STATUS", "failure");
    assert_eq!(run(&mut step).code, Some(0));
    step.env("RUNBELL_CA_FILE", other_ca);
    assert_eq!(
        run(&mut step).code,
        Some(0),
        "ca_file adds to the usual ones"
    );
    step.env("RUNBELL_CA_ONLY", "true");
    let ended = run(&mut step);
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stdout.contains("its issuer is unknown"), "{ended:#?}");
}

#[test]
fn a_redirect_is_not_followed() {
    let (receivers, elsewhere) = (Receivers::start(), Receivers::start());
    receivers.webhook.script([Fault::Redirect {
        status: 307,
        location: elsewhere.webhook.url(),
    }]);
    let ended =
        run(runbell()
            .envs(receivers.inputs().into_iter().filter(|(name, _)| {
                name.starts_with("RUNBELL_WEBHOOK") || *name == "RUNBELL_CA_FILE"
            }))
            .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended.stdout.contains("redirects to 127.0.0.1"),
        "{ended:#?}"
    );
    assert_eq!(elsewhere.webhook.connections(), 0);
}

#[test]
fn help_version_and_inputs_are_printed() {
    let help = run(runbell().arg("--help"));
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("Usage:") && help.stdout.contains("Exit codes:"));
    for exit in [
        Exit::Done,
        Exit::Failed,
        Exit::WrongInputs,
        Exit::Bug,
        Exit::Interrupted,
        Exit::Terminated,
    ] {
        let line = format!("\n  {:<4}", exit.code());
        assert!(help.stdout.contains(&line), "{exit:?}: {}", help.stdout);
    }
    let version = run(runbell().arg("--version"));
    assert_eq!(
        version.stdout,
        concat!("runbell ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let inputs = run(runbell().arg("inputs"));
    for name in [
        "dingtalk_webhook",
        "notify_on",
        "commit_title",
        "smtp_security",
    ] {
        assert!(inputs.stdout.contains(&format!("  {name} ")), "{name}");
    }
    let wrong = run(runbell().args(["send", "https://secret.example/"]));
    assert_eq!(wrong.code, Some(2));
    assert!(!wrong.stderr.contains("secret.example"), "{wrong:?}");
}

#[test]
fn a_dry_run_prints_everything_and_sends_nothing() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_DRY_RUN", "true")
        .env("RUNBELL_PIPELINE_NAME", "build")
        .env(
            "RUNBELL_MESSAGE",
            "## see ##[error]x ##vso[task.setvariable variable=PATH]/evil **{{pipeline.name}}**",
        ));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(ended.verdict(), "dry run: nothing was sent to 5 targets");
    for words in [
        "dingtalk would get:",
        "\"msgtype\": \"markdown\"",
        "\"msg_type\": \"interactive\"",
        "Subject: ",
        "❌ Failed: build",
        "# #[error]x # #vso[task",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("canary"), "{}", ended.stdout);
    let robots = [
        &receivers.lark,
        &receivers.wecom,
        &receivers.dingtalk,
        &receivers.webhook,
    ];
    assert!(robots.iter().all(|robot| robot.connections() == 0));
}

#[test]
fn a_dry_run_finds_a_template_that_fails() {
    let ended = run(runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_DRY_RUN", "true")
        .env("BIG", "x".repeat(30_000))
        .env("RUNBELL_MESSAGE", "${BIG}".repeat(12)));
    assert_eq!(ended.code, Some(1), "{:?}", ended.lines().last());
    assert!(
        ended.stdout.contains("would go without your text"),
        "{:?}",
        ended.lines().last()
    );
}

#[test]
fn a_dry_run_needs_no_password_and_no_list() {
    let ended = run(runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_DRY_RUN", "true")
        .env("RUNBELL_EMAIL_TO", "team@example.com")
        .env("RUNBELL_SMTP_HOST", "smtp.example.com")
        .env("RUNBELL_SMTP_USERNAME", "ci@example.com"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(
        ended.stdout.contains("RCPT TO: team@example.com"),
        "{ended:#?}"
    );
    let ended = run(runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_DRY_RUN", "true")
        .env("RUNBELL_ALLOWED_HOSTS", "h.example"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

/// Brackets belong to an address of version 6; its scheme is nobody's secret.
#[test]
fn an_address_in_brackets_hides_no_link() {
    let ended = run(runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_DRY_RUN", "true")
        .env("RUNBELL_WEBHOOK_URL", "https://[2001:db8::5]:8443/h")
        .env("RUNBELL_RUN_URL", "https://ci.example/42"));
    assert!(
        ended
            .stdout
            .contains("\"pipelineUrl\": \"https://ci.example/42\""),
        "{ended:#?}"
    );
}

#[cfg(unix)]
#[test]
fn results_do_not_follow_a_link_of_the_checkout() {
    let receivers = Receivers::start();
    let folder = Folder::new();
    std::fs::write(folder.path("victim"), "keep=1").unwrap();
    std::os::unix::fs::symlink("victim", folder.path("GITEE_PARAMS")).unwrap();
    let mut command = receivers.wecom_alone();
    command
        .current_dir(folder.path(""))
        .env("GITEE_PIPELINE_NAME", "build")
        .env("RUNBELL_STATUS", "failure");
    let ended = run(&mut command);
    assert!(
        ended.stdout.contains("the results are not written"),
        "{ended:#?}"
    );
    let victim = std::fs::read_to_string(folder.path("victim")).unwrap();
    assert_eq!(victim, "keep=1");
    std::fs::remove_file(folder.path("GITEE_PARAMS")).unwrap();
    std::fs::write(folder.path("GITEE_PARAMS"), "before=1").unwrap();
    run(&mut command);
    let params = std::fs::read_to_string(folder.path("GITEE_PARAMS")).unwrap();
    assert!(
        params.starts_with("before=1\nOUTPUT_RUNBELL_STATUS=sent\n"),
        "{params}"
    );
}

#[test]
fn a_dry_run_needs_no_secret() {
    let ended = run(runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_DRY_RUN", "true")
        .env("RUNBELL_LARK_WEBHOOK", "${{ secrets.LARK }}"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(ended.verdict(), "dry run: nothing was sent to 3 targets");
}

/// The steps of a job write into one file each; ours must leave the others' lines alone.
#[test]
fn results_go_where_github_reads_them() {
    let receivers = Receivers::start();
    let folder = Folder::new();
    let (output, summary) = (folder.path("output"), folder.path("summary"));
    std::fs::write(&output, "earlier=1\n").unwrap();
    receivers
        .wecom
        .script([wecom::refusal(93_000, "invalid webhook url")]);
    let ended = run(receivers
        .runbell()
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", &output)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    let output = std::fs::read_to_string(output).unwrap();
    assert!(
        output.starts_with("earlier=1\nstatus=partial\nsent=4\nfailed=1\nmessage_id="),
        "{output}"
    );
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.contains("| wecom | the robot"), "{summary}");
    let annotations: Vec<&str> = ended
        .stdout
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    assert_eq!(
        annotations,
        ["::error title=runbell::not told: wecom; the log says why"]
    );
    assert!(
        ended
            .stdout
            .trim_end()
            .ends_with("FAILED: 1 of 5 targets: wecom"),
        "{ended:#?}"
    );
}

#[test]
fn results_that_cannot_be_written_are_a_warning() {
    let receivers = Receivers::start();
    let folder = Folder::new();
    let ended = run(receivers
        .wecom_alone()
        .env("DRONE", "true")
        .env("DRONE_OUTPUT", folder.path(""))
        .env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(
        ended
            .stdout
            .contains("warning: the results are not written to"),
        "{ended:#?}"
    );
}

/// Long and awkward texts, split, in every format: the strict receivers take every part.
#[test]
fn every_part_of_a_split_message_is_taken() {
    let links: String = (0..400)
        .map(|at| format!("[case-{at:03}](https://ci.example.com/case-{at:03}) "))
        .collect();
    let lines: String = (0..300)
        .map(|at| format!("1. step {at}\n\n   ```\n   make {at}\n   ```\n- a\n  - 构建 {at}\n"))
        .collect();
    let head = format!("| {} |\n|---|\n| a |\n\nbehind", "h".repeat(5000));
    for (at, text) in [links, lines, head].iter().enumerate() {
        let receivers = Receivers::start();
        let formats = [
            ("markdown", "markdown", "card"),
            ("card", "markdown_v2", "post"),
            ("text", "text", "text"),
        ];
        let (dingtalk, wecom, lark) = formats[at];
        let ended = run(receivers
            .runbell()
            .env("RUNBELL_STATUS", "failure")
            .env("RUNBELL_ON_TOO_LONG", "split")
            .env("RUNBELL_RUN_URL", "https://ci.example.com/42")
            .env("RUNBELL_DINGTALK_FORMAT", dingtalk)
            .env("RUNBELL_WECOM_FORMAT", wecom)
            .env("RUNBELL_LARK_FORMAT", lark)
            .env("RUNBELL_MESSAGE", text));
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert_eq!(receivers.violations(), Vec::<String>::new());
        assert!(receivers.wecom.posted() > 1, "{ended:#?}");
    }
}

#[test]
fn a_verbose_log_tells_what_a_network_s_keeper_asks() {
    let receivers = Receivers::start();
    let ended = run(receivers
        .wecom_alone()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_VERBOSE", "true"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let exchange = ended
        .stdout
        .lines()
        .find(|line| line.contains("POST "))
        .unwrap();
    let port = receivers.wecom.port();
    for words in [
        format!("POST https://127.0.0.1:{port}/***, "),
        format!("; HTTP 200 from 127.0.0.1:{port}, TLS 1.3, "),
        "\"errcode\":0".to_owned(),
    ] {
        assert!(exchange.contains(&words), "{words}: {exchange}");
    }
}

/// A second copy after silence carries the id of the first, so a receiver can tell.
#[test]
fn a_webhook_is_told_which_message_comes_again() {
    let receivers = Receivers::start();
    receivers.webhook.script([Fault::ResetAfterRequest]);
    let webhook = receivers
        .inputs()
        .into_iter()
        .filter(|(name, _)| name.starts_with("RUNBELL_WEBHOOK") || *name == "RUNBELL_CA_FILE");
    let ended = run(runbell().envs(webhook).env("RUNBELL_STATUS", "failure"));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let received = receivers.webhook.received();
    assert_eq!(received.len(), 2, "{ended:#?}");
    assert_eq!(
        receivers.webhook.posted(),
        1,
        "the second copy was recognised"
    );
    assert_eq!(receivers.violations(), Vec::<String>::new());
}
