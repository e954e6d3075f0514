//! Every event there is, by family: one table. Source: requirements documents 0 (English) and 1
//! (Chinese), the vendor's subscription pages, read 2026; row ids stand in the tests.
//!
//! Where the pages have no English name, the one here is ours; where they have no code, there is
//! none. `docs/events.md` is written from this table.

use crate::model::document::Tone;
use crate::model::event::{EventCase, EventType, Family};
use crate::model::message::Wording;
use crate::model::status::Status;

/// A family as people name it.
#[derive(Debug)]
pub struct FamilySpec {
    /// The family.
    pub family: Family,
    /// The first part of its dotted types.
    pub word: &'static str,
    /// The vendor's English name, or ours where its pages have none.
    pub english: &'static str,
    /// The vendor's Chinese name.
    pub chinese: &'static str,
    /// The vendor's service that the events come from, in Chinese.
    pub service: &'static str,
    /// What others call it, parted by `/`.
    pub also: &'static str,
}

impl FamilySpec {
    /// Every name of the family itself.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let also = self.also.split('/').filter(|name| !name.is_empty());
        [self.word, self.english, self.chinese]
            .into_iter()
            .chain(also)
    }

    const fn new(
        family: Family,
        word: &'static str,
        [english, chinese, service, also]: [&'static str; 4],
    ) -> Self {
        Self {
            family,
            word,
            english,
            chinese,
            service,
            also,
        }
    }
}

const ITEMS: &str = "需求管理";
const CODE: &str = "代码托管";

/// Every family, in the order of [`Family`].
pub static FAMILIES: &[FamilySpec] = &[
    FamilySpec::new(
        Family::Repository,
        "repo",
        ["Repository", "仓库", CODE, "Repo"],
    ),
    FamilySpec::new(
        Family::MergeRequest,
        "mr",
        ["MR", "合并请求", CODE, "Merge request/Pull request/PR"],
    ),
    FamilySpec::new(
        Family::Check,
        "check",
        [
            "Check task",
            "代码检查任务",
            "代码检查",
            "Code check/check_run/check_suite",
        ],
    ),
    FamilySpec::new(
        Family::Build,
        "build",
        ["Build task", "编译构建任务", "编译构建", "Build"],
    ),
    FamilySpec::new(
        Family::Deployment,
        "deploy",
        [
            "Application",
            "应用",
            "部署",
            "Deployment/deployment_status",
        ],
    ),
    FamilySpec::new(
        Family::Pipeline,
        "pipeline",
        [
            "CodeArts Pipeline",
            "流水线",
            "流水线",
            "Pipeline/workflow_run",
        ],
    ),
    FamilySpec::new(
        Family::Requirement,
        "requirement",
        ["Raw requirement", "原始需求", ITEMS, ""],
    ),
    FamilySpec::new(
        Family::Feature,
        "feature",
        ["System feature", "系统特性", ITEMS, ""],
    ),
    FamilySpec::new(
        Family::Story,
        "story",
        ["R&D requirement", "研发需求", ITEMS, "User story"],
    ),
    FamilySpec::new(Family::Task, "task", ["Task", "任务", ITEMS, ""]),
    FamilySpec::new(Family::Bug, "bug", ["Defect", "缺陷", ITEMS, ""]),
    FamilySpec::new(
        Family::Review,
        "review",
        ["Review sheet", "评审单", ITEMS, ""],
    ),
];

/// The row of a family.
pub fn family(family: Family) -> Option<&'static FamilySpec> {
    FAMILIES.get(family as usize)
}

const fn kind(
    name: &'static str,
    family: Family,
    [english, chinese]: [&'static str; 2],
    cases: &'static [EventCase],
) -> EventType {
    EventType {
        name,
        family,
        english,
        chinese,
        cases,
    }
}

/// A case without outcome.
const fn news(sign: &'static str, tone: Tone, name: &'static str, title: Wording) -> EventCase {
    EventCase {
        word: "",
        code: "",
        name,
        also: "",
        sign,
        title,
        tone,
        status: None,
    }
}

/// A case with an outcome; its sign and colour are those of the status.
const fn outcome(status: Status, name: &'static str, title: Wording) -> EventCase {
    EventCase {
        status: Some(status),
        ..news("", Tone::Active, name, title)
    }
}

impl EventCase {
    const fn coded(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    const fn asked_for_by(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    const fn also(self, also: &'static str) -> Self {
        Self { also, ..self }
    }
}

/// Every type, family by family.
pub static TYPES: &[EventType] = &[
    kind(
        "repo.deleted",
        Family::Repository,
        ["Repo deleted", "删除仓库"],
        &[news(
            "🗑️",
            Tone::Caution,
            "删除仓库",
            ["Repository deleted", "仓库已删除", "Репозиторий удалён"],
        )
        .coded("CodeArtsRepo-Repository-Delete")],
    ),
    kind(
        "repo.capacity_warning",
        Family::Repository,
        ["Capacity warning", "容量预警"],
        &[news(
            "⚠️",
            Tone::Caution,
            "容量预警",
            [
                "Repository is almost full",
                "仓库容量预警",
                "Репозиторий почти заполнен",
            ],
        )
        .coded("CodeArtsRepo-Repository-CapacityWarning")],
    ),
    kind(
        "mr.opened",
        Family::MergeRequest,
        ["MR opened", "开启合并请求"],
        &[news(
            "📝",
            Tone::Active,
            "开启合并请求",
            [
                "Merge request opened",
                "合并请求已开启",
                "Запрос на слияние открыт",
            ],
        )
        .coded("CodeArtsRepo-MergeRequest-Create")],
    ),
    kind(
        "mr.updated",
        Family::MergeRequest,
        ["MR updated", "更新合并请求"],
        &[news(
            "🔄",
            Tone::Active,
            "更新合并请求",
            [
                "Merge request updated",
                "合并请求已更新",
                "Запрос на слияние обновлён",
            ],
        )
        .coded("CodeArtsRepo-MergeRequest-Update")],
    ),
    kind(
        "mr.merged",
        Family::MergeRequest,
        ["MR merged", "合并合并请求"],
        &[news(
            "🔀",
            Tone::Good,
            "合并合并请求",
            [
                "Merge request merged",
                "合并请求已合并",
                "Запрос на слияние принят",
            ],
        )
        .coded("CodeArtsRepo-MergeRequest-Merge")],
    ),
    kind(
        "mr.reviewed",
        Family::MergeRequest,
        ["MR reviewed", "检视合并请求"],
        &[
            news(
                "👍",
                Tone::Good,
                "合并请求检视通过",
                [
                    "Merge request passed review",
                    "合并请求检视通过",
                    "Запрос на слияние прошёл проверку",
                ],
            )
            .coded("CodeArtsRepo-MergeRequest-ReviewPass")
            .asked_for_by("passed"),
            news(
                "↩️",
                Tone::Caution,
                "合并请求检视撤销",
                [
                    "Review of merge request withdrawn",
                    "合并请求检视已撤销",
                    "Проверка запроса на слияние отозвана",
                ],
            )
            .coded("CodeArtsRepo-MergeRequest-ReviewRevoke")
            .asked_for_by("revoked"),
            // CodeArts has no such event; GitHub, Gitea and Forgejo do.
            news(
                "👀",
                Tone::Active,
                "合并请求检视",
                [
                    "Merge request reviewed",
                    "合并请求已检视",
                    "Запрос на слияние просмотрен",
                ],
            )
            .asked_for_by("commented"),
        ],
    ),
    kind(
        "mr.approved",
        Family::MergeRequest,
        ["MR approved", "审核合并请求"],
        &[
            news(
                "✅",
                Tone::Good,
                "合并请求审核通过",
                [
                    "Merge request approved",
                    "合并请求审核通过",
                    "Запрос на слияние одобрен",
                ],
            )
            .coded("CodeArtsRepo-MergeRequest-ApprovalPass")
            .asked_for_by("passed"),
            news(
                "⛔",
                Tone::Bad,
                "合并请求审核拒绝",
                [
                    "Merge request rejected",
                    "合并请求审核被拒绝",
                    "Запрос на слияние отклонён",
                ],
            )
            .coded("CodeArtsRepo-MergeRequest-ApprovalReject")
            .asked_for_by("rejected"),
            news(
                "↩️",
                Tone::Caution,
                "合并请求审核撤销",
                [
                    "Approval of merge request withdrawn",
                    "合并请求审核已撤销",
                    "Одобрение запроса на слияние отозвано",
                ],
            )
            .coded("CodeArtsRepo-MergeRequest-ApprovalRevoke")
            .asked_for_by("revoked"),
        ],
    ),
    kind(
        "mr.comment_created",
        Family::MergeRequest,
        ["Review created", "新建评审意见"],
        &[news(
            "💬",
            Tone::Active,
            "新建评审意见",
            [
                "New comment on merge request",
                "合并请求有新的评审意见",
                "Новый комментарий к запросу на слияние",
            ],
        )
        .coded("CodeArtsRepo-MergeRequest-CreateComment")],
    ),
    kind(
        "mr.comment_resolved",
        Family::MergeRequest,
        ["Review comment resolved", "解决评审意见"],
        &[news(
            "☑️",
            Tone::Good,
            "解决评审意见",
            [
                "Comment on merge request resolved",
                "合并请求的评审意见已解决",
                "Замечание к запросу на слияние снято",
            ],
        )
        .coded("CodeArtsRepo-MergeRequest-Resolve")],
    ),
    kind(
        "check.completed",
        Family::Check,
        ["Completed", "检查完成"],
        &[
            outcome(
                Status::Success,
                "检查完成",
                [
                    "Code check passed",
                    "代码检查通过",
                    "Проверка кода пройдена",
                ],
            )
            .coded("taskExecuteCompleted")
            .asked_for_by("passed")
            .also("Gate check passed/门禁通过"),
            outcome(
                Status::Failure,
                "检查完成",
                [
                    "Code check failed",
                    "代码检查不通过",
                    "Проверка кода не пройдена",
                ],
            )
            .coded("taskExecuteCompleted")
            .asked_for_by("failed")
            .also("Gate check failed/门禁不通过"),
            outcome(
                Status::Unknown,
                "检查完成",
                [
                    "Code check completed",
                    "代码检查完成",
                    "Проверка кода завершена",
                ],
            )
            .coded("taskExecuteCompleted")
            .asked_for_by("unclear"),
        ],
    ),
    kind(
        "build.succeeded",
        Family::Build,
        ["Task successful", "任务构建成功"],
        &[outcome(
            Status::Success,
            "任务构建成功",
            ["Build succeeded", "构建成功", "Сборка выполнена"],
        )],
    ),
    kind(
        "build.failed",
        Family::Build,
        ["Task failed", "任务构建失败"],
        &[outcome(
            Status::Failure,
            "任务构建失败",
            ["Build failed", "构建失败", "Сборка не удалась"],
        )],
    ),
    kind(
        "build.disabled",
        Family::Build,
        ["Task disabled", "任务被禁用"],
        &[news(
            "🚫",
            Tone::Caution,
            "任务被禁用",
            [
                "Build task disabled",
                "构建任务已禁用",
                "Задание сборки отключено",
            ],
        )],
    ),
    kind(
        "build.deleted",
        Family::Build,
        ["Task deleted", "任务被删除"],
        &[news(
            "🗑️",
            Tone::Caution,
            "任务被删除",
            [
                "Build task deleted",
                "构建任务已删除",
                "Задание сборки удалено",
            ],
        )],
    ),
    kind(
        "build.reconfigured",
        Family::Build,
        ["Task configurations updated", "任务配置被更新"],
        &[news(
            "🔧",
            Tone::Active,
            "任务配置被更新",
            [
                "Build task reconfigured",
                "构建任务配置已更新",
                "Задание сборки изменено",
            ],
        )
        .also("编辑了构建任务")],
    ),
    kind(
        "deploy.succeeded",
        Family::Deployment,
        ["Application deployed", "应用部署成功"],
        &[outcome(
            Status::Success,
            "应用部署成功",
            [
                "Deployment succeeded",
                "部署成功",
                "Развёртывание выполнено",
            ],
        )
        .coded("success")],
    ),
    kind(
        "deploy.failed",
        Family::Deployment,
        ["Deploy application failed", "应用部署失败"],
        &[outcome(
            Status::Failure,
            "应用部署失败",
            ["Deployment failed", "部署失败", "Развёртывание не удалось"],
        )
        .coded("failure")],
    ),
    kind(
        "deploy.stopped",
        Family::Deployment,
        ["Deploy stopped", "应用部署中止"],
        &[outcome(
            Status::Canceled,
            "应用部署中止",
            [
                "Deployment stopped",
                "部署已中止",
                "Развёртывание остановлено",
            ],
        )
        .coded("stop")],
    ),
    kind(
        "pipeline.completed",
        Family::Pipeline,
        ["Completed", "已完成"],
        &[outcome(
            Status::Success,
            "已完成",
            ["Pipeline completed", "流水线已完成", "Конвейер завершён"],
        )],
    ),
    kind(
        "pipeline.failed",
        Family::Pipeline,
        ["Failed", "失败"],
        &[outcome(
            Status::Failure,
            "失败",
            [
                "Pipeline failed",
                "流水线失败",
                "Конвейер завершён с ошибкой",
            ],
        )],
    ),
    kind(
        "pipeline.paused",
        Family::Pipeline,
        ["Paused", "暂停"],
        &[outcome(
            Status::Paused,
            "暂停",
            ["Pipeline paused", "流水线已暂停", "Конвейер приостановлен"],
        )],
    ),
    kind(
        "pipeline.suspended",
        Family::Pipeline,
        ["Suspended", "挂起"],
        &[outcome(
            Status::Paused,
            "挂起",
            [
                "Pipeline suspended",
                "流水线已挂起",
                "Конвейер ожидает решения",
            ],
        )],
    ),
    kind(
        "pipeline.ignored",
        Family::Pipeline,
        ["Ignored", "忽略"],
        &[outcome(
            Status::Ignored,
            "忽略",
            [
                "Pipeline ignored",
                "流水线已忽略",
                "Запуск конвейера пропущен",
            ],
        )],
    ),
    kind(
        "requirement.created",
        Family::Requirement,
        CREATED_OR_SUBMITTED_NAMES,
        CREATED_OR_SUBMITTED,
    ),
    kind(
        "requirement.edited",
        Family::Requirement,
        EDITED_NAMES,
        EDITED,
    ),
    kind(
        "requirement.deleted",
        Family::Requirement,
        DELETED_NAMES,
        DELETED,
    ),
    kind(
        "requirement.changed",
        Family::Requirement,
        CHANGED_NAMES,
        CHANGED,
    ),
    kind(
        "requirement.status_updated",
        Family::Requirement,
        STATUS_UPDATED_NAMES,
        STATUS_UPDATED,
    ),
    kind("requirement.urged", Family::Requirement, URGED_NAMES, URGED),
    kind(
        "requirement.commented",
        Family::Requirement,
        COMMENTED_NAMES,
        COMMENTED,
    ),
    kind("feature.created", Family::Feature, CREATED_NAMES, CREATED),
    kind("feature.edited", Family::Feature, EDITED_NAMES, EDITED),
    kind("feature.deleted", Family::Feature, DELETED_NAMES, DELETED),
    kind("feature.changed", Family::Feature, CHANGED_NAMES, CHANGED),
    kind(
        "feature.baselined",
        Family::Feature,
        BASELINED_NAMES,
        BASELINED,
    ),
    kind(
        "feature.status_updated",
        Family::Feature,
        STATUS_UPDATED_NAMES,
        STATUS_UPDATED,
    ),
    kind("feature.urged", Family::Feature, URGED_NAMES, URGED),
    kind(
        "feature.commented",
        Family::Feature,
        COMMENTED_NAMES,
        COMMENTED,
    ),
    kind("story.created", Family::Story, CREATED_NAMES, CREATED),
    kind("story.edited", Family::Story, EDITED_NAMES, EDITED),
    kind("story.deleted", Family::Story, DELETED_NAMES, DELETED),
    kind("story.changed", Family::Story, CHANGED_NAMES, CHANGED),
    kind("story.baselined", Family::Story, BASELINED_NAMES, BASELINED),
    kind("story.moved", Family::Story, MOVED_NAMES, MOVED),
    kind("story.commented", Family::Story, COMMENTED_NAMES, COMMENTED),
    kind("story.urged", Family::Story, URGED_NAMES, URGED),
    kind(
        "story.status_updated",
        Family::Story,
        STATUS_UPDATED_NAMES,
        STATUS_UPDATED,
    ),
    kind("task.created", Family::Task, CREATED_NAMES, CREATED),
    kind("task.edited", Family::Task, EDITED_NAMES, EDITED),
    kind(
        "task.deleted",
        Family::Task,
        ["Deleted", "删除任务"],
        DELETED,
    ),
    kind("task.commented", Family::Task, COMMENTED_NAMES, COMMENTED),
    kind("task.urged", Family::Task, URGED_NAMES, URGED),
    kind(
        "task.status_updated",
        Family::Task,
        STATUS_UPDATED_NAMES,
        STATUS_UPDATED,
    ),
    kind(
        "bug.created",
        Family::Bug,
        CREATED_OR_SUBMITTED_NAMES,
        CREATED_OR_SUBMITTED,
    ),
    kind("bug.edited", Family::Bug, EDITED_NAMES, EDITED),
    kind("bug.deleted", Family::Bug, DELETED_NAMES, DELETED),
    kind("bug.moved", Family::Bug, MOVED_NAMES, MOVED),
    kind(
        "bug.status_updated",
        Family::Bug,
        STATUS_UPDATED_NAMES,
        STATUS_UPDATED,
    ),
    kind("bug.urged", Family::Bug, URGED_NAMES, URGED),
    kind("bug.commented", Family::Bug, COMMENTED_NAMES, COMMENTED),
    kind(
        "review.submitted",
        Family::Review,
        ["Submitted", "提交"],
        &[news("📨", Tone::Active, "提交", SUBMITTED)],
    ),
    kind(
        "review.handed_over",
        Family::Review,
        ["Handed over", "转他人处理"],
        &[news(
            "👉",
            Tone::Active,
            "转他人处理",
            ["handed over", "已转他人处理", "передача другому"],
        )],
    ),
    kind(
        "review.withdrawn",
        Family::Review,
        ["Withdrawn/Rejected", "撤销/驳回"],
        &[
            news(
                "↩️",
                Tone::Caution,
                "撤销",
                ["withdrawn", "已撤销", "отзыв"],
            )
            .asked_for_by("withdrawn"),
            news(
                "⛔",
                Tone::Bad,
                "驳回",
                ["rejected", "已驳回", "отклонение"],
            )
            .asked_for_by("rejected"),
        ],
    ),
    kind(
        "review.object_reviewed",
        Family::Review,
        ["Review of changed object done", "变更对象评审完成"],
        &[news(
            "☑️",
            Tone::Active,
            "变更对象评审完成",
            [
                "has its changed object reviewed",
                "变更对象评审完成",
                "объект изменения рассмотрен",
            ],
        )],
    ),
    kind(
        "review.object_decided",
        Family::Review,
        ["Decision on changed object done", "变更对象决策完成"],
        &[news(
            "☑️",
            Tone::Active,
            "变更对象决策完成",
            [
                "has its changed object decided",
                "变更对象决策完成",
                "решение по объекту изменения принято",
            ],
        )],
    ),
    kind(
        "review.stage_done",
        Family::Review,
        ["Review stage done/Decision stage done", "评审/决策阶段完成"],
        &[news(
            "☑️",
            Tone::Active,
            "评审/决策阶段完成",
            ["has a stage done", "阶段完成", "этап завершён"],
        )
        .also("评审阶段完成/决策阶段完成")],
    ),
    kind("review.deleted", Family::Review, DELETED_NAMES, DELETED),
    kind(
        "review.commented",
        Family::Review,
        COMMENTED_NAMES,
        COMMENTED,
    ),
];

const SUBMITTED: Wording = ["submitted", "已提交", "подача"];
const CREATED_WORDING: Wording = ["created", "已新建", "создание"];

const CREATED_NAMES: [&str; 2] = ["Created", "新建"];
const CREATED: &[EventCase] = &[news("🆕", Tone::Active, "新建", CREATED_WORDING)];

const CREATED_OR_SUBMITTED_NAMES: [&str; 2] = ["Created/Submitted", "新建/提交"];
const CREATED_OR_SUBMITTED: &[EventCase] = &[
    news("🆕", Tone::Active, "新建", CREATED_WORDING).asked_for_by("created"),
    news("📨", Tone::Active, "提交", SUBMITTED).asked_for_by("submitted"),
];

const EDITED_NAMES: [&str; 2] = ["Edited", "编辑"];
const EDITED: &[EventCase] = &[news(
    "✏️",
    Tone::Active,
    "编辑",
    ["edited", "已编辑", "правка"],
)];

const DELETED_NAMES: [&str; 2] = ["Deleted", "删除"];
const DELETED: &[EventCase] = &[news(
    "🗑️",
    Tone::Caution,
    "删除",
    ["deleted", "已删除", "удаление"],
)];

const CHANGED_NAMES: [&str; 2] = ["Changed", "变更"];
const CHANGED: &[EventCase] = &[news(
    "🔄",
    Tone::Active,
    "变更",
    ["changed", "已变更", "изменение"],
)];

const BASELINED_NAMES: [&str; 2] = ["Baseline set/Baseline canceled", "基线/取消基线"];
const BASELINED: &[EventCase] = &[
    news(
        "📌",
        Tone::Active,
        "基线",
        ["baseline set", "已设为基线", "базовая версия установлена"],
    )
    .asked_for_by("set"),
    news(
        "↩️",
        Tone::Caution,
        "取消基线",
        ["baseline canceled", "已取消基线", "базовая версия снята"],
    )
    .asked_for_by("canceled"),
];

const MOVED_NAMES: [&str; 2] = ["Moved", "迁移"];
const MOVED: &[EventCase] = &[news(
    "📦",
    Tone::Active,
    "迁移",
    ["moved", "已迁移", "перенос"],
)];

const STATUS_UPDATED_NAMES: [&str; 2] = ["Status updated", "状态更新"];
const STATUS_UPDATED: &[EventCase] = &[news(
    "🔄",
    Tone::Active,
    "状态更新",
    ["status updated", "状态更新", "новое состояние"],
)];

const URGED_NAMES: [&str; 2] = ["Urged", "催单"];
const URGED: &[EventCase] = &[news(
    "🔔",
    Tone::Caution,
    "催单",
    ["urged", "催单", "напоминание"],
)];

const COMMENTED_NAMES: [&str; 2] = ["Commented", "评论"];
const COMMENTED: &[EventCase] = &[news(
    "💬",
    Tone::Active,
    "评论",
    ["commented on", "有新评论", "новый комментарий"],
)];

/// The form in which names are compared: letters and digits of any script, in lower case.
pub(super) fn key(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The cases of a type that have a code or name of this key. Where a type has as many names as
/// cases, each case has its own; any other name of the type stands for all of them.
pub(super) fn cases_named<'k>(
    kind: &'static EventType,
    wanted: &'k str,
) -> impl Iterator<Item = &'static EventCase> + 'k {
    let halves = |names: &'static str| names.split('/').filter(|name| !name.is_empty());
    let has = move |name: &str| key(name) == wanted;
    kind.cases.iter().enumerate().filter_map(move |(at, case)| {
        let is_own = |names: &'static str| match halves(names).count() == kind.cases.len() {
            true => halves(names).nth(at).is_some_and(has),
            false => halves(names).any(has),
        };
        let fits = (!case.code.is_empty() && has(case.code))
            || has(case.name)
            || halves(case.also).any(has)
            || is_own(kind.english)
            || is_own(kind.chinese);
        fits.then_some(case)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_unique_and_named_after_their_family() {
        for (at, kind) in TYPES.iter().enumerate() {
            let is_twice = TYPES.iter().skip(at + 1).any(|it| it.name == kind.name);
            assert!(!is_twice, "{} stands twice", kind.name);
            let word = family(kind.family).unwrap().word;
            assert!(kind.name.starts_with(&format!("{word}.")), "{}", kind.name);
        }
        for (at, spec) in FAMILIES.iter().enumerate() {
            assert_eq!(spec.family as usize, at, "{}", spec.word);
        }
    }

    #[test]
    fn every_case_can_be_told_and_asked_for() {
        for kind in TYPES {
            assert!(!kind.cases.is_empty(), "{}", kind.name);
            for case in kind.cases {
                let is_alone = kind.cases.len() == 1;
                assert_eq!(
                    case.word.is_empty(),
                    is_alone,
                    "{} {}",
                    kind.name,
                    case.word
                );
                assert!(
                    case.title.iter().all(|text| !text.is_empty()),
                    "{}",
                    kind.name
                );
                assert_eq!(case.sign.is_empty(), case.status.is_some(), "{}", kind.name);
                let same = kind.cases.iter().filter(|it| it.word == case.word);
                assert_eq!(same.count(), 1, "{}:{}", kind.name, case.word);
            }
        }
    }

    #[test]
    fn checks_builds_deployments_and_pipelines_carry_outcomes_and_nothing_else_does() {
        for kind in TYPES {
            let carries = matches!(
                kind.family,
                Family::Check | Family::Build | Family::Deployment | Family::Pipeline
            );
            let is_about_a_task = matches!(
                kind.name,
                "build.disabled" | "build.deleted" | "build.reconfigured"
            );
            for case in kind.cases {
                assert_eq!(
                    case.status.is_some(),
                    carries && !is_about_a_task,
                    "{}",
                    kind.name
                );
            }
        }
    }
}
