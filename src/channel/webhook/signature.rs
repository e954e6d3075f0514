//! Signatures by which a receiver knows that a call is ours: Standard Webhooks 1.0.0, and
//! `X-Hub-Signature-256` as GitHub has it ("Validating webhook deliveries").
//!
//! Standard Webhooks signs `id.timestamp.body` under each secret, so that a receiver can change
//! from one to the next; GitHub's header has room for one, and that is the first.

use crate::channel::sign::{decoded, hmac_base64, hmac_hex};
use crate::input::{Input, InputReader, Reason, SecretLines};
use crate::model::time::UnixMillis;
use crate::secret::Secret;

pub(super) static SECRET: Input<SecretLines> = Input::new(
    "webhook_secret",
    "Signs every call; several secrets on one line while you change from one to the next, a line for each address",
);

/// What secrets of Standard Webhooks begin with; base64 follows.
const PREFIX: &str = "whsec_";

/// The secrets of each address.
///
/// With one address all secrets are its own, however they are written. With several, one line
/// serves all, and several lines pair up by position.
pub(super) fn paired(reader: &mut InputReader<'_>, addresses: usize) -> Vec<Vec<Secret>> {
    let lines = reader.get(&SECRET).unwrap_or_default().0;
    for secret in lines.iter().flatten() {
        if let Some(wrong) = wrong(secret.reveal()) {
            reader.fault(SECRET.spec.name, wrong);
            return Vec::new();
        }
        // What stands behind the prefix is as good as the whole.
        let key = secret.reveal().trim_start_matches(PREFIX);
        reader.hide(Secret::new(key));
    }
    match (lines.len(), addresses) {
        (_, 0) => Vec::new(),
        (_, 1) => vec![lines.concat()],
        (0 | 1, _) => vec![lines.concat(); addresses],
        (several, _) if several == addresses => lines,
        (several, _) => {
            reader.fault(
                SECRET.spec.name,
                Reason::new(
                    format!("holds {several} lines for {addresses} addresses"),
                    "Give one line for each address in the same order, or one for all; secrets for one address stand on one line, separated by commas.",
                ),
            );
            Vec::new()
        }
    }
}

fn wrong(secret: &str) -> Option<Reason> {
    if secret.starts_with("whsk_") || secret.starts_with("whpk_") {
        return Some(Reason::new(
            "holds a key for asymmetric signatures, which are not made",
            "Take the receiver's symmetric secret, which begins with `whsec_`.",
        ));
    }
    let encoded = secret.strip_prefix(PREFIX)?;
    let is_key = decoded(encoded).is_some_and(|key| !key.is_empty());
    (!is_key).then(|| {
        Reason::new(
            "begins with `whsec_`, and what follows is no Base64",
            "Copy the whole secret again, to its end.",
        )
    })
}

/// The key that a secret stands for: base64 behind `whsec_`, else the text itself.
fn key(secret: &Secret) -> Vec<u8> {
    let text = secret.reveal();
    let encoded = text.strip_prefix(PREFIX);
    encoded
        .and_then(decoded)
        .unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Adds the headers that sign this body at this instant under these secrets, of which there is at
/// least one, and to `derived` what of them is a secret.
pub(super) fn sign(
    secrets: &[Secret],
    id: &str,
    at: UnixMillis,
    body: &[u8],
    headers: &mut Vec<(&str, Secret)>,
    derived: &mut Vec<Secret>,
) {
    let seconds = at.0.div_euclid(1000).to_string();
    let message = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    let mut signatures = String::new();
    for secret in secrets {
        let signature = hmac_base64(&key(secret), &message);
        signatures.push_str(&format!("v1,{signature} "));
        derived.push(Secret::new(&signature));
    }
    let first = secrets.first().map(Secret::reveal).unwrap_or_default();
    let hub = hmac_hex(first.as_bytes(), body);
    headers.push(("webhook-timestamp", Secret::new(&seconds)));
    // A secret has no blanks around it.
    headers.push(("webhook-signature", Secret::new(&signatures)));
    headers.push(("x-hub-signature-256", Secret::new(&format!("sha256={hub}"))));
    derived.push(Secret::new(&hub));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::environment::Environment;

    #[track_caller]
    fn header(secrets: &[&str], id: &str, seconds: i64, body: &str, name: &str) -> String {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(text)).collect();
        let (mut headers, mut derived) = (Vec::new(), Vec::new());
        let at = UnixMillis(seconds * 1000 + 999);
        sign(
            &secrets,
            id,
            at,
            body.as_bytes(),
            &mut headers,
            &mut derived,
        );
        assert_eq!(derived.len(), secrets.len() + 1);
        let found = headers.iter().find(|(it, _)| *it == name);
        found.unwrap().1.reveal().to_owned()
    }

    /// The vectors that the two specifications publish.
    #[test]
    fn signatures_are_those_of_the_specifications() {
        const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let standard = |secrets: &[&str], name: &str| {
            header(secrets, ID, 1_614_265_330, "{\"test\": 2432232314}", name)
        };
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(standard(&[SECRET], "webhook-signature"), signature);
        assert_eq!(standard(&[SECRET], "webhook-timestamp"), "1614265330");
        assert_eq!(
            header(
                &["It's a Secret to Everybody"],
                "x",
                0,
                "Hello, World!",
                "x-hub-signature-256"
            ),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        // While a secret is changed, both sign; GitHub's header has room for the first.
        let both = standard(&["new-secret", SECRET], "webhook-signature");
        let (new, old) = both.split_once(' ').unwrap();
        assert_eq!(old, signature);
        assert_eq!(new, standard(&["new-secret"], "webhook-signature"));
        assert_eq!(
            standard(&["new-secret", SECRET], "x-hub-signature-256"),
            standard(&["new-secret"], "x-hub-signature-256")
        );
    }

    fn pair(text: &str, addresses: usize) -> Result<Vec<Vec<String>>, String> {
        let variables = [("RUNBELL_WEBHOOK_SECRET".to_owned(), text.to_owned())];
        let environment = Environment::new(variables, BTreeMap::new());
        let mut reader = InputReader::new(&environment);
        let paired = paired(&mut reader, addresses);
        let (faults, _, _) = reader.finish();
        let texts = |secrets: &Vec<Secret>| {
            let texts = secrets.iter().map(|secret| secret.reveal().to_owned());
            texts.collect()
        };
        match faults.first() {
            Some(fault) => Err(fault.to_string()),
            None => Ok(paired.iter().map(texts).collect()),
        }
    }

    #[test]
    fn secrets_pair_with_addresses_by_lines() {
        for (text, addresses, expected) in [
            ("", 2, &[&[][..], &[]][..]),
            ("a", 1, &[&["a"]]),
            ("a,b", 1, &[&["a", "b"]]),
            ("a\nb", 1, &[&["a", "b"]]),
            ("a", 2, &[&["a"], &["a"]]),
            ("a,b", 2, &[&["a", "b"], &["a", "b"]]),
            ("a\nb", 2, &[&["a"], &["b"]]),
            ("a,b\nc", 2, &[&["a", "b"], &["c"]]),
            (r#"["a,b","c"]"#, 2, &[&["a,b"], &["c"]]),
        ] {
            assert_eq!(pair(text, addresses).unwrap(), expected, "{text:?}");
        }
        for (text, wrong) in [
            ("a\nb\nc", "holds 3 lines for 2 addresses"),
            ("whsec_!!!", "what follows is no Base64"),
            ("whsec_", "what follows is no Base64"),
            ("whsk_abc", "asymmetric"),
        ] {
            let fault = pair(text, 2).unwrap_err();
            assert!(fault.contains(wrong), "{fault}");
        }
        // Some hand their secrets out without padding.
        assert!(pair("whsec_YWJjZA", 1).is_ok());
    }
}
