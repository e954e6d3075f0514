//! The run that pictures and snapshots show, and what each target is sent for it.

use std::collections::BTreeMap;

use runbell::environment::Environment;
use runbell::model::exchange::Draft;
use runbell::model::time::UnixMillis;
use runbell::run::{Step, prepare};

/// One message: above it stands its caption; the inputs come on top of the sample's.
pub(crate) struct Shot {
    pub(crate) caption: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) inputs: &'static [(&'static str, &'static str)],
}

pub(crate) const fn shot(
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

pub(crate) const CHINESE: &[(&str, &str)] = &[
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
    ("RUNBELL_WEBHOOK_URL", "https://hooks.example.com/ci"),
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
pub(crate) fn drafts(shot: &Shot, changed: &[(&str, &str)]) -> Vec<Draft> {
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
