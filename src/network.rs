//! Which hosts and addresses may be reached, and by which way.
//!
//! Receivers are the author's choice, and many stand in private networks, so private addresses are
//! allowed unless the author says otherwise. Never reached are the addresses by which a cloud hands
//! out credentials and those that only the next machine has (delivery rules, section 9).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::environment::Environment;
use crate::input::{FromInput, Input, InputReader, InputSpec, Kind, List, Reason, Switch};
use crate::secret::Secret;

static PROXY: Input<ProxyAddress> = Input::new(
    "proxy",
    "HTTP proxy; without it HTTPS_PROXY, ALL_PROXY and NO_PROXY count. Mail goes directly",
);
static ALLOWED_HOSTS: Input<List> = Input::new(
    "allowed_hosts",
    "Hosts that may be reached, such as qyapi.weixin.qq.com or *.example.com; empty allows all",
);
static DENY_PRIVATE: Input<Switch> = Input::new(
    "deny_private",
    "Whether receivers in private networks and on this machine are refused",
)
.default("false");

/// The inputs of this room.
pub static INPUTS: &[&InputSpec] = &[&PROXY.spec, &ALLOWED_HOSTS.spec, &DENY_PRIVATE.spec];

/// The address of a proxy, which may hold a user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

impl ProxyAddress {
    /// The real address. Call it only where the connection is set up.
    pub const fn reveal(&self) -> &Url {
        &self.0
    }
}

impl std::fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl FromInput for ProxyAddress {
    const KIND: Kind = Kind::Secret;

    fn from_input(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        let fix = "Write it like `http://proxy.example.com:3128`.";
        let with_scheme = match text.contains("://") {
            true => text.to_owned(),
            false => format!("http://{text}"),
        };
        let url = Url::parse(&with_scheme)
            .map_err(|_| Reason::new("is not the address of a proxy", fix))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self(url)),
            _ => Err(Reason::new("is not the address of an HTTP proxy", fix)),
        }
    }
}

/// Which way requests take.
#[derive(Debug, Clone)]
pub struct Way {
    /// The proxy.
    pub proxy: ProxyAddress,
    /// The hosts that are reached without it, as `NO_PROXY` writes them.
    pub exceptions: String,
}

impl Way {
    /// The hosts that are reached without the proxy at this port. An exception may name one, which
    /// the HTTP library would take for a part of the name.
    pub fn exceptions_at(&self, port: u16) -> String {
        let entries = self.exceptions.split(',').map(str::trim);
        let hosts = entries.filter_map(|entry| match entry.rsplit_once(':') {
            // More colons without brackets are an address of IPv6.
            Some((host, named)) if !host.contains(':') || host.ends_with(']') => {
                let host = host.trim_start_matches('[').trim_end_matches(']');
                (named.parse() == Ok(port)).then_some(host)
            }
            _ => Some(entry.trim_start_matches('[').trim_end_matches(']')),
        });
        hosts.collect::<Vec<_>>().join(",")
    }
}

/// Whether receivers in private networks may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Private {
    /// They may.
    #[default]
    Allowed,
    /// They are refused.
    Denied,
}

/// What may be reached, and how.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The way over a proxy; `None` is the direct one.
    pub way: Option<Way>,
    /// Whether receivers in private networks may be reached.
    pub private: Private,
    allowed: Vec<String>,
}

/// Reached without a proxy that only the environment names: the proxy would look for this machine
/// on itself.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

impl Network {
    /// Reads the inputs of this room, and the variables that name a proxy.
    pub fn read(reader: &mut InputReader<'_>) -> Self {
        let environment = reader.environment();
        let exceptions = either_case(environment, "NO_PROXY").unwrap_or_default();
        let is_for_nobody = exceptions.split(',').any(|host| host.trim() == "*");
        let way = match reader.get(&PROXY) {
            Some(proxy) => {
                hide_login(reader, &proxy);
                Some(Way {
                    proxy,
                    exceptions: exceptions.to_owned(),
                })
            }
            None => usual_way(reader, exceptions),
        };
        Self {
            way: way.filter(|_| !is_for_nobody),
            private: match reader.value(&DENY_PRIVATE) {
                Switch::On => Private::Denied,
                Switch::Off => Private::Allowed,
            },
            allowed: allowed(reader),
        }
    }

    /// Holds a receiver's host against the rules; a refusal is a fault in `input`. What a name
    /// resolves to is looked at again before each connection.
    pub fn check(&self, reader: &mut InputReader<'_>, input: &str, host: &str) {
        let is_allowed =
            self.allowed.is_empty() || self.allowed.iter().any(|pattern| matches(pattern, host));
        if !is_allowed {
            reader.fault(
                input,
                Reason::new(
                    format!("is on {host}, which `allowed_hosts` does not name"),
                    "Add the host to `allowed_hosts`, or use another address.",
                ),
            );
        } else if let Some(reason) = address(host).and_then(|address| self.refusal(address)) {
            reader.fault(
                input,
                Reason::new(
                    format!("is on {host}, which {reason}"),
                    "Use another address.",
                ),
            );
        }
    }

    /// Why an address is not reached, as the end of "which ..."; `None` when it may be.
    pub fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        let meant = [Some(plain(address)), behind_own_prefix(address)];
        let mut meant = meant.into_iter().flatten();
        if meant.clone().any(is_never_reached) {
            return Some("is link-local or hands out credentials, and is never reached");
        }
        match self.private {
            Private::Denied if meant.any(is_private) => {
                Some("is private, and `deny_private` is true")
            }
            _ => None,
        }
    }
}

/// A proxy's name and password are secrets, however its address was written.
fn hide_login(reader: &mut InputReader<'_>, proxy: &ProxyAddress) {
    if !proxy.0.username().is_empty() || proxy.0.password().is_some() {
        reader.hide(Secret::new(proxy.0.as_str()));
    }
}

/// The way that the environment names.
fn usual_way(reader: &mut InputReader<'_>, exceptions: &str) -> Option<Way> {
    let environment = reader.environment();
    let (name, text) = ["HTTPS_PROXY", "ALL_PROXY"]
        .iter()
        .find_map(|name| Some((name, either_case(environment, name)?)))?;
    match ProxyAddress::from_input(text) {
        Ok(proxy) => {
            hide_login(reader, &proxy);
            Some(Way {
                proxy,
                exceptions: format!("{THIS_MACHINE},{exceptions}"),
            })
        }
        Err(reason) => {
            reader.hide(Secret::new(text));
            reader.warn(format!("{name} {}, so it is not used", reason.wrong));
            None
        }
    }
}

/// The list of hosts. One that is written and names nobody must not allow everybody.
fn allowed(reader: &mut InputReader<'_>) -> Vec<String> {
    let list = reader.get(&ALLOWED_HOSTS).unwrap_or_default().0;
    if list.is_empty() && reader.is_written(&ALLOWED_HOSTS.spec) {
        reader.fault(
            ALLOWED_HOSTS.spec.name,
            Reason::new("names no host", "Name one, or take the input out."),
        );
    }
    list
}

fn either_case<'e>(environment: &'e Environment, name: &str) -> Option<&'e str> {
    environment
        .value(name)
        .or_else(|| environment.value(&name.to_lowercase()))
}

/// Whether a pattern names the host: the host itself, or `*.` and the end of its name.
fn matches(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.trim().to_lowercase(), host.to_lowercase());
    // One address can be written in many ways.
    if let (Some(one), Some(other)) = (address(&pattern), address(&host)) {
        return one == other;
    }
    match pattern.strip_prefix("*.") {
        Some(end) => host
            .strip_suffix(end)
            .is_some_and(|begin| begin.ends_with('.')),
        None => pattern == host,
    }
}

fn address(host: &str) -> Option<IpAddr> {
    match Host::parse(host) {
        Ok(Host::Ipv4(address)) => Some(address.into()),
        Ok(Host::Ipv6(address)) => Some(address.into()),
        // A mail server's address stands there without brackets.
        Ok(Host::Domain(_)) | Err(_) => host.parse().ok(),
    }
}

/// The version 4 address that a version 6 one carries: mapped, compatible, 6to4 or NAT64.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    let [a, b, c, d, e, f, g, h] = six.segments();
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            four(g, h)
        }
        [0, 0, 0, 0, 0, 0] if g != 0 => four(g, h),
        [0x2002, high, low, ..] => four(high, low),
        // NAT64 with a prefix of one's own (RFC 8215), as long as the well-known one.
        [0x64, 0xff9b, 1, ..] => four(g, h),
        _ => address,
    }
}

/// The version 4 address in one of NAT64 with a prefix of one's own, where it follows the prefix of
/// forty-eight bits, around the byte that must be zero (RFC 6052, 2.2).
fn behind_own_prefix(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(six) = address else {
        return None;
    };
    let [0x0, 0x64, 0xff, 0x9b, 0, 1, a, b, _, c, d, ..] = six.octets() else {
        return None;
    };
    Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
}

/// Link-local addresses, and those by which clouds hand out credentials.
fn is_never_reached(address: IpAddr) -> bool {
    const METADATA_OF_AWS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    const METADATA_OF_GOOGLE: Ipv6Addr = Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254);
    const METADATA_OF_ALIYUN: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
    const PLATFORM_OF_AZURE: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    match address {
        IpAddr::V4(four) => {
            four.is_link_local() || four == METADATA_OF_ALIYUN || four == PLATFORM_OF_AZURE
        }
        IpAddr::V6(six) => {
            six.is_unicast_link_local() || six == METADATA_OF_AWS || six == METADATA_OF_GOOGLE
        }
    }
}

/// Everything that is not a public unicast address.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, _] = four.octets();
            four.is_private()
                || four.is_loopback()
                || four.is_multicast()
                || four.is_broadcast()
                || four.is_documentation()
                || matches!(
                    (a, b, c),
                    (0 | 240.., _, _) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _)
                )
        }
        IpAddr::V6(six) => {
            let [a, b, ..] = six.segments();
            six.is_loopback()
                || six.is_unspecified()
                || six.is_multicast()
                || six.is_unique_local()
                || matches!((a, b), (0x2001, 0xdb8) | (0xfec0..=0xfeff, _))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(private: Private, refused: &[&str], reached: &[&str]) {
        let network = Network {
            private,
            ..Network::default()
        };
        let refusal = |text: &&str| network.refusal(text.parse().unwrap());
        for text in refused {
            assert!(refusal(text).is_some(), "{text}");
        }
        for text in reached {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_that_hand_out_credentials_are_never_reached() {
        check(
            Private::Allowed,
            &[
                "169.254.169.254",
                "169.254.0.1",
                "100.100.100.200",
                "fe80::1",
                "febf::1",
                "fd00:ec2::254",
                "fd20:ce::254",
                "168.63.129.16",
                "::ffff:0:169.254.169.254",
                "::ffff:169.254.169.254",
                "::169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::a9fe:a9fe",
                "64:ff9b:1:a9fe:a9:fe00::",
                "2002:a9fe:a9fe::1",
                "::ffff:100.100.100.200",
            ],
            &[
                "10.0.0.1",
                "127.0.0.1",
                "::1",
                "fd00::1",
                "100.100.100.201",
                "8.8.8.8",
                "::",
                "2001:4860:4860::8888",
            ],
        );
    }

    #[test]
    fn private_addresses_are_refused_on_demand() {
        check(
            Private::Denied,
            &[
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "127.0.0.1",
                "::1",
                "::",
                "0.0.0.0",
                "100.64.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "240.0.0.1",
                "192.0.2.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "192.0.0.1",
                "fd12::1",
                "ff02::1",
                "2001:db8::1",
                "::ffff:10.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b:1:a00:0:100::",
                "169.254.169.254",
            ],
            &[
                "8.8.8.8",
                "100.128.0.1",
                "172.32.0.1",
                "2001:4860:4860::8888",
                "192.1.0.1",
            ],
        );
    }

    fn faults(inputs: &[(&str, &str)], host: &str) -> Vec<String> {
        let environment = Environment::new(
            inputs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            std::collections::BTreeMap::new(),
        );
        let mut reader = InputReader::new(&environment);
        Network::read(&mut reader).check(&mut reader, "webhook_url", host);
        let (faults, _, _) = reader.finish();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_list_that_names_nobody_allows_nobody() {
        for list in [" , ", "${HOSTS}"] {
            let faults = faults(&[("RUNBELL_ALLOWED_HOSTS", list)], "a.example.com");
            assert!(faults[0].contains("names no host"), "{list}: {faults:?}");
        }
        let six = [("RUNBELL_ALLOWED_HOSTS", "::1, [2001:db8::5]")];
        assert!(faults(&six, "[::1]").is_empty());
        assert!(faults(&six, "[2001:db8:0::5]").is_empty());
    }

    #[test]
    fn hosts_are_held_against_the_list() {
        let list = [(
            "RUNBELL_ALLOWED_HOSTS",
            "qyapi.weixin.qq.com, *.Example.com",
        )];
        for host in ["qyapi.weixin.qq.com", "a.example.com", "a.b.example.com"] {
            assert!(faults(&list, host).is_empty(), "{host}");
        }
        for host in [
            "example.com",
            "badexample.com",
            "weixin.qq.com",
            "example.com.evil.org",
        ] {
            assert!(faults(&list, host)[0].contains("allowed_hosts"), "{host}");
        }
        for host in [
            "169.254.169.254",
            "[fe80::1]",
            "fe80::1",
            "[::ffff:a9fe:a9fe]",
        ] {
            assert!(faults(&[], host)[0].contains("never reached"), "{host}");
        }
        assert!(faults(&[], "127.0.0.1").is_empty());
        assert!(faults(&[("RUNBELL_DENY_PRIVATE", "true")], "127.0.0.1")[0].contains("private"));
    }

    fn way(variables: &[(&str, &str)]) -> (Option<String>, Vec<String>) {
        let environment = Environment::new(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            std::collections::BTreeMap::new(),
        );
        let mut reader = InputReader::new(&environment);
        let way = Network::read(&mut reader).way;
        let (faults, warnings, _) = reader.finish();
        let said = faults.iter().map(ToString::to_string).chain(warnings);
        let shown = way.map(|way| format!("{} but {}", way.proxy.reveal(), way.exceptions));
        (shown, said.collect())
    }

    #[test]
    fn an_exception_may_be_for_one_port() {
        let way = |exceptions: &str| Way {
            proxy: ProxyAddress::from_input("proxy").unwrap(),
            exceptions: exceptions.to_owned(),
        };
        for (exceptions, at_443, at_8443) in [
            ("", "", ""),
            (
                "a.example, .b.example",
                "a.example,.b.example",
                "a.example,.b.example",
            ),
            ("a.example:8443,b:443", "b", "a.example"),
            ("a.example:", "", ""),
            ("a.example:x", "", ""),
            ("10.0.0.0/8:8443", "", "10.0.0.0/8"),
            ("::1,fd00::/8", "::1,fd00::/8", "::1,fd00::/8"),
            ("[::1],[fd00::1]:8443", "::1", "::1,fd00::1"),
        ] {
            let way = way(exceptions);
            assert_eq!(way.exceptions_at(443), at_443, "{exceptions}");
            assert_eq!(way.exceptions_at(8443), at_8443, "{exceptions}");
        }
    }

    #[test]
    fn a_proxy_comes_from_the_input_or_the_usual_variables() {
        for (variables, expected) in [
            (&[][..], None),
            (&[("HTTPS_PROXY", "")], None),
            (
                &[
                    ("RUNBELL_PROXY", "proxy:3128"),
                    ("HTTPS_PROXY", "http://other"),
                    ("NO_PROXY", "x"),
                ],
                Some("http://proxy:3128/ but x"),
            ),
            (
                &[("https_proxy", "http://u:p@proxy:3128"), ("no_proxy", "x")],
                Some("http://u:p@proxy:3128/ but localhost,127.0.0.0/8,::1,x"),
            ),
            (
                &[("RUNBELL_PROXY", "proxy:3128"), ("NO_PROXY", "x, *")],
                None,
            ),
            (&[("HTTPS_PROXY", "http://proxy"), ("NO_PROXY", "*")], None),
            (
                &[("ALL_PROXY", "https://proxy")],
                Some("https://proxy/ but localhost,127.0.0.0/8,::1,"),
            ),
        ] {
            let (shown, said) = way(variables);
            assert_eq!(shown.as_deref(), expected, "{variables:?}");
            assert!(said.is_empty(), "{said:?}");
        }
        let (_, said) = way(&[("RUNBELL_PROXY", "socks5://proxy")]);
        assert!(said[0].contains("HTTP proxy"), "{said:?}");
        let (shown, said) = way(&[("HTTPS_PROXY", "socks5://u:secret@proxy")]);
        assert_eq!(shown, None);
        assert!(
            said[0].contains("HTTPS_PROXY") && !said[0].contains("secret"),
            "{said:?}"
        );
    }
}
