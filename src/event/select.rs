//! `events`: which events a step tells of, by dotted type, glob, vendor code or vendor name.

use std::fmt;

use super::catalogue::{FAMILIES, FamilySpec, TYPES, cases_named, family, key};
use crate::input::{FromInput, Kind, List, Reason};
use crate::model::event::{Event, EventCase, EventType};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        *kind == *self.kind && self.case.is_none_or(|word| word == case.word)
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
            let case = match *kind == *event.kind {
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
    let is = |case: &&EventCase| {
        let is_word = wanted.chars().count() >= 3 && case.word.starts_with(wanted);
        let names = std::iter::once(case.name).chain(case.also.split('/'));
        let is_name = || names.into_iter().any(|name| key(name).ends_with(wanted));
        is_word || key(case.code) == wanted || is_name()
    };
    kind.cases
        .iter()
        .find(|case| !case.word.is_empty() && !wanted.is_empty() && is(case))
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
    let of_family = |names: &dyn Fn(&FamilySpec) -> [&'static str; 3]| {
        all_of(&|kind| {
            let family = family(kind.family);
            family.is_some_and(|it| names(it).iter().any(|name| key(name) == wanted))
        })
    };
    let families = of_family(&|it| [it.word, it.english, it.chinese]);
    if !families.is_empty() {
        return families;
    }
    let services = of_family(&|it| [it.service; 3]);
    if !services.is_empty() {
        return services;
    }
    let by_name = by_name(&|_| Some(wanted.clone()));
    if !by_name.is_empty() {
        return by_name;
    }
    self::by_name(&|kind| {
        let family = family(kind.family)?;
        [family.english, family.chinese, family.word]
            .iter()
            .find_map(|name| wanted.strip_prefix(&key(name)))
            .filter(|rest| !rest.is_empty())
            .map(str::to_owned)
    })
}

/// The types, and cases of types, with a code or name of this key.
fn by_name(wanted: &dyn Fn(&EventType) -> Option<String>) -> Vec<Meaning> {
    let mut means = Vec::new();
    for kind in TYPES {
        let Some(wanted) = wanted(kind) else { continue };
        let cases: Vec<_> = cases_named(kind, &wanted).collect();
        let is_whole = [kind.english, kind.chinese]
            .iter()
            .any(|names| key(names) == wanted);
        match cases.len() == kind.cases.len() || is_whole {
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
    let lower = name.to_lowercase();
    let names = TYPES.iter().flat_map(|kind| {
        let codes = kind.cases.iter().map(|case| case.code);
        let others = [kind.name, kind.english, kind.chinese];
        others.into_iter().chain(codes)
    });
    let nearest = names
        .filter(|name| !name.is_empty())
        .map(|name| {
            (
                strsim::damerau_levenshtein(&name.to_lowercase(), &lower),
                name,
            )
        })
        .min()
        .filter(|(distance, nearest)| distance * 2 < nearest.chars().count());
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
