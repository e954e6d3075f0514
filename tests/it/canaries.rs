//! The canary sweep (rule M-9): every secret slot holds a canary, every fault happens, and then
//! everything that left the program is searched for every form in which a canary can leak. The
//! forms are made here by hand, apart from those that the scrubber knows.

use std::fs;
use std::process::Command;

use runbell_receivers::proxy::Proxy;
use runbell_receivers::smtp::{Config, Misbehaviour, Security, Server, Stage};
use runbell_receivers::{Authority, Fault, Receiver, dingtalk, lark, webhook, wecom};

use crate::faults::{Time, cases, side_by_side};
use crate::mail::mail_cases;
use crate::support::{CaFile, Ended, Folder, run, runbell};

// The canaries. A token stands in an address as it is; the others hold what encodings change. No two
// share a word: whoever masks one must not mask another with it.
const DINGTALK_TOKEN: &str = "0a1b2c3d-Pelican-44-e5f6";
const DINGTALK_SECRET: &str = "SECheron+/=&\"<ibis>ü%7";
const WECOM_KEY: &str = "1a2b3c4d-Osprey-55-f6e5";
const LARK_TOKEN: &str = "2a3b4c5d-Kestrel-66-d4c3";
const LARK_SECRET: &str = "avocet+/=&<bittern>\\ü%7?~";
const HOOK_PATH: &str = "3a4b5c6d-Merlin-77-b2a1";
const HOOK_QUERY: &str = "curlew+/=& \"<dunlin>ü%7";
const HOOK_QUERY_WRITTEN: &str = "curlew%2B%2F%3D%26%20%22%3Cdunlin%3E%C3%BC%257";
const MAIL_PASSWORD: &str = "egret4 +/=&\"<falcon>\\ü%7?~";
const MAIL_LOGIN: &str = "\0ci@example.com\0egret4 +/=&\"<falcon>\\ü%7?~";
const PROXY_PASSWORD: &str = "godwit+/=&@:<hoopoe>\\ü%7";
const PROXY_LOGIN: &str = "ann:godwit+/=&@:<hoopoe>\\ü%7";
const PROXY_PASSWORD_WRITTEN: &str = "godwit%2B%2F%3D%26%40%3A%3Choopoe%3E%5C%C3%BC%257";

/// Whose each canary is: the target that may be sent it.
const CANARIES: [(&str, &str); 13] = [
    ("dingtalk", DINGTALK_TOKEN),
    ("dingtalk", DINGTALK_SECRET),
    ("wecom", WECOM_KEY),
    ("lark", LARK_TOKEN),
    ("lark", LARK_SECRET),
    ("webhook", HOOK_PATH),
    ("webhook", HOOK_QUERY),
    ("webhook", HOOK_QUERY_WRITTEN),
    ("email", MAIL_PASSWORD),
    ("email", MAIL_LOGIN),
    ("proxy", PROXY_PASSWORD),
    ("proxy", PROXY_LOGIN),
    ("proxy", PROXY_PASSWORD_WRITTEN),
];

/// Every form of rule M-3, each once.
fn forms(canary: &str) -> Vec<String> {
    let bytes = canary.as_bytes();
    let mut forms = vec![
        canary.to_owned(),
        json_escaped(canary),
        html_escaped(canary),
    ];
    for digits in [UPPER, LOWER] {
        for blank in ["%20", "+"] {
            let once = percent_encoded(bytes, digits, blank);
            forms.push(percent_encoded(once.as_bytes(), digits, blank));
            forms.push(once);
        }
        forms.push(
            bytes
                .iter()
                .flat_map(|byte| hex_digits(*byte, digits))
                .collect(),
        );
    }
    for alphabet in [STANDARD, URL_SAFE] {
        let whole = base64(bytes, alphabet);
        forms.push(whole.trim_end_matches('=').to_owned());
        forms.push(whole);
        // Behind one byte and behind two; what neighbours share of the letters at the edges is cut.
        for before in 0..3 {
            let mut neighboured = vec![b'x'; before];
            neighboured.extend(bytes);
            let whole_letters = neighboured.len() * 8 / 6;
            let letters: String = base64(&neighboured, alphabet)
                .chars()
                .take(whole_letters)
                .skip([0, 2, 3][before])
                .collect();
            forms.push(letters);
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn hex_digits(byte: u8, digits: &[u8; 16]) -> [char; 2] {
    [byte >> 4, byte & 15].map(|digit| char::from(digits[usize::from(digit)]))
}

fn percent_encoded(bytes: &[u8], digits: &[u8; 16], blank: &str) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b' ' => text.push_str(blank),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(*byte));
            }
            _ => {
                text.push('%');
                text.extend(hex_digits(*byte, digits));
            }
        }
    }
    text
}

fn json_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\0'..='\u{1f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn html_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut whole = [0; 3];
        whole[..group.len()].copy_from_slice(group);
        let [a, b, c] = whole.map(u32::from);
        let bits = a << 16 | b << 8 | c;
        for letter in 0..4 {
            match letter <= group.len() {
                true => {
                    let index = bits >> (18 - 6 * letter) & 63;
                    text.push(char::from(alphabet[index as usize]));
                }
                false => text.push('='),
            }
        }
    }
    text
}

/// The forms that show in a text which only `owner` may be sent.
fn hits(text: &str, owner: &str) -> Vec<String> {
    CANARIES
        .iter()
        .filter(|(whose, _)| *whose != owner)
        .flat_map(|(_, canary)| forms(canary))
        .filter(|form| text.contains(form.as_str()))
        .collect()
}

#[track_caller]
fn check(text: &str, owner: &str, place: &str) {
    let hits = hits(text, owner);
    assert!(hits.is_empty(), "{place}: {hits:#?} in\n{text}");
}

/// A sweep that finds nothing must be able to find something.
#[test]
fn the_sweep_finds_every_form_that_is_there() {
    let mut seen = 0;
    for (owner, canary) in CANARIES {
        for form in forms(canary) {
            assert!(form.len() >= 16, "{form} is not telling");
            let text = format!("runbell: lark: {form}; again in 1.00 s");
            assert!(hits(&text, "").contains(&form), "{form}");
            assert!(!hits(&text, owner).contains(&form), "{form}");
            seen += 1;
        }
    }
    assert!(seen > 150, "only {seen} forms");
    assert_eq!(hits("runbell: sent to all 5 targets", ""), [""; 0]);
    // Against the world's own tools.
    let all = forms(PROXY_PASSWORD);
    for known in [
        "godwit%2B%2F%3D%26%40%3A%3Choopoe%3E%5C%C3%BC%257",
        "godwit%2b%2f%3d%26%40%3a%3choopoe%3e%5c%c3%bc%257",
        "godwit%252B%252F%253D%2526%2540%253A%253Choopoe%253E%255C%25C3%25BC%25257",
        "godwit%252b%252f%253d%2526%2540%253a%253choopoe%253e%255c%25c3%25bc%25257",
        "Z29kd2l0Ky89JkA6PGhvb3BvZT5cw7wlNw",
        "676f647769742b2f3d26403a3c686f6f706f653e5cc3bc2537",
        "676F647769742B2F3D26403A3C686F6F706F653E5CC3BC2537",
        "godwit+/=&@:<hoopoe>\\\\ü%7",
        "godwit+/=&amp;@:&lt;hoopoe&gt;\\ü%7",
    ] {
        assert!(all.iter().any(|form| form == known), "{known}");
    }
    let shifted = base64(format!("a{PROXY_PASSWORD}b").as_bytes(), STANDARD);
    assert!(!hits(&shifted, "").is_empty());
    let shifted = base64(format!("ab{PROXY_PASSWORD}b").as_bytes(), URL_SAFE);
    assert!(!hits(&shifted, "").is_empty());
}

/// All five receivers behind a proxy that wants a login, with a canary in every slot.
struct Stand {
    dingtalk: Receiver,
    wecom: Receiver,
    lark: Receiver,
    webhook: Receiver,
    mail: Server,
    proxy: Proxy,
    folder: Folder,
    ca_file: CaFile,
}

impl Stand {
    fn start() -> Self {
        let authority = Authority::new().unwrap();
        let hook = format!("/hooks/{HOOK_PATH}?token={HOOK_QUERY_WRITTEN}");
        let folder = Folder::new();
        fs::write(folder.path("password"), format!("{MAIL_PASSWORD}\n")).unwrap();
        Self {
            dingtalk: Receiver::start(
                dingtalk::Robot::new(DINGTALK_TOKEN).secret(DINGTALK_SECRET),
                &authority,
            )
            .unwrap(),
            wecom: Receiver::start(wecom::Robot::new(WECOM_KEY), &authority).unwrap(),
            lark: Receiver::start(lark::Robot::new(LARK_TOKEN).secret(LARK_SECRET), &authority)
                .unwrap(),
            webhook: Receiver::start(webhook::Endpoint::new(hook), &authority).unwrap(),
            mail: Server::start(
                Config::new(Security::StartTls).login("ci@example.com", MAIL_PASSWORD),
                &authority,
            )
            .unwrap(),
            proxy: Proxy::start_private("ann", PROXY_PASSWORD).unwrap(),
            ca_file: CaFile::write(&authority),
            folder,
        }
    }

    fn robots(&self) -> [&Receiver; 4] {
        [&self.dingtalk, &self.wecom, &self.lark, &self.webhook]
    }

    /// The program at its most talkative, on the platform with the most places to talk to.
    fn runbell(&self) -> Command {
        let login = format!("//ann:{PROXY_PASSWORD_WRITTEN}@");
        let mut command = runbell();
        command
            .env("RUNBELL_CA_FILE", self.ca_file.path())
            .env("RUNBELL_PROXY", self.proxy.url().replace("//", &login))
            .env("RUNBELL_DINGTALK_WEBHOOK", self.dingtalk.url())
            .env("RUNBELL_DINGTALK_SECRET", DINGTALK_SECRET)
            .env("RUNBELL_WECOM_WEBHOOK", self.wecom.url())
            .env("RUNBELL_LARK_WEBHOOK", self.lark.url())
            .env("RUNBELL_LARK_SECRET", LARK_SECRET)
            .env("RUNBELL_WEBHOOK_URL", self.webhook.url())
            .env("RUNBELL_EMAIL_TO", "team@example.com")
            .env("RUNBELL_SMTP_HOST", self.mail.host())
            .env("RUNBELL_SMTP_PORT", self.mail.port().to_string())
            .env("RUNBELL_SMTP_SECURITY", "starttls")
            .env("RUNBELL_SMTP_USERNAME", "ci@example.com")
            .env("RUNBELL_SMTP_PASSWORD_FILE", self.folder.path("password"))
            .env("RUNBELL_STATUS", "failure")
            .env("RUNBELL_VERBOSE", "true")
            .env("RUNBELL_ATTEMPTS", "2")
            .env("RUST_BACKTRACE", "full")
            .env("RUST_LOG", "trace")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", self.folder.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.folder.path("summary"))
            .env("RUNBELL_STATE_FILE", self.folder.path("state"));
        command
    }

    /// Searches everything that left the program.
    #[track_caller]
    fn check(&self, ended: &Ended, place: &str) {
        check(&ended.stdout, "", place);
        check(&ended.stderr, "", place);
        for file in ["output", "summary", "state"] {
            let bytes = fs::read(self.folder.path(file)).unwrap_or_default();
            check(
                &String::from_utf8_lossy(&bytes),
                "",
                &format!("{place}, {file}"),
            );
        }
        for robot in self.robots() {
            for one in robot.received() {
                let request = &one.request;
                let place = format!("{place}, {}", robot.name());
                check(&request.text(), robot.name(), &place);
                check(&request.target, robot.name(), &place);
                let headers = format!("{:?}", request.headers);
                check(&headers, robot.name(), &place);
                // What an owner may be sent in address and signature it is not sent in the text.
                check(&request.text(), "", &place);
                // A signature is a secret too.
                let sign = request.query_value("sign");
                for sign in sign.iter().filter(|sign| !sign.is_empty()) {
                    assert!(!ended.stdout.contains(sign.as_str()), "{place}: {sign}");
                }
            }
        }
        for mail in self.mail.mails() {
            check(&mail.text(), "", &format!("{place}, mail"));
        }
        for head in self.proxy.heads() {
            check(&head, "proxy", &format!("{place}, proxy"));
        }
    }
}

/// Every fault befalls every robot in turn, while the others are well.
#[test]
fn no_fault_shows_a_secret() {
    let elsewhere = Stand::start();
    let faults = cases(&elsewhere.webhook.url());
    side_by_side(faults.iter().enumerate(), |(at, case)| {
        let stand = Stand::start();
        let robots = stand.robots();
        for robot in [robots[at % 4], robots[(at + 1) % 4]] {
            robot.script(vec![case.fault.clone(); 2]);
        }
        let ended = run(stand.runbell().envs(case.time.inputs()));
        let place = format!("{:?}", case.fault);
        assert!(matches!(ended.code, Some(0 | 1)), "{place}: {ended:#?}");
        stand.check(&ended, &place);
    });
    assert_eq!(elsewhere.webhook.connections(), 0);
}

#[test]
fn no_fault_of_a_mail_server_shows_a_secret() {
    side_by_side(mail_cases(), |(stage, misbehaviour, time, _)| {
        let stand = Stand::start();
        stand.mail.script(vec![(stage, misbehaviour.clone()); 2]);
        let ended = run(stand.runbell().envs(time.inputs()));
        stand.check(&ended, &format!("{stage:?} {misbehaviour:?}"));
    });
}

/// All forms of all canaries, some at a time.
fn all_forms(at_a_time: usize) -> Vec<Vec<String>> {
    let all: Vec<String> = CANARIES.iter().flat_map(|(_, it)| forms(it)).collect();
    all.chunks(at_a_time).map(<[String]>::to_vec).collect()
}

/// Receivers that know all secrets say them back wherever an answer has room.
#[test]
fn no_echo_shows_a_secret() {
    let portions = all_forms(20);
    let runs = portions
        .iter()
        .flat_map(|portion| [(0, portion), (1, portion)]);
    side_by_side(runs, |(kind, portion)| {
        let stand = Stand::start();
        let said = portion.join(" ");
        let words = serde_json::json!({
            "errcode": 12345, "code": 11246, "errmsg": said, "msg": format!("ErrCode: 1; {said}"),
        });
        let header = |name: &str| (name.to_owned(), said.replace(['\0', '\n'], " "));
        for (robot, status) in stand.robots().iter().zip([200, 400, 503, 200]) {
            robot.script([
                match kind {
                    0 => Fault::StatusAndBody {
                        status,
                        body: words.to_string().into_bytes(),
                    },
                    _ => Fault::StatusHeadersBody {
                        status: 302,
                        headers: vec![header("Location"), header("Retry-After"), header("Date")],
                        body: said.clone().into_bytes(),
                    },
                },
                Fault::Raw(format!("HTTP/1.1 {said}\r\n\r\n{said}").into_bytes()),
            ]);
        }
        let reply = |code: &str| Misbehaviour::Reply(format!("{code} {}", said.replace('\0', " ")));
        stand.mail.script([
            (Stage::MailFrom, reply("451")),
            (Stage::Message, reply("550")),
        ]);
        let ended = run(&mut stand.runbell());
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        stand.check(&ended, &said);
    });
}

/// A host is read in small letters, in which no form of a secret stands.
#[test]
fn a_redirect_shows_no_secret_in_small_letters() {
    let stand = Stand::start();
    for (robot, token) in stand
        .robots()
        .iter()
        .zip([DINGTALK_TOKEN, WECOM_KEY, LARK_TOKEN])
    {
        let location = format!("https://{token}.example/{token}");
        robot.script([Fault::Redirect {
            status: 302,
            location,
        }]);
    }
    let ended = run(&mut stand.runbell());
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended.stdout.contains("redirects to ***.example"),
        "{ended:#?}"
    );
    for bird in ["pelican", "osprey", "kestrel"] {
        assert!(!ended.stdout.to_lowercase().contains(bird), "{ended:#?}");
    }
}

/// What a run tells about may hold every secret in every form.
#[test]
fn no_fact_and_no_template_carries_a_secret_out() {
    const FACTS: [&str; 12] = [
        "COMMIT_TITLE",
        "COMMIT_MESSAGE",
        "BRANCH",
        "AUTHOR_NAME",
        "PIPELINE_NAME",
        "RUN_NUMBER",
        "RUN_DESCRIPTION",
        "STAGE",
        "JOB",
        "PROJECT",
        "SOURCE_BRANCH",
        "CHANGE_TITLE",
    ];
    let portions = all_forms(FACTS.len());
    side_by_side(portions.iter().enumerate(), |(at, portion)| {
        let stand = Stand::start();
        let text = portion.join(" | ").replace('\0', " ");
        let one = |at: usize| portion[at % portion.len()].replace('\0', " ");
        let facts = FACTS.iter().enumerate();
        let ended = run(stand
            .runbell()
            .envs(facts.map(|(at, fact)| (format!("RUNBELL_{fact}"), one(at))))
            .env("RUNBELL_TITLE", one(at))
            .env(
                "RUNBELL_MESSAGE",
                format!("{text}\n\n${{ECHOED}} {{{{commit.title}}}}"),
            )
            .env("ECHOED", &text));
        assert_eq!(ended.code, Some(0), "{text}: {ended:#?}");
        stand.check(&ended, &text);
        let dry = run(stand
            .runbell()
            .env("RUNBELL_DRY_RUN", "true")
            .env("RUNBELL_TITLE", one(at))
            .env("RUNBELL_MESSAGE", &text)
            .env("RUNBELL_COMMIT_TITLE", one(at + 1)));
        assert_eq!(dry.code, Some(0), "{dry:#?}");
        stand.check(&dry, &text);
    });
}

/// Secrets that landed in the wrong input, and addresses with a slip in them.
#[test]
fn no_wrong_input_shows_a_secret() {
    const OTHERS: [&str; 14] = [
        "LANGUAGE",
        "NOTIFY_ON",
        "MENTION_ON",
        "STATUS",
        "TIMEOUT",
        "ATTEMPTS",
        "TIMEZONE",
        "RUN_URL",
        "SMTP_PORT",
        "EMAIL_TO",
        "FIELDS",
        "LARK_FORMAT",
        "MESSAGE_FILE",
        "PLATFORM",
    ];
    let portions = all_forms(OTHERS.len());
    let slips: [fn(&str) -> String; 4] = [
        |address| address.replace("https://", "http:// "),
        |address| address.replace("https://127.0.0.1", "http://example.com"),
        |address| address.replace("https://127.0.0.1", "https://[nowhere"),
        |address| format!("see {address}"),
    ];
    side_by_side(portions.iter().enumerate(), |(at, portion)| {
        let stand = Stand::start();
        let slip = slips[at % 4];
        let mut command = stand.runbell();
        for (name, robot) in [
            ("RUNBELL_DINGTALK_WEBHOOK", &stand.dingtalk),
            ("RUNBELL_WECOM_WEBHOOK", &stand.wecom),
            ("RUNBELL_LARK_WEBHOOK", &stand.lark),
            ("RUNBELL_WEBHOOK_URL", &stand.webhook),
        ] {
            command.env(name, slip(&robot.url()));
        }
        if at % 2 == 0 {
            let broken = format!("http://ann:{PROXY_PASSWORD_WRITTEN}@[nowhere:3128/");
            command.env("RUNBELL_PROXY", broken);
        }
        for (name, form) in OTHERS.iter().zip(portion) {
            command.env(format!("RUNBELL_{name}"), form.replace('\0', " "));
        }
        let ended = run(&mut command);
        assert_eq!(ended.code, Some(2), "{ended:#?}");
        stand.check(&ended, &format!("{portion:?}"));
        let ended = run(command.arg(portion[0].replace('\0', " ")));
        stand.check(&ended, "as an argument");
    });
}

/// What is not told at all: that the run took so short a time and still said everything else.
#[test]
fn a_run_in_good_health_shows_no_secret() {
    let stand = Stand::start();
    let ended = run(stand.runbell().envs(Time::Ample.inputs()));
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for robot in stand.robots() {
        assert_eq!(robot.posted(), 1, "{}", robot.name());
    }
    assert_eq!(stand.mail.mails().len(), 1);
    assert!(!stand.proxy.heads().is_empty());
    stand.check(&ended, "good health");
}
