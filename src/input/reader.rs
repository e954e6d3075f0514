//! Finds inputs in the environment, whichever way the platform hands them over.

use super::facts::FACT_INPUTS;
use super::fault::{InputFault, Reason};
use super::headers::header_secrets;
use super::kind::Kind;
use super::spec::{Input, InputSpec};
use super::value::FromInput;
use crate::environment::Environment;
use crate::model::text::{is_absent, is_unresolved_reference};
use crate::secret::Secret;

/// How platforms mark an input's variable, the strongest first: plugin settings (Drone,
/// Woodpecker, Harness, CNB), action inputs (GitHub, Gitea, Forgejo), and our own.
const PREFIXES: [&str; 3] = ["PLUGIN_", "INPUT_", "RUNBELL_"];

/// Largest file that a `<secret>_file` input may name, in bytes.
const SECRET_FILE_LIMIT_BYTES: u64 = 64 * 1024;

/// Reads inputs and collects every fault and warning on the way.
#[derive(Debug)]
pub struct InputReader<'e> {
    environment: &'e Environment,
    /// By name, and there the strongest spelling first.
    found: Vec<Found<'e>>,
    faults: Vec<InputFault>,
    warnings: Vec<String>,
    secrets: Vec<Secret>,
}

#[derive(Debug)]
struct Found<'e> {
    /// In lower snake case.
    name: String,
    text: &'e str,
    variable: &'e str,
    /// Which of [`PREFIXES`], or a number beyond for a bare name.
    prefix: usize,
    /// Whether it is spelled with hyphens or the like in place of underscores.
    is_hyphened: bool,
    /// Whether an input has asked for it.
    is_read: bool,
}

impl Found<'_> {
    /// Where it stands among all: within one prefix, the spelling with underscores comes first.
    fn place(&self) -> (&str, usize, bool) {
        (&self.name, self.prefix, self.is_hyphened)
    }
}

impl<'e> InputReader<'e> {
    /// Looks through the environment once.
    ///
    /// `PLUGIN_AT-USERS`, `PLUGIN_AT_USERS` and `INPUT_at.users` are one input, `at_users`; the
    /// stronger prefix wins, and within one prefix the spelling with underscores.
    pub fn new(environment: &'e Environment) -> Self {
        let mut reader = Self {
            environment,
            found: Vec::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
            secrets: Vec::new(),
        };
        for (variable, text) in environment.variables() {
            let marked = PREFIXES.iter().enumerate().find_map(|(prefix, mark)| {
                let head = variable.get(..mark.len())?;
                head.eq_ignore_ascii_case(mark)
                    .then(|| variable.get(mark.len()..).map(|name| (prefix, name)))?
            });
            if let Some((prefix, name)) = marked
                && !is_absent(text)
                && !name.is_empty()
            {
                let is_hyphened = name.contains(['-', '.', ' ']);
                let mut name = name.to_lowercase();
                if is_hyphened {
                    name = name.replace(['-', '.', ' '], "_");
                }
                reader.keep(Found {
                    name,
                    text,
                    variable,
                    prefix,
                    is_hyphened,
                    is_read: false,
                });
            }
        }
        reader
    }

    /// Reads inputs under their bare names too, behind all prefixes: `at_users`, which is how a step
    /// writes it, before `AT_USERS`, which may be somebody else's.
    ///
    /// Only for platforms that hand step inputs over like that: elsewhere a stray `TITLE` would
    /// become an input. Even there, single words in capitals (`LANGUAGE`, `ENABLED`) and the names
    /// of facts (`PIPELINE_NAME`) are variables of other things and are not read, and a bare value
    /// that makes no sense is a warning and no fault.
    pub fn read_bare_names(&mut self) {
        for (variable, text) in self.environment.variables() {
            let name = variable.to_lowercase();
            let is_fact = || FACT_INPUTS.iter().any(|spec| spec.name == name);
            let is_capital = variable == name.to_uppercase() && name.contains('_') && !is_fact();
            let is_verbatim = variable == name;
            if (is_verbatim || is_capital) && !is_absent(text) {
                let prefix = PREFIXES.len() + usize::from(!is_verbatim);
                self.keep(Found {
                    name,
                    text,
                    variable,
                    prefix,
                    is_hyphened: false,
                    is_read: false,
                });
            }
        }
    }

    fn keep(&mut self, found: Found<'e>) {
        let place = found.place();
        let at = self.found.partition_point(|known| known.place() <= place);
        self.found.insert(at, found);
    }

    /// All spellings of an input, the strongest first.
    fn spellings(&self, name: &str) -> impl Iterator<Item = &Found<'e>> {
        self.found.iter().filter(move |found| found.name == name)
    }

    /// The value, or `None` when it is absent or wrong (which is then a fault).
    pub fn get<T: FromInput>(&mut self, input: &Input<T>) -> Option<T> {
        let text = self.text(&input.spec)?;
        match T::from_input(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.refuse(&input.spec, &text, reason);
                None
            }
        }
    }

    /// The value, its default when it is absent.
    pub fn value<T: FromInput + Default>(&mut self, input: &Input<T>) -> T {
        self.get(input).unwrap_or_else(|| {
            // That every default reads is held by a test over all inputs.
            input
                .spec
                .default
                .and_then(|text| T::from_input(text).ok())
                .unwrap_or_default()
        })
    }

    /// The text of an input whose check passes.
    pub fn checked_text(&mut self, spec: &InputSpec) -> Option<String> {
        let text = self.text(spec)?;
        match (spec.check)(&text) {
            Ok(()) => Some(text),
            Err(reason) => {
                self.refuse(spec, &text, reason);
                None
            }
        }
    }

    /// Records a fault in an input's value.
    pub fn refuse(&mut self, spec: &InputSpec, text: &str, reason: Reason) {
        let found = self.strongest(spec.name, spec.kind);
        if let Some(bare) = found.filter(|found| found.prefix >= PREFIXES.len()) {
            self.warnings.push(format!(
                "the variable {} is not read as the input `{}`: {}",
                bare.variable, spec.name, reason.wrong
            ));
            return;
        }
        // A body may hold a key that a receiver wants there; the fault has line and column.
        self.faults
            .push(if spec.kind.is_secret() || spec.kind == Kind::Body {
                InputFault::hiding(spec.name, reason)
            } else {
                InputFault::showing(spec.name, text, reason)
            });
    }

    /// Records a fault that concerns no shown value.
    pub fn fault(&mut self, input: &str, reason: Reason) {
        self.faults.push(InputFault::hiding(input, reason));
    }

    /// Whether a fault was recorded in this input.
    pub fn has_fault_in(&self, input: &str) -> bool {
        let as_file = format!("{input}_file");
        self.faults
            .iter()
            .any(|fault| fault.input == input || fault.input == as_file)
    }

    /// Whether the input has a value, right or wrong, by itself or (a secret) as a file. One that
    /// is its default says nothing: marketplaces write out every default there is.
    pub fn is_given(&self, spec: &InputSpec) -> bool {
        let as_file = || self.strongest(&format!("{}_file", spec.name), Kind::Path);
        let read = self.strongest(spec.name, spec.kind);
        read.is_some_and(|found| spec.default != Some(found.text.trim()))
            || (spec.kind.is_secret() && as_file().is_some())
    }

    /// Whether the input was written at all, be it a list of nothing or a reference that nobody
    /// resolved.
    pub fn is_written(&self, spec: &InputSpec) -> bool {
        self.spellings(spec.name).next().is_some()
    }

    /// Records that a secret is not there.
    pub fn missing_secret(&mut self, input: &str, reason: Reason) {
        self.faults.push(InputFault::missing_secret(input, reason));
    }

    /// Records a warning.
    pub fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Gives inputs that are not given a value, as if it had been written.
    pub fn assume(&mut self, inputs: &[(&'static str, &'static str)]) {
        for (name, text) in inputs {
            self.keep(Found {
                name: (*name).to_owned(),
                text,
                variable: name,
                prefix: 0,
                is_hyphened: false,
                is_read: false,
            });
        }
    }

    /// Records a secret that stands in no input of its own.
    pub fn hide(&mut self, secret: Secret) {
        self.secrets.push(secret);
    }

    /// The environment that is read.
    pub const fn environment(&self) -> &'e Environment {
        self.environment
    }

    /// The names that were given behind a prefix and that no input has asked for so far, lower snake
    /// case, with the variable that gave each.
    pub fn unread(&self) -> impl Iterator<Item = (&str, &str)> {
        self.found
            .chunk_by(|one, other| one.name == other.name)
            .filter_map(<[Found<'_>]>::first)
            .filter(|found| found.prefix < PREFIXES.len() && !found.is_read)
            .map(|found| (found.name.as_str(), found.variable))
    }

    /// Everything that went wrong, everything worth a warning, and every secret text seen.
    pub fn finish(self) -> (Vec<InputFault>, Vec<String>, Vec<Secret>) {
        (self.faults, self.warnings, self.secrets)
    }

    fn text(&mut self, spec: &InputSpec) -> Option<String> {
        let direct = self.direct_text(spec.name, spec.kind);
        if !spec.kind.is_secret() {
            return direct;
        }
        let text = match direct {
            Some(text) => text,
            None => self.text_of_file(spec)?,
        };
        let found = self.strongest(spec.name, spec.kind);
        // What a dry run assumes is no secret.
        let is_assumed =
            found.is_some_and(|found| found.variable == spec.name && found.prefix == 0);
        if text.trim().len() < Secret::SHORTEST_BYTES && !is_assumed {
            self.warnings.push(format!(
                "input `{}` is shorter than 6 bytes and is not masked where it stands in texts",
                spec.name
            ));
        }
        match spec.kind {
            // Their names are words that a message may hold.
            Kind::SecretHeaders => self.secrets.extend(header_secrets(&text)),
            _ => self.secrets.push(Secret::new(&text)),
        }
        Some(text)
    }

    /// The strongest spelling that is more than a reference which nobody resolved.
    fn strongest(&self, name: &str, kind: Kind) -> Option<&Found<'e>> {
        self.spellings(name)
            .find(|found| !is_unresolved(kind, found.text))
    }

    /// The text of the strongest spelling, with a warning about each that nobody resolved, and
    /// about one that only its author's slip made the weaker.
    fn direct_text(&mut self, name: &str, kind: Kind) -> Option<String> {
        let mut spellings = self.found.iter_mut().filter(|found| found.name == name);
        while let Some(found) = spellings.next() {
            found.is_read = true;
            if !is_unresolved(kind, found.text) {
                let twin = spellings.next();
                if let Some(twin) = twin.filter(|twin| twin.prefix == found.prefix) {
                    self.warnings.push(format!(
                        "input `{name}` is given twice: {} is read, {} is not",
                        found.variable, twin.variable
                    ));
                }
                return Some(found.text.to_owned());
            }
            self.warnings.push(format!(
                "input `{name}` holds a reference that nobody resolved and counts as not set; check {} in the step",
                found.variable
            ));
        }
        None
    }

    /// The text of a secret given by the `<name>_file` form.
    fn text_of_file(&mut self, spec: &InputSpec) -> Option<String> {
        let name = format!("{}_file", spec.name);
        let path = self.direct_text(&name, Kind::Path)?.trim().to_owned();
        match self.environment.file(&path, SECRET_FILE_LIMIT_BYTES) {
            Ok(text) if is_absent(&text) => {
                self.faults.push(InputFault::showing(
                    name,
                    &path,
                    Reason::new("the file is empty", "Put the secret into the file."),
                ));
                None
            }
            // Editors of some systems begin a file with a mark of its encoding.
            Ok(text) => Some(text.trim_start_matches('\u{feff}').to_owned()),
            Err(fault) => {
                self.faults.push(InputFault::showing(
                    name,
                    &path,
                    Reason::new(
                        fault.to_string(),
                        "Name a file that the step can read and that holds the secret alone.",
                    ),
                ));
                None
            }
        }
    }
}

/// Whether the text is a reference where a value should be. A template may be `${NAME}`, and no
/// other. GitLab leaves `$NAME` as it is where nobody defined it; as text that could be a password,
/// but no address and no path.
fn is_unresolved(kind: Kind, text: &str) -> bool {
    let text = text.trim();
    let is_name = || {
        text.strip_prefix('$').is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let is_ours = || text.starts_with("${") && !text.starts_with("${{");
    match kind {
        Kind::Template | Kind::Line | Kind::Body if is_ours() => false,
        Kind::SecretAddresses | Kind::Path if is_name() => true,
        _ => is_unresolved_reference(text),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::input::List;
    use crate::model::message::Language;

    static USERS: Input<List> = Input::new("at_users", "Users");
    static KEY: Input<Secret> = Input::new("key", "A key");

    #[track_caller]
    fn check<const N: usize>(variables: [(&str, &str); N], expected: Option<&[&str]>) {
        let environment = Environment::from(variables);
        let mut reader = InputReader::new(&environment);
        let read = reader.get(&USERS).map(|list| list.0);
        assert_eq!(
            read.as_deref()
                .map(|it| it.iter().map(String::as_str).collect()),
            expected.map(<[&str]>::to_vec),
            "{variables:?}"
        );
    }

    #[test]
    fn a_reference_is_no_address() {
        static ADDRESS: Input<crate::input::Addresses> = Input::new("robot", "A robot");
        for (text, expected) in [
            ("$ROBOT", false),
            (" $robot_2 ", false),
            ("${ROBOT}", false),
            ("$(ROBOT)", false),
            ("https://example.com/$ROBOT", true),
            ("$ROBOT/x", true),
        ] {
            let environment = Environment::from([("RUNBELL_ROBOT", text)]);
            let reader = InputReader::new(&environment);
            assert_eq!(reader.is_given(&ADDRESS.spec), expected, "{text}");
        }
        // Text may look so.
        let environment = Environment::from([("RUNBELL_KEY", "$ROBOT")]);
        assert!(InputReader::new(&environment).is_given(&KEY.spec));
    }

    #[test]
    fn a_template_may_be_one_of_its_own_references() {
        static TEXT: Input<crate::input::Template> = Input::new("text", "A template");
        for (text, expected) in [
            ("${NAME}", true),
            (" ${branch} ", true),
            ("{{branch}}", true),
        ] {
            let environment = Environment::from([("RUNBELL_TEXT", text)]);
            let mut reader = InputReader::new(&environment);
            assert_eq!(reader.is_given(&TEXT.spec), expected, "{text}");
            assert_eq!(reader.get(&TEXT).is_some(), expected, "{text}");
            assert_eq!(reader.finish().1.is_empty(), expected, "{text}");
        }
    }

    #[test]
    fn every_spelling_of_every_platform_is_found() {
        for variable in [
            "PLUGIN_AT_USERS",
            "PLUGIN_AT-USERS",
            "INPUT_AT_USERS",
            "INPUT_AT-USERS",
            "INPUT_AT.USERS",
            "RUNBELL_AT_USERS",
            "runbell_at_users",
        ] {
            check([(variable, "a,b")], Some(&["a", "b"]));
        }
        check([("AT_USERS", "a")], None);
        check([("XPLUGIN_AT_USERS", "a")], None);
    }

    #[test]
    fn the_stronger_prefix_wins_unless_it_says_nothing() {
        check(
            [
                ("RUNBELL_AT_USERS", "c"),
                ("INPUT_AT_USERS", "b"),
                ("PLUGIN_AT_USERS", "a"),
            ],
            Some(&["a"]),
        );
        check(
            [
                ("RUNBELL_AT_USERS", "c"),
                ("INPUT_AT_USERS", ""),
                ("PLUGIN_AT_USERS", "null"),
            ],
            Some(&["c"]),
        );
    }

    #[test]
    fn bare_names_are_read_where_they_are_inputs() {
        for (variable, expected) in [("at_users", true), ("AT_USERS", true), ("At_Users", false)] {
            let environment = Environment::from([(variable, "a"), ("PLUGIN_AT_USERZ", "z")]);
            let mut reader = InputReader::new(&environment);
            reader.read_bare_names();
            assert_eq!(reader.get(&USERS).is_some(), expected, "{variable}");
            assert_eq!(
                reader.unread().count(),
                1,
                "bare names are nobody's misspelling"
            );
        }
        // Everyday variables are no inputs, and a bare value that makes no sense stops nothing.
        let environment = Environment::from([
            ("LANGUAGE", "en_US:en"),
            ("ENABLED", "false"),
            ("REPO_URL", "git@example.com:a/b.git"),
            ("AT_USERS", "[broken"),
        ]);
        let mut reader = InputReader::new(&environment);
        reader.read_bare_names();
        static LANGUAGE: Input<Language> = Input::new("language", "Language");
        assert_eq!(reader.get(&LANGUAGE), None);
        assert!(reader.get(&USERS).is_none());
        let (faults, warnings, _) = reader.finish();
        assert!(faults.is_empty(), "{faults:?}");
        assert!(warnings[0].contains("AT_USERS is not read"), "{warnings:?}");
        let environment = Environment::from([("at_users", "bare"), ("RUNBELL_AT_USERS", "ours")]);
        let mut reader = InputReader::new(&environment);
        reader.read_bare_names();
        assert_eq!(reader.get(&USERS).unwrap().0, ["ours"]);
    }

    #[test]
    fn what_the_step_writes_itself_beats_a_stray_variable_in_capitals() {
        for (verbatim, capitals, expected) in [
            ("step", "stray", &["step"][..]),
            ("step", "[broken", &["step"]),
            ("", "stray", &["stray"]),
        ] {
            let environment = Environment::from([("at_users", verbatim), ("AT_USERS", capitals)]);
            let mut reader = InputReader::new(&environment);
            reader.read_bare_names();
            assert_eq!(reader.get(&USERS).unwrap().0, expected, "{capitals}");
            let (faults, warnings, _) = reader.finish();
            assert!(faults.is_empty() && warnings.is_empty(), "{warnings:?}");
        }
    }

    #[test]
    fn two_spellings_of_one_input_are_warned_about() {
        let environment = Environment::from([("PLUGIN_AT-USERS", "a"), ("PLUGIN_AT_USERS", "b")]);
        let mut reader = InputReader::new(&environment);
        assert_eq!(reader.get(&USERS).unwrap().0, ["b"]);
        let (_, warnings, _) = reader.finish();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }

    #[test]
    fn an_unresolved_reference_is_absent_with_a_warning() {
        let environment = Environment::from([("PLUGIN_AT_USERS", "${USERS}")]);
        let mut reader = InputReader::new(&environment);
        assert!(reader.get(&USERS).is_none());
        let (faults, warnings, _) = reader.finish();
        assert!(faults.is_empty());
        assert!(warnings[0].contains("PLUGIN_AT_USERS"), "{warnings:?}");
    }

    #[test]
    fn an_unresolved_reference_gives_way_to_a_weaker_spelling() {
        for (variables, expected) in [
            (
                &[("PLUGIN_AT_USERS", "${X}"), ("RUNBELL_AT_USERS", "a")][..],
                Some("a"),
            ),
            (
                &[
                    ("RUNBELL_AT_USERS", "c"),
                    ("PLUGIN_AT_USERS", "${X}"),
                    ("INPUT_AT_USERS", "b"),
                ],
                Some("b"),
            ),
            (
                &[("PLUGIN_AT_USERS", "a"), ("RUNBELL_AT_USERS", "${X}")],
                Some("a"),
            ),
            (
                &[("PLUGIN_AT_USERS", "${X}"), ("RUNBELL_AT_USERS", "${Y}")],
                None,
            ),
            (
                &[("PLUGIN_AT_USERS", "${X}"), ("PLUGIN_AT-USERS", "a")],
                Some("a"),
            ),
            (&[("PLUGIN_AT_USERS", "${X}"), ("at_users", "a")], Some("a")),
            (&[("at_users", "${X}"), ("AT_USERS", "a")], Some("a")),
            (
                &[
                    ("RUNBELL_AT_USERS", "c"),
                    ("PLUGIN_AT.USERS", "b"),
                    ("PLUGIN_AT_USERS", "${X}"),
                    ("PLUGIN_AT-USERS", "$(Y)"),
                    ("at_users", "d"),
                ],
                Some("b"),
            ),
        ] {
            let environment = Environment::new(
                variables
                    .iter()
                    .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
                BTreeMap::new(),
            );
            let mut reader = InputReader::new(&environment);
            reader.read_bare_names();
            assert_eq!(reader.is_given(&USERS.spec), expected.is_some());
            let users = reader.get(&USERS).map(|users| users.0.join(","));
            assert_eq!(users.as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_secret_too_short_to_be_masked_is_told() {
        for (text, warned) in [("abcde", true), ("abcdef", false), ("  abc  \n", true)] {
            let environment = Environment::from([("RUNBELL_KEY", text)]);
            let mut reader = InputReader::new(&environment);
            reader.get(&KEY).unwrap();
            assert_eq!(reader.finish().1.len(), usize::from(warned), "{text:?}");
        }
    }

    #[test]
    fn a_file_that_nobody_named_is_no_secret() {
        for (text, weaker, expected) in [
            ("${KEY_FILE}", "", None),
            ("$KEY_FILE", "", None),
            ("$(key)", "/run/key", Some("k-123456")),
        ] {
            let variables = [("PLUGIN_KEY_FILE", text), ("RUNBELL_KEY_FILE", weaker)];
            let environment = Environment::new(
                variables.map(|(name, text)| (name.to_owned(), text.to_owned())),
                BTreeMap::from([("/run/key".to_owned(), b"k-123456".to_vec())]),
            );
            let mut reader = InputReader::new(&environment);
            assert_eq!(reader.is_given(&KEY.spec), expected.is_some(), "{text}");
            let key = reader.get(&KEY);
            assert_eq!(key.as_ref().map(Secret::reveal), expected, "{text}");
            let (faults, warnings, _) = reader.finish();
            assert!(faults.is_empty(), "{text}: {faults:?}");
            assert!(warnings[0].contains("PLUGIN_KEY_FILE"), "{warnings:?}");
        }
    }

    #[test]
    fn a_secret_can_come_from_a_file() {
        let variables = [("RUNBELL_KEY_FILE".to_owned(), "/run/key".to_owned())];
        let files = BTreeMap::from([("/run/key".to_owned(), b"\xef\xbb\xbfk-123456\n".to_vec())]);
        let environment = Environment::new(variables.clone(), files);
        let mut reader = InputReader::new(&environment);
        assert_eq!(reader.get(&KEY).unwrap().reveal(), "k-123456");

        static ROBOT: Input<crate::input::Addresses> = Input::new("robot", "A robot");
        let address = b"\xef\xbb\xbfhttps://example.com/x\r\n".to_vec();
        let files = BTreeMap::from([("/run/robot".to_owned(), address)]);
        let variable = ("RUNBELL_ROBOT_FILE".to_owned(), "/run/robot".to_owned());
        let environment = Environment::new([variable], files);
        let mut reader = InputReader::new(&environment);
        assert!(reader.get(&ROBOT).is_some());

        let environment = Environment::new(variables, BTreeMap::new());
        let mut reader = InputReader::new(&environment);
        assert!(reader.get(&KEY).is_none());
        let (faults, _, _) = reader.finish();
        assert!(
            faults[0].to_string().contains("there is no such file"),
            "{faults:?}"
        );
    }
}
