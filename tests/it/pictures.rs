//! The pages under `docs/pictures` are what the program sends today, drawn. A stale one is written
//! anew, and the test fails so that the change is looked at; on CI it fails only.
//! `docs/pictures/draw` then takes the pictures of the pages.

use std::collections::BTreeMap;
use std::env;
use std::fs;

use runbell::environment::Environment;
use runbell::model::exchange::Draft;
use runbell::model::time::UnixMillis;
use runbell::preview::{Drawn, page};
use runbell::run::{Step, prepare};

use crate::support::top;

/// A page, and the messages on it.
struct Page {
    file: &'static str,
    title: &'static str,
    shots: &'static [Shot],
}

/// One message: above it stands its caption; the inputs come on top of the sample's.
struct Shot {
    caption: &'static str,
    channel: &'static str,
    inputs: &'static [(&'static str, &'static str)],
}

const fn shot(
    caption: &'static str,
    channel: &'static str,
    inputs: &'static [(&'static str, &'static str)],
) -> Shot {
    Shot {
        caption,
        channel,
        inputs,
    }
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

const CHINESE: &[(&str, &str)] = &[
    ("RUNBELL_LANGUAGE", "zh"),
    ("RUNBELL_COMMIT_TITLE", "修复：购物车重复计价"),
    (
        "RUNBELL_MESSAGE",
        "## 该怎么办\n\n1. 先看**第一个**失败的步骤\n2. 再叫 `@值班`\n\n> 周五不要合并。\n\n| 步骤 | 耗时 |\n| --- | --- |\n| lint | 12 秒 |\n| test | 2 分 |\n\n[手册](https://wiki.example.com/ci)",
    ),
];

/// A run that failed, and every construct of Markdown in its message.
const SAMPLE: &[(&str, &str)] = &[
    ("RUNBELL_PLATFORM", "generic"),
    ("RUNBELL_STATUS", "failure"),
    ("RUNBELL_PROJECT", "acme"),
    ("RUNBELL_PIPELINE_NAME", "shop"),
    ("RUNBELL_RUN_NUMBER", "42"),
    (
        "RUNBELL_RUN_URL",
        "https://ci.example.com/acme/shop/runs/42",
    ),
    ("RUNBELL_REPO_URL", "https://git.example.com/acme/shop"),
    ("RUNBELL_BRANCH", "main"),
    (
        "RUNBELL_COMMIT_SHA",
        "8f2c1d7a9b3e4f5061728394a5b6c7d8e9f00112",
    ),
    (
        "RUNBELL_COMMIT_URL",
        "https://git.example.com/acme/shop/commit/8f2c1d7a",
    ),
    (
        "RUNBELL_COMMIT_TITLE",
        "fix: keep \"quotes\" & <tags> [in] place",
    ),
    ("RUNBELL_AUTHOR_NAME", "Ann"),
    ("RUNBELL_ACTOR", "bot_release"),
    ("RUNBELL_STARTED_AT", "2026-11-22T09:30:00Z"),
    ("RUNBELL_FINISHED_AT", "2026-11-22T09:32:14Z"),
    ("RUNBELL_FAILED_STEPS", "lint, test"),
    ("RUNBELL_MESSAGE", MESSAGE),
    (
        "RUNBELL_DINGTALK_WEBHOOK",
        "https://oapi.dingtalk.com/robot/send?access_token=T",
    ),
    ("RUNBELL_DINGTALK_MOBILES", "13800001111"),
    (
        "RUNBELL_WECOM_WEBHOOK",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K",
    ),
    ("RUNBELL_WECOM_USERS", "ann"),
    (
        "RUNBELL_LARK_WEBHOOK",
        "https://open.feishu.cn/open-apis/bot/v2/hook/T",
    ),
    ("RUNBELL_LARK_USERS", "ou_ann"),
    ("RUNBELL_EMAIL_TO", "team@example.com"),
    ("RUNBELL_EMAIL_FROM", "runbell <ci@example.com>"),
    ("RUNBELL_SMTP_HOST", "smtp.example.com"),
];

const MESSAGE: &str = "\
## What now

**Bold**, *italic*, ~~struck~~, `code`, <font color=\"red\">red</font>, {{pipeline.name}} and 中文 in one line,
and a second line of the same paragraph.

- read the log
  - from its end
- ask [the manual](https://wiki.example.com/ci)

1. mend it
2. push again

> Do not merge on a Friday.

```sh
make test | tail -n 20
```

| step | took |
| --- | --- |
| lint | 12 s |
| test | 2 min |
";

/// What a target is sent for the sample run, with some inputs changed.
fn drafts(shot: &Shot, changed: &[(&str, &str)]) -> Vec<Draft> {
    let inputs = SAMPLE.iter().chain(shot.inputs).chain(changed);
    let inputs = inputs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment::new(inputs, BTreeMap::new());
    let now = UnixMillis::parse("2026-11-22T09:32:20Z").unwrap();
    let prepared = prepare(&environment, now, [7; 16]);
    let Step::Ready(ready) = prepared.step else {
        panic!("{:?}", prepared.step)
    };
    let parcels = ready.parcels();
    let parcel = parcels.iter().find(|it| it.target.name == shot.channel);
    parcel.unwrap().drafts.clone().unwrap()
}

#[test]
fn pictures_show_what_is_sent_today() {
    let mut stale = Vec::new();
    for it in PAGES {
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
        let path = top().join("docs/pictures").join(it.file);
        let there = fs::read_to_string(&path).unwrap_or_default();
        if there.replace("\r\n", "\n") != drawn {
            if env::var_os("CI").is_none() {
                fs::write(&path, &drawn).unwrap();
            }
            stale.push(it.file);
        }
    }
    assert!(
        stale.is_empty(),
        "{} stale; `cargo test` on your machine writes them anew; then run docs/pictures/draw, look, and commit",
        stale.join(", ")
    );
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

/// What has power all the same. A person who is rung anyway is shown as rung in one more place.
const KNOWN: &[&str] = &["dingtalk_format: text: \"@13800001111\""];

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
        let tame = drawn("tame");
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
            let hostile = drawn(title);
            if tags(shot, &hostile) != tags(shot, &tame) {
                powerful.push(format!("{}: {title:?}", shot.caption));
            }
        }
    }
    assert_eq!(powerful, KNOWN);
}
