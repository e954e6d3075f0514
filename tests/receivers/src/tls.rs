//! A throw-away certificate authority and the server certificates it signs.
//!
//! Everything lives in memory. The private key of the authority is never handed out, so trusting its
//! certificate in a test trusts nothing but the receivers of that test.

use std::fmt;
use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};

/// A certificate authority made for one test run.
///
/// Give [`Authority::pem`] to the sender as its only trusted root, and the authority to each receiver.
/// A receiver started with *another* authority is the way to test an untrusted certificate.
pub struct Authority {
    certificate: CertificateDer<'static>,
    pem: String,
    trusted: Arc<ServerConfig>,
    wrong_host: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
}

impl Authority {
    /// Makes a fresh authority and the three server certificates receivers can show.
    ///
    /// The good certificate is for `127.0.0.1`, `::1` and `localhost`. Keys are ECDSA P-256.
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        // Two authorities need two names: a client that trusts a namesake reports a bad signature where a
        // real stranger's certificate is one of an unknown issuer.
        let name = format!("throw-away authority {}", fingerprint(key.public_key_raw()));
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        let issuer = Issuer::new(params, key);

        let here = ["127.0.0.1", "::1", "localhost"];
        let mut expired = leaf(&here)?;
        expired.not_before = date_time_ymd(2001, 1, 1);
        expired.not_after = date_time_ymd(2001, 12, 31);
        Ok(Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            trusted: server_config(&leaf(&here)?, &issuer)?,
            wrong_host: server_config(&leaf(&["elsewhere.example"])?, &issuer)?,
            expired: server_config(&expired, &issuer)?,
        })
    }

    /// The authority's certificate as PEM text, ready to be written to a file.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The authority's certificate as DER, ready for a root store.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(crate) fn wardrobe(&self) -> Wardrobe {
        Wardrobe {
            trusted: Arc::clone(&self.trusted),
            wrong_host: Arc::clone(&self.wrong_host),
            expired: Arc::clone(&self.expired),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// The certificates a server may show: the good one, and the ones a sender must turn away from.
#[derive(Clone)]
pub(crate) struct Wardrobe {
    pub(crate) trusted: Arc<ServerConfig>,
    pub(crate) wrong_host: Arc<ServerConfig>,
    pub(crate) expired: Arc<ServerConfig>,
}

/// The first 8 bytes of the SHA-256 of a key, in hexadecimal.
fn fingerprint(key: &[u8]) -> String {
    Sha256::digest(key)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn leaf(names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "runbell receiver");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn server_config(
    params: &CertificateParams,
    issuer: &Issuer<'_, KeyPair>,
) -> io::Result<Arc<ServerConfig>> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, issuer).map_err(io::Error::other)?;
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .map_err(io::Error::other)?;
    Ok(Arc::new(config))
}
