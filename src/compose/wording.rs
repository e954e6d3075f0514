//! The words of the message in three languages: status words, the default title, the button.

use super::view::View;
use crate::model::facts::Fact;
use crate::model::message::Language;
use crate::model::status::{Group, Status};
use crate::model::text::head_chars;

/// One text in English, Chinese and Russian.
pub type Wording = [&'static str; 3];

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

/// What the button to the run says.
pub(super) const fn open_run(language: Language) -> &'static str {
    in_language(["Open the run", "查看运行", "Открыть запуск"], language)
}

/// The default title: sign, status, what, number. The sign does not rely on colour.
pub(super) fn title(view: &View<'_>) -> String {
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
        .find_map(|fact| view.facts.text(fact));
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
