//! Each service over TLS, and what all receivers have in common.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runbell_receivers::{
    Authority, Received, Receiver, Service, Verdict, dingtalk, lark, webhook, wecom,
};
use serde_json::{Value, json};

use crate::client::{open, path_and_query, post, read_answer, request_bytes};

/// Posts a good and a bad message and compares the replies.
#[track_caller]
fn check(service: impl Service, good: &Value, reply: &Value, bad: &Value, field: &str, code: i64) {
    let authority = Authority::new().unwrap();
    let receiver = Receiver::start(service, &authority).unwrap();
    let answer = post(&receiver, &authority, good.to_string().as_bytes()).unwrap();
    assert_eq!((answer.status, &answer.json()), (200, reply));
    let answer = post(&receiver, &authority, bad.to_string().as_bytes()).unwrap();
    assert_eq!((answer.status, &answer.json()[field]), (200, &json!(code)));

    let received = receiver.received();
    assert_eq!(
        received.iter().map(Received::accepted).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(received[0].request.json().unwrap(), *good);
    assert_eq!(received[0].request.target, path_and_query(&receiver));
    assert_eq!(receiver.posted(), 1);
    assert_eq!(receiver.connections(), 2);
    assert_eq!(receiver.violations(), Vec::<String>::new());
}

#[test]
fn dingtalk_answers_over_tls() {
    check(
        dingtalk::Robot::new("token"),
        &json!({"msgtype": "text", "text": {"content": "构建失败"}}),
        &json!({"errcode": 0, "errmsg": "ok"}),
        &json!({"msgtype": "image"}),
        "errcode",
        400_105,
    );
}

#[test]
fn wecom_answers_over_tls() {
    check(
        wecom::Robot::new("a&b=c"),
        &json!({"msgtype": "markdown", "markdown": {"content": "构建失败"}}),
        &json!({"errcode": 0, "errmsg": "ok"}),
        &json!({"msgtype": "text", "text": {"content": ""}}),
        "errcode",
        44_004,
    );
}

#[test]
fn lark_answers_over_tls() {
    check(
        lark::Robot::new("token"),
        &json!({"msg_type": "text", "content": {"text": "构建失败"}}),
        &json!({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}),
        &json!({"msg_type": "markdown"}),
        "code",
        19_002,
    );
}

#[test]
fn a_webhook_answers_with_and_without_tls() {
    let authority = Authority::new().unwrap();
    let endpoints = [
        Receiver::start(webhook::Endpoint::new("/hooks/ci?k=1"), &authority).unwrap(),
        Receiver::start_plain(webhook::Endpoint::new("/hooks/ci?k=1")).unwrap(),
    ];
    for receiver in endpoints {
        assert_eq!(
            post(&receiver, &authority, b"anything").unwrap().status,
            200
        );
        assert_eq!(receiver.received()[0].request.body, b"anything");
        assert_eq!(receiver.received()[0].verdict, Verdict::Posted);
    }
}

#[test]
fn one_connection_carries_several_requests_of_both_framings() {
    let authority = Authority::new().unwrap();
    let receiver = Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap();
    let mut stream = open(&receiver, &authority).unwrap();
    let chunked = b"POST /h HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n";
    // Both at once: the second waits in the buffer while the first is answered.
    stream
        .get_mut()
        .write_all(&[&request_bytes("/h", b"one")[..], chunked].concat())
        .unwrap();
    stream.get_mut().flush().unwrap();
    for _ in 0..2 {
        assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    }
    let bodies: Vec<_> = receiver
        .received()
        .into_iter()
        .map(|one| one.request.text())
        .collect();
    assert_eq!(bodies, ["one", "two"]);
    assert_eq!(receiver.connections(), 1);
}

#[test]
fn the_clock_can_be_shifted() {
    let authority = Authority::new().unwrap();
    let robot = lark::Robot::new("token").secret("s");
    let receiver = Receiver::start(robot, &authority).unwrap();
    let send = || {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
            .to_string();
        let sign = lark::sign(&seconds, "s");
        let body = json!({"timestamp": seconds, "sign": sign, "msg_type": "text", "content": {"text": "x"}});
        post(&receiver, &authority, body.to_string().as_bytes()).unwrap()
    };
    assert_eq!(send().json()["code"], 0);
    receiver.set_clock_ahead(Duration::from_secs(7200));
    let answer = send();
    assert_eq!(answer.json()["code"], 19_021);
    assert!(
        answer.headers.iter().any(|line| line.starts_with("Date: ")),
        "the sender can see why"
    );
    receiver.set_clock_behind(Duration::from_secs(7200));
    assert_eq!(send().json()["code"], 19_021);
}

#[test]
fn a_dropped_receiver_refuses_connections_and_frees_the_idle_ones() {
    let authority = Authority::new().unwrap();
    let receiver = Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap();
    let port = receiver.port();
    let mut idle = open(&receiver, &authority).unwrap();
    drop(receiver);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(read_answer(&mut idle).is_err());
}

#[test]
fn a_stranger_s_authority_is_not_trusted() {
    let (ours, theirs) = (Authority::new().unwrap(), Authority::new().unwrap());
    let receiver = Receiver::start(webhook::Endpoint::new("/h"), &theirs).unwrap();
    let fault = post(&receiver, &ours, b"x").err().expect("no answer");
    assert!(fault.to_string().contains("UnknownIssuer"), "{fault}");
    assert!(theirs.pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn malformed_requests_are_answered_and_not_recorded() {
    let receiver = Receiver::start_plain(webhook::Endpoint::new("/h")).unwrap();
    let authority = Authority::new().unwrap();
    for (bytes, status) in [
        (&b"nonsense\r\n\r\n"[..], 400),
        (
            b"POST /h HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
            413,
        ),
    ] {
        let mut stream = open(&receiver, &authority).unwrap();
        stream.get_mut().write_all(bytes).unwrap();
        assert_eq!(read_answer(&mut stream).unwrap().status, status);
    }
    assert_eq!(receiver.received(), []);
}
