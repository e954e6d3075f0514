//! Each fault as a client meets it, and that the receiver is healthy afterwards.

use std::io::{self, Read, Write};
use std::time::Duration;

use runbell_receivers::{Authority, Fault, Receiver, Verdict, dingtalk, lark, webhook, wecom};

use crate::client::{connect, drain, open, post, read_answer, read_line, request_bytes};

const SHORT: Duration = Duration::from_millis(1);

fn start(fault: Fault) -> (Receiver, Authority) {
    let authority = Authority::new().unwrap();
    let receiver = Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap();
    receiver.script([fault]);
    (receiver, authority)
}

#[track_caller]
fn check_healthy(receiver: &Receiver, authority: &Authority) {
    assert_eq!(post(receiver, authority, b"again").unwrap().status, 200);
    assert_eq!(receiver.pending_faults(), []);
}

/// Posts once into the fault and expects no answer; gives what the receiver recorded of it.
#[track_caller]
fn check_no_answer(fault: Fault, kinds: &[io::ErrorKind], verdict: Option<Verdict>) {
    let (receiver, authority) = start(fault.clone());
    let failure = post(&receiver, &authority, b"once")
        .err()
        .expect("no answer");
    assert!(kinds.contains(&failure.kind()), "{fault:?}: {failure:?}");
    assert_eq!(
        receiver.received().first().map(|one| one.verdict),
        verdict,
        "{fault:?}"
    );
    assert_eq!(
        receiver
            .received()
            .first()
            .and_then(|one| one.fault.clone()),
        verdict.map(|_| fault)
    );
    check_healthy(&receiver, &authority);
}

#[test]
fn connections_are_reset_where_asked() {
    use io::ErrorKind::{BrokenPipe, ConnectionReset};
    check_no_answer(Fault::ResetOnAccept, &[ConnectionReset, BrokenPipe], None);
    check_no_answer(Fault::ResetDuringTls, &[ConnectionReset, BrokenPipe], None);
    check_no_answer(
        Fault::ResetAfterRequestHead,
        &[ConnectionReset, BrokenPipe],
        Some(Verdict::Unreached),
    );
    check_no_answer(
        Fault::ResetAfterRequest,
        &[ConnectionReset],
        Some(Verdict::Posted),
    );
}

#[test]
fn bad_certificates_end_the_handshake() {
    for fault in [Fault::WrongHostCertificate, Fault::ExpiredCertificate] {
        check_no_answer(fault, &[io::ErrorKind::InvalidData], None);
    }
}

#[test]
fn a_port_without_tls_is_no_handshake() {
    check_no_answer(Fault::NotTls, &[io::ErrorKind::InvalidData], None);
}

#[test]
fn an_answer_can_be_missing_or_cut() {
    use io::ErrorKind::UnexpectedEof;
    check_no_answer(Fault::HalfClose, &[UnexpectedEof], Some(Verdict::Posted));
    check_no_answer(
        Fault::CutBody { keep: 3 },
        &[UnexpectedEof],
        Some(Verdict::Posted),
    );
    check_no_answer(
        Fault::Raw(b"HTTP/1.1 2".to_vec()),
        &[UnexpectedEof],
        Some(Verdict::Unreached),
    );
}

#[test]
fn silence_lasts_until_the_receiver_goes() {
    for fault in [
        Fault::BlackHole,
        Fault::Silence,
        Fault::Delay(Duration::MAX),
    ] {
        let reads_nothing = fault == Fault::BlackHole;
        let authority = Authority::new().unwrap();
        let receiver = Receiver::start_plain(webhook::Endpoint::new("/h")).unwrap();
        receiver.script([fault]);
        let mut stream = open(&receiver, &authority).unwrap();
        stream
            .get_mut()
            .write_all(&request_bytes("/h", b"x"))
            .unwrap();
        if !reads_nothing {
            assert_eq!(receiver.wait_for(1, Duration::from_secs(20)).len(), 1);
        }
        check_healthy(&receiver, &authority);
        drop(receiver);
        let mut rest = Vec::new();
        // The end may be a reset when bytes were left unread; either way nothing was said.
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    }
}

#[test]
fn scripted_answers_arrive_as_written() {
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let rows = [
        (Fault::Status(503), 503, "", ""),
        (
            Fault::StatusAndBody {
                status: 400,
                body: b"{}".to_vec(),
            },
            400,
            "Content-Type: application/json",
            "{}",
        ),
        (
            Fault::StatusHeadersBody {
                status: 429,
                headers: header("Retry-After", "7"),
                body: b"slow".to_vec(),
            },
            429,
            "Retry-After: 7",
            "slow",
        ),
        (
            Fault::Body(b"<html>".to_vec()),
            200,
            "Content-Type: application/json",
            "<html>",
        ),
        (
            dingtalk::refusal(130_101, "slow"),
            200,
            "Date: ",
            r#"{"errcode":130101,"errmsg":"slow"}"#,
        ),
        (
            wecom::refusal(-1, "busy"),
            200,
            "Date: ",
            r#"{"errcode":-1,"errmsg":"busy"}"#,
        ),
        (
            lark::refusal(2200, "error"),
            200,
            "Date: ",
            r#"{"code":2200,"msg":"error","data":{}}"#,
        ),
        (
            Fault::Redirect {
                status: 307,
                location: "https://elsewhere.example/".to_owned(),
            },
            307,
            "Location: https://elsewhere.example/",
            "",
        ),
        (
            Fault::Oversize { bytes: 5 },
            200,
            "Transfer-Encoding: chunked",
            "     ",
        ),
        (
            Fault::Raw(b"HTTP/1.1 299 Odd\r\nX: y\r\nContent-Length: 2\r\n\r\nok".to_vec()),
            299,
            "X: y",
            "ok",
        ),
    ];
    for (fault, status, header, body) in rows {
        let (receiver, authority) = start(fault.clone());
        let answer = post(&receiver, &authority, b"x").unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (status, body.as_bytes()),
            "{fault:?}"
        );
        assert!(
            answer.headers.iter().any(|line| line.contains(header)),
            "{fault:?}: {:?}",
            answer.headers
        );
        assert_eq!(receiver.received()[0].verdict, Verdict::Unreached);
        assert_eq!(receiver.posted(), 0);
        check_healthy(&receiver, &authority);
    }
}

#[test]
fn healthy_answers_can_be_late_slow_or_compressed() {
    let every = SHORT;
    for fault in [
        Fault::Delay(SHORT),
        Fault::DripAnswer { every },
        Fault::DripBody { every },
        Fault::DripHandshake {
            every: Duration::ZERO,
        },
    ] {
        let (receiver, authority) = start(fault);
        assert_eq!(
            post(&receiver, &authority, b"x").unwrap().json()["ok"],
            true
        );
        assert_eq!(receiver.posted(), 1);
        check_healthy(&receiver, &authority);
    }
    let (receiver, authority) = start(Fault::Compressed);
    let answer = post(&receiver, &authority, b"x").unwrap();
    assert!(
        answer
            .headers
            .contains(&"Content-Encoding: gzip".to_owned())
    );
    assert_eq!(answer.body[..2], [0x1f, 0x8b]);
}

#[test]
fn floods_stop_when_the_client_leaves() {
    for fault in [
        Fault::Oversize { bytes: u64::MAX },
        Fault::EndlessHeaders { bytes: u64::MAX },
    ] {
        let (receiver, authority) = start(fault.clone());
        let mut stream = open(&receiver, &authority).unwrap();
        stream
            .get_mut()
            .write_all(&request_bytes("/h", b"x"))
            .unwrap();
        stream.get_mut().flush().unwrap();
        let mut flood = vec![0; 1024 * 1024];
        stream
            .read_exact(&mut flood)
            .unwrap_or_else(|failure| panic!("{fault:?}: {failure}"));
        drop(stream);
        check_healthy(&receiver, &authority);
    }
}

#[test]
fn finite_headers_end_in_an_answer() {
    let (receiver, authority) = start(Fault::EndlessHeaders { bytes: 100 * 1024 });
    let answer = post(&receiver, &authority, b"x").unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.headers.iter().map(String::len).sum::<usize>() > 99 * 1024);
}

#[test]
fn faults_queue_up_and_wait_for_what_they_befall() {
    let authority = Authority::new().unwrap();
    let receiver = Receiver::start_plain(webhook::Endpoint::new("/h")).unwrap();
    let mut kept = open(&receiver, &authority).unwrap();
    kept.get_mut()
        .write_all(&request_bytes("/h", b"before"))
        .unwrap();
    assert_eq!(read_answer(&mut kept).unwrap().status, 200);
    receiver.script([Fault::ResetOnAccept, Fault::Status(500), Fault::Status(502)]);
    // A kept connection is no new one, so the reset goes on waiting, and the statuses behind it too.
    kept.get_mut()
        .write_all(&request_bytes("/h", b"kept"))
        .unwrap();
    assert_eq!(read_answer(&mut kept).unwrap().status, 200);
    assert_eq!(receiver.pending_faults().len(), 3);
    assert!(post(&receiver, &authority, b"reset").is_err());
    let statuses = [(); 3].map(|()| post(&receiver, &authority, b"x").unwrap().status);
    assert_eq!(statuses, [500, 502, 200]);
}

#[test]
fn without_tls_the_handshake_faults_still_break() {
    let receiver = Receiver::start_plain(webhook::Endpoint::new("/h")).unwrap();
    receiver.script([Fault::ResetDuringTls]);
    let (bytes, end) = drain(connect(receiver.port()));
    assert!(bytes.is_empty() && end.is_err());
}

#[test]
fn a_hundred_continue_is_sent_when_asked_for() {
    let authority = Authority::new().unwrap();
    let receiver = Receiver::start(webhook::Endpoint::new("/h"), &authority).unwrap();
    let mut stream = open(&receiver, &authority).unwrap();
    stream
        .get_mut()
        .write_all(
            b"POST /h HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
        )
        .unwrap();
    stream.get_mut().flush().unwrap();
    assert_eq!(read_line(&mut stream).unwrap(), "HTTP/1.1 100 Continue");
    read_line(&mut stream).unwrap();
    stream.get_mut().write_all(b"x").unwrap();
    stream.get_mut().flush().unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
    assert_eq!(receiver.posted(), 1);
}
