//! The environment of a run as a value: variables, and files by way of a small trait.
//!
//! Nothing in the core asks the process for anything. Tests build an environment from a list.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::model::text::is_absent;

/// Reads the few files that inputs and platforms point to.
pub trait Files {
    /// The content of the regular file at `path`, at most `limit` bytes of it.
    ///
    /// # Errors
    /// A [`FileFault`] when there is no such file, it is no regular file, it is larger than
    /// `limit`, or it cannot be read.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault>;

    /// As [`Files::read`], for a file that a pull request can replace: with every link followed it
    /// must lie below the working folder (rule R-4).
    ///
    /// # Errors
    /// As [`Files::read`], and [`FileFault::Outside`].
    fn read_inside(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault>;

    /// Everything that standard input holds, at most `limit` bytes of it; its end is waited for no
    /// longer than `patience`.
    ///
    /// # Errors
    /// A [`FileFault`] when nobody writes to it or comes to an end in time, the run is ended
    /// meanwhile, it is larger than `limit`, or it cannot be read.
    fn read_standard_input(&self, limit: u64, patience: Duration) -> Result<Vec<u8>, FileFault>;
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// There is no such file.
    Missing,
    /// A folder, a pipe, a device.
    NotRegular,
    /// Not below the working folder.
    Outside,
    /// Larger than the caller's limit, in bytes.
    TooLarge(u64),
    /// The system refused, with its reason.
    Unreadable(String),
    /// Standard input is a terminal, or its writer does not come to an end.
    Silent,
    /// The run was asked to end while it was read.
    Ended,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::NotRegular => f.write_str("it is not a regular file"),
            Self::Outside => f.write_str("it leads out of the working folder"),
            Self::TooLarge(limit) => write!(f, "it is larger than {limit} bytes"),
            Self::Unreadable(reason) => write!(f, "it cannot be read ({reason})"),
            Self::Silent => f.write_str("nobody wrote to it to the end; pipe a file into the step"),
            Self::Ended => f.write_str("the run was ended while it was read"),
        }
    }
}

/// Variables and files, frozen at the start of the run.
pub struct Environment {
    variables: BTreeMap<String, String>,
    files: Box<dyn Files>,
}

impl fmt::Debug for Environment {
    /// Names only: values hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// Takes the variables as they are, bytes that are no UTF-8 already replaced by U+FFFD.
    pub fn new(
        variables: impl IntoIterator<Item = (String, String)>,
        files: impl Files + 'static,
    ) -> Self {
        // Collecting would sort first: more time, and a further copy of the sort in the program.
        let mut by_name = BTreeMap::new();
        by_name.extend(variables);
        Self {
            variables: by_name,
            files: Box::new(files),
        }
    }

    /// The variable's value, unless it is unset or says nothing (blank, `null`, `<nil>`, ...).
    pub fn value(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|text| !is_absent(text))
    }

    /// Whether the variable has exactly this value, whatever its case.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.value(name)
            .is_some_and(|text| text.trim().eq_ignore_ascii_case(value))
    }

    /// All variables, in the order of their names.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads several variables as one flat struct of `Option<String>`; field names are the
    /// variables' names in lower case. What is absent stays `None`.
    pub fn read<T: DeserializeOwned + Default>(&self) -> T {
        // Names with lower-case letters are left out: `name` and `NAME` would meet in one field.
        let upper = self
            .variables
            .iter()
            .filter(|(name, value)| {
                !name.bytes().any(|byte| byte.is_ascii_lowercase()) && !is_absent(value)
            })
            .map(|(name, value)| (name.clone(), value.clone()));
        envy::from_iter(upper).unwrap_or_default()
    }

    /// Reads a file as text; bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// As [`Files::read`].
    pub fn file(&self, path: &str, limit: u64) -> Result<String, FileFault> {
        self.file_bytes(path, limit)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads a file of the checkout as it is.
    ///
    /// # Errors
    /// As [`Files::read_inside`].
    pub fn checkout_file_bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        self.files.read_inside(path, limit)
    }

    /// Reads a file as it is.
    ///
    /// # Errors
    /// As [`Files::read`].
    pub fn file_bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        self.files.read(path, limit)
    }

    /// Reads a file that the author named: a relative path stays in the checkout, where a pull
    /// request could have put a link; an absolute one is read as it is.
    ///
    /// # Errors
    /// As [`Files::read_inside`].
    pub fn named_file_bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        match std::path::Path::new(path).is_absolute() {
            true => self.files.read(path, limit),
            false => self.files.read_inside(path, limit),
        }
    }

    /// Reads standard input to its end.
    ///
    /// # Errors
    /// As [`Files::read_standard_input`].
    pub fn standard_input(&self, limit: u64, patience: Duration) -> Result<Vec<u8>, FileFault> {
        self.files.read_standard_input(limit, patience)
    }
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        let bytes = self.get(path).ok_or(FileFault::Missing)?;
        if bytes.len() as u64 > limit {
            return Err(FileFault::TooLarge(limit));
        }
        Ok(bytes.clone())
    }

    fn read_inside(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileFault> {
        match path.starts_with('/') || path.split('/').any(|part| part == "..") {
            true => Err(FileFault::Outside),
            false => self.read(path, limit),
        }
    }

    /// The file named `-`.
    fn read_standard_input(&self, limit: u64, _: Duration) -> Result<Vec<u8>, FileFault> {
        self.read("-", limit)
    }
}

/// An environment without files, for tests and examples.
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::new(owned, BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, serde::Deserialize, PartialEq, Debug)]
    struct Variables {
        drone_branch: Option<String>,
        drone_tag: Option<String>,
    }

    #[test]
    fn values_that_say_nothing_are_absent() {
        let environment = Environment::from([("A", " "), ("B", "null"), ("C", "x"), ("D", "TRUE")]);
        assert_eq!(environment.value("A"), None);
        assert_eq!(environment.value("B"), None);
        assert_eq!(environment.value("C"), Some("x"));
        assert!(environment.is("D", "true"));
    }

    #[test]
    fn several_variables_are_read_at_once() {
        let environment = Environment::from([
            ("DRONE_BRANCH", "main"),
            ("drone_branch", "a stray one"),
            ("DRONE_TAG", "<nil>"),
        ]);
        assert_eq!(
            environment.read::<Variables>(),
            Variables {
                drone_branch: Some("main".into()),
                drone_tag: None
            }
        );
    }
}
