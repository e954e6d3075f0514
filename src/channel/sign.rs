//! HMAC-SHA256 in base64, as both signing robots want it, and short names for long ones.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Sixteen bytes that stand for these texts, in this order.
pub(super) fn fingerprint(texts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for text in texts {
        // The length keeps `a`, `bc` and `ab`, `c` apart.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let mut head = [0; 16];
    for (byte, hashed) in head.iter_mut().zip(hash.finalize()) {
        *byte = hashed;
    }
    head
}

/// The base64 of HMAC-SHA256 of `message` under `key`.
pub(super) fn hmac_base64(key: &[u8], message: &[u8]) -> String {
    // A key of any length is taken; the error arm cannot happen.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}
