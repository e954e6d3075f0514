//! Everything that is generated from the declarations: `action.yml`, `plugin.yaml`, the pages of
//! inputs, templates, platforms, events and error codes under `docs/`, and the table that
//! `runbell inputs` prints.

use serde_json::{Value, json};

use crate::catalogue::{InputGroup, input_groups};
use crate::channel::{Entry, code_book};
use crate::compose::{BODY_FACTS, FIELDS, MORE_FACTS};
use crate::event::{FAMILIES, PARAMETERS, TYPES};
use crate::input::{InputSpec, Kind};
use crate::model::event::EventCase;
use crate::model::exchange::Class;
use crate::model::facts::{FACTS, Fact};
use crate::platform::{InputNames, PLATFORMS, Source};
use crate::template::{ALIASES, HELPERS};

/// A generated file of the repository.
#[derive(Debug)]
pub struct GeneratedFile {
    /// Its path below the top of the repository.
    pub path: &'static str,
    /// Its content.
    pub content: String,
}

/// Every generated file.
pub fn generated_files() -> Vec<GeneratedFile> {
    let groups = input_groups();
    vec![
        GeneratedFile {
            path: "action.yml",
            content: action(&groups),
        },
        GeneratedFile {
            path: "plugin.yaml",
            content: plugin(&groups),
        },
        GeneratedFile {
            path: "docs/platforms.md",
            content: platforms_page(),
        },
        GeneratedFile {
            path: "docs/templates.md",
            content: templates_page(),
        },
        GeneratedFile {
            path: "docs/error-codes.md",
            content: error_codes_page(),
        },
        GeneratedFile {
            path: "docs/events.md",
            content: events_page(),
        },
        GeneratedFile {
            path: "docs/inputs.md",
            content: inputs_page(&groups),
        },
    ]
}

const ABOUT: &str = "Tell DingTalk, WeCom, Lark, email or a webhook how a pipeline run ended.";
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const IMAGE: &str = concat!("ghcr.io/runbell/runbell:", env!("CARGO_PKG_VERSION"));
const ACTION: &str = concat!("runbell/runbell@v", env!("CARGO_PKG_VERSION"));
const GENERATED: &str =
    "Generated from the input declarations in src/. Change those, then run `cargo test`.";
const GENERATED_EVENTS: &str =
    "Generated from the tables in src/event/. Change those, then run `cargo test`.";
const GENERATED_CODES: &str =
    "Generated from the tables of codes in src/channel/. Change those, then run `cargo test`.";

/// Text as a JSON string, which is a YAML 1.2 string too; no YAML writer is needed.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn all(groups: &[InputGroup]) -> impl Iterator<Item = &'static InputSpec> {
    groups.iter().flat_map(|group| group.inputs.iter().copied())
}

/// What the step gives to later ones, and what each says.
const OUTPUTS: &[(&str, &str)] = &[
    ("status", "sent, partial, failed, skipped or dry-run"),
    ("sent", "how many targets got the message"),
    ("failed", "how many targets did not"),
    (
        "message_id",
        "the id of the message, the same on every attempt",
    ),
];

/// The metadata of the GitHub action. GitHub, Gitea and Forgejo read it.
fn action(groups: &[InputGroup]) -> String {
    let mut text = format!(
        "# {GENERATED}\nname: runbell\ndescription: {}\nauthor: the runbell project\nbranding:\n  icon: bell\n  color: blue\ninputs:\n",
        quoted(ABOUT)
    );
    for spec in all(groups) {
        text.push_str(&format!(
            "  {}:\n    description: {}\n    required: false\n",
            spec.name,
            quoted(&described(spec))
        ));
        // A default in the manifest would hide whether the author said something; ours applies
        // inside. Only what the runner alone can fill stands here.
        if let Some(expression) = spec.action_default {
            text.push_str(&format!("    default: {}\n", quoted(expression)));
        }
    }
    text.push_str("outputs:\n");
    for (name, about) in OUTPUTS {
        text.push_str(&format!("  {name}:\n    description: {}\n", quoted(about)));
    }
    text.push_str(&format!(
        "runs:\n  using: docker\n  image: docker://{IMAGE}\n"
    ));
    text
}

/// The help of an input with its words and default.
fn described(spec: &InputSpec) -> String {
    let words = match spec.kind {
        Kind::Choice(words) => format!(": {}", words.join(", ")),
        _ => String::new(),
    };
    let default = spec
        .default
        .map(|default| format!(" (default {default})"))
        .unwrap_or_default();
    format!("{}{words}{default}", spec.about)
}

/// The entry of the plugin catalogue that Harness Open Source reads. It is JSON, which is YAML.
fn plugin(groups: &[InputGroup]) -> String {
    let inputs: serde_json::Map<String, Value> = all(groups)
        .map(|spec| {
            let mut input = json!({
                "type": plugin_type(spec.kind),
                "description": described(spec),
                "required": false,
            });
            if let (Some(fields), Some(default)) = (input.as_object_mut(), spec.default) {
                fields.insert("default".to_owned(), plugin_default(spec.kind, default));
            }
            if let Some(fields) = input.as_object_mut() {
                if let Kind::Choice(words) = spec.kind {
                    fields.insert("enum".to_owned(), json!(words));
                }
                if spec.kind.is_secret() {
                    fields.insert("mask".to_owned(), true.into());
                }
            }
            (spec.name.to_owned(), input)
        })
        .collect();
    let variables: serde_json::Map<String, Value> = all(groups)
        .map(|spec| {
            (
                format!("PLUGIN_{}", spec.name.to_uppercase()),
                format!("${{{{ inputs.{} }}}}", spec.name).into(),
            )
        })
        .collect();
    let plugin = json!({
        "kind": "plugin",
        "type": "step",
        "name": "runbell",
        "spec": {
            "name": "runbell",
            "description": ABOUT,
            "step": { "type": "run", "spec": { "image": IMAGE, "envs": variables } },
            "inputs": inputs,
        },
    });
    format!("# {GENERATED}\n{:#}\n", plugin)
}

const fn plugin_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Switch => "boolean",
        Kind::Number => "number",
        Kind::List => "array",
        _ => "string",
    }
}

fn plugin_default(kind: Kind, default: &str) -> Value {
    match kind {
        Kind::Switch => (default == "true").into(),
        Kind::Number => default
            .parse::<u64>()
            .map_or_else(|_| default.into(), Value::from),
        Kind::List => default.split(',').map(str::trim).collect::<Vec<_>>().into(),
        _ => default.into(),
    }
}

fn inputs_page(groups: &[InputGroup]) -> String {
    let mut text = format!(
        "<!-- {GENERATED} -->\n# Inputs\n\n\
         Every input is spelled alike on every platform. Write it under `settings:` on Woodpecker and Drone, under `with:` on GitHub Actions, Gitea and Forgejo, or as a variable `RUNBELL_<NAME>` anywhere else. Alibaba Cloud Flow and CodeArts hand step inputs over under their bare names; that works too.\n\n\
         A list takes commas, semicolons, line ends, or a JSON array. A duration is a number with a unit: `90s`, `10m`. Every secret can also be given as a file: `<name>_file` holds its path.\n\n\
         A wrong input stops the step before anything is sent (exit code 2), with all faults listed at once.\n"
    );
    for group in groups {
        text.push_str(&format!(
            "\n## {}\n\n| input | takes | default | what it does |\n|---|---|---|---|\n",
            group.title
        ));
        for spec in &group.inputs {
            text.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                spec.name,
                takes(spec.kind),
                spec.default.map(|it| format!("`{it}`")).unwrap_or_default(),
                spec.about.replace('|', "\\|"),
            ));
        }
    }
    text.push_str(&format!("\nSource: {REPOSITORY}\n"));
    text
}

fn platforms_page() -> String {
    let mut text = format!(
        "<!-- {GENERATED} -->\n# Platforms\n\n\
         runbell knows where it runs by the variables of the platform, tried in the order of this page. The input `platform` overrides what it finds, and every fact has an input of its own that wins. `verbose: true` shows each fact of a run with its source.\n\n\
         A fact that a platform does not give is absent, and its line in the message hides.\n"
    );
    for entry in PLATFORMS {
        text.push_str(&format!("\n## {} (`{}`)\n\n", entry.title, entry.name));
        let example = entry
            .example
            .text
            .replace("{image}", IMAGE)
            .replace("{action}", ACTION);
        text.push_str(&format!("```{}\n{example}```\n\n", entry.example.language));
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
    }
    text
}

fn sources_text(sources: &[Source]) -> String {
    let texts: Vec<String> = sources
        .iter()
        .map(|source| match source {
            Source::Variable(name) => format!("`{name}`"),
            Source::Event(path) => format!("event file, `{path}`"),
            Source::Composed { from, .. } => (*from).to_owned(),
            Source::Checkout { file, .. } => format!("checkout, `{file}`"),
        })
        .collect();
    texts.join("; else ")
}

fn templates_page() -> String {
    let mut text = format!(
        "<!-- {GENERATED} -->\n# Templates\n\n\
         `title`, `message` and `webhook_body` take text with placeholders. `message` is Markdown: CommonMark with tables and strikethrough, rewritten for each chat. `webhook_body` is whatever its content type says; see [Webhook](channels/webhook.md#your-own-body).\n\n\
         - `{{{{name}}}}` is a fact of the run, by the names below. Handlebars' `if`, `unless`, `each`, `with`, `eq`, `ne`, `and`, `or` and `not` work.\n\
         - `${{NAME}}` is a parameter of the [event](events.md) (`${{mergeRequest.title}}`), else a variable of the step's environment, else one of the well-known names at the end of this page. Names that can hold secrets stay empty.\n\n\
         A value never becomes markup and is never read again as a template: what a commit says cannot bend the message. A name that nobody knows stays empty, with a warning in the log. On Drone and Woodpecker, `${{NAME}}` is replaced before the step starts; write `{{{{name}}}}` there.\n\n\
         ## Facts\n\n| name | what it is | input that overrides it |\n|---|---|---|\n"
    );
    for spec in FACTS {
        text.push_str(&format!(
            "| `{}` | {} | `{}` |\n",
            spec.name, spec.about, spec.input
        ));
    }
    for (name, about) in MORE_FACTS {
        text.push_str(&format!("| `{name}` | {about} | |\n"));
    }
    for (name, about) in BODY_FACTS {
        text.push_str(&format!(
            "| `{name}` | {about}; in `webhook_body` only | |\n"
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

/// What stands above the tables of events.
const EVENTS_INTRO: &str = "\
# Events

Besides runs, a step can tell of an event: a merge request was opened, a check failed its gate, a deployment was stopped. Name the events in `events`, and the step tells of these and of nothing else.

```yaml
- name: tell
  image: {image}
  settings:
    lark_webhook: { from_secret: lark_webhook }
    events: [mr.*, check.completed:failed, deploy.*]
    event_file: event.json
```

On GitHub, Gitea and Forgejo the event is the one that started the workflow; it needs no `event_file`:

```yaml
on:
  pull_request: { types: [opened, closed] }
  pull_request_review: { types: [submitted] }
jobs:
  tell:
    runs-on: ubuntu-latest
    steps:
      - uses: {action}
        with:
          wecom_webhook: ${{ secrets.WECOM_WEBHOOK }}
          events: mr.opened, mr.merged, mr.approved:rejected
```

Anything else hands the event over as a file, or pipes it in:

```sh
RUNBELL_EVENTS='mr.*' RUNBELL_EVENT_FILE=- runbell < body.json
```

## What the step does

- An event that `events` names is told. Any other is not, and the log says which event it was. The step passes either way.
- An event with an outcome (a check, a build, a deployment, a pipeline) has a status: `notify_on` and `mention_on` apply to it, too. Other events have none: they are told whenever `events` names them.
- The input `status` overrules the outcome. `needs` and the status of the job that tells are not asked.
- An event that cannot be read fails the step (exit code 1): silence could be a lost alert. `fail_on_error: false` makes that a warning. This is so when the file is missing, broken, larger than 32 MiB or deeper than 128 levels, and when a file that `event_file` names holds no event.
- Without `events` the step tells of the run as always. An `event_file` then adds its facts, and its outcome where nobody else knows the status; a broken one costs its facts alone.
- A relative path in `event_file` stays in the working folder. `-` reads standard input, and gives up after 15 seconds without an end.
- The title, the fields and the button fit the event; `title`, `fields` and `message` replace them as always. The text of a comment is quoted unless there is a `message`. A file that `event_file` names is not about the run that tells of it, so facts of that run are left out.

## How events are named

`events` is a list. Each word is one of these; capitals, blanks and `-` do not matter in names:

| word | example | means |
|---|---|---|
| a type | `mr.opened` | that event |
| a type and a case | `check.completed:failed`, `mr.approved:rejected` | one of the cases of the tables below; `:all` is all of them |
| a pattern | `mr.*`, `\"*.deleted\"` | every type that fits; YAML wants quotes around a `*` at the beginning |
| a family or a service | `mr`, `MR`, `pull_request`, 合并请求, 代码托管 | all its events |
| a code of CodeArts | `CodeArtsRepo-MergeRequest-ReviewPass` | that event, or that case of it |
| a name of CodeArts | `MR opened`, 开启合并请求, 门禁不通过 | that event, or that case of it |
| a family and a name | `Check task: Completed`, `任务.新建` | that event of that family |
| `all`, 全部 | | everything |

Some names belong to several families: `Completed` is a check and a pipeline, 新建 is five kinds of work items. Such a word means all of them, and the log says which; put the family before it to mean one. A word that nobody knows stops the step (exit code 2), with the nearest word that is known.

";

/// What stands below the tables of events.
const EVENTS_BODIES: &str = "\
## Where events are read from

| file | read as |
|---|---|
| a body of CodeArts' webhook subscription, with `eventCode` | that event; the cases come from the code, for checks from `job.gateResult`, else from `job.status` |
| a body you wrote there around `${BUILD.*}`, `${pipeline.*}`, `${issue.*}` or `${review.*}` | by its parameters, under their own names, nested (`{\"BUILD\": {\"EVENT\": ...}}`) or dotted (`{\"BUILD.EVENT\": ...}`), and by `eventName`, `operation` or `BUILD.EVENT` |
| `pull_request`: opened, reopened | `mr.opened` |
| `pull_request`: synchronize, synchronized, edited, ready_for_review | `mr.updated` |
| `pull_request`: closed, when merged | `mr.merged` |
| `pull_request_review`: approved; changes requested; a comment | `mr.approved:passed`; `mr.approved:rejected`; `mr.reviewed:commented` |
| `pull_request_review`: dismissed | `mr.approved:revoked` |
| `pull_request_review_comment`, `issue_comment` on a pull request: created | `mr.comment_created` |
| `pull_request_review_thread`: resolved | `mr.comment_resolved` |
| `repository`: deleted | `repo.deleted` |
| `check_run`, `check_suite`: completed | `check.completed`; the conclusion stands for the gate |
| `deployment_status`: success; failure, error; inactive | `deploy.succeeded`; `deploy.failed`; `deploy.stopped` |
| `workflow_run` with a conclusion | `pipeline.failed` for a bad one, `pipeline.paused` where somebody must act, `pipeline.ignored` when skipped, else `pipeline.completed` |

A forge's event that stands in no row is not told, like any event that `events` does not name.

In a body that you write yourself, say what happened: `\"eventName\": \"${eventName}\"`. The names of work items are alike (新建 for a task and for a defect), so the step takes the first of them that `events` names, and calls it a work item. `\"eventType\": \"task.created\"`, one of our types, says exactly which.

## What templates can name

`${...}` finds these in the event, whichever system it comes from; what an event file of a forge does not tell is not there. The names of the forge's own file work as well: `${pull_request.draft}`. Where the event does not say, and in steps that tell of a run, a name stands for the fact beside it, on every platform. `${pipeline.NAME}` is the parameter `NAME` of a run.

| write | the fact |
|---|---|
";

/// A name of several, as people read them.
fn spoken(names: &str) -> String {
    names.replace('/', " / ")
}

fn events_page() -> String {
    let intro = EVENTS_INTRO
        .replace("{image}", IMAGE)
        .replace("{action}", ACTION);
    let mut text = format!("<!-- {GENERATED_EVENTS} -->\n{intro}");
    for family in FAMILIES {
        text.push_str(&format!(
            "## `{}`: {}, {}\n\n| type | name | 名称 | status | code 事件编码 |\n|---|---|---|---|---|\n",
            family.word, family.english, family.chinese
        ));
        for kind in TYPES.iter().filter(|kind| kind.family == family.family) {
            let codes = |case: &EventCase| match case.code {
                "" => String::new(),
                code => format!("`{code}`"),
            };
            let status =
                |case: &EventCase| case.status.map(|it| format!("`{it}`")).unwrap_or_default();
            let (status_of_all, code_of_all) = match kind.cases {
                [only] => (status(only), codes(only)),
                _ => (String::new(), String::new()),
            };
            text.push_str(&format!(
                "| `{}` | {} | {} | {status_of_all} | {code_of_all} |\n",
                kind.name,
                spoken(kind.english),
                spoken(kind.chinese),
            ));
            for case in kind.cases.iter().filter(|_| kind.cases.len() > 1) {
                let (english, chinese) = case.also.split_once('/').unwrap_or(("", case.name));
                text.push_str(&format!(
                    "| `{}:{}` | {english} | {chinese} | {} | {} |\n",
                    kind.name,
                    case.word,
                    status(case),
                    codes(case)
                ));
            }
        }
        text.push('\n');
    }
    text.push_str(EVENTS_BODIES);
    for (path, fact) in PARAMETERS {
        let of_body = fact.and_then(Fact::spec).map(|spec| spec.name);
        let alias = ALIASES.iter().find(|(alias, _)| alias == path);
        let of_run = alias
            .and_then(|(_, fact)| fact.spec())
            .map(|spec| spec.name);
        let fact = of_run.or(of_body);
        let fact = fact.map(|name| format!("`{name}`")).unwrap_or_default();
        text.push_str(&format!("| `${{{path}}}` | {fact} |\n"));
    }
    text
}

fn error_codes_page() -> String {
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

fn takes(kind: Kind) -> String {
    match kind {
        Kind::Choice(words) => words
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", "),
        kind => kind.word().to_owned(),
    }
}

/// The table of inputs for a terminal.
pub fn inputs_table() -> String {
    let groups = input_groups();
    let width = all(&groups).map(|spec| spec.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for group in &groups {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", group.title));
        for spec in &group.inputs {
            text.push_str(&format!("  {:width$}  {}\n", spec.name, described(spec)));
        }
    }
    text
}

/// What `--help` prints.
pub fn help() -> String {
    format!(
        "runbell {version}\n{ABOUT}\n\n\
         Usage:\n  \
         runbell            run the step: read inputs and CI variables, decide, send\n  \
         runbell inputs     list every input\n  \
         runbell --help     print this\n  \
         runbell --version  print the version\n\n\
         Inputs are variables: RUNBELL_<NAME>, or settings and with: of your CI.\n\n\
         Example:\n  \
         RUNBELL_LARK_WEBHOOK=https://... RUNBELL_STATUS=failure runbell\n\n\
         Exit codes:\n  \
         0   sent, or nothing to send\n  \
         1   at least one target got no message\n  \
         2   an input is wrong; nothing was sent\n  \
         70  a bug in runbell\n  \
         130 ended by SIGINT\n  \
         143 ended by SIGTERM\n\n\
         {REPOSITORY}\n",
        version = env!("CARGO_PKG_VERSION"),
    )
}
