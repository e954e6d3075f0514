//! `events`: which events a step tells of, by dotted type, glob, vendor code or vendor name.

use std::fmt;

use super::catalogue::{FAMILIES, FamilySpec, TYPES, cases_named, family, key};
use crate::input::{FromInput, Kind, List, Reason};
use crate::model::event::{Event, EventCase, EventType};
use crate::model::nearest::nearest_as;

/// The events a step tells of.
#[derive(Debug, Clone, Default)]
pub struct Selection(Vec<Wanted>);

/// One word of the input, and what it stands for.
#[derive(Debug, Clone)]
struct Wanted {
    spelled: String,
    means: Vec<Meaning>,
}

/// A type; or one case of it alone, by its word.
#[derive(Debug, Clone, Copy)]
struct Meaning {
    kind: &'static EventType,
    case: Option<&'static str>,
}

impl Meaning {
    const fn whole(kind: &'static EventType) -> Self {
        Self { kind, case: None }
    }

    /// One case; of a type with a single case that is the whole type.
    fn one(kind: &'static EventType, case: &'static EventCase) -> Self {
        Self {
            kind,
            case: Some(case.word).filter(|word| !word.is_empty()),
        }
    }

    fn matches(self, kind: &EventType, case: &EventCase) -> bool {
        kind.name == self.kind.name && self.case.is_none_or(|word| word == case.word)
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name)?;
        self.case.map_or(Ok(()), |case| write!(f, ":{case}"))
    }
}

impl Selection {
    /// The word that selects this event. Where the file leaves open which kind of work item it is
    /// about, the event becomes the first kind that is selected, and those that are not are out.
    pub fn matching(&self, event: &mut Event) -> Option<&str> {
        let kinds = std::iter::once(event.kind).chain(event.others.iter().copied());
        let found = kinds.filter_map(|kind| {
            let case = match kind.name == event.kind.name {
                true => event.case,
                false => same_case(kind, event.case)?,
            };
            let fits = |wanted: &&Wanted| wanted.means.iter().any(|it| it.matches(kind, case));
            let wanted = self.0.iter().find(fits)?;
            Some((kind, case, wanted.spelled.as_str()))
        });
        let found: Vec<_> = found.collect();
        let ((kind, case, word), others) = found.split_first()?;
        event.others = others.iter().map(|(kind, _, _)| *kind).collect();
        (event.kind, event.case) = (kind, case);
        Some(word)
    }

    /// What words stand for that are no types themselves, for the log.
    pub fn explained(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|wanted| !is_plain(&wanted.spelled))
            .map(|wanted| {
                let means: Vec<String> = wanted.means.iter().map(ToString::to_string).collect();
                format!("`{}` means {}", wanted.spelled, means.join(", "))
            })
            .collect()
    }
}

/// Whether everybody sees what the word stands for.
fn is_plain(spelled: &str) -> bool {
    let (name, _) = split_case(spelled).unwrap_or((spelled, ""));
    spelled.contains('*') || TYPES.iter().any(|kind| kind.name == name)
}

/// The case of another type that stands for the same thing.
fn same_case(kind: &'static EventType, case: &EventCase) -> Option<&'static EventCase> {
    kind.cases.iter().find(|it| it.name == case.name)
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|it| it.spelled.as_str()).collect();
        f.write_str(&words.join(", "))
    }
}

impl FromInput for Selection {
    const KIND: Kind = Kind::List;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let words = List::from_input(text)?.0;
        if words.is_empty() {
            return Err(Reason::new(
                "an empty list",
                "Name what to tell of, such as `mr.*, pipeline.failed`, or take the input out.",
            ));
        }
        let read = |word: String| match meanings(&word) {
            means if means.is_empty() => Err(unknown_word(&word)),
            means => Ok(Wanted {
                spelled: word,
                means,
            }),
        };
        words
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// What a word stands for; nothing when nobody knows it.
fn meanings(word: &str) -> Vec<Meaning> {
    let whole = named(word);
    if !whole.is_empty() {
        return whole;
    }
    let Some((name, case)) = split_case(word) else {
        return Vec::new();
    };
    let wanted = key(case);
    let is_all = matches!(wanted.as_str(), "all" | "全部");
    named(name)
        .into_iter()
        .filter_map(|it| match is_all {
            true => Some(it),
            false => case_of(it.kind, &wanted).map(|case| Meaning::one(it.kind, case)),
        })
        .collect()
}

/// A word with a case behind a colon: `check.completed:passed`.
fn split_case(word: &str) -> Option<(&str, &str)> {
    word.rsplit_once([':', '：'])
}

/// The case by its word or the beginning of it (`pass`), by its code, name or the end of one (`通过`).
fn case_of(kind: &'static EventType, wanted: &str) -> Option<&'static EventCase> {
    cases_of(kind, wanted).next()
}

/// Every case that the word fits, in the same way.
pub(super) fn cases_of(
    kind: &'static EventType,
    wanted: &str,
) -> impl Iterator<Item = &'static EventCase> {
    let is = move |case: &&EventCase| {
        let is_word = wanted.chars().count() >= 3 && case.word.starts_with(wanted);
        let names = std::iter::once(case.name).chain(case.also.split('/'));
        let is_name = || names.into_iter().any(|name| key(name).ends_with(wanted));
        is_word || key(case.code) == wanted || is_name()
    };
    kind.cases
        .iter()
        .filter(move |case| !case.word.is_empty() && !wanted.is_empty() && is(case))
}

/// What a word without a case stands for. A dotted type means itself; a name that several families
/// have means all of them, unless a family's name stands before it.
fn named(word: &str) -> Vec<Meaning> {
    let word = word.trim();
    let dotted = word.to_lowercase().replace('-', "_");
    let all_of = |wanted: &dyn Fn(&EventType) -> bool| -> Vec<Meaning> {
        let kinds = TYPES.iter().filter(|kind| wanted(kind));
        kinds.map(Meaning::whole).collect()
    };
    let exact = all_of(&|kind| kind.name == dotted);
    if !exact.is_empty() {
        return exact;
    }
    if word.contains('*') {
        return all_of(&|kind| is_like(kind.name, &dotted));
    }
    let wanted = key(word);
    if wanted.is_empty() {
        return Vec::new();
    }
    if matches!(wanted.as_str(), "all" | "全部") {
        return all_of(&|_| true);
    }
    // A service can have the name of a family; the family says it best.
    let of_family =
        |fits: &dyn Fn(&FamilySpec) -> bool| all_of(&|kind| family(kind.family).is_some_and(fits));
    let families = of_family(&|it| it.names().any(|name| key(name) == wanted));
    if !families.is_empty() {
        return families;
    }
    let services = of_family(&|it| key(it.service) == wanted);
    if !services.is_empty() {
        return services;
    }
    // A family set apart means itself: a task deleted is not the build whose name is "Task deleted".
    let (before, behind) = word.split_once([':', '：', '.']).unwrap_or_default();
    let (before, behind) = (key(before), key(behind));
    let apart = by_name(&|kind| {
        let mut names = family(kind.family)?.names();
        let is_apart = !behind.is_empty() && names.any(|name| key(name) == before);
        is_apart.then(|| behind.clone())
    });
    if !apart.is_empty() {
        return apart;
    }
    let whole = by_name(&|_| Some(wanted.clone()));
    if !whole.is_empty() {
        return whole;
    }
    by_name(&|kind| {
        let names = family(kind.family)?.names();
        let rests = names.filter_map(|name| wanted.strip_prefix(&key(name)));
        // "Build task" begins like "Build", and both may stand before "task failed".
        let rests = rests.filter(|rest| is_named(kind, rest));
        rests.min_by_key(|rest| rest.len()).map(str::to_owned)
    })
}

/// Whether a type, or a case of it, has this key.
fn is_named(kind: &'static EventType, wanted: &str) -> bool {
    is_whole(kind, wanted) || cases_named(kind, wanted).next().is_some()
}

/// Whether this is the key of the whole type.
fn is_whole(kind: &EventType, wanted: &str) -> bool {
    [kind.english, kind.chinese]
        .iter()
        .any(|names| key(names) == wanted)
}

/// The types, and cases of types, with a code or name of this key.
fn by_name(wanted: &dyn Fn(&'static EventType) -> Option<String>) -> Vec<Meaning> {
    let mut means = Vec::new();
    for kind in TYPES {
        let Some(wanted) = wanted(kind) else { continue };
        let cases: Vec<_> = cases_named(kind, &wanted).collect();
        match cases.len() == kind.cases.len() || is_whole(kind, &wanted) {
            true => means.push(Meaning::whole(kind)),
            false => means.extend(cases.iter().map(|case| Meaning::one(kind, case))),
        }
    }
    means
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, inner)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in inner {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

fn unknown_word(word: &str) -> Reason {
    let (name, case) = split_case(word).unwrap_or((word, ""));
    let known = named(name);
    if let [Meaning { kind, .. }, ..] = known.as_slice() {
        let words: Vec<&str> = kind.cases.iter().map(|case| case.word).collect();
        return Reason::new(
            format!("`{word}`: `{}` has no `{case}`", kind.name),
            match words.as_slice() {
                [_] => format!("Write `{}` alone.", kind.name),
                _ => format!(
                    "Write one of {} behind the colon, or `{}` alone.",
                    words.join(", "),
                    kind.name
                ),
            },
        );
    }
    let are_known = |text: &str| {
        text.split_whitespace()
            .all(|word| !meanings(word).is_empty())
    };
    if word.contains(char::is_whitespace) && are_known(word) {
        return Reason::new(
            format!("`{word}` is no event that runbell knows"),
            "Separate the events by commas.",
        );
    }
    let lower = name.to_lowercase();
    let names = TYPES.iter().flat_map(|kind| {
        let codes = kind.cases.iter().map(|case| case.code);
        let others = [kind.name, kind.english, kind.chinese];
        others.into_iter().chain(codes)
    });
    let names = names.filter(|name| !name.is_empty());
    // What takes more slips than the word has letters is another word.
    let nearest = nearest_as(names, &lower, lower.chars().count(), str::to_lowercase)
        .filter(|(slips, nearest)| slips * 2 < nearest.chars().count());
    let words: Vec<String> = FAMILIES
        .iter()
        .map(|family| format!("{}.*", family.word))
        .collect();
    Reason::new(
        format!("`{word}` is no event that runbell knows"),
        match nearest {
            Some((_, nearest)) => {
                format!("Perhaps `{nearest}` is meant; docs/events.md lists all.")
            }
            None => format!(
                "Write one of {}; docs/events.md lists all.",
                words.join(", ")
            ),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let selection = Selection::from_input(text).unwrap_or_else(|reason| {
            panic!("{text}: {reason:?}");
        });
        let means = selection.0.iter().flat_map(|it| &it.means);
        means.map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(row: &str, word: &str, expected: &[&str]) {
        assert_eq!(read(word), expected, "{row}: {word}");
    }

    fn names_of(word: &str) -> Vec<&'static str> {
        let prefix = format!("{word}.");
        let kinds = TYPES.iter().filter(|kind| kind.name.starts_with(&prefix));
        kinds.map(|kind| kind.name).collect()
    }

    /// Every event of document 0: its row, its family, its name, and what that is here.
    const DOCUMENT_0: &[(&str, &str, &str, &str)] = &[
        (
            "S0-003",
            "Repository",
            "Capacity warning",
            "repo.capacity_warning",
        ),
        ("S0-004", "Repository", "Repo deleted", "repo.deleted"),
        ("S0-006", "MR", "MR opened", "mr.opened"),
        ("S0-007", "MR", "MR updated", "mr.updated"),
        ("S0-008", "MR", "MR merged", "mr.merged"),
        ("S0-009", "MR", "MR reviewed", "mr.reviewed"),
        ("S0-010", "MR", "MR approved", "mr.approved"),
        ("S0-011", "MR", "Review created", "mr.comment_created"),
        (
            "S0-012",
            "MR",
            "Review comment resolved",
            "mr.comment_resolved",
        ),
        (
            "S0-014",
            "CodeArts Pipeline",
            "Completed",
            "pipeline.completed",
        ),
        ("S0-015", "CodeArts Pipeline", "Failed", "pipeline.failed"),
        ("S0-016", "CodeArts Pipeline", "Paused", "pipeline.paused"),
        (
            "S0-017",
            "CodeArts Pipeline",
            "Suspended",
            "pipeline.suspended",
        ),
        ("S0-018", "CodeArts Pipeline", "Ignored", "pipeline.ignored"),
        ("S0-027", "Check task", "Completed", "check.completed"),
        ("S0-028", "Check task", "Completed: All", "check.completed"),
        (
            "S0-029",
            "Check task",
            "Gate check passed",
            "check.completed:passed",
        ),
        (
            "S0-030",
            "Check task",
            "Gate check failed",
            "check.completed:failed",
        ),
        ("S0-038", "Build task", "Task successful", "build.succeeded"),
        ("S0-039", "Build task", "Task failed", "build.failed"),
        ("S0-040", "Build task", "Task disabled", "build.disabled"),
        ("S0-041", "Build task", "Task deleted", "build.deleted"),
        (
            "S0-042",
            "Build task",
            "Task configurations updated",
            "build.reconfigured",
        ),
        (
            "S0-047",
            "Application",
            "Application deployed",
            "deploy.succeeded",
        ),
        (
            "S0-048",
            "Application",
            "Deploy application failed",
            "deploy.failed",
        ),
        ("S0-049", "Application", "Deploy stopped", "deploy.stopped"),
    ];

    /// Every event of document 1.
    const DOCUMENT_1: &[(&str, &str, &str, &str)] = &[
        ("S1-009", "原始需求", "新建/提交", "requirement.created"),
        ("S1-010", "原始需求", "编辑", "requirement.edited"),
        ("S1-011", "原始需求", "删除", "requirement.deleted"),
        ("S1-012", "原始需求", "变更", "requirement.changed"),
        (
            "S1-013",
            "原始需求",
            "状态更新",
            "requirement.status_updated",
        ),
        ("S1-014", "原始需求", "催单", "requirement.urged"),
        ("S1-015", "原始需求", "评论", "requirement.commented"),
        ("S1-017", "系统特性", "新建", "feature.created"),
        ("S1-018", "系统特性", "编辑", "feature.edited"),
        ("S1-019", "系统特性", "删除", "feature.deleted"),
        ("S1-020", "系统特性", "变更", "feature.changed"),
        ("S1-021", "系统特性", "基线/取消基线", "feature.baselined"),
        ("S1-022", "系统特性", "状态更新", "feature.status_updated"),
        ("S1-023", "系统特性", "催单", "feature.urged"),
        ("S1-024", "系统特性", "评论", "feature.commented"),
        ("S1-026", "研发需求", "新建", "story.created"),
        ("S1-027", "研发需求", "编辑", "story.edited"),
        ("S1-028", "研发需求", "删除", "story.deleted"),
        ("S1-029", "研发需求", "变更", "story.changed"),
        ("S1-030", "研发需求", "基线/取消基线", "story.baselined"),
        ("S1-031", "研发需求", "迁移", "story.moved"),
        ("S1-032", "研发需求", "评论", "story.commented"),
        ("S1-033", "研发需求", "催单", "story.urged"),
        ("S1-034", "研发需求", "状态更新", "story.status_updated"),
        ("S1-036", "任务", "新建", "task.created"),
        ("S1-037", "任务", "编辑", "task.edited"),
        ("S1-038", "任务", "删除任务", "task.deleted"),
        ("S1-039", "任务", "评论", "task.commented"),
        ("S1-040", "任务", "催单", "task.urged"),
        ("S1-041", "任务", "状态更新", "task.status_updated"),
        ("S1-043", "缺陷", "新建/提交", "bug.created"),
        ("S1-044", "缺陷", "编辑", "bug.edited"),
        ("S1-045", "缺陷", "删除", "bug.deleted"),
        ("S1-046", "缺陷", "迁移", "bug.moved"),
        ("S1-047", "缺陷", "状态更新", "bug.status_updated"),
        ("S1-048", "缺陷", "催单", "bug.urged"),
        ("S1-049", "缺陷", "评论", "bug.commented"),
        ("S1-051", "评审单", "提交", "review.submitted"),
        ("S1-052", "评审单", "转他人处理", "review.handed_over"),
        ("S1-053", "评审单", "撤销/驳回", "review.withdrawn"),
        (
            "S1-054",
            "评审单",
            "变更对象评审完成",
            "review.object_reviewed",
        ),
        (
            "S1-055",
            "评审单",
            "变更对象决策完成",
            "review.object_decided",
        ),
        ("S1-056", "评审单", "评审/决策阶段完成", "review.stage_done"),
        ("S1-057", "评审单", "删除", "review.deleted"),
        ("S1-058", "评审单", "评论", "review.commented"),
        ("S1-060", "仓库", "容量预警", "repo.capacity_warning"),
        ("S1-061", "仓库", "删除仓库", "repo.deleted"),
        ("S1-063", "合并请求", "开启合并请求", "mr.opened"),
        ("S1-064", "合并请求", "更新合并请求", "mr.updated"),
        ("S1-065", "合并请求", "合并合并请求", "mr.merged"),
        ("S1-066", "合并请求", "检视合并请求", "mr.reviewed"),
        ("S1-067", "合并请求", "审核合并请求", "mr.approved"),
        ("S1-068", "合并请求", "新建评审意见", "mr.comment_created"),
        ("S1-069", "合并请求", "解决评审意见", "mr.comment_resolved"),
        ("S1-071", "流水线", "已完成", "pipeline.completed"),
        ("S1-072", "流水线", "失败", "pipeline.failed"),
        ("S1-073", "流水线", "暂停", "pipeline.paused"),
        ("S1-074", "流水线", "挂起", "pipeline.suspended"),
        ("S1-075", "流水线", "忽略", "pipeline.ignored"),
        ("S1-077", "代码检查任务", "检查完成", "check.completed"),
        (
            "S1-078",
            "代码检查任务",
            "检查完成：全部",
            "check.completed",
        ),
        (
            "S1-079",
            "代码检查任务",
            "门禁通过",
            "check.completed:passed",
        ),
        (
            "S1-080",
            "代码检查任务",
            "门禁不通过",
            "check.completed:failed",
        ),
        ("S1-082", "编译构建任务", "任务构建成功", "build.succeeded"),
        ("S1-083", "编译构建任务", "任务构建失败", "build.failed"),
        ("S1-084", "编译构建任务", "任务被禁用", "build.disabled"),
        ("S1-085", "编译构建任务", "任务被删除", "build.deleted"),
        (
            "S1-086",
            "编译构建任务",
            "任务配置被更新",
            "build.reconfigured",
        ),
        ("S1-088", "应用", "应用部署成功", "deploy.succeeded"),
        ("S1-089", "应用", "应用部署失败", "deploy.failed"),
        ("S1-090", "应用", "应用部署中止", "deploy.stopped"),
    ];

    #[test]
    fn every_event_of_both_documents_is_selected_by_family_and_name() {
        for (row, family, name, expected) in DOCUMENT_0.iter().chain(DOCUMENT_1) {
            for between in [": ", ".", " "] {
                check(row, &format!("{family}{between}{name}"), &[expected]);
            }
            // Alone, a name means at least that event.
            let means = read(name);
            assert!(means.iter().any(|it| it == expected), "{row}: {means:?}");
        }
    }

    #[test]
    fn every_type_stands_in_a_document() {
        let rows = || DOCUMENT_0.iter().chain(DOCUMENT_1);
        for kind in TYPES {
            assert!(rows().any(|row| row.3 == kind.name), "{}", kind.name);
        }
    }

    #[test]
    fn a_name_behind_any_name_of_its_family_means_that_event() {
        for (row, _, name, expected) in DOCUMENT_0.iter().chain(DOCUMENT_1) {
            let word = expected.split('.').next().unwrap();
            let family = FAMILIES.iter().find(|it| it.word == word).unwrap();
            for before in family.names() {
                for between in [":", "：", " : ", "."] {
                    check(row, &format!("{before}{between}{name}"), &[expected]);
                }
            }
        }
        check("S1-038", "Task: Deleted", &["task.deleted"]);
        check("S0-039", "build Task failed", &["build.failed"]);
    }

    #[test]
    fn a_name_of_several_families_means_all_of_them() {
        check(
            "S0-014, S0-027",
            "Completed",
            &["check.completed", "pipeline.completed"],
        );
        check(
            "S1-017",
            "新建",
            &[
                "requirement.created:created",
                "feature.created",
                "story.created",
                "task.created",
                "bug.created:created",
            ],
        );
        check(
            "S1-051",
            "提交",
            &[
                "requirement.created:submitted",
                "bug.created:submitted",
                "review.submitted",
            ],
        );
        check("S1-072", "失败", &["pipeline.failed"]);
        let explained = Selection::from_input("Completed, mr.*, mr.approved:passed").unwrap();
        assert_eq!(
            explained.explained(),
            ["`Completed` means check.completed, pipeline.completed"]
        );
    }

    #[test]
    fn every_code_selects_its_case() {
        for (row, code, expected) in [
            ("S1-122", "CodeArtsRepo-Repository-Delete", "repo.deleted"),
            (
                "S1-123",
                "CodeArtsRepo-Repository-CapacityWarning",
                "repo.capacity_warning",
            ),
            ("S1-140", "CodeArtsRepo-MergeRequest-Create", "mr.opened"),
            ("S1-141", "CodeArtsRepo-MergeRequest-Update", "mr.updated"),
            ("S1-142", "CodeArtsRepo-MergeRequest-Merge", "mr.merged"),
            (
                "S1-143",
                "CodeArtsRepo-MergeRequest-ReviewPass",
                "mr.reviewed:passed",
            ),
            (
                "S1-144",
                "CodeArtsRepo-MergeRequest-ReviewRevoke",
                "mr.reviewed:revoked",
            ),
            (
                "S1-145",
                "CodeArtsRepo-MergeRequest-ApprovalReject",
                "mr.approved:rejected",
            ),
            (
                "S1-146",
                "CodeArtsRepo-MergeRequest-ApprovalPass",
                "mr.approved:passed",
            ),
            (
                "S1-147",
                "CodeArtsRepo-MergeRequest-ApprovalRevoke",
                "mr.approved:revoked",
            ),
            (
                "S1-148",
                "CodeArtsRepo-MergeRequest-CreateComment",
                "mr.comment_created",
            ),
            (
                "S1-149",
                "CodeArtsRepo-MergeRequest-Resolve",
                "mr.comment_resolved",
            ),
            ("S1-214", "taskExecuteCompleted", "check.completed"),
            ("S1-229", "success", "deploy.succeeded"),
            ("S1-230", "failure", "deploy.failed"),
            ("S1-231", "stop", "deploy.stopped"),
        ] {
            check(row, code, &[expected]);
            check(row, &code.to_lowercase(), &[expected]);
        }
        for (row, name, expected) in [
            ("S1-143", "合并请求检视通过", "mr.reviewed:passed"),
            ("S1-144", "合并请求检视撤销", "mr.reviewed:revoked"),
            ("S1-145", "合并请求审核拒绝", "mr.approved:rejected"),
            ("S1-146", "合并请求审核通过", "mr.approved:passed"),
            ("S1-147", "合并请求审核撤销", "mr.approved:revoked"),
        ] {
            check(row, name, &[expected]);
        }
    }

    #[test]
    fn a_family_or_a_service_means_all_its_events() {
        for (row, word, families) in [
            ("S0-002", "Repository", &["repo"][..]),
            ("S0-005", "MR", &["mr"]),
            ("S0-013", "CodeArts Pipeline", &["pipeline"]),
            ("S0-026", "Check task", &["check"]),
            ("S0-037", "Build task", &["build"]),
            ("S0-046", "Application", &["deploy"]),
            (
                "S1-002",
                "需求管理",
                &["requirement", "feature", "story", "task", "bug", "review"],
            ),
            ("S1-003", "代码托管", &["repo", "mr"]),
            ("S1-004", "代码检查", &["check"]),
            ("S1-005", "编译构建", &["build"]),
            ("S1-006", "部署", &["deploy"]),
            ("S1-007", "流水线", &["pipeline"]),
            ("S1-008", "原始需求", &["requirement"]),
            ("S1-016", "系统特性", &["feature"]),
            ("S1-025", "研发需求", &["story"]),
            ("S1-035", "任务", &["task"]),
            ("S1-042", "缺陷", &["bug"]),
            ("S1-050", "评审单", &["review"]),
            ("S1-059", "仓库", &["repo"]),
            ("S1-062", "合并请求", &["mr"]),
            ("S1-070", "流水线", &["pipeline"]),
            ("S1-076", "代码检查任务", &["check"]),
            ("S1-081", "编译构建任务", &["build"]),
            ("S1-087", "应用", &["deploy"]),
        ] {
            let expected: Vec<&str> = families.iter().flat_map(|it| names_of(it)).collect();
            assert!(!expected.is_empty(), "{row}");
            check(row, word, &expected);
        }
        for word in ["*", "all", "全部"] {
            assert_eq!(read(word).len(), TYPES.len(), "{word}");
        }
    }

    #[test]
    fn types_cases_and_patterns_are_read() {
        check("", "mr.opened", &["mr.opened"]);
        check("", " MR.Comment-Created ", &["mr.comment_created"]);
        check(
            "",
            "mr.*ed",
            &[
                "mr.opened",
                "mr.updated",
                "mr.merged",
                "mr.reviewed",
                "mr.approved",
                "mr.comment_created",
                "mr.comment_resolved",
            ],
        );
        check(
            "",
            "*.paused; deploy.s*",
            &["pipeline.paused", "deploy.succeeded", "deploy.stopped"],
        );
        for case in [
            "passed",
            "pass",
            "通过",
            "门禁通过",
            "Gate check passed",
            "PASSED",
        ] {
            check(
                "",
                &format!("check.completed:{case}"),
                &["check.completed:passed"],
            );
        }
        for case in ["failed", "fail", "不通过", "门禁不通过"] {
            check(
                "",
                &format!("Check task: completed：{case}"),
                &["check.completed:failed"],
            );
        }
        check("", "mr.approved:拒绝", &["mr.approved:rejected"]);
        check("", "mr.reviewed:all", &["mr.reviewed"]);
        // The name of a build event, not the type `task.deleted`.
        check("S0-041", "Task deleted", &["build.deleted"]);
        check("", "task.deleted", &["task.deleted"]);
        check(
            "",
            r#"["mr.opened", "失败"]"#,
            &["mr.opened", "pipeline.failed"],
        );
    }

    #[test]
    fn a_word_that_nobody_knows_is_refused_with_the_nearest() {
        for (text, fix) in [
            (
                "mr.opend",
                "Perhaps `mr.opened` is meant; docs/events.md lists all.",
            ),
            (
                "MR openned",
                "Perhaps `MR opened` is meant; docs/events.md lists all.",
            ),
            (
                "开启合并",
                "Perhaps `开启合并请求` is meant; docs/events.md lists all.",
            ),
            (
                "CodeArtsRepo-MergeRequest-Creat",
                "Perhaps `CodeArtsRepo-MergeRequest-Create` is meant; docs/events.md lists all.",
            ),
            (
                "check.completed:maybe",
                "Write one of passed, failed, unclear behind the colon, or `check.completed` alone.",
            ),
            ("mr.opened:passed", "Write `mr.opened` alone."),
            ("mr.opened mr.*", "Separate the events by commas."),
        ] {
            assert_eq!(Selection::from_input(text).unwrap_err().fix, fix, "{text}");
        }
        for text in [
            "nothing like it at all",
            "xyz.*",
            ":",
            "::",
            "*:x",
            "[]",
            ",",
            "[[\"a\"]]",
        ] {
            assert!(Selection::from_input(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pattern_fits_as_in_a_shell() {
        for (name, pattern, fits) in [
            ("mr.opened", "mr.*", true),
            ("mr.opened", "*", true),
            ("mr.opened", "*.opened", true),
            ("mr.opened", "m*o*d", true),
            ("mr.opened", "mr.*opened*", true),
            ("mr.opened", "mr", false),
            ("mr.opened", "*x*", false),
            ("mr.opened", "mr.opened*mr.opened", false),
            ("aba", "ab*ba", false),
        ] {
            assert_eq!(is_like(name, pattern), fits, "{name} {pattern}");
        }
    }
}
