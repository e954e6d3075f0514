//! The scrubber: no secret comes through in any form in which it can leak, and what is no secret
//! stays.
//!
//! Sections: the secrets, one each; the last one is the text around them.

#![no_main]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use runbell::secret::{Scrubber, Secret};
use runbell_fuzz::Sections;

/// Secrets shorter than this are left alone, in bytes (rule M-3).
const SHORTEST: usize = 6;

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    // Few and short ones: what is looked at is their forms, of which each has thirty.
    let last = (sections.count() - 1).min(4);
    let text = sections.text(last);
    let mut scrubber = Scrubber::default();
    let mut hidden = Vec::new();
    for at in 0..last {
        let secret: String = sections.text(at).chars().take(100).collect();
        let secret = Secret::new(&secret);
        scrubber.add(&secret);
        hidden.extend(forms(secret.reveal()));
        hidden.extend(secret.reveal().lines().flat_map(forms));
    }
    hidden.retain(|form| form.len() >= SHORTEST);
    if !hidden.iter().any(|form| text.contains(form.as_str())) {
        assert_eq!(scrubber.scrub(&text), text);
    }
    let mut told = text.clone();
    let between: String = text.chars().take(20).collect();
    // All forms at once would take most of the time to search.
    let first = sections.number(last) % hidden.len().max(1);
    for form in hidden.iter().cycle().skip(first).take(4) {
        told.push_str(form);
        told.push_str(&between);
    }
    let scrubbed = scrubber.scrub(&told);
    for form in &hidden {
        assert!(
            !scrubbed.contains(form.as_str()),
            "{form:?} in {scrubbed:?}"
        );
    }
    assert_eq!(scrubber.scrub(&scrubbed), scrubbed);
});

/// Every form of rule M-3, made without the product's own means.
fn forms(secret: &str) -> Vec<String> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let bytes = secret.as_bytes();
    let plain: [fn(u8) -> bool; 3] = [
        |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte),
        |byte| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte),
        |byte| byte.is_ascii_alphanumeric() || b"-._~!'()*".contains(&byte),
    ];
    let upper = percent(secret, plain[0], "%20", hex_upper);
    let lower = percent(secret, plain[0], "%20", hex_lower);
    let form = |hex| percent(secret, plain[1], "+", hex);
    let json = serde_json::to_string(secret).unwrap();
    let mut forms = vec![
        secret.to_owned(),
        percent(&upper, plain[0], "%20", hex_upper),
        percent(&lower, plain[0], "%20", hex_lower),
        upper,
        lower,
        form(hex_upper),
        form(hex_lower),
        percent(&form(hex_upper), plain[0], "%20", hex_upper),
        percent(&form(hex_lower), plain[0], "%20", hex_lower),
        json[1..json.len() - 1].to_owned(),
        html(secret),
        html(secret).replace("&quot;", "&#34;"),
        html(secret).replace("&#39;", "&#x27;"),
        percent(secret, plain[2], "%20", hex_upper),
        bytes.iter().flat_map(|byte| hex_lower(*byte)).collect(),
        bytes.iter().flat_map(|byte| hex_upper(*byte)).collect(),
    ];
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        forms.push(engine.encode(bytes));
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        // What two different surroundings leave alike is the secret's own.
        for before in 0..3 {
            let around = |byte: u8| {
                let mut whole = vec![byte; before];
                whole.extend_from_slice(bytes);
                whole.extend_from_slice(&[byte; 3]);
                engine.encode(whole)
            };
            let (first, second) = (around(0), around(255));
            let alike = |at: &usize| first.as_bytes()[*at] == second.as_bytes()[*at];
            let start = (0..first.len()).find(alike).unwrap_or_default();
            let end = (start..first.len())
                .find(|at| !alike(at))
                .unwrap_or(first.len());
            forms.push(first[start..end].to_owned());
        }
    }
    forms
}

fn percent(text: &str, is_plain: fn(u8) -> bool, blank: &str, hex: fn(u8) -> [char; 2]) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push_str(blank),
            byte if is_plain(byte) => encoded.push(char::from(byte)),
            byte => {
                encoded.push('%');
                encoded.extend(hex(byte));
            }
        }
    }
    encoded
}

fn hex_upper(byte: u8) -> [char; 2] {
    hex_lower(byte).map(|digit| digit.to_ascii_uppercase())
}

fn hex_lower(byte: u8) -> [char; 2] {
    [byte / 16, byte % 16].map(|digit| char::from_digit(digit.into(), 16).unwrap())
}

fn html(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
