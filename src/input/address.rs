//! Secret web addresses as inputs: one or several, each checked before anything is sent.

use url::Url;

use super::fault::Reason;
use super::kind::Kind;
use super::value::FromInput;
use crate::model::exchange::Endpoint;

/// One secret address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub Endpoint);

/// Whether nobody on the way can read what is sent there: https, or http to this very machine.
pub fn is_private_enough(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Whether the address names this very machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Several secret addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses(pub Vec<Address>);

impl FromInput for Addresses {
    const KIND: Kind = Kind::SecretAddresses;

    /// One address a line, a JSON array, or (as plugin runners join lists) separated by commas or
    /// blanks in front of the next `http`.
    fn from_input(text: &str) -> Result<Self, Reason> {
        let texts = split(text)?;
        let several = texts.len() > 1;
        texts
            .iter()
            .enumerate()
            .map(|(at, text)| {
                address(text).map_err(|reason| match several {
                    true => {
                        Reason::new(format!("address {}: {}", at + 1, reason.wrong), reason.fix)
                    }
                    false => reason,
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn split(text: &str) -> Result<Vec<String>, Reason> {
    let text = text.trim();
    if text.starts_with('[') {
        return serde_json::from_str(text).map_err(|_| {
            Reason::new(
                "begins with `[` but is no JSON array of texts",
                "Write one address a line.",
            )
        });
    }
    let mut texts = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        while let Some(at) = next_address(rest) {
            let (first, second) = rest.split_at(at);
            texts.push(first.trim_end_matches([',', ';', ' ', '\t']).to_owned());
            rest = second;
        }
        texts.push(rest.trim_end_matches([',', ';', ' ', '\t']).to_owned());
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// Where a second address begins in a line: at an `http` that follows a separator.
fn next_address(line: &str) -> Option<usize> {
    line.match_indices("http")
        .map(|(at, _)| at)
        .filter(|at| *at > 0)
        .find(|at| {
            line.get(..*at)
                .is_some_and(|before| before.ends_with([',', ';', ' ', '\t']))
        })
}

fn address(text: &str) -> Result<Address, Reason> {
    let copied = "Copy the whole address again, from `https://` to its end.";
    if text.starts_with(['"', '\'']) {
        return Err(Reason::new(
            "begins with a quotation mark",
            "Take the quotation marks out.",
        ));
    }
    if text.starts_with(['$', '{', '<']) {
        return Err(Reason::new(
            "is a reference that nobody filled in",
            "Check how the CI hands secrets over, and the secret's name.",
        ));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Reason::new("holds a blank or control character", copied));
    }
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    let url = match Url::parse(text) {
        Ok(url) if has_scheme && names_a_host(&url) => url,
        _ => return Err(Reason::new("is not an http or https address", copied)),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Reason::new(
            "holds a user name or password",
            "Take the part before `@` out; credentials go into a header.",
        ));
    }
    if url.fragment().is_some() {
        return Err(Reason::new(
            "holds a `#` part, which is never sent",
            "Take the part from `#` on out.",
        ));
    }
    Ok(Address(Endpoint::new(url)))
}

/// Whether there is a host, and no part of its name is missing.
fn names_a_host(url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.split('.').any(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        Addresses::from_input(text)
            .map(|all| all.0.iter().map(|a| a.0.reveal().to_string()).collect())
            .map_err(|reason| reason.wrong)
    }

    #[test]
    fn several_addresses_are_told_apart() {
        let both = Ok(vec![
            "https://a.example/x?k=1,2".into(),
            "https://b.example/".into(),
        ]);
        for text in [
            "https://a.example/x?k=1,2\nhttps://b.example/\n",
            "https://a.example/x?k=1,2,https://b.example/",
            "https://a.example/x?k=1,2; https://b.example/",
            r#"["https://a.example/x?k=1,2", "https://b.example/"]"#,
        ] {
            assert_eq!(read(text), both, "{text:?}");
        }
        assert_eq!(
            read("https://a.example/?next=http://b.example/")
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn wrong_addresses_are_refused() {
        for text in [
            "oapi.dingtalk.com/robot/send",
            "ftp://a.example/",
            "https://",
            "https://a..example/",
            "https://.example/",
            "https://u:p@a.example/",
            "https://a.example/#x",
            "https://a.example/\u{7}",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert_eq!(
            read("https://a.example/\nhttps://b.example/ x").unwrap_err(),
            "address 2: holds a blank or control character"
        );
    }

    #[test]
    fn plain_http_is_private_only_on_this_machine() {
        for (text, expected) in [
            ("http://127.0.0.1:8/x", true),
            ("http://[::1]/x", true),
            ("http://localhost/x", true),
            ("http://localhost.evil.example/x", false),
            ("https://a.example/", true),
            ("https://a.example./", true),
            ("http://a.example/", false),
        ] {
            assert_eq!(
                is_private_enough(address(text).unwrap().0.reveal()),
                expected,
                "{text}"
            );
        }
    }
}
