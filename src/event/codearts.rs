//! Bodies of CodeArts, rows S1-109 to S1-248 of the requirements.
//!
//! Repository, merge request, code check and deployment have a fixed body with a code. Builds,
//! pipelines and work items have none: their subscriber writes the body around the parameters, so
//! what is read is any object with the parameters under their names, nested or with dotted keys.
//! What happened stands there in a name (`eventName`, `operation`, `BUILD.EVENT`), and a work
//! item's name alone does not always tell which kind of item it is; `eventType` with one of our
//! dotted types settles both.

use serde_json::Value;

use super::catalogue::{FAMILIES, TYPES, cases_named, key};
use super::facts::{Told, check_case, tells_failure, told};
use super::select::cases_of;
use super::{Found, row};
use crate::model::event::{EventCase, EventType, Family, at, str_at, text_at};
use crate::model::status::{Group, Status};
use crate::model::text::{clean_line, head_chars};

type Row = (&'static EventType, &'static EventCase);

/// Reads a body.
pub(super) fn find(tree: &Value) -> Found {
    let families = families_of(tree);
    let rows = match rows_of(tree, &families) {
        Ok(rows) => rows,
        Err(wrong) => return Found::Unknown(wrong),
    };
    let Some((kind, case)) = rows.first().copied() else {
        return Found::Unknown(unknown(tree, &families));
    };
    let mut event = told(kind, case, tree.clone());
    let result = str_at(tree, "job.status");
    match kind.family {
        Family::Check => {
            let (word, status) = check_told(tree, kind, case);
            event.case = row(kind.name, word).map_or(case, |(_, case)| case);
            event.status = Some(status);
            event.status_word = result.map(str::to_owned);
        }
        Family::Pipeline => {
            let says_so = |word: &&str| {
                row_told(word, kind.family).is_some_and(|(it, _)| it.name == kind.name)
            };
            event.status_word = named(tree).find(says_so).map(str::to_owned);
        }
        _ => {}
    }
    event.others = rows.iter().skip(1).map(|(kind, _)| *kind).collect();
    Found::Event(Box::new(event))
}

/// Whether the body has a part of this name, nested or in dotted keys.
fn has_part(tree: &Value, part: &str) -> bool {
    let Some(entries) = tree.as_object() else {
        return false;
    };
    entries.iter().any(|(name, value)| {
        (name == part && value.is_object())
            || name
                .strip_prefix(part)
                .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Whether a part says which item it is: a subscriber's body names the parts of every event that it
/// may be sent for, and those of the others stay empty.
fn is_filled(tree: &Value, part: &str) -> bool {
    let mut names = ["id", "title", "url"].iter();
    names.any(|name| text_at(tree, &format!("{part}.{name}")).is_some())
}

/// Whose body it is, by its parts; none when the parts do not say.
fn families_of(tree: &Value) -> Vec<Family> {
    const ITEMS: [Family; 5] = [
        Family::Requirement,
        Family::Feature,
        Family::Story,
        Family::Task,
        Family::Bug,
    ];
    let has = |part: &str| has_part(tree, part);
    if has("mergeRequest") {
        vec![Family::MergeRequest]
    } else if has("BUILD") {
        vec![Family::Build]
    } else if has("pipeline") {
        vec![Family::Pipeline]
    } else if has("job") {
        vec![Family::Check]
    } else if at(tree, "taskName").is_some() {
        vec![Family::Deployment]
    } else if has("repo") {
        vec![Family::Repository]
    } else {
        match (has("issue"), has("review")) {
            (false, false) => Vec::new(),
            (true, false) => ITEMS.to_vec(),
            (false, true) => vec![Family::Review],
            // One service and one list of parameters for both.
            (true, true) => match (is_filled(tree, "issue"), is_filled(tree, "review")) {
                (true, false) => ITEMS.to_vec(),
                (false, true) => vec![Family::Review],
                (true, true) | (false, false) => {
                    ITEMS.into_iter().chain([Family::Review]).collect()
                }
            },
        }
    }
}

/// The names by which a body says what happened, the most telling first. The title of a build is
/// none of them: it holds the names that people give.
fn named(tree: &Value) -> impl Iterator<Item = &str> {
    [
        "eventName",
        "operation",
        "BUILD.EVENT",
        "pipeline.status",
        "result",
    ]
    .into_iter()
    .filter_map(|path| match at(tree, path) {
        Some(Value::Bool(true)) => Some("true"),
        Some(Value::Bool(false)) => Some("false"),
        _ => str_at(tree, path),
    })
}

/// The rows that fit, the likeliest first.
///
/// # Errors
/// What is wrong with an `eventType` that names one of our types.
fn rows_of(tree: &Value, families: &[Family]) -> Result<Vec<Row>, String> {
    let said = str_at(tree, "eventType").and_then(|said| {
        let (name, word) = said.split_once([':', '：']).unwrap_or((said, ""));
        let name = name.trim().to_lowercase();
        Some((TYPES.iter().find(|kind| kind.name == name)?, word.trim()))
    });
    let Some((kind, word)) = said else {
        return Ok(rows_found(tree, families));
    };
    let case = case_said(tree, kind, word).ok_or_else(|| no_case(kind, word))?;
    let bad = named(tree)
        .filter_map(|name| row_told(name, kind.family))
        .filter(|(_, case)| case.status.map(Status::group) == Some(Group::Bad));
    Ok(worst(std::iter::once((kind, case)).chain(bad))
        .into_iter()
        .collect())
}

/// The case that stands behind the colon of an `eventType`. Where none does, the code or the name
/// says it; else it is the case that the type is named after, and never one that is a guess.
fn case_said(tree: &Value, kind: &'static EventType, word: &str) -> Option<&'static EventCase> {
    fn only(mut cases: impl Iterator<Item = &'static EventCase>) -> Option<&'static EventCase> {
        let first = cases.next()?;
        cases.next().is_none().then_some(first)
    }
    if !word.is_empty() {
        return only(cases_of(kind, &key(word)));
    }
    let own = kind.name.rsplit('.').next().unwrap_or_default();
    let own = match kind.name {
        "mr.reviewed" => "commented",
        "check.completed" => "unclear",
        _ => own,
    };
    let by_code = str_at(tree, "eventCode").into_iter();
    let known = only(kind.cases.iter()).or_else(|| {
        by_code
            .chain(named(tree))
            .find_map(|name| only(cases_named(kind, &key(name))))
    });
    known.or_else(|| kind.cases.iter().find(|case| case.word == own))
}

/// What is wrong with an `eventType` that names no case of its type.
fn no_case(kind: &EventType, word: &str) -> String {
    let words: Vec<&str> = kind.cases.iter().map(|case| case.word).collect();
    let wrong = match word {
        "" => format!("its `eventType` is `{}` without a case", kind.name),
        word => format!(
            "its `eventType` is `{}`, which has no case `{}`",
            kind.name,
            head_chars(&clean_line(word), 40)
        ),
    };
    match words.as_slice() {
        [] | [_] => format!("{wrong}; write `{}` alone", kind.name),
        _ => format!(
            "{wrong}; write one of {} behind the colon",
            words.join(", ")
        ),
    }
}

/// How a check ended: by its job and its gate, and by what names a case of it. The worse counts.
fn check_told(tree: &Value, kind: &'static EventType, said: &EventCase) -> (&'static str, Status) {
    let told = |path| Told::at(tree, path);
    let (result, gate) = (told("job.status"), told("job.gateResult"));
    let (word, status) = check_case(result, gate);
    // The type alone says nothing; a case behind it does.
    let by_type = str_at(tree, "eventType")
        .filter(|it| it.contains([':', '：']))
        .map(|_| said.word);
    let by_name = named(tree).filter_map(|name| {
        let name_key = key(name);
        let mut cases = cases_named(kind, &name_key);
        match (cases.next(), cases.next()) {
            (Some(case), None) => Some(case.word),
            _ => tells_failure(name).then_some("failed"),
        }
    });
    let claims: Vec<&str> = by_type.into_iter().chain(by_name).collect();
    let is_bare = (result, gate) == (Told::Nothing, Told::Nothing);
    match word {
        "failed" => (word, status),
        _ if claims.contains(&"failed") => ("failed", Status::Failure),
        "passed" if claims.contains(&"unclear") => ("unclear", Status::Unknown),
        "unclear" if is_bare && claims.contains(&"passed") && !claims.contains(&"unclear") => {
            ("passed", Status::Success)
        }
        word => (word, status),
    }
}

/// The rows that fit where no `eventType` says it.
fn rows_found(tree: &Value, families: &[Family]) -> Vec<Row> {
    let kinds = || {
        TYPES
            .iter()
            .filter(|kind| families.is_empty() || families.contains(&kind.family))
    };
    let by_code = str_at(tree, "eventCode").and_then(|code| {
        let has_code =
            |case: &&EventCase| !case.code.is_empty() && case.code.eq_ignore_ascii_case(code);
        let with_code = |kind: &'static EventType| Some((kind, kind.cases.iter().find(has_code)?));
        // The code says what happened, whatever parts stand beside it. Those of deployments are
        // words that others have, too.
        let mut own = TYPES.iter().filter(|it| it.family != Family::Deployment);
        kinds()
            .find_map(with_code)
            .or_else(|| own.find_map(with_code))
    });
    if let [family @ (Family::Build | Family::Deployment | Family::Pipeline)] = families {
        let names = named(tree).filter_map(|name| row_told(name, *family));
        return worst(by_code.into_iter().chain(names))
            .into_iter()
            .collect();
    }
    if let Some(row) = by_code {
        return vec![row];
    }
    let by_name = named(tree)
        .map(|name| rows_named(name, &kinds().collect::<Vec<_>>()))
        .find(|rows| !rows.is_empty());
    by_name
        .or_else(|| {
            // A check is completed, whatever its body says beside its job.
            let is_check = families == [Family::Check];
            is_check.then(|| row("check.completed", "unclear").into_iter().collect())
        })
        .or_else(|| by_part(tree, &kinds().collect::<Vec<_>>()))
        .unwrap_or_default()
}

/// The row that is believed where several places of a body tell different things: a bad end before
/// all, a good one only when nothing else is told; else the first.
fn worst(rows: impl Iterator<Item = Row>) -> Option<Row> {
    rows.min_by_key(|(_, case)| match case.status.map(Status::group) {
        Some(Group::Bad) => 0,
        Some(Group::Good) => 2,
        _ => 1,
    })
}

/// The rows of a name. It may name the family too: 新建任务, 任务新建.
fn rows_named(name: &str, kinds: &[&'static EventType]) -> Vec<Row> {
    let wanted = key(name);
    let find = |wanted: &dyn Fn(&EventType) -> Option<String>| -> Vec<Row> {
        kinds
            .iter()
            .filter_map(|kind| {
                let wanted = wanted(kind)?;
                let case = cases_named(kind, &wanted).next()?;
                Some((*kind, case))
            })
            .collect()
    };
    let own = find(&|kind| {
        let family = FAMILIES.iter().find(|it| it.family == kind.family)?;
        let bare = wanted.replacen(&key(family.chinese), "", 1);
        let is_named = bare != wanted && !bare.is_empty();
        is_named.then_some(bare)
    });
    match own.is_empty() {
        true => find(&|_| Some(wanted.clone())),
        false => own,
    }
}

/// What one name tells of a build, a deployment or a pipeline: a name of the catalogue, a status
/// word, or words inside it. 不成功 has 成功 in it, so the words of failure come first.
fn row_told(name: &str, family: Family) -> Option<Row> {
    let kinds: Vec<_> = TYPES.iter().filter(|it| it.family == family).collect();
    if let Some(row) = rows_named(name, &kinds).first() {
        return Some(*row);
    }
    let [succeeded, failed, stopped, paused, ignored] = match family {
        Family::Build => ["build.succeeded", "build.failed", "", "", ""],
        Family::Deployment => [
            "deploy.succeeded",
            "deploy.failed",
            "deploy.stopped",
            "",
            "",
        ],
        Family::Pipeline => [
            "pipeline.completed",
            "pipeline.failed",
            "",
            "pipeline.paused",
            "pipeline.ignored",
        ],
        _ => return None,
    };
    let said = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let found = match (Status::from_word(name), family) {
        (Some(Status::Success | Status::Warning), _) => succeeded,
        (Some(Status::Failure | Status::Error | Status::TimedOut), _) => failed,
        (Some(Status::Canceled), _) => stopped,
        (Some(Status::Paused), _) => paused,
        (Some(Status::Ignored | Status::Skipped), _) => ignored,
        (Some(_), _) => "",
        (None, _) if tells_failure(name) => failed,
        (None, Family::Pipeline) if said(&["挂起"]) => "pipeline.suspended",
        (None, _) if said(&["暂停"]) => paused,
        (None, _) if said(&["忽略"]) => ignored,
        (None, _) if said(&["中止", "停止"]) => stopped,
        (None, _) if said(&["成功"]) => succeeded,
        (None, Family::Pipeline) if said(&["完成"]) => succeeded,
        (None, Family::Build) if said(&["禁用"]) => "build.disabled",
        (None, Family::Build) if said(&["删除"]) => "build.deleted",
        (None, Family::Build) if said(&["编辑", "更新", "修改", "配置"]) => {
            "build.reconfigured"
        }
        _ => "",
    };
    row(found, "")
}

/// The rows whose name is part of what a work item's body says, 新建 of 新建工作项; the longest name
/// says most.
fn by_part(tree: &Value, kinds: &[&'static EventType]) -> Option<Vec<Row>> {
    let words: Vec<&str> = named(tree).collect();
    let items = kinds.iter().filter(|kind| kind.family.is_work_item());
    let names = items.flat_map(|kind| kind.cases).map(|case| case.name);
    let said = names.filter(|name| words.iter().any(|word| word.contains(name)));
    let longest = said.max_by_key(|name| name.len())?;
    Some(rows_named(longest, kinds))
}

/// Why a body is no event: what it says, or that it says nothing.
fn unknown(tree: &Value, families: &[Family]) -> String {
    let said = [
        "eventType",
        "eventCode",
        "eventName",
        "operation",
        "BUILD.EVENT",
    ]
    .iter()
    .find_map(|path| Some((path, str_at(tree, path)?)));
    let about = match families {
        [] => "it has none of the parts of an event",
        _ => "it does not say what happened",
    };
    match said {
        Some((path, text)) => format!(
            "its `{path}` is `{}`, which is no event that runbell knows",
            head_chars(&clean_line(text), 80)
        ),
        None => format!("{about}; it needs an `eventCode`, an `eventName` or an `eventType`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, expected: &str, others: &[&str]) {
        let Found::Event(event) = find(&body) else {
            panic!("{body}: {:?}", find(&body))
        };
        assert_eq!(event.name(), expected, "{body}");
        let found: Vec<&str> = event.others.iter().map(|kind| kind.name).collect();
        assert_eq!(found, others, "{body}");
    }

    #[test]
    fn bodies_that_people_write_are_read_by_their_parts_and_names() {
        let pipeline = |name: &str| json!({"eventName": name, "pipeline": {"name": "x"}});
        check(pipeline("Completed"), "pipeline.completed", &[]);
        check(pipeline("SUCCESS"), "pipeline.completed", &[]);
        check(pipeline("流水线执行失败"), "pipeline.failed", &[]);
        check(pipeline("流水线挂起"), "pipeline.suspended", &[]);
        check(
            json!({"pipeline.name": "x", "pipeline.status": "Paused"}),
            "pipeline.paused",
            &[],
        );
        let build = |event: &str| json!({"BUILD": {"EVENT": event, "TASK_NAME": "x"}});
        check(build("构建任务执行成功"), "build.succeeded", &[]);
        check(build("禁用了构建任务"), "build.disabled", &[]);
        check(build("FAILED"), "build.failed", &[]);
        let deploy = |result: &str| json!({"taskName": "shop", "result": result});
        check(deploy("成功"), "deploy.succeeded", &[]);
        check(deploy("部署已停止"), "deploy.stopped", &[]);
        check(
            json!({"eventName": "检查完成", "job": {"status": "成功"}, "task": {"name": "x"}}),
            "check.completed:passed",
            &[],
        );
        check(
            json!({"job": {"gateResult": "不通过"}}),
            "check.completed:failed",
            &[],
        );
    }

    #[test]
    fn no_failure_becomes_a_success_by_the_words_around_it() {
        for build in [
            json!({"EVENT": "FAILED", "TITLE": "成功率统计"}),
            json!({"EVENT": "构建任务执行失败", "TITLE": "[成功率统计] 构建任务执行失败"}),
            json!({"EVENT": "构建不成功", "TASK_NAME": "x"}),
            json!({"EVENT": "构建未成功，共成功 3 步", "TASK_NAME": "x"}),
            json!({"EVENT": "Build failed", "TASK_NAME": "x"}),
            json!({"EVENT": false, "TASK_NAME": "x"}),
        ] {
            check(json!({"BUILD": build}), "build.failed", &[]);
        }
        for deploy in [
            json!({"taskName": "x", "result": "部署未成功"}),
            json!({"taskName": "x", "result": "FAILED", "eventName": "x成功"}),
            json!({"taskName": "x", "result": "失败", "eventCode": "success"}),
            json!({"taskName": "x", "result": false, "eventCode": "success"}),
            json!({"taskName": "x", "result": "成功", "eventName": "应用部署失败"}),
        ] {
            check(deploy, "deploy.failed", &[]);
        }
        let stopped = json!({"taskName": "x", "result": "终止", "eventCode": "success"});
        check(stopped, "deploy.stopped", &[]);
        let pipeline = |name: &str, status: &str| json!({"eventName": name, "pipeline": {"name": "x", "status": status}});
        check(pipeline("未完成", ""), "pipeline.failed", &[]);
        check(pipeline("已完成", "FAILED"), "pipeline.failed", &[]);
        check(pipeline("failed", "SUCCESS"), "pipeline.failed", &[]);
        check(pipeline("nightly", "SUCCESS"), "pipeline.completed", &[]);
        let titled = json!({"BUILD": {"TITLE": "任务构建成功", "TASK_NAME": "x"}});
        assert!(matches!(find(&titled), Found::Unknown(_)), "{titled}");
    }

    #[test]
    fn the_case_that_a_body_names_is_not_overruled_by_a_better_one() {
        let checked = |said: Value| {
            let mut body = json!({"job": {"status": "成功"}, "task": {"name": "t"}});
            for (name, value) in said.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };
        for (said, expected) in [
            (json!({"eventType": "check.completed:failed"}), "failed"),
            (json!({"eventType": "check.completed:fail"}), "failed"),
            (json!({"eventType": "check.completed:不通过"}), "failed"),
            (json!({"eventType": "check.completed:unclear"}), "unclear"),
            (json!({"eventType": "check.completed"}), "passed"),
            (json!({"eventName": "门禁不通过"}), "failed"),
            (json!({"eventName": "门禁未通过"}), "failed"),
            (
                json!({"eventName": "门禁不通过", "eventCode": "taskExecuteCompleted"}),
                "failed",
            ),
            (json!({"eventName": "门禁通过"}), "passed"),
            (
                json!({"eventName": "门禁通过", "job": {"status": "失败"}}),
                "failed",
            ),
            (
                json!({"eventName": "门禁通过", "job": {"gateResult": "?"}}),
                "unclear",
            ),
            (
                json!({"eventType": "check.completed:passed", "job": {"status": "失败"}}),
                "failed",
            ),
            (
                json!({"eventType": "check.completed:passed", "job": {}}),
                "passed",
            ),
            (
                json!({"eventType": "check.completed", "job": {}}),
                "unclear",
            ),
        ] {
            check(checked(said), &format!("check.completed:{expected}"), &[]);
        }
        let change = |said: &str| json!({"eventType": said, "mergeRequest": {"title": "t"}});
        check(change("mr.approved:reject"), "mr.approved:rejected", &[]);
        check(change("MR.approved: passed"), "mr.approved:passed", &[]);
        check(change("mr.reviewed"), "mr.reviewed:commented", &[]);
        check(change("mr.merged"), "mr.merged", &[]);
        let coded = json!({"eventType": "mr.approved", "eventCode": "CodeArtsRepo-MergeRequest-ApprovalReject"});
        check(coded, "mr.approved:rejected", &[]);
        check(
            json!({"eventType": "bug.created"}),
            "bug.created:created",
            &[],
        );
        let ended = json!({"eventType": "deploy.succeeded", "taskName": "x", "result": "失败"});
        check(ended, "deploy.failed", &[]);
        for (said, wrong) in [
            (
                "mr.approved:bogus",
                "its `eventType` is `mr.approved`, which has no case `bogus`; write one of passed, rejected, revoked behind the colon",
            ),
            (
                "mr.approved",
                "its `eventType` is `mr.approved` without a case; write one of passed, rejected, revoked behind the colon",
            ),
            (
                "mr.merged:twice",
                "its `eventType` is `mr.merged`, which has no case `twice`; write `mr.merged` alone",
            ),
        ] {
            match find(&change(said)) {
                Found::Unknown(found) => assert_eq!(found, wrong),
                other => panic!("{said}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_work_item_is_told_as_far_as_its_body_tells_it() {
        let item = |operation: &str| json!({"operation": operation, "issue": {"id": "1"}});
        check(item("新建任务"), "task.created", &[]);
        check(item("缺陷提交"), "bug.created:submitted", &[]);
        check(item("迁移"), "story.moved", &["bug.moved"]);
        check(
            item("取消基线"),
            "feature.baselined:canceled",
            &["story.baselined"],
        );
        check(
            item("编辑了工作项"),
            "requirement.edited",
            &[
                "feature.edited",
                "story.edited",
                "task.edited",
                "bug.edited",
            ],
        );
        let review = |operation: &str| json!({"operation": operation, "review": {"id": "1"}});
        check(review("驳回"), "review.withdrawn:rejected", &[]);
        check(review("决策阶段完成"), "review.stage_done", &[]);
        // One subscription is for both, and its body has the parameters of both.
        for empty in [
            json!({"id": "", "title": ""}),
            json!({"id": "${issue.id}", "number": 0}),
            json!({"id": null}),
        ] {
            let both = |operation: &str| json!({"operation": operation, "issue": empty, "review": {"id": "r-1"}});
            check(both("提交"), "review.submitted", &[]);
            check(both("驳回"), "review.withdrawn:rejected", &[]);
            check(both("变更对象评审完成"), "review.object_reviewed", &[]);
        }
        let item = json!({"operation": "提交", "issue.id": "1", "review.id": ""});
        check(item, "requirement.created:submitted", &["bug.created"]);
        let either = json!({"operation": "提交", "issue.id": "", "review.id": ""});
        check(
            either,
            "requirement.created:submitted",
            &["bug.created", "review.submitted"],
        );
        let exact = json!({"eventType": "bug.created:submitted", "issue": {"id": "1"}, "operation": "新建"});
        check(exact, "bug.created:submitted", &[]);
    }

    #[test]
    fn a_code_counts_in_the_body_it_belongs_to() {
        check(
            json!({"eventCode": "success", "taskName": "x"}),
            "deploy.succeeded",
            &[],
        );
        check(
            json!({"eventCode": "SUCCESS", "pipeline": {"name": "x"}, "eventName": "失败"}),
            "pipeline.failed",
            &[],
        );
        check(
            json!({"eventCode": "codeartsrepo-mergerequest-merge"}),
            "mr.merged",
            &[],
        );
        let beside = [
            json!({"repo": {"name": "shop"}}),
            json!({"repo": {"name": "shop"}, "mergeRequest": null}),
            json!({"issue": {"id": ""}, "pipeline": {"name": ""}}),
        ];
        for mut body in beside {
            body["eventCode"] = "CodeArtsRepo-MergeRequest-Merge".into();
            check(body.clone(), "mr.merged", &[]);
            body["mergeRequest"] = json!({"title": ""});
            body["eventCode"] = "CodeArtsRepo-Repository-Delete".into();
            check(body.clone(), "repo.deleted", &[]);
            body["eventCode"] = "taskExecuteCompleted".into();
            check(body, "check.completed:unclear", &[]);
        }
        for body in [
            json!({}),
            json!({"mergeRequest": {"iid": 1}}),
            json!({"eventCode": "success-ish", "taskName": "x"}),
            json!({"eventCode": "success", "pipeline": {"name": "x"}}),
            json!({"issue": {"id": 1}, "operation": "?"}),
        ] {
            assert!(matches!(find(&body), Found::Unknown(_)), "{body}");
        }
    }
}
