//! The program: its settings, its lines, its exit status.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Starts the program with its output piped.
fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_runbell-receivers"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn the_program_says_where_it_listens_and_what_it_receives() {
    let folder =
        std::env::temp_dir().join(format!("runbell-receivers-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let ca = folder.join("ca.pem");
    let mut child = start(&[
        "--until",
        "1",
        "--seconds",
        "60",
        "--ca",
        ca.to_str().unwrap(),
    ]);
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let settings: HashMap<String, String> = lines
        .by_ref()
        .take(15)
        .map(|line| {
            line.split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .unwrap()
        })
        .collect();
    for name in [
        "DINGTALK_WEBHOOK",
        "DINGTALK_SECRET",
        "WECOM_WEBHOOK",
        "LARK_WEBHOOK",
        "LARK_SECRET",
        "WEBHOOK_URL",
        "SMTP_PORT",
    ] {
        assert!(!settings[&format!("RUNBELL_{name}")].is_empty(), "{name}");
    }
    assert_eq!(
        settings["RUNBELL_CA_FILE"].trim_matches('\''),
        ca.to_str().unwrap()
    );
    assert!(
        std::fs::read_to_string(&ca)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );

    // A client that trusts the file and nothing else gets its request printed.
    let url = settings["RUNBELL_WEBHOOK_URL"]
        .trim_matches('\'')
        .to_owned();
    let (port, path) = url
        .strip_prefix("https://127.0.0.1:")
        .and_then(|rest| rest.split_once('/'))
        .unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap())).unwrap();
    let pem = std::fs::read(&ca).unwrap();
    let mut stream = crate::client::secure_with_pem(stream, &pem).unwrap();
    stream
        .write_all(&crate::client::request_bytes(
            &format!("/{path}"),
            b"{\"a\":1}",
        ))
        .unwrap();
    stream.flush().unwrap();
    let line: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert_eq!(
        (&line["service"], &line["accepted"], &line["body"]["a"]),
        (&"webhook".into(), &true.into(), &1.into())
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn exit_statuses_tell_endings_apart() {
    let folder =
        std::env::temp_dir().join(format!("runbell-receivers-exit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (ca, env) = (path("ca.pem"), path("env"));
    let rows: [(&[&str], i32); 5] = [
        (&["--help"], 0),
        (&["--seconds", "0", "--ca", &ca, "--env", &env], 0),
        (
            &["--seconds", "0", "--until", "1", "--ca", &ca, "--env", &env],
            1,
        ),
        (&["--seconds", "soon"], 2),
        (&["--ca", &path("missing/ca.pem")], 3),
    ];
    for (arguments, status) in rows {
        let output = start(arguments).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(&env).unwrap().lines().count(), 15);
    std::fs::remove_dir_all(&folder).unwrap();
}
