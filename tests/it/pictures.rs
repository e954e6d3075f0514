//! The pages under `docs/pictures` are what the program sends today, drawn. A stale one is written
//! anew, and the test fails so that the change is looked at; on CI it fails only.
//! `docs/pictures/draw` then takes the pictures of the pages.

use runbell::model::exchange::{Content, Draft};
use runbell::model::text::clean_line;
use runbell::preview::{Drawn, page, page_of_widths};
use sha2::{Digest, Sha256};

use crate::sample::{CHINESE, Shot, drafts, shot};
use crate::structure::harmless;
use crate::support::{check_current, top};

/// A page, and the messages on it.
struct Page {
    file: &'static str,
    title: &'static str,
    shots: &'static [Shot],
}

const PAGES: &[Page] = &[
    Page {
        file: "dingtalk.html",
        title: "DingTalk",
        shots: &[
            shot("dingtalk_format: markdown", "dingtalk", &[]),
            shot(
                "dingtalk_format: card",
                "dingtalk",
                &[("RUNBELL_DINGTALK_FORMAT", "card")],
            ),
            shot(
                "dingtalk_format: text",
                "dingtalk",
                &[("RUNBELL_DINGTALK_FORMAT", "text")],
            ),
        ],
    },
    Page {
        file: "wecom.html",
        title: "WeCom",
        shots: &[
            shot("wecom_format: markdown", "wecom", &[]),
            shot(
                "wecom_format: markdown_v2",
                "wecom",
                &[("RUNBELL_WECOM_FORMAT", "markdown_v2")],
            ),
            shot(
                "wecom_format: card",
                "wecom",
                &[("RUNBELL_WECOM_FORMAT", "card")],
            ),
            shot(
                "wecom_format: text",
                "wecom",
                &[("RUNBELL_WECOM_FORMAT", "text")],
            ),
        ],
    },
    Page {
        file: "lark.html",
        title: "Lark",
        shots: &[
            shot("lark_format: card", "lark", &[]),
            shot(
                "lark_format: post",
                "lark",
                &[("RUNBELL_LARK_FORMAT", "post")],
            ),
            shot(
                "lark_format: text",
                "lark",
                &[("RUNBELL_LARK_FORMAT", "text")],
            ),
        ],
    },
    Page {
        file: "email.html",
        title: "Email",
        shots: &[shot("email", "email", &[])],
    },
    Page {
        file: "chinese.html",
        title: "language: zh",
        shots: &[
            shot("dingtalk_format: markdown", "dingtalk", CHINESE),
            shot("wecom_format: markdown", "wecom", CHINESE),
            shot("lark_format: card", "lark", CHINESE),
        ],
    },
];

/// The page of one mail on several screens.
const WIDTHS: &str = "email-screens.html";

#[test]
fn pictures_show_what_is_sent_today() {
    let pages = PAGES.iter().map(|it| {
        let drafts: Vec<Vec<Draft>> = it.shots.iter().map(|shot| drafts(shot, &[])).collect();
        let targets = it.shots.iter().zip(&drafts);
        let targets: Vec<Drawn<'_>> = targets
            .map(|(shot, drafts)| Drawn {
                caption: shot.caption,
                channel: shot.channel,
                drafts,
            })
            .collect();
        let drawn = page(it.title, &targets);
        assert!(!drawn.contains("class=\"fault\""), "{}: {drawn}", it.file);
        (format!("docs/pictures/{}", it.file), drawn)
    });
    let mail = drafts(&shot("", "email", &[]), &[]).remove(0);
    let Content::Mail(mail) = mail.content else {
        panic!("no mail");
    };
    let widths = (
        format!("docs/pictures/{WIDTHS}"),
        page_of_widths("Email, by screen", &mail),
    );
    check_current(
        pages.chain([widths]),
        "then run docs/pictures/draw and look at the pictures",
    );
}

/// A picture of yesterday's page would show what is no longer sent.
#[test]
fn pictures_were_drawn_from_these_pages() {
    let folder = top().join("docs/pictures");
    let drawn = std::fs::read_to_string(folder.join("drawn-from")).unwrap();
    for file in PAGES.iter().map(|it| it.file).chain([WIDTHS]) {
        let page = std::fs::read(folder.join(file)).unwrap();
        let hash: String = Sha256::digest(page)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(
            drawn.lines().any(|line| line == format!("{hash}  {file}")),
            "{file} changed since its picture was taken; run docs/pictures/draw and look at it"
        );
    }
}

/// The tags of a page, without its text: what has power in it. Where texts are plain, clients turn
/// every address into a link, and what is seen is where it leads, so there links do not count.
fn tags<'p>(shot: &Shot, page: &'p str) -> Vec<&'p str> {
    let counts = |tag: &&str| match shot.caption.ends_with(": text") {
        true => !tag.starts_with("a ") && *tag != "/a",
        false => true,
    };
    let tags = page.split('<').skip(1);
    tags.filter_map(|it| it.split('>').next())
        .filter(counts)
        .collect()
}

#[test]
fn a_commit_title_has_no_power_in_any_client() {
    let mut powerful = Vec::new();
    let shots = PAGES.iter().flat_map(|page| page.shots);
    for shot in shots.filter(|shot| shot.channel != "email") {
        let drawn = |title: &str| {
            let drafts = drafts(shot, &[("RUNBELL_COMMIT_TITLE", title)]);
            let targets = [Drawn {
                caption: shot.caption,
                channel: shot.channel,
                drafts: &drafts,
            }];
            page("", &targets)
        };
        for title in [
            "@all",
            "@13800001111",
            "<@ann>",
            "<@all>",
            "<at user_id=\"all\">x</at>",
            "<at id=all></at>",
            "&#60;at id=all&#62;&#60;/at&#62;",
            "[ok](https://evil.example)",
            "[ok]: https://evil.example",
            "[ok](dtmd://dingtalkclient/sendMessage?content=hi)",
            "![](https://evil.example/p.png)",
            "<font color=\"warning\">FAILED</font>",
            "<font color=red>FAILED",
            "</font>",
            "<br><hr>",
            "**a** *b* _c_ ~~d~~ `e`",
            "__a__ ***b***",
            "# heading",
            "> quote",
            "- item",
            "1. item",
            "```",
            "| a | b |",
            "\\[x\\]",
            "a\n\n# b\n- c",
            "a\r\n---\r\n",
            "www.evil.example",
            "\u{202e}txt\u{0}",
        ] {
            let (hostile, tame) = (drawn(title), drawn(&harmless(&clean_line(title))));
            if tags(shot, &hostile) != tags(shot, &tame) {
                powerful.push(format!("{}: {title:?}", shot.caption));
            }
        }
    }
    assert!(powerful.is_empty(), "{powerful:#?}");
}
