//! The words of the message in three languages: status words, the default title, the button.

use super::view::View;
use crate::model::event::{Event, Family};
use crate::model::facts::Fact;
use crate::model::message::{Language, Wording};
use crate::model::status::{Group, Status};
use crate::model::text::head_chars;

/// Picks the reader's language.
pub(super) const fn in_language(wording: Wording, language: Language) -> &'static str {
    let [english, chinese, russian] = wording;
    match language {
        Language::English => english,
        Language::Chinese => chinese,
        Language::Russian => russian,
    }
}

/// The status as readers see it: "Fixed" and "Still failing" where the run before is known.
pub(super) fn status_text(
    language: Language,
    status: Status,
    previous: Option<Status>,
) -> &'static str {
    let change = (previous.map(Status::group), status.group());
    let wording = match change {
        (Some(Group::Bad), Group::Good) => ["Fixed", "已恢复", "Исправлено"],
        (Some(Group::Bad), Group::Bad) => ["Still failing", "仍然失败", "Всё ещё с ошибкой"],
        _ => plain_status_text(status),
    };
    in_language(wording, language)
}

/// The status alone.
pub(super) const fn plain_status_text(status: Status) -> Wording {
    match status {
        Status::Success => ["Succeeded", "成功", "Успешно"],
        Status::Warning => [
            "Succeeded with warnings",
            "成功（有警告）",
            "Успешно, есть предупреждения",
        ],
        Status::Failure => ["Failed", "失败", "Неудача"],
        Status::Error => ["Error", "错误", "Ошибка"],
        Status::TimedOut => ["Timed out", "超时", "Превышено время"],
        Status::Canceled => ["Canceled", "已取消", "Отменено"],
        Status::Skipped => ["Skipped", "已跳过", "Пропущено"],
        Status::Ignored => ["Failure ignored", "失败已忽略", "Неудача проигнорирована"],
        Status::Running => ["Running", "运行中", "Выполняется"],
        Status::Waiting => ["Waiting", "等待中", "Ожидает"],
        Status::Paused => ["Paused", "已暂停", "Приостановлено"],
        Status::Canceling => ["Being canceled", "取消中", "Отменяется"],
        Status::Unknown => ["Status unknown", "状态未知", "Статус неизвестен"],
    }
}

/// What a message calls what an event happened to.
pub const fn noun(family: Family) -> Wording {
    match family {
        Family::Repository => ["Repository", "仓库", "Репозиторий"],
        Family::MergeRequest => ["Merge request", "合并请求", "Запрос на слияние"],
        Family::Check => ["Code check", "代码检查", "Проверка кода"],
        Family::Build => ["Build", "构建", "Сборка"],
        Family::Deployment => ["Deployment", "部署", "Развёртывание"],
        Family::Pipeline => ["Pipeline", "流水线", "Конвейер"],
        Family::Requirement => ["Raw requirement", "原始需求", "Исходное требование"],
        Family::Feature => ["System feature", "系统特性", "Функция системы"],
        Family::Story => ["R&D requirement", "研发需求", "Требование к разработке"],
        Family::Task => ["Task", "任务", "Задача"],
        Family::Bug => ["Defect", "缺陷", "Дефект"],
        Family::Review => ["Review sheet", "评审单", "Лист согласования"],
    }
}

/// Where the kind of work item is not told.
const WORK_ITEM: Wording = ["Work item", "工作项", "Рабочий элемент"];

/// What the button to the page of an event says.
pub(super) const fn open_event(family: Family, language: Language) -> &'static str {
    let wording = match family {
        Family::Repository => ["Open the repository", "查看仓库", "Открыть репозиторий"],
        Family::MergeRequest => ["Open the merge request", "查看合并请求", "Открыть запрос"],
        Family::Check => ["Open the check", "查看检查", "Открыть проверку"],
        Family::Build => ["Open the build", "查看构建", "Открыть сборку"],
        Family::Deployment => ["Open the deployment", "查看部署", "Открыть развёртывание"],
        Family::Pipeline => ["Open the run", "查看运行", "Открыть запуск"],
        _ => ["Open the item", "查看详情", "Открыть"],
    };
    in_language(wording, language)
}

/// What happened, in a few words: "Merge request opened", "Build still failing".
pub(super) fn event_text(event: &Event, view: &View<'_>) -> String {
    let language = view.language;
    let happened = in_language(event.case.title, language);
    let noun = match event.others.is_empty() {
        true => noun(event.kind.family),
        false => WORK_ITEM,
    };
    let noun = in_language(noun, language);
    // The status is told in its own words where the table has none for it: a check that was
    // canceled, a build that is fixed.
    let is_usual = view.status_text == in_language(plain_status_text(view.status), language)
        && event.case.status == Some(view.status);
    let said = match event.status {
        Some(_) if !is_usual => view.status_text.to_lowercase(),
        None if event.kind.family.is_work_item() => happened.to_owned(),
        _ => return happened.to_owned(),
    };
    match language {
        Language::English => format!("{noun} {said}"),
        Language::Chinese => format!("{noun}{said}"),
        Language::Russian => format!("{noun} — {said}"),
    }
}

/// Longest name in the title of an event, in characters.
const EVENT_SUBJECT_CHARS: usize = 120;

/// The default title of an event: sign, what happened, to what, number.
fn event_title(event: &Event, view: &View<'_>) -> String {
    let sign = match event.status {
        Some(_) => sign(view.status),
        None => event.case.sign,
    };
    let text = event_text(event, view);
    let (colon, open, close) = match view.language {
        Language::Chinese => ("：", "（", "）"),
        Language::English | Language::Russian => (": ", " (", ")"),
    };
    let subject = event.subject.as_deref();
    let subject = subject.map(|subject| head_chars(subject, EVENT_SUBJECT_CHARS));
    match (subject, &event.reference) {
        (Some(subject), Some(number)) => {
            format!("{sign} {text}{colon}{subject}{open}{number}{close}")
        }
        (Some(subject), None) => format!("{sign} {text}{colon}{subject}"),
        (None, Some(number)) => format!("{sign} {text}{colon}{number}"),
        (None, None) => format!("{sign} {text}"),
    }
}

/// What the button to the run says.
pub(super) const fn open_run(language: Language) -> &'static str {
    in_language(["Open the run", "查看运行", "Открыть запуск"], language)
}

/// The default title: sign, status, what, number. The sign does not rely on colour.
pub(super) fn title(view: &View<'_>) -> String {
    if let Some(event) = view.event {
        return event_title(event, view);
    }
    let subject = [Fact::PipelineName, Fact::RepoSlug, Fact::Project]
        .into_iter()
        .find_map(|fact| view.facts.text(fact));
    let number = view
        .facts
        .text(Fact::RunNumber)
        .map(|number| format!(" #{number}"))
        .unwrap_or_default();
    let status = format!("{} {}", sign(view.status), view.status_text);
    let colon = in_language([": ", "：", ": "], view.language);
    match subject {
        Some(subject) => format!("{status}{colon}{}{number}", head_chars(subject, 80)),
        None => format!("{status}{number}"),
    }
}

/// The default subject of a mail: the title, and the branch or tag. Chats show that below the title;
/// a list of mails shows the subject alone.
pub(super) fn subject(view: &View<'_>) -> String {
    let place = [Fact::SourceBranch, Fact::Tag, Fact::Branch]
        .into_iter()
        .find_map(|fact| view.facts.text(fact))
        // The title of an event has a name of its own.
        .filter(|_| view.event.is_none());
    match place {
        Some(place) => format!("{} ({})", title(view), head_chars(place, 60)),
        None => title(view),
    }
}

const fn sign(status: Status) -> &'static str {
    match (status, status.group()) {
        (Status::Warning, _) => "⚠️",
        (_, Group::Good) => "✅",
        (Status::TimedOut, _) => "⏰",
        (_, Group::Bad) => "❌",
        (Status::Canceled, _) => "🚫",
        (_, Group::Stopped) => "⏭️",
        (Status::Paused, _) => "⏸️",
        (_, Group::Open) => "⏳",
        (_, Group::Unsure) => "❓",
    }
}
