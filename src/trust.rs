//! Which certificate authorities are trusted beyond the usual ones.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::environment::Environment;
use crate::input::{Input, InputReader, InputSpec, Reason, Switch};

static CA_FILE: Input<String> = Input::new(
    "ca_file",
    "PEM file of certificate authorities to trust besides the usual ones",
)
.path();
static CA_ONLY: Input<Switch> =
    Input::new("ca_only", "Whether ca_file alone is trusted").default("false");

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[&CA_FILE.spec, &CA_ONLY.spec];

/// Largest file of authorities, in bytes.
const FILE_LIMIT_BYTES: u64 = 1024 * 1024;

/// What is trusted.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Authorities from `ca_file`, already found usable.
    pub extra: RootCertStore,
    /// Whether the compiled-in authorities and the system's count too.
    pub usual: Usual,
}

/// What counts besides `ca_file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usual {
    /// The compiled-in authorities, and the system's where there are some.
    Trusted,
    /// Nothing.
    Left,
}

impl Trust {
    /// Reads the inputs of this room. A file that cannot be read or holds no usable certificate is
    /// a fault.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        let only = reader.value(&CA_ONLY);
        let path = reader.get(&CA_FILE);
        let mut extra = RootCertStore::empty();
        if let Some(path) = &path {
            match authorities(reader.environment(), path) {
                Ok(found) => extra = found,
                Err(reason) => reader.refuse(&CA_FILE.spec, path, reason),
            }
        }
        if only == Switch::On && path.is_none() {
            reader.fault(
                CA_ONLY.spec.name,
                Reason::new(
                    "is true, but `ca_file` is not set",
                    "Set `ca_file`, or take `ca_only` out.",
                ),
            );
        }
        Self {
            extra,
            usual: match only {
                Switch::On => Usual::Left,
                Switch::Off => Usual::Trusted,
            },
        }
    }
}

fn authorities(environment: &Environment, path: &str) -> Result<RootCertStore, Reason> {
    let fix = "Name a PEM file with one or more certificates.";
    let pem = environment
        .file_bytes(path, FILE_LIMIT_BYTES)
        .map_err(|fault| Reason::new(fault.to_string(), fix))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate =
            certificate.map_err(|_| Reason::new("the file is not well formed PEM", fix))?;
        store
            .add(certificate)
            .map_err(|_| Reason::new("the file holds a certificate that cannot be used", fix))?;
    }
    match store.is_empty() {
        true => Err(Reason::new("the file holds no certificate", fix)),
        false => Ok(store),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[track_caller]
    fn check(file: Option<&[u8]>, expected: &str) {
        let files = file.map(|bytes| ("ca.pem".to_owned(), bytes.to_vec()));
        let variables = [("RUNBELL_CA_FILE".to_owned(), "ca.pem".to_owned())];
        let environment =
            Environment::new(variables, files.into_iter().collect::<BTreeMap<_, _>>());
        let mut reader = InputReader::new(&environment);
        Trust::read(&mut reader);
        let (faults, _, _) = reader.finish();
        assert!(faults[0].to_string().contains(expected), "{faults:?}");
    }

    #[test]
    fn a_file_without_a_usable_authority_is_a_fault() {
        check(None, "there is no such file");
        check(Some(b""), "holds no certificate");
        check(Some(b"\xff\x00 nonsense"), "holds no certificate");
        check(
            Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "cannot be used",
        );
    }
}
