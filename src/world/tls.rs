//! TLS for every connection: version 1.2 or newer, names always verified, the compiled-in roots,
//! the system's where there are some, and `ca_file`.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::trust::{Trust, Usual};

/// The one TLS configuration of a run.
pub(super) fn client_config(trust: &Trust) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = trust.extra.clone();
    if trust.usual == Usual::Trusted {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        add_system_roots(&mut roots);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Attempts share nothing, so there is no session to resume.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// Adds the system's authorities. An image without a store is normal; what cannot be read is left
/// out, because the compiled-in roots are there already.
fn add_system_roots(roots: &mut RootCertStore) {
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
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
