//! The labelled facts that `fields` picks: one table of name, label and value.

use super::view::View;
use super::wording::{in_language, open_run, plain_status_text};
use crate::input::{FromInput, Kind, List, Reason};
use crate::model::document::{Field, Inline, Tone};
use crate::model::event::Family;
use crate::model::facts::Fact;
use crate::model::message::{Language, Wording, tone};
use crate::model::nearest::nearest;
use crate::model::status::Status;
use crate::model::text::clean_line;
use crate::model::time::readable_duration;

/// A field that `fields` can name.
pub struct FieldSpec {
    /// The name.
    pub name: &'static str,
    /// The label in English, Chinese and Russian.
    pub label: Wording,
    value: fn(&View<'_>) -> Vec<Inline>,
}

impl std::fmt::Debug for FieldSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "field {}", self.name)
    }
}

macro_rules! field {
    ($name:literal, $label:expr, $value:expr) => {
        FieldSpec {
            name: $name,
            label: $label,
            value: $value,
        }
    };
}

const STATUS_LABEL: Wording = ["Status", "状态", "Статус"];

/// The status in its colour.
pub(super) fn status_line(view: &View<'_>) -> Field {
    let text = Inline::Text(view.status_text.to_owned());
    Field {
        name: "status",
        label: in_language(STATUS_LABEL, view.language),
        value: vec![Inline::Toned(tone(view.status), vec![text])],
    }
}

/// Every field. A field without a value hides.
pub static FIELDS: &[FieldSpec] = &[
    field!("status", STATUS_LABEL, |view| status_line(view).value),
    field!(
        "previous_status",
        ["Before", "上次状态", "Ранее"],
        |view| {
            view.previous_status
                .map(|status| in_language(plain_status_text(status), view.language))
                .map(|text| Inline::Text(text.to_owned()))
                .into_iter()
                .collect()
        }
    ),
    field!("project", ["Project", "项目", "Проект"], |view| {
        let slug = view.facts.text(Fact::RepoSlug);
        match slug.or_else(|| view.facts.text(Fact::Project)) {
            Some(name) => vec![view.linked(name, Fact::RepoUrl)],
            None => Vec::new(),
        }
    }),
    field!(
        "pipeline",
        ["Pipeline", "流水线", "Конвейер"],
        |view| view.text(Fact::PipelineName)
    ),
    field!(
        "description",
        ["Description", "描述", "Описание"],
        |view| { view.text(Fact::RunDescription) }
    ),
    field!("run", ["Run", "运行", "Запуск"], run),
    field!("stage", ["Stage", "阶段", "Этап"], |view| view
        .text(Fact::Stage)),
    field!("job", ["Job", "任务", "Задача"], |view| view
        .text(Fact::Job)),
    field!("step", ["Step", "步骤", "Шаг"], |view| view
        .text(Fact::Step)),
    field!("branch", ["Branch", "分支", "Ветка"], |view| {
        // The field `change` names both branches of a change request.
        match view
            .facts
            .text(Fact::ChangeNumber)
            .and(view.facts.text(Fact::SourceBranch))
        {
            Some(_) => Vec::new(),
            None => view.text(Fact::Branch),
        }
    }),
    field!("tag", ["Tag", "标签", "Тег"], |view| view
        .text(Fact::Tag)),
    field!("change", ["Change", "合并请求", "Запрос"], change),
    field!("commit", ["Commit", "提交", "Коммит"], commit),
    field!("author", ["Author", "作者", "Автор"], |view| view
        .text(Fact::AuthorName)),
    field!(
        "actor",
        ["Started by", "触发人", "Запустил"],
        |view| { view.text(Fact::Actor) }
    ),
    field!(
        "trigger",
        ["Trigger", "触发方式", "Причина"],
        |view| view.text(Fact::Event)
    ),
    field!(
        "started",
        ["Started", "开始时间", "Начало"],
        |view| time_of(
            view,
            Fact::StartedAt,
            &[
                "job.startTime",
                "startTime",
                "BUILD.EXECUTE_TIME",
                "pipeline.timestamp"
            ]
        )
    ),
    field!(
        "duration",
        ["Duration", "耗时", "Длительность"],
        |view| {
            view.duration()
                .map(|duration| Inline::Text(readable_duration(duration, view.language)))
                .into_iter()
                .collect()
        }
    ),
    field!("time", ["Time", "时间", "Время"], |view| {
        match time_of(view, Fact::FinishedAt, &["event.time"]) {
            told if told.is_empty() => view.time(view.now),
            told => told,
        }
    }),
    field!(
        "environment",
        ["Environment", "环境", "Окружение"],
        |view| { view.text(Fact::Environment) }
    ),
    field!(
        "failed",
        ["Failed", "失败项", "С ошибкой"],
        |view| {
            match first(view, &[Fact::FailedSteps, Fact::FailedStages]) {
                names if names.is_empty() => names,
                names => vec![Inline::Toned(Tone::Bad, names)],
            }
        }
    ),
    field!("sources", ["Sources", "代码源", "Источники"], sources),
    field!(
        "params",
        ["Parameters", "参数", "Параметры"],
        |view| { view.text(Fact::Params) }
    ),
    field!("result", ["Result", "结果", "Результат"], result),
    field!("gate", ["Quality gate", "门禁", "Контроль качества"], gate),
    field!("issues", ["Issues", "问题数", "Замечания"], issues),
    field!("task", ["Task", "任务名称", "Задание"], |view| {
        first(view, &[Fact::TaskName, Fact::Job])
    }),
    field!(
        "application",
        ["Application", "应用", "Приложение"],
        |view| view.text(Fact::ApplicationName)
    ),
    field!(
        "execution_id",
        ["Execution", "执行编号", "Выполнение"],
        |view| first(view, &[Fact::ExecutionId, Fact::RunId])
    ),
    field!(
        "operator",
        ["Operator", "执行人", "Исполнитель"],
        |view| { view.text(Fact::Actor) }
    ),
    field!(
        "repository",
        ["Repository", "代码仓", "Репозиторий"],
        |view| {
            view.facts
                .text(Fact::RepoSlug)
                .map(|slug| view.linked(slug, Fact::RepoUrl))
                .into_iter()
                .collect()
        }
    ),
    field!("url", ["Link", "链接", "Ссылка"], |view| {
        view.facts
            .text(Fact::RunUrl)
            .map(|address| view.linked(address, Fact::RunUrl))
            .into_iter()
            .collect()
    }),
    field!(
        "completed",
        ["Completed", "完成时间", "Завершение"],
        |view| time_of(view, Fact::FinishedAt, &["job.finishTime", "event.time"])
    ),
];

/// The facts that a message about an event of this family shows. What stands in the title is not
/// among them.
pub(super) const fn event_fields(family: Family) -> &'static str {
    match family {
        Family::Repository => "repository, operator",
        Family::MergeRequest => "repository, change, author, operator",
        Family::Check => "task, result, gate, issues, operator, completed",
        Family::Build => "project, task, operator, started",
        Family::Deployment => {
            "project, application, environment, result, execution_id, operator, started"
        }
        Family::Pipeline => {
            "project, pipeline, run, description, branch, commit, operator, trigger, started, duration, failed"
        }
        _ => "operator, time",
    }
}

/// A time, else the text in which an event tells it: some name no zone, and a guess could be hours
/// wrong.
fn time_of(view: &View<'_>, fact: Fact, paths: &[&str]) -> Vec<Inline> {
    if let Some(at) = view.facts.instant(fact) {
        return view.time(at);
    }
    let event = view.event.into_iter();
    let told = event.flat_map(|event| paths.iter().filter_map(|path| event.parameter(path)));
    let own = view
        .facts
        .unzoned_start()
        .filter(|_| fact == Fact::StartedAt);
    told.chain(own.map(str::to_owned))
        .map(|text| Inline::Value(readable_digits(&clean_line(&text))))
        .take(1)
        .collect()
}

/// Fourteen digits as the time they are; anything else stays as it is.
fn readable_digits(text: &str) -> String {
    let digits: Vec<char> = text.chars().collect();
    match digits.len() == 14 && digits.iter().all(char::is_ascii_digit) {
        true => {
            let between = ["", "", "", "", "-", "", "-", "", " ", "", ":", "", ":", ""];
            let written = digits.iter().zip(between);
            written
                .map(|(digit, gap)| format!("{gap}{digit}"))
                .collect()
        }
        false => text.to_owned(),
    }
}

/// The result of a check, build or deployment; that of an event in the reader's language where it
/// is a known word.
fn result(view: &View<'_>) -> Vec<Inline> {
    let told = view.facts.text(Fact::Result);
    let known = told
        .filter(|_| view.event.is_some())
        .and_then(Status::from_word);
    let (status, text) = match (known, told) {
        (Some(status), _) => (
            status,
            in_language(plain_status_text(status), view.language),
        ),
        (None, Some(told)) => (view.status, told),
        (None, None) => (view.status, view.status_text),
    };
    let text = Inline::Value(text.to_owned());
    vec![Inline::Toned(tone(status), vec![text])]
}

/// How many issues a check found, and how many of each kind where that is known.
fn issues(view: &View<'_>) -> Vec<Inline> {
    const KINDS: [(&str, Wording); 4] = [
        ("issues.critical", ["critical", "致命", "критических"]),
        ("issues.major", ["major", "严重", "серьёзных"]),
        ("issues.minor", ["minor", "一般", "обычных"]),
        ("issues.suggestion", ["suggestions", "提示", "подсказок"]),
    ];
    let mut value = view.text(Fact::IssueCount);
    let kinds: Vec<String> = KINDS
        .iter()
        .filter_map(|(path, name)| {
            let count = view.event?.parameter(path).filter(|count| count != "0")?;
            Some(format!("{count} {}", in_language(*name, view.language)))
        })
        .collect();
    if !value.is_empty() && !kinds.is_empty() {
        let kinds = clean_line(&kinds.join(", "));
        value.push(Inline::Value(format!(" ({kinds})")));
    }
    value
}

/// The first of these facts that is known.
fn first(view: &View<'_>, facts: &[Fact]) -> Vec<Inline> {
    facts
        .iter()
        .map(|fact| view.text(*fact))
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

/// What the run was started from: all that is listed, else the one repository and branch.
fn sources(view: &View<'_>) -> Vec<Inline> {
    let listed = view.text(Fact::Sources);
    if !listed.is_empty() {
        return listed;
    }
    let known = [Fact::RepoSlug, Fact::Branch, Fact::Tag]
        .iter()
        .filter_map(|fact| view.facts.text(*fact));
    let text = known.collect::<Vec<_>>().join(" ");
    match text.is_empty() {
        true => Vec::new(),
        false => vec![Inline::Value(text)],
    }
}

/// The result of the quality gate, in colour and in the reader's language where it is a known word.
fn gate(view: &View<'_>) -> Vec<Inline> {
    let Some(result) = view.facts.text(Fact::GateResult) else {
        return Vec::new();
    };
    let (tone, text) = match result.to_lowercase().as_str() {
        "passed" | "pass" | "true" | "success" | "通过" => (
            Tone::Good,
            Inline::Text(in_language(["passed", "通过", "пройден"], view.language).to_owned()),
        ),
        "failed" | "fail" | "false" | "failure" | "未通过" | "不通过" => (
            Tone::Bad,
            Inline::Text(in_language(["failed", "未通过", "не пройден"], view.language).to_owned()),
        ),
        _ => return vec![Inline::Value(result.to_owned())],
    };
    vec![Inline::Toned(tone, vec![text])]
}

fn run(view: &View<'_>) -> Vec<Inline> {
    let number = view
        .facts
        .text(Fact::RunNumber)
        .map(|number| format!("#{number}"));
    let page = || {
        view.facts
            .text(Fact::RunUrl)
            .map(|_| open_run(view.language).to_owned())
    };
    let name = number
        .or_else(|| view.facts.text(Fact::RunId).map(str::to_owned))
        .or_else(page);
    let Some(name) = name else {
        return Vec::new();
    };
    let mut value = vec![view.linked(&name, Fact::RunUrl)];
    if let Some(attempt) = view.facts.text(Fact::RunAttempt).filter(|it| *it != "1") {
        let (before, behind) = match view.language {
            Language::English => (" (attempt ", ")"),
            Language::Chinese => ("（第 ", " 次）"),
            Language::Russian => (" (попытка ", ")"),
        };
        value.push(Inline::Text(before.to_owned()));
        value.push(Inline::Value(attempt.to_owned()));
        value.push(Inline::Text(behind.to_owned()));
    }
    value
}

fn change(view: &View<'_>) -> Vec<Inline> {
    let Some(number) = view.facts.text(Fact::ChangeNumber) else {
        return Vec::new();
    };
    let event = view
        .event
        .filter(|event| event.kind.family == Family::MergeRequest);
    let reference = event.and_then(|event| event.reference.clone());
    let reference = reference.unwrap_or_else(|| format!("#{number}"));
    let mut value = vec![view.linked(&reference, Fact::ChangeUrl)];
    if let Some(title) = view.facts.text(Fact::ChangeTitle) {
        value.push(Inline::Value(format!(" {title}")));
    }
    let source = view.facts.text(Fact::SourceBranch);
    if let (Some(source), Some(target)) = (source, view.facts.text(Fact::TargetBranch)) {
        value.push(Inline::Value(format!(" ({source} → {target})")));
    }
    value
}

/// Length of a shown commit id, in characters.
const SHORT_SHA_CHARS: usize = 8;

fn commit(view: &View<'_>) -> Vec<Inline> {
    let mut value = Vec::new();
    if let Some(sha) = view.facts.text(Fact::CommitSha) {
        let short: String = sha.chars().take(SHORT_SHA_CHARS).collect();
        value.push(view.linked(&short, Fact::CommitUrl));
    }
    if let Some(title) = view.facts.text(Fact::CommitTitle) {
        let gap = if value.is_empty() { "" } else { " " };
        value.push(Inline::Value(format!("{gap}{title}")));
    }
    value
}

/// The fields that were picked, in order.
#[derive(Debug, Clone, Default)]
pub struct Picked(Vec<&'static FieldSpec>);

impl Picked {
    /// Whether these are the fields of a list, in its order.
    pub(super) fn is(&self, list: &str) -> bool {
        let names = self.0.iter().map(|spec| spec.name);
        names.eq(list.split(", "))
    }

    /// The picked fields that have a value. Who started the run is left out beside an author of the
    /// same name: saying a name twice tells nobody anything.
    pub(super) fn fields(&self, view: &View<'_>) -> Vec<Field> {
        let text = |fact| view.facts.text(fact);
        let is_said = text(Fact::Actor) == text(Fact::AuthorName)
            && self.0.iter().any(|spec| spec.name == "author");
        self.0
            .iter()
            .filter(|spec| !(is_said && spec.name == "actor"))
            .map(|spec| Field {
                name: spec.name,
                label: in_language(spec.label, view.language),
                value: (spec.value)(view),
            })
            .filter(|field| !field.value.is_empty())
            .collect()
    }
}

impl FromInput for Picked {
    const KIND: Kind = Kind::List;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let names = List::from_input(text)?.0;
        if names == ["none"] {
            return Ok(Self::default());
        }
        let named = |name: &str| FIELDS.iter().find(|spec| spec.name == name);
        let find = |name: &String| {
            named(name)
                .or_else(|| named(&name.to_lowercase().replace('-', "_")))
                .ok_or_else(|| unknown_field(name))
        };
        names.iter().map(find).collect::<Result<_, _>>().map(Self)
    }
}

fn unknown_field(name: &str) -> Reason {
    let known: Vec<&str> = FIELDS.iter().map(|spec| spec.name).collect();
    let lower = name.to_lowercase();
    let labelled = FIELDS
        .iter()
        .find(|spec| spec.label.iter().any(|label| label.to_lowercase() == lower))
        .map(|spec| spec.name);
    let near = || {
        nearest(known.iter().copied(), &lower, 3)
            .filter(|(slips, _)| slips * 3 <= lower.chars().count())
            .map(|(_, near)| near)
    };
    let fix = match labelled.or_else(near) {
        _ if lower == "none" => "`none` shows no facts; write it alone, or take it out.".to_owned(),
        Some(meant) => format!("Perhaps `{meant}` is meant."),
        None => "Write some of them, or `none` alone to show no facts.".to_owned(),
    };
    Reason::new(format!("`{name}` is not one of {}", known.join(", ")), fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_nobody_knows_is_refused_with_one_that_is_near() {
        for (text, fix) in [
            ("statsu", "Perhaps `status` is meant."),
            ("failed_step", "Write some of them, or `none` alone"),
            ("authr", "Perhaps `author` is meant."),
            ("状态", "Perhaps `status` is meant."),
            ("Started by", "Perhaps `actor` is meant."),
            ("foo", "Write some of them, or `none` alone"),
            ("none,status", "`none` shows no facts; write it alone"),
        ] {
            let reason = Picked::from_input(text).unwrap_err();
            assert!(reason.fix.starts_with(fix), "{text}: {reason:?}");
        }
    }
}
