//! `docs/events.md`: the catalogue of events, and what stands around its tables.

use super::IMAGE;
use crate::event::{FAMILIES, PARAMETERS, TYPES};
use crate::model::event::EventCase;
use crate::model::facts::Fact;
use crate::template::ALIASES;

const ACTION: &str = concat!("runbell/runbell@v", env!("CARGO_PKG_VERSION"));
const GENERATED: &str =
    "Generated from the tables in src/event/. Change those, then run `cargo test`.";

/// What stands above the tables of events.
const INTRO: &str = "\
# Events

Besides runs, a step can tell of an event: a merge request was opened, a check failed its gate, a deployment was stopped. Name the events in `events`, and the step tells of these and of nothing else.

```yaml
steps:
  - name: tell
    image: {image}
    settings:
      lark_webhook: { from_secret: lark_webhook }
      events: [mr.*, check.completed:failed, deploy.*]
      event_file: event.json
    when:
      - status: [success, failure]
```

On GitHub, Gitea and Forgejo the event is the one that started the workflow; it needs no `event_file`:

```yaml
name: Tell
on:
  pull_request: { types: [opened, closed] }
  pull_request_review: { types: [submitted] }
permissions: {}
concurrency:
  group: tell-${{ github.event.pull_request.number }}
  cancel-in-progress: false
jobs:
  tell:
    name: Tell
    runs-on: ubuntu-latest
    environment: notifications # holds the secrets, for this job alone
    steps:
      - uses: {action}
        with:
          wecom_webhook: ${{ secrets.WECOM_WEBHOOK }}
          events: mr.opened, mr.merged, mr.approved:rejected
```

Anything else hands the event over as a file, or pipes it in:

```sh
RUNBELL_EVENTS='mr.*' RUNBELL_EVENT_FILE=- runbell <<'END'
{
  \"eventCode\": \"CodeArtsRepo-MergeRequest-Merge\",
  \"mergeRequest\": { \"iid\": 12, \"title\": \"Fix login\", \"url\": \"https://git.example.com/mr/12\" },
  \"operator\": { \"nickName\": \"Ann\" }
}
END
```

## What the step does

- An event that `events` names is told. Any other is not, and the log says which event it was. The step passes either way.
- An event with an outcome (a check, a build, a deployment, a pipeline) has a status: `notify_on` and `mention_on` apply to it, too. Other events have none: they are told whenever `events` names them.
- The input `status` overrules the outcome. `needs` and the status of the job that tells are not asked.
- An event that cannot be read fails the step (exit code 1): silence could be a lost alert. `fail_on_error: false` makes that a warning. This is so when the file is missing, broken, larger than 32 MiB or deeper than 128 levels, and when a file that `event_file` names holds no event.
- Without `events` the step tells of the run as always. An `event_file` then adds its facts, and its outcome where nobody else knows the status; a broken one costs its facts alone.
- A relative path in `event_file` stays in the working folder. `-` reads standard input, and gives up after 15 seconds without an end, or after half of `timeout` when that is shorter: the other half is for the message.
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
const BODIES: &str = "\
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

What is not understood is never told as a success: a gate in words that nobody knows is `unclear` and its status `unknown`, and where two parts of a body contradict each other, the bad one counts. A case that does not exist makes the event unreadable, and the log lists those that do. A hook of GitLab, Bitbucket or Gitee is not read, and fails the step.

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

/// The page of events.
pub(super) fn page() -> String {
    let intro = INTRO.replace("{action}", ACTION).replace("{image}", IMAGE);
    let mut text = format!("<!-- {GENERATED} -->\n{intro}");
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
    text.push_str(BODIES);
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
