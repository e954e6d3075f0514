//! HMAC-SHA256, as the signing robots and the receivers of webhooks want it, and short names for long
//! ones.

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

/// HMAC-SHA256 of `message` under `key`.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length is taken; the error arm cannot happen.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// The base64 of HMAC-SHA256 of `message` under `key`.
pub(super) fn hmac_base64(key: &[u8], message: &[u8]) -> String {
    STANDARD.encode(hmac(key, message))
}

/// The small hexadecimal digits of HMAC-SHA256 of `message` under `key`.
pub(super) fn hmac_hex(key: &[u8], message: &[u8]) -> String {
    let bytes = hmac(key, message).into_iter();
    bytes
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The bytes that a text of base64 stands for; padding may be missing.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let padding = "=".repeat(text.len().wrapping_neg() % 4);
    STANDARD.decode(format!("{text}{padding}")).ok()
}
