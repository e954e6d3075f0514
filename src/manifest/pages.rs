//! The generated pages under `docs/`, and the parts of pages that are generated in place.

use super::{GENERATED, REPOSITORY, chinese};
use crate::catalogue::InputGroup;
use crate::channel::{Entry, code_book};
use crate::compose::{BODY_FACTS, FIELDS, MORE_FACTS, TITLE_LIMIT_CHARS};
use crate::input::Kind;
use crate::model::exchange::Class;
use crate::model::facts::FACTS;
use crate::platform::{InputNames, PLATFORMS, PlatformEntry, Results, Source};
use crate::template::{ALIASES, HELPERS};

const GENERATED_CODES: &str =
    "Generated from the tables of codes in src/channel/. Change those, then run `cargo test`.";
const GENERATED_PLATFORMS: &str =
    "Generated from the tables in src/platform/. Change those, then run `cargo test`.";

/// A generated part of a page that is otherwise written by hand. It stands between the lines
/// [`Section::BEGIN`] and [`Section::END`].
#[derive(Debug)]
pub struct Section {
    /// The page's path below the top of the repository.
    pub path: String,
    /// What stands between the two lines.
    pub content: String,
}

impl Section {
    /// The line before it.
    pub const BEGIN: &str =
        "<!-- Generated from the tables in src/platform/, by `cargo test`. -->\n";
    /// The line behind it.
    pub const END: &str = "<!-- The end of what is generated. -->\n";
}

/// Every generated part of a page: for each platform, which variable gives which fact.
pub fn generated_sections() -> Vec<Section> {
    PLATFORMS
        .iter()
        .map(|entry| Section {
            path: format!("docs/platforms/{}.md", entry.name),
            content: facts_of(entry),
        })
        .collect()
}

/// The page of inputs.
pub(super) fn inputs(groups: &[InputGroup]) -> String {
    let mut text = format!(
        "<!-- {GENERATED} -->\n# Inputs\n\n[中文](inputs.zh-CN.md)\n\n\
         Every input is spelled alike on every platform. Write it under `settings:` on Woodpecker and Drone, under `with:` on GitHub Actions, Gitea and Forgejo, or as a variable `RUNBELL_<NAME>` anywhere else. Alibaba Cloud Flow and CodeArts hand step inputs over under their bare names; that works too.\n\n\
         A list takes commas, semicolons, line ends, or a JSON array. A duration is a number with a unit: `90s`, `10m`. A time is seconds or milliseconds since 1970 (10 or 13 digits), `2026-11-22T09:30:00Z`, `2026-11-22 17:30:00 +08:00` or `+0800`, or as mail and `git log` write it: `Sun, 22 Nov 2026 09:30:00 GMT`, `Sun Nov 22 17:30:00 2026 +0800`. `20261122093000` and `2026-11-22-09-30-00` are UTC. Every secret can also be given as a file: `<name>_file` holds its path.\n\n\
         A wrong input stops the step before anything is sent (exit code 2), with all faults listed at once.\n"
    );
    text.push_str(&input_tables(groups, "##"));
    text.push_str(&format!("\nSource: {REPOSITORY}\n"));
    text
}

/// A table of inputs for each group, below headings of the level that `mark` gives.
pub(super) fn input_tables(groups: &[InputGroup], mark: &str) -> String {
    let mut text = String::new();
    for group in groups {
        text.push_str(&format!(
            "\n{mark} {}\n\n| input | takes | default | what it does |\n|---|---|---|---|\n",
            group.title
        ));
        for spec in &group.inputs {
            text.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                spec.name,
                takes(spec.kind, Kind::word),
                spec.default.map(|it| format!("`{it}`")).unwrap_or_default(),
                spec.about.replace('|', "\\|"),
            ));
        }
    }
    text
}

/// The page of inputs in Chinese.
pub(super) fn inputs_in_chinese(groups: &[InputGroup]) -> String {
    let mut text = format!(
        "<!-- {GENERATED} -->\n# 输入项\n\n[English](inputs.md)\n\n\
         输入项在所有平台上名称相同。Woodpecker 和 Drone 写在 `settings:` 下，GitHub Actions、Gitea、Forgejo 写在 `with:` 下，其他平台写成环境变量 `RUNBELL_<名称>`。云效 Flow 和 CodeArts 直接以输入项的名称传入，同样可用。\n\n\
         列表用逗号、分号或换行分隔，也可以写 JSON 数组。时长是带单位的数字：`90s`、`10m`。时间可以是 1970 年以来的秒数或毫秒数（10 或 13 位数字）、`2026-11-22T09:30:00Z`、`2026-11-22 17:30:00 +08:00` 或 `+0800`，也可以是邮件和 `git log` 的写法：`Sun, 22 Nov 2026 09:30:00 GMT`、`Sun Nov 22 17:30:00 2026 +0800`；`20261122093000` 和 `2026-11-22-09-30-00` 按 UTC 读取。密钥也可以放在文件里：`<名称>_file` 填文件路径。\n\n\
         输入项有误时，步骤在发送之前就结束（退出码 2），并一次列出所有错误。\n"
    );
    for group in groups {
        text.push_str(&format!(
            "\n## {}\n\n| 输入项 | 取值 | 默认 | 说明 |\n|---|---|---|---|\n",
            chinese::title(&group.title)
        ));
        for spec in &group.inputs {
            let help = chinese::label_and_help(spec.name).map_or(spec.about, |(_, help)| help);
            text.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                spec.name,
                takes(spec.kind, chinese::takes),
                spec.default.map(|it| format!("`{it}`")).unwrap_or_default(),
                help.replace('|', "\\|"),
            ));
        }
    }
    text
}

/// The page of all platforms: where to read on, and what each tells by itself.
pub(super) fn platforms() -> String {
    let mut text = format!(
        "<!-- {GENERATED_PLATFORMS} -->\n# Platforms\n\n\
         runbell knows where it runs by the variables of the platform, tried in the order of this page. The input `platform` overrides what it finds, and every fact has an input of its own that wins. `verbose: true` shows each fact of a run with its source. A fact that a platform does not give is absent, and its line in the message hides.\n\n\
         Each page has the lines to copy, says where secrets go, and names the variable of each fact.\n\n\
         | platform | `platform` | tells the status | tells the status before | takes results |\n|---|---|---|---|---|\n"
    );
    for entry in PLATFORMS {
        text.push_str(&format!(
            "| [{}](platforms/{}.md) | `{}` | {} | {} | {} |\n",
            entry.title,
            entry.name,
            entry.name,
            known(entry.status),
            known(entry.previous_status),
            results(entry.results),
        ));
    }
    text.push_str(
        "\n\"No\" under status means that no variable tells it; the page of the platform shows how the step learns it all the same.\n",
    );
    text
}

const fn known(sources: &[Source]) -> &'static str {
    match sources.is_empty() {
        true => "no",
        false => "yes",
    }
}

const fn results(results: Results) -> &'static str {
    match results {
        Results::Nowhere => "no",
        Results::GitHub => "outputs, summary, annotation",
        Results::EnvFile(_) => "outputs",
        Results::GiteeParams => "pipeline parameters",
        Results::CodeArts => "outputs of the extension",
    }
}

/// Which variable of a platform gives which fact.
fn facts_of(entry: &PlatformEntry) -> String {
    let mut text = String::new();
    if entry.input_names == InputNames::Bare {
        text.push_str("Inputs may stand under their bare names here.\n\n");
    }
    text.push_str("| fact | comes from |\n|---|---|\n");
    let status = [
        ("status", entry.status),
        ("previous status", entry.previous_status),
    ];
    for (name, sources) in status {
        if !sources.is_empty() {
            text.push_str(&format!("| {name} | {} |\n", sources_text(sources)));
        }
    }
    for spec in FACTS {
        let rows = entry.facts.iter().copied().flatten();
        let sources: Vec<Source> = rows
            .filter(|(fact, _)| *fact == spec.fact)
            .map(|(_, source)| *source)
            .collect();
        if !sources.is_empty() {
            text.push_str(&format!(
                "| `{}` | {} |\n",
                spec.name,
                sources_text(&sources)
            ));
        }
    }
    text
}

fn sources_text(sources: &[Source]) -> String {
    let texts: Vec<String> = sources
        .iter()
        .map(|source| match source {
            Source::Variable(name) => format!("`{name}`"),
            Source::Event(path) => format!("event file, `{path}`"),
            Source::Composed { from, .. } | Source::Known { from, .. } => (*from).to_owned(),
            Source::Checkout { file, .. } => format!("checkout, `{file}`"),
        })
        .collect();
    texts.join("; else ")
}

/// The page of templates, facts, helpers and fields.
pub(super) fn templates() -> String {
    let mut text = format!(
        "<!-- {GENERATED} -->\n# Templates\n\n\
         `title`, `email_subject`, `message` and `webhook_body` take text with placeholders. `message` is Markdown: CommonMark with tables and strikethrough, rewritten for each chat. `webhook_body` is whatever its content type says; see [Webhook](channels/webhook.md#your-own-body).\n\n\
         - `{{{{name}}}}` is a fact of the run, by the names below. Handlebars' `if`, `unless`, `each`, `with`, `eq`, `ne`, `and`, `or` and `not` work.\n\
         - `${{NAME}}` is a parameter of the [event](events.md) (`${{mergeRequest.title}}`), else a variable of the step's environment, else one of the well-known names at the end of this page. Names that can hold secrets stay empty.\n\n\
         A value never becomes markup and is never read again as a template: what a commit says cannot bend the message. A name that nobody knows stays empty, with a warning in the log, also where it is given to a helper or stands in a block that this run leaves out. So does the name of a whole group, such as `{{{{commit}}}}`. Inside `each` and `with`, names are those of the item: write `{{{{../status}}}}` for a fact. On Drone and Woodpecker, `${{NAME}}` is replaced before the step starts; write `{{{{name}}}}` there.\n\n\
         A template that is wrong stops the step before anything is sent (exit code 2). One that only fails with the facts of a run, because it grows beyond 256 KiB or takes a time zone from a fact that names none, costs your text and not the message: everyone is told in the usual words, and the step ends with exit code 1.\n\n\
         ## Facts\n\nOf each fact so much is kept: a longer text is cut and ends in `…`, and items of a list beyond the last that is kept are left out. A title is cut at {TITLE_LIMIT_CHARS} characters; its line ends become blanks.\n\n\
         | name | what it is | at most | input that overrides it |\n|---|---|---|---|\n"
    );
    for spec in FACTS {
        text.push_str(&format!(
            "| `{}` | {} | {} | `{}` |\n",
            spec.name,
            spec.about,
            spec.shape.limit(),
            spec.input
        ));
    }
    for (name, about) in MORE_FACTS {
        text.push_str(&format!("| `{name}` | {about} | | |\n"));
    }
    for (name, about) in BODY_FACTS {
        text.push_str(&format!(
            "| `{name}` | {about}; in `webhook_body` only | | |\n"
        ));
    }
    text.push_str("\n## Helpers\n\n| write | to get |\n|---|---|\n");
    for helper in HELPERS {
        text.push_str(&format!("| `{}` | {} |\n", helper.usage, helper.about));
    }
    text.push_str(
        "\n## Fields\n\nThe input `fields` picks from these, in the order you write them. A field without a value hides.\n\n\
         | name | English | 中文 | Русский |\n|---|---|---|---|\n",
    );
    for field in FIELDS {
        let [english, chinese, russian] = field.label;
        text.push_str(&format!(
            "| `{}` | {english} | {chinese} | {russian} |\n",
            field.name
        ));
    }
    text.push_str("\n## Well-known names\n\n| write | to get, on any platform |\n|---|---|\n");
    for (name, fact) in ALIASES {
        let fact = fact.spec().map_or("", |spec| spec.name);
        text.push_str(&format!("| `${{{name}}}` | `{fact}` |\n"));
    }
    text
}

/// The page of error codes.
pub(super) fn error_codes() -> String {
    let mut text = format!(
        "<!-- {GENERATED_CODES} -->\n# Error codes\n\n\
         When a message is refused, the last lines of the log say what the code means and what to do; with `language: zh` they say it in Chinese. Here is every code that runbell knows.\n\n\
         \"Tried again\" is limited by `attempts` and `target_timeout`; a wait that does not fit is not begun. What to do then is in the last column. A code that stands in no table is not tried again, and the log shows the receiver's own text.\n\n\
         消息被拒绝时，日志末尾会说明错误码的含义和处理办法；设置 `language: zh` 后以中文说明。本页列出 runbell 认识的全部错误码。重试受 `attempts` 和 `target_timeout` 限制，等待时间不够时不再等待；表中没有的错误码不重试，日志会附上对方的原文。\n"
    );
    for chapter in code_book() {
        text.push_str(&format!(
            "\n## {}\n\n{}\n\n| code 错误码 | runbell | meaning 含义 | what to do 处理办法 |\n|---|---|---|---|\n",
            chapter.title,
            chapter.about.join("<br>")
        ));
        for row in chapter.rows {
            text.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                row.code,
                class_words(&row),
                row.meaning.join("<br>"),
                row.fix.join("<br>"),
            ));
        }
    }
    text
}

/// What runbell does after an attempt that ended so.
fn class_words(row: &Entry) -> String {
    match (row.class, row.wait_seconds) {
        (Class::Safe | Class::Transient | Class::Limited, 0) => "tried again<br>重试".to_owned(),
        (Class::Safe | Class::Transient | Class::Limited, seconds) => {
            format!("tried again after a wait of {seconds} s<br>等待 {seconds} 秒后重试")
        }
        (Class::Ambiguous, _) => "tried once more at most<br>至多再试一次".to_owned(),
        (Class::Accepted | Class::Partial | Class::Unconfirmed | Class::Permanent, _) => {
            "not tried again<br>不重试".to_owned()
        }
    }
}

fn takes(kind: Kind, word: fn(Kind) -> &'static str) -> String {
    match kind {
        Kind::Choice(words) => words
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", "),
        kind => word(kind).to_owned(),
    }
}
