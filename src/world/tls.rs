//! TLS for every connection: version 1.2 or newer, names always verified, the compiled-in roots,
//! the system's where there are some, and `ca_file`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, KeyProvider, WebPkiSupportedAlgorithms, verify_tls12_signature,
    verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SigningKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::trust::{Trust, Usual};

/// Which version of TLS each server's certificate was shown in, for a log that tells everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Versions(Arc<Mutex<BTreeMap<Vec<u8>, &'static str>>>);

impl Versions {
    fn note(&self, certificate: &CertificateDer<'_>, version: &'static str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(certificate.to_vec(), version);
    }

    /// The version in which this certificate was shown last.
    pub(super) fn of(&self, certificate: &[u8]) -> Option<&'static str> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(certificate).copied()
    }
}

/// The one TLS configuration of a run.
pub(super) fn client_config(
    trust: &Trust,
    versions: &Versions,
) -> anyhow::Result<Arc<ClientConfig>> {
    let provider = Arc::new(provider());
    let mut roots = trust.extra.clone();
    if trust.usual == Usual::Trusted {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let verifier = Verifier {
        judged: Judged::default(),
        known: roots,
        usual: trust.usual,
        system: OnceLock::new(),
        algorithms: provider.signature_verification_algorithms,
        versions: versions.clone(),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // Named so because any verifier may stand here; ours takes the steps of the library's own,
        // by the library's own functions.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // Attempts share nothing, so there is no session to resume.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// What the TLS library brings, with AES-128 first, as browsers have it: 256 bits of key bring
/// SHA-384 along, which costs twice as much for every key that is derived.
fn provider() -> CryptoProvider {
    use rustls::CipherSuite::{
        TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TLS13_AES_128_GCM_SHA256,
    };
    let mut provider = CryptoProvider {
        key_provider: &NoKeys,
        ..rustls::crypto::ring::default_provider()
    };
    let suites = std::mem::take(&mut provider.cipher_suites);
    let (first, rest): (Vec<_>, Vec<_>) = suites.into_iter().partition(|suite| {
        matches!(
            suite.suite(),
            TLS13_AES_128_GCM_SHA256
                | TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        )
    });
    provider.cipher_suites.extend(first);
    provider.cipher_suites.extend(rest);
    provider
}

/// No client shows a certificate of its own, and without its keys the program is smaller.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General(
            "client certificates are not used".to_owned(),
        ))
    }
}

/// Verifies by the compiled-in roots and `ca_file`, and only for an issuer that these do not know
/// by the system's authorities: reading those takes longer than a whole delivery.
///
/// The library's own verifier is not made, because it brings along what reads lists of revoked
/// certificates, and nobody gives us any.
struct Verifier {
    judged: Judged,
    known: RootCertStore,
    usual: Usual,
    /// The system's authorities, once they were needed.
    system: OnceLock<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
    versions: Versions,
}

impl fmt::Debug for Verifier {
    /// Whoever verifies has to have a form for developers; with all that stands in it, it would take
    /// kilobytes of the program.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

/// Everything that the verdict on a server's certificates follows from, beside the authorities; those
/// stay the same for a run.
#[derive(PartialEq)]
struct Shown {
    end_entity: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
    /// To the second.
    now: UnixTime,
}

type Judgement = Arc<OnceLock<Result<(), Error>>>;

/// Verdicts on what servers showed within the last second. Several robots of one vendor show the
/// same, at once, and signatures are most of what a handshake costs. Each handshake is signed anew
/// all the same.
#[derive(Default)]
struct Judged(Mutex<Vec<(Shown, Judgement)>>);

impl Judged {
    /// The place for the verdict on this, which may be empty still.
    fn on(&self, shown: Shown) -> Judgement {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(before, _)| before.now == shown.now);
        if let Some((_, judgement)) = known.iter().find(|(before, _)| *before == shown) {
            return Arc::clone(judgement);
        }
        let judgement = Judgement::default();
        known.push((shown, Arc::clone(&judgement)));
        judgement
    }
}

impl Verifier {
    /// An image without a store is normal; a certificate that cannot be read is left out.
    fn system(&self) -> &RootCertStore {
        self.system.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            if self.usual == Usual::Trusted {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            roots
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judgement = self.judged.on(Shown {
            end_entity: end_entity.clone().into_owned(),
            intermediates: intermediates
                .iter()
                .map(|it| it.clone().into_owned())
                .collect(),
            name: name.to_owned(),
            now,
        });
        let judge = || {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.algorithms.all;
            let signed_by = |roots| {
                verify_server_cert_signed_by_trust_anchor(
                    &certificate,
                    roots,
                    intermediates,
                    now,
                    algorithms,
                )
            };
            match signed_by(&self.known) {
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                    signed_by(self.system())
                }
                verdict => verdict,
            }?;
            verify_server_name(&certificate, name)
        };
        // Whoever comes second waits for the first.
        let verdict = judgement.get_or_init(judge).clone();
        verdict.map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.versions.note(certificate, "TLS 1.2");
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.versions.note(certificate, "TLS 1.3");
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What is wrong with a server's certificate, in words; `None` when the error is another one.
pub(super) fn certificate_fault(fault: &rustls::Error) -> Option<String> {
    use rustls::CertificateError as Wrong;
    let rustls::Error::InvalidCertificate(wrong) = fault else {
        return None;
    };
    let words = match wrong {
        Wrong::UnknownIssuer => "its issuer is unknown",
        Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired",
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "it is not valid yet",
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => "it is for another name",
        Wrong::Revoked => "it was revoked",
        _ => "it is not valid",
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn shown(certificate: &[u8], issuer: &[u8], name: &str, now_seconds: u64) -> Shown {
        Shown {
            end_entity: certificate.to_vec().into(),
            intermediates: vec![issuer.to_vec().into()],
            name: name.to_owned().try_into().unwrap(),
            now: UnixTime::since_unix_epoch(Duration::from_secs(now_seconds)),
        }
    }

    #[test]
    fn a_verdict_holds_for_the_very_same_alone() {
        let judged = Judged::default();
        let first = judged.on(shown(b"a", b"i", "a.example", 7));
        let found = |shown| Arc::ptr_eq(&first, &judged.on(shown));
        assert!(found(shown(b"a", b"i", "a.example", 7)));
        for (what, other) in [
            ("certificate", shown(b"b", b"i", "a.example", 7)),
            ("issuer", shown(b"a", b"j", "a.example", 7)),
            ("name", shown(b"a", b"i", "b.example", 7)),
            ("time", shown(b"a", b"i", "a.example", 8)),
        ] {
            assert!(!found(other), "{what}");
        }
        // What was of another second is gone.
        assert!(!found(shown(b"a", b"i", "a.example", 7)));
        assert_eq!(judged.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn others_wait_for_the_first_verdict_and_share_it() {
        let judged = Judged::default();
        let times = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let place = judged.on(shown(b"a", b"i", "a.example", 7));
                    place.get_or_init(|| {
                        times.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        Err(CertificateError::Expired.into())
                    });
                });
            }
        });
        assert_eq!(times.into_inner(), 1);
    }
}
