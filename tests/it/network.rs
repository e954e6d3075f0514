//! The ways requests take: proxies, and addresses that are not reached.

use runbell_receivers::proxy::{Proxy, Tunnel};

use crate::support::{Ended, Receivers, run};

/// Rings the WeCom robot alone, by way of a proxy.
fn ring(receivers: &Receivers, variables: &[(&str, &str)]) -> Ended {
    run(receivers
        .wecom_alone()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_ATTEMPTS", "2")
        .envs(variables.iter().copied()))
}

#[test]
fn a_proxy_passes_the_message_on_and_sees_no_token() {
    let receivers = Receivers::start();
    let proxy = Proxy::start_private("ann", "proxy-password-1").unwrap();
    let with_login = proxy.url().replace("//", "//ann:proxy-password-1@");
    let ended = ring(&receivers, &[("RUNBELL_PROXY", &with_login)]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(receivers.wecom.posted(), 1);
    let heads = proxy.heads().concat();
    assert!(heads.starts_with("CONNECT 127.0.0.1:"), "{heads}");
    assert!(!heads.contains("canary"), "{heads}");
}

#[test]
fn a_proxy_that_refuses_is_told_apart() {
    const NOT_NOW: &str = "the proxy opened no connection";
    const NEVER: &str = "the proxy lets nothing through to this host";
    let not_now = [429, 502, 503].map(|status| (Tunnel::Status(status), 2, NOT_NOW));
    let never = [302, 400, 403, 405, 501, 511].map(|status| (Tunnel::Status(status), 1, NEVER));
    let mute = [Tunnel::Close, Tunnel::Garbage].map(|tunnel| (tunnel, 2, NOT_NOW));
    for (tunnel, attempts, words) in not_now.into_iter().chain(never).chain(mute) {
        let receivers = Receivers::start();
        let proxy = Proxy::start(tunnel).unwrap();
        let with_login = proxy.url().replace("//", "//ann:proxy-password-1@");
        let ended = ring(&receivers, &[("RUNBELL_PROXY", &with_login)]);
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        let said = match tunnel {
            Tunnel::Status(status) => {
                format!("{words}: 127.0.0.1:{} answered HTTP {status}", proxy.port())
            }
            _ => words.to_owned(),
        };
        assert!(ended.stdout.contains(&said), "{said}: {ended:#?}");
        let told = ended.stdout.matches("wecom: attempt ").count();
        assert_eq!(told, attempts, "{tunnel:?}: {ended:#?}");
        // What the proxy hears: where to, and who asks; every time the same.
        let heads = proxy.heads();
        let authority = receivers.wecom.url();
        let authority = authority.split('/').nth(2).unwrap();
        for head in &heads {
            assert!(
                head.starts_with(&format!("CONNECT {authority} HTTP/1.1\r\n")),
                "{head}"
            );
            assert!(
                head.to_lowercase().contains("proxy-authorization: basic "),
                "{head}"
            );
            assert!(!head.contains("canary"), "{head}");
        }
        assert!(
            (attempts..=attempts * 2).contains(&heads.len()),
            "{heads:?}"
        );
        assert_eq!(receivers.wecom.connections(), 0);
    }
    let receivers = Receivers::start();
    let proxy = Proxy::start_private("ann", "proxy-password-1").unwrap();
    let wrong = proxy.url().replace("//", "//ann:proxy-password-2@");
    let ended = ring(&receivers, &[("RUNBELL_PROXY", &wrong)]);
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended.stdout.contains("wants a user name and password"),
        "{ended:#?}"
    );
    assert!(!ended.stdout.contains("proxy-password-2"), "{ended:#?}");
    assert_eq!(
        proxy.heads().len(),
        1,
        "asking again cannot help: {ended:#?}"
    );
}

#[test]
fn a_proxy_that_asks_to_wait_is_waited_for() {
    for (seconds, attempts) in [(600, 1), (1, 2)] {
        let receivers = Receivers::start();
        let proxy = Proxy::start(Tunnel::Later(503, seconds)).unwrap();
        let ended = ring(&receivers, &[("RUNBELL_PROXY", &proxy.url())]);
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        let told = ended.stdout.matches("wecom: attempt ").count();
        assert_eq!(told, attempts, "{ended:#?}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_no_connection() {
    let receivers = Receivers::start();
    let gone = Proxy::start(Tunnel::Open).unwrap().url();
    let ended = ring(&receivers, &[("RUNBELL_PROXY", &gone)]);
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended
            .stdout
            .contains("no connection: the proxy: connection refused (127.0.0.1, 2 attempts)"),
        "{ended:#?}"
    );
}

#[test]
fn the_environment_s_proxy_is_not_used_for_this_machine() {
    let receivers = Receivers::start();
    let proxy = Proxy::start(Tunnel::Open).unwrap();
    let ended = ring(&receivers, &[("HTTPS_PROXY", &proxy.url())]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(proxy.heads().is_empty());
    let ended = ring(
        &receivers,
        &[("RUNBELL_PROXY", &proxy.url()), ("no_proxy", "127.0.0.1")],
    );
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(proxy.heads().is_empty());
    // Also where the exception is for one port.
    for (port, connections) in [(receivers.wecom.port(), 0), (443, 1)] {
        let exception = format!("127.0.0.1:{port}");
        let ended = ring(
            &receivers,
            &[("RUNBELL_PROXY", &proxy.url()), ("NO_PROXY", &exception)],
        );
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert_eq!(proxy.heads().len(), connections, "{exception}");
    }
}

#[test]
fn plain_http_never_goes_to_a_proxy() {
    let proxy = Proxy::start(Tunnel::Open).unwrap();
    let ended = run(crate::support::runbell()
        .env("RUNBELL_STATUS", "failure")
        .env("RUNBELL_ATTEMPTS", "1")
        .env("RUNBELL_PROXY", proxy.url())
        .env("RUNBELL_WEBHOOK_URL", "http://127.0.0.1:9/hook-canary-0123"));
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());
}

#[test]
fn the_proxy_s_name_opens_no_way_to_a_private_receiver() {
    let receivers = Receivers::start();
    let named = receivers.wecom.url().replace("127.0.0.1", "localhost");
    let ended = ring(
        &receivers,
        &[
            ("RUNBELL_WECOM_WEBHOOK", &named),
            ("RUNBELL_DENY_PRIVATE", "true"),
            ("HTTPS_PROXY", "http://localhost:1"),
        ],
    );
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert_eq!(receivers.wecom.connections(), 0);
}

#[test]
fn what_may_not_be_reached_is_refused_before_anything_is_sent() {
    let receivers = Receivers::start();
    for (variables, words) in [
        (
            [("RUNBELL_DENY_PRIVATE", "true")],
            "is on 127.0.0.1, which is private",
        ),
        (
            [("RUNBELL_ALLOWED_HOSTS", "qyapi.weixin.qq.com")],
            "which `allowed_hosts` does not name",
        ),
        (
            [("RUNBELL_WEBHOOK_URL", "https://169.254.169.254/latest")],
            "is never reached",
        ),
    ] {
        let ended = ring(&receivers, &variables);
        assert_eq!(ended.code, Some(2), "{ended:#?}");
        assert!(ended.stdout.contains(words), "{ended:#?}");
    }
    assert_eq!(receivers.wecom.connections(), 0);
}

#[test]
fn a_name_that_leads_to_a_refused_address_is_not_reached() {
    let receivers = Receivers::start();
    let named = receivers.wecom.url().replace("127.0.0.1", "localhost");
    let ended = ring(
        &receivers,
        &[
            ("RUNBELL_WECOM_WEBHOOK", &named),
            ("RUNBELL_DENY_PRIVATE", "true"),
        ],
    );
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended
            .stdout
            .contains("leads to an address that is not reached"),
        "{ended:#?}"
    );
    assert_eq!(receivers.wecom.connections(), 0);
}
