//! HMAC-SHA256 in base64, as both signing robots want it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The base64 of HMAC-SHA256 of `message` under `key`.
pub(super) fn hmac_base64(key: &[u8], message: &[u8]) -> String {
    // A key of any length is taken; the error arm cannot happen.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}
