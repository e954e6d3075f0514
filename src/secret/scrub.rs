//! The scrubber: replaces every known secret, in every form it could leak in, by `***`.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::Secret;

/// Secrets shorter than this are not scrubbed: they would mask ordinary words (rule M-3).
const SHORTEST_BYTES: usize = Secret::SHORTEST_BYTES;

/// Knows the secrets of a run and takes them out of text.
///
/// A clone shares what is known: each request of a run adds its own signature to one, and copying
/// the forms of thirty-two addresses thirty-two times would take longer than sending does.
#[derive(Clone, Default)]
pub struct Scrubber {
    /// What others share and nobody adds to any longer.
    shared: Vec<Arc<Layer>>,
    /// What is added to, as long as nobody shares it.
    top: Arc<Layer>,
}

/// Some of the secrets.
#[derive(Clone, Default)]
struct Layer {
    texts: Vec<Hidden>,
    /// What the forms of all texts can be known by, in chains of those with the same hash.
    signs: Vec<KnownSign>,
    /// For each hash the last sign of its chain, counted from one. Their number is a power of two.
    chains: Vec<usize>,
}

/// A sign of a text's forms, and the one before it in its chain.
#[derive(Clone)]
struct KnownSign {
    sign: Sign,
    /// Where in the text the letters are that stand from the sign on; none where its form has others.
    run: Range<usize>,
    text: usize,
    before: usize,
}

/// A text that must not be shown.
#[derive(Clone)]
struct Hidden {
    text: String,
    /// Made for the first text that holds the beginning of one, and so in most runs never: they
    /// would be most of what a run computes beside TLS.
    forms: OnceLock<Vec<String>>,
}

/// Four bytes that stand in a form.
type Sign = [u8; 4];

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts: usize = self.layers().map(|layer| layer.texts.len()).sum();
        write!(f, "Scrubber({texts} texts)")
    }
}

impl Scrubber {
    /// Registers a secret: as it is, line by line, and in the usual encodings.
    pub fn add(&mut self, secret: &Secret) {
        self.add_text(secret.reveal());
    }

    /// Registers the base64 of a secret that is sent in that form, however short it is.
    pub fn add_encoded(&mut self, text: &str) {
        self.add_text(&STANDARD.encode(text));
    }

    /// Registers the parts of a secret address: path and query as one, each query value of eight
    /// bytes or more, each path segment of twelve or more, and its user info. A path of plain words
    /// such as `/notifications` is no secret, and masking it would break other addresses.
    pub fn add_address(&mut self, address: &Url) {
        let path_and_query = &address[url::Position::BeforePath..url::Position::AfterQuery];
        let mut segments = address.path_segments().into_iter().flatten();
        if address.query().is_some() || segments.any(looks_secret) {
            self.add_text(path_and_query);
        }
        for pair in address.query().unwrap_or_default().split('&') {
            let (written, least) = match pair.split_once('=') {
                Some((_, value)) => (value, 8),
                // A token may stand there by itself.
                None => (
                    Some(pair).filter(|it| looks_secret(it)).unwrap_or_default(),
                    12,
                ),
            };
            if written.len() >= least {
                self.add_written(written);
                if written.contains(['+', '%']) {
                    self.add_text(&percent_decoded(&written.replace('+', " ")));
                }
            }
        }
        for segment in address.path_segments().into_iter().flatten() {
            if segment.len() >= 12 && looks_secret(segment) {
                self.add_written(segment);
            }
        }
        self.add_written(address.username());
        if let Some(password) = address.password() {
            self.add_written(password);
            let login = format!("{}:{password}", address.username());
            self.add_written(&login);
            // As a proxy is told it, however short it is.
            self.add_encoded(&login);
            self.add_encoded(&percent_decoded(&login));
        }
    }

    /// Registers the parts of an address that cannot be read as one, for a slip in it makes its
    /// token no less a secret.
    pub fn add_broken_address(&mut self, address: &str) {
        let behind_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
        let (host, rest) = behind_scheme.split_once('/').unwrap_or((behind_scheme, ""));
        if let Some((login, _)) = host.rsplit_once('@') {
            self.add_written(login);
            self.add_written(login.split_once(':').map_or("", |(_, password)| password));
        }
        for part in rest.split(['/', '?', '&', '#']) {
            let (value, least) = match part.split_once('=') {
                Some((_, value)) => (value, 8),
                None => (part, 12),
            };
            if value.len() >= least && looks_secret(value) {
                self.add_written(value);
            }
        }
    }

    /// Registers a part of an address: as it is written, and as it is meant.
    fn add_written(&mut self, written: &str) {
        self.add_text(written);
        if written.contains('%') {
            self.add_text(&percent_decoded(written));
        }
    }

    /// Replaces every registered form by `***`, until none is left: a secret may itself hold
    /// asterisks, and then what stands in for others can complete it.
    pub fn scrub(&self, text: &str) -> String {
        self.found_in(text).unwrap_or_else(|| text.to_owned())
    }

    /// What [`Scrubber::scrub`] makes of a text that holds a secret; `None` for any other.
    pub fn found_in(&self, text: &str) -> Option<String> {
        let mut scrubbed: Option<String> = None;
        loop {
            let here = scrubbed.as_deref().unwrap_or(text);
            let layers = self.layers();
            let mut needles: Vec<&str> = layers.flat_map(|layer| layer.forms_in(here)).collect();
            if needles.is_empty() {
                return scrubbed;
            }
            // Longest first, so that a secret inside another does not leave the rest standing.
            needles.sort_by_key(|needle| (Reverse(needle.len()), *needle));
            let mut masked = here.to_owned();
            for needle in needles {
                masked = masked.replace(needle, super::MASK);
            }
            scrubbed = Some(masked);
        }
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.shared.iter().chain([&self.top]).map(AsRef::as_ref)
    }

    fn add_text(&mut self, text: &str) {
        if text.len() < SHORTEST_BYTES || self.layers().any(|layer| layer.knows(text)) {
            return;
        }
        if Arc::strong_count(&self.top) > 1 {
            self.shared.push(std::mem::take(&mut self.top));
        }
        let layer = Arc::make_mut(&mut self.top);
        layer.add(text);
        for line in text.lines().filter(|line| *line != text) {
            if line.len() >= SHORTEST_BYTES && !layer.knows(line) {
                layer.add(line);
            }
        }
    }
}

/// The fewest chains of a layer; most requests add two texts of nine signs each.
const FEWEST_CHAINS: usize = 32;

impl Layer {
    fn knows(&self, text: &str) -> bool {
        self.texts.iter().any(|hidden| hidden.text == text)
    }

    fn add(&mut self, text: &str) {
        let at = self.texts.len();
        for (sign, run) in signs(text) {
            let says_as_much =
                |known: &KnownSign| known.text == at && (known.run.is_empty() || known.run == run);
            if self.with(sign).any(says_as_much) {
                continue;
            }
            if self.signs.len() >= self.chains.len() {
                self.lengthen();
            }
            let hash = self.hash(sign);
            if let Some(last) = self.chains.get_mut(hash) {
                self.signs.push(KnownSign {
                    sign,
                    run,
                    text: at,
                    before: std::mem::replace(last, self.signs.len() + 1),
                });
            }
        }
        self.texts.push(Hidden {
            text: text.to_owned(),
            forms: OnceLock::new(),
        });
    }

    /// Twice as many chains, so that they stay short.
    fn lengthen(&mut self) {
        self.chains = vec![0; (self.chains.len() * 2).max(FEWEST_CHAINS)];
        for at in 0..self.signs.len() {
            let hash = self.signs.get(at).map(|known| self.hash(known.sign));
            let last = hash.and_then(|hash| self.chains.get_mut(hash));
            if let (Some(known), Some(last)) = (self.signs.get_mut(at), last) {
                known.before = std::mem::replace(last, at + 1);
            }
        }
    }

    /// The chain of a sign, by the multiplicative hash of Knuth (TAOCP 3, 6.4).
    const fn hash(&self, sign: Sign) -> usize {
        let product = u32::from_le_bytes(sign).wrapping_mul(0x9E37_79B1);
        // The upper bits are the mixed ones.
        ((product as u64 * self.chains.len() as u64) >> u32::BITS) as usize
    }

    /// What is known by a sign.
    fn with(&self, sign: Sign) -> impl Iterator<Item = &KnownSign> {
        let first = self.chains.get(self.hash(sign));
        let mut next = first.copied().unwrap_or_default();
        let chain = std::iter::from_fn(move || {
            let known = self.signs.get(next.checked_sub(1)?)?;
            next = known.before;
            Some(known)
        });
        chain.filter(move |known| known.sign == sign)
    }

    /// What stands from a sign on.
    fn run(&self, known: &KnownSign) -> &[u8] {
        let text = self.texts.get(known.text).map(|it| it.text.as_bytes());
        text.and_then(|text| text.get(known.run.clone()))
            .unwrap_or_default()
    }

    /// The forms that stand in a text.
    fn forms_in(&self, text: &str) -> Vec<&str> {
        let mut suspects = Vec::new();
        let mut rest = text.as_bytes();
        while let Some(sign) = rest.first_chunk() {
            for known in self.with(*sign) {
                if !suspects.contains(&known.text) && rest.starts_with(self.run(known)) {
                    suspects.push(known.text);
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        let suspects = suspects.iter().filter_map(|at| self.texts.get(*at));
        let forms = suspects.flat_map(Hidden::forms).map(String::as_str);
        forms.filter(|form| text.contains(form)).collect()
    }
}

impl Hidden {
    fn forms(&self) -> &[String] {
        self.forms.get_or_init(|| {
            let mut forms = forms(&self.text);
            forms.retain(|form| form.len() >= SHORTEST_BYTES);
            forms
        })
    }
}

/// What the forms of a text of [`SHORTEST_BYTES`] or more can be known by, each with the part of the
/// text that stands from there on: a form has one of these somewhere.
fn signs(text: &str) -> Vec<(Sign, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut signs = Vec::with_capacity(9);
    // The text as it is has letters side by side that no escape changes, unless it is a strange one.
    // Their whole row is looked for: four alone are soon a part of something else.
    let run = longest_plain(bytes);
    match bytes.get(run.clone()).and_then(<[u8]>::first_chunk) {
        Some(plain) => signs.push((*plain, run)),
        None => {
            let escaped = escaped_forms(text);
            let written = escaped.iter().map(String::as_bytes).chain([bytes]);
            signs.extend(written.filter_map(|it| Some((*it.first_chunk()?, 0..0))));
        }
    }
    if let Some([first, second]) = bytes.first_chunk() {
        let [a, b] = digits(*first);
        let [c, d] = digits(*second);
        let hex = [a, b, c, d];
        let capital = hex.map(|digit| digit.to_ascii_uppercase());
        signs.extend([(hex, 0..0), (capital, 0..0)]);
    }
    for skew in 0..3 {
        signs.extend(base64_signs(bytes, skew).map(|sign| (sign, 0..0)));
    }
    signs
}

/// Where the longest row of bytes is that every kind of escape leaves as they are.
fn longest_plain(bytes: &[u8]) -> Range<usize> {
    let mut longest = 0..0;
    let mut start = 0;
    for part in bytes.split(|byte| !is_plain(*byte)) {
        if part.len() > longest.len() {
            longest = start..start + part.len();
        }
        start += part.len() + 1;
    }
    longest
}

/// The first letters of [`base64_forms`] in both alphabets.
fn base64_signs(bytes: &[u8], skew: usize) -> [Sign; 2] {
    let mut group = [0; 6];
    for (place, byte) in group.iter_mut().skip(skew).zip(bytes) {
        *place = *byte;
    }
    let mut letters = [0; 8];
    // Six bytes are eight letters.
    drop(STANDARD.encode_slice(group, &mut letters));
    let first = (skew * 8).div_ceil(6);
    let inner = letters.get(first..).and_then(|rest| rest.first_chunk());
    let head = inner.copied().unwrap_or_default();
    [head, head.map(url_safe_letter)]
}

/// Fewest letters of what is no word any more.
const LONG_WORD: usize = 20;

/// Whether a part of an address is more than plain words: it has a digit, a capital letter, or more
/// letters in a row than words have.
fn looks_secret(part: &str) -> bool {
    let mut words = part.split(|c: char| !c.is_ascii_alphabetic());
    part.bytes()
        .any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        || words.any(|word| word.len() >= LONG_WORD)
}

/// The forms in which a text can turn up: raw, percent-encoded in the three usual ways and
/// twice, JSON- and HTML-escaped, base64 and base64url at the three byte alignments, hex.
///
/// Some are the same.
fn forms(text: &str) -> Vec<String> {
    if text.len() < SHORTEST_BYTES {
        return Vec::new();
    }
    let hex = hex(text.as_bytes());
    let mut forms = vec![text.to_owned(), hex.to_ascii_uppercase(), hex];
    for skew in 0..3 {
        let (whole, inner) = base64_forms(text.as_bytes(), skew);
        for form in [whole, Some(inner)].into_iter().flatten() {
            if let Some((unpadded, _)) = form.split_once('=') {
                forms.extend(url_safe(unpadded));
                forms.push(unpadded.to_owned());
            }
            forms.extend(url_safe(&form));
            forms.push(form);
        }
    }
    // Escapes leave these letters alone.
    if text.bytes().any(|byte| !is_plain(byte)) {
        forms.extend(escaped_forms(text));
    }
    forms
}

/// Base64 in the letters of addresses, unless it has no others anyway.
fn url_safe(base64: &str) -> Option<String> {
    base64
        .bytes()
        .any(|byte| matches!(byte, b'+' | b'/'))
        .then(|| text_of(base64.bytes().map(url_safe_letter).collect()))
}

const fn url_safe_letter(letter: u8) -> u8 {
    match letter {
        b'+' => b'-',
        b'/' => b'_',
        letter => letter,
    }
}

/// Text of bytes that were text, or ASCII.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// Whether every kind of escape leaves a byte as it is.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// The forms that differ from the text by escapes.
fn escaped_forms(text: &str) -> Vec<String> {
    let percent_encoded_text = percent_encoded(text);
    let form_encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let form_encoded = Some(form_encoded).filter(|it| *it != percent_encoded_text);
    let json = serde_json::Value::from(text).to_string();
    // One quote at each end is the text's frame; a further one is the secret's.
    let json = json.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let html = html_escaped(text);
    let mut forms = vec![
        json.unwrap_or_default().to_owned(),
        // Other libraries write quotation marks by number.
        html.replace("&quot;", "&#34;"),
        html.replace("&#39;", "&#x27;"),
        html,
        as_browsers_encode(&percent_encoded_text),
    ];
    forms.extend(SPELLINGS.iter().map(|spelling| spelled(text, spelling)));
    for upper in std::iter::once(percent_encoded_text).chain(form_encoded) {
        let lower = lower_percent(&upper);
        forms.push(percent_encoded(&upper));
        forms.push(lower_percent(&percent_encoded(&lower)));
        forms.extend([upper, lower]);
    }
    forms
}

/// How the libraries of other languages escape what ours leaves as it is: letters, and what stands
/// in their place. Quotes, backslashes and ampersands count where their format escapes them.
const SPELLINGS: &[&[(char, &str)]] = &[
    // PHP's JSON.
    &[('/', r"\/"), ('"', r#"\""#), ('\\', r"\\")],
    // Go's JSON.
    &[
        ('&', r"\u0026"),
        ('<', r"\u003c"),
        ('>', r"\u003e"),
        ('"', r#"\""#),
        ('\\', r"\\"),
    ],
    // Java's, of Gson.
    &[
        ('&', r"\u0026"),
        ('<', r"\u003c"),
        ('>', r"\u003e"),
        ('=', r"\u003d"),
        ('\'', r"\u0027"),
        ('"', r#"\""#),
        ('\\', r"\\"),
    ],
    // Scripts in Go's templates.
    &[
        ('&', r"\u0026"),
        ('<', r"\u003c"),
        ('>', r"\u003e"),
        ('=', r"\u003d"),
        ('+', r"\u002b"),
        ('\'', r"\u0027"),
        ('"', r"\u0022"),
        ('/', r"\/"),
        ('\\', r"\\"),
    ],
    // .NET's JSON.
    &[
        ('&', r"\u0026"),
        ('<', r"\u003C"),
        ('>', r"\u003E"),
        ('+', r"\u002B"),
        ('\'', r"\u0027"),
        ('"', r"\u0022"),
        ('\\', r"\\"),
    ],
    // Pages of Go's templates.
    &[
        ('&', "&amp;"),
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('+', "&#43;"),
        ('\'', "&#39;"),
        ('"', "&#34;"),
    ],
    // Pages of Mustache.
    &[
        ('&', "&amp;"),
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('/', "&#x2F;"),
        ('=', "&#x3D;"),
        ('`', "&#x60;"),
        ('\'', "&#39;"),
        ('"', "&quot;"),
    ],
];

fn spelled(text: &str, spelling: &[(char, &str)]) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match spelling.iter().find(|(letter, _)| *letter == c) {
            Some((_, escape)) => written.push_str(escape),
            None => written.push(c),
        }
    }
    written
}

/// What `bytes` gives in base64 when `skew` other bytes stand before it: with its padding, which
/// it has by itself alone, and without the letters at the edges that its neighbours share.
fn base64_forms(bytes: &[u8], skew: usize) -> (Option<String>, String) {
    let mut padded = vec![0; skew];
    padded.extend_from_slice(bytes);
    let first = (skew * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let encoded = STANDARD.encode(&padded);
    let inner = encoded.get(first..last).unwrap_or_default().to_owned();
    ((skew == 0).then_some(encoded), inner)
}

/// A byte as two digits, in small letters.
fn digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0xf].map(|nibble| match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    })
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = Vec::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(byte);
            }
            byte => {
                let [high, low] = digits(byte).map(|digit| digit.to_ascii_uppercase());
                encoded.extend_from_slice(&[b'%', high, low]);
            }
        }
    }
    text_of(encoded)
}

/// Percent-encoded as JavaScript's `encodeURIComponent` does, which leaves some marks alone.
fn as_browsers_encode(percent_encoded: &str) -> String {
    let mut encoded = Vec::with_capacity(percent_encoded.len());
    let mut rest = percent_encoded.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let mark = match rest {
            [b'%', b'2', digit, ..] => match digit {
                b'1' => Some(b'!'),
                b'7' => Some(b'\''),
                b'8' => Some(b'('),
                b'9' => Some(b')'),
                b'A' => Some(b'*'),
                _ => None,
            },
            _ => None,
        };
        encoded.push(mark.unwrap_or(*first));
        rest = match mark {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => behind,
        };
    }
    text_of(encoded)
}

fn percent_decoded(encoded: &str) -> String {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let digits = match (byte, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match digits {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(letter: u8) -> Option<u8> {
    let digit = char::from(letter).to_digit(16)?;
    u8::try_from(digit).ok()
}

fn lower_percent(encoded: &str) -> String {
    let mut in_escape = 0;
    let lowered = encoded.bytes().map(|byte| match (byte, in_escape) {
        (b'%', _) => {
            in_escape = 2;
            byte
        }
        (_, 0) => byte,
        _ => {
            in_escape -= 1;
            byte.to_ascii_lowercase()
        }
    });
    text_of(lowered.collect())
}

fn html_escaped(text: &str) -> String {
    let mut escaped = Vec::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b'&' => escaped.extend_from_slice(b"&amp;"),
            b'<' => escaped.extend_from_slice(b"&lt;"),
            b'>' => escaped.extend_from_slice(b"&gt;"),
            b'"' => escaped.extend_from_slice(b"&quot;"),
            b'\'' => escaped.extend_from_slice(b"&#39;"),
            byte => escaped.push(byte),
        }
    }
    text_of(escaped)
}

fn hex(bytes: &[u8]) -> String {
    text_of(bytes.iter().copied().flat_map(digits).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use base64::engine::general_purpose::{
        GeneralPurpose, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
    };
    use proptest::prelude::*;

    use super::*;

    /// Every form, each made in its own way and none left out because it may be another.
    fn forms_one_by_one(text: &str) -> BTreeSet<String> {
        fn aligned(bytes: &[u8], skew: usize, engine: &GeneralPurpose) -> String {
            let padded = [&[0; 2][..skew], bytes].concat();
            let first = (skew * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            engine.encode(&padded)[first..last].to_owned()
        }
        fn percent(text: &str, plain: &str) -> String {
            let letter = |byte: u8| match char::from(byte) {
                c if c.is_ascii_alphanumeric() || plain.contains(c) => c.to_string(),
                _ => format!("%{byte:02X}"),
            };
            text.bytes().map(letter).collect()
        }
        fn lower(encoded: &str) -> String {
            let mut parts = encoded.split('%');
            let first = parts.next().unwrap().to_owned();
            parts.fold(first, |lowered, part| {
                format!("{lowered}%{}{}", part[..2].to_lowercase(), &part[2..])
            })
        }
        let json = serde_json::to_string(text).unwrap();
        let html = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
        let mut forms = vec![
            json[1..json.len() - 1].to_owned(),
            html.replace("&quot;", "&#34;"),
            html.replace("&#39;", "&#x27;"),
            html,
            percent(text, "-._~!'()*"),
        ];
        for spelling in SPELLINGS {
            let spellings: BTreeMap<char, &str> = spelling.iter().copied().collect();
            let letter = |c| {
                spellings
                    .get(&c)
                    .map_or_else(|| String::from(c), |it| (*it).into())
            };
            forms.push(text.chars().map(letter).collect());
        }
        for upper in [
            percent(text, "-._~"),
            percent(text, "-._* ").replace(' ', "+"),
        ] {
            let lower_once = lower(&upper);
            forms.push(percent(&upper, "-._~"));
            forms.push(lower(&percent(&lower_once, "-._~")));
            forms.extend([upper, lower_once]);
        }
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.extend([text.to_owned(), hex.to_uppercase(), hex]);
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            forms.push(engine.encode(text));
        }
        for skew in 0..3 {
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                forms.push(aligned(text.as_bytes(), skew, &engine));
            }
        }
        forms.into_iter().collect()
    }

    proptest! {
        #[test]
        fn every_form_is_found_wherever_it_stands(secrets in proptest::collection::vec("[a-zA-Z0-9._-]{6,40}|.{6,20}", 1..12), before in ".{0,20}", at in 0..1000_usize) {
            let mut scrubber = Scrubber::default();
            for secret in &secrets {
                scrubber.add_text(secret);
            }
            let all: Vec<String> = secrets.iter().flat_map(|it| forms(it)).collect();
            let form = &all[at % all.len()];
            prop_assume!(form.len() >= SHORTEST_BYTES);
            let scrubbed = scrubber.scrub(&format!("{before}{form}{before}"));
            prop_assert!(!scrubbed.contains(form.as_str()), "{} in {}", form, scrubbed);
        }

        #[test]
        fn every_form_has_a_sign(text in "[a-zA-Z0-9._-]{6,40}|.{6,40}|[ -~\n]{6,60}|[%&<>\"'/+ü😀]{6,12}|[36 ]{6,12}|[0-9a-f]{6,12}") {
            let mut layer = Layer::default();
            layer.add(&text);
            for form in forms(&text).iter().filter(|form| form.len() >= SHORTEST_BYTES) {
                let found = layer.forms_in(form);
                prop_assert!(found.contains(&form.as_str()), "{}: {}", text, form);
            }
        }

        #[test]
        fn the_table_of_signs_grows_without_losing_any(count in 1..60_usize) {
            let mut layer = Layer::default();
            let texts: Vec<String> = (0..count).map(|at| format!("secret-{at:04}-{at:x}")).collect();
            for text in &texts {
                layer.add(text);
            }
            for text in &texts {
                prop_assert!(layer.forms_in(text).contains(&text.as_str()), "{}", text);
            }
        }

        #[test]
        fn no_form_is_left_out_and_none_is_made_up(text in "[a-zA-Z0-9._-]{6,40}|.{6,40}|[ -~\n]{6,60}") {
            let made: BTreeSet<String> = forms(&text).into_iter().collect();
            prop_assert_eq!(made, forms_one_by_one(&text));
        }
    }

    /// In hex it begins with the very letters that its longest row begins with, and goes on otherwise.
    #[test]
    fn two_signs_of_the_same_letters_are_both_known() {
        let mut scrubber = Scrubber::default();
        scrubber.add_text("3333ab");
        for form in ["3333ab", "333333336162"] {
            assert_eq!(scrubber.scrub(form), "***", "{form}");
        }
    }

    const CANARY: &str = "c4nary+/=& \"<ü>";

    #[test]
    fn other_libraries_escapes_are_known() {
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new("it's a \"key\" (!)"));
        for form in [
            "it&#39;s a &#34;key&#34; (!)",
            "it&#x27;s a &quot;key&quot; (!)",
            "it's%20a%20%22key%22%20(!)",
        ] {
            assert_eq!(scrubber.scrub(form), "***", "{form}");
        }
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new("6613XAS0/ZHR1+nxaj="));
        for form in [
            r"6613XAS0\/ZHR1+nxaj=",
            r"6613XAS0\/ZHR1\u002bnxaj\u003d",
            r"6613XAS0/ZHR1\u002Bnxaj=",
            r"6613XAS0/ZHR1+nxaj\u003d",
            "6613XAS0/ZHR1&#43;nxaj=",
            "6613XAS0&#x2F;ZHR1+nxaj&#x3D;",
        ] {
            assert_eq!(scrubber.scrub(form), "***", "{form}");
        }
    }

    fn scrubber() -> Scrubber {
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new(CANARY));
        scrubber
    }

    #[test]
    fn every_form_of_a_secret_is_replaced() {
        for form in [
            CANARY.to_owned(),
            percent_encoded(CANARY),
            percent_encoded(CANARY).to_lowercase(),
            percent_encoded(&percent_encoded(CANARY)),
            percent_encoded(&percent_encoded(CANARY).to_lowercase()),
            "c4nary%2B%2F%3D%26+%22%3C%C3%BC%3E".to_owned(),
            "c4nary+/=& \\\"<ü>".to_owned(),
            "c4nary+/=&amp; &quot;&lt;ü&gt;".to_owned(),
            STANDARD.encode(CANARY),
            URL_SAFE_NO_PAD.encode(CANARY),
            hex(CANARY.as_bytes()),
        ] {
            let scrubbed = scrubber().scrub(&format!("before {form} after"));
            assert_eq!(scrubbed, "before *** after", "{form:?}");
        }
    }

    #[test]
    fn base64_around_a_secret_is_found_at_every_alignment() {
        for before in ["", "a", "ab", "abc"] {
            let encoded = STANDARD.encode(format!("{before}{CANARY}tail"));
            assert!(scrubber().scrub(&encoded).contains("***"), "{before:?}");
        }
    }

    #[test]
    fn a_clone_knows_what_it_was_made_of_and_shares_nothing_that_comes_later() {
        let mut first = scrubber();
        let mut second = first.clone();
        second.add(&Secret::new("second-secret"));
        first.add(&Secret::new("first-secret"));
        let mut third = second.clone();
        third.add(&Secret::new("second-secret and more"));
        for (scrubber, expected) in [
            (&first, "*** *** second-secret second-secret and more"),
            (&second, "*** first-secret *** *** and more"),
            (&third, "*** first-secret *** ***"),
        ] {
            let text = format!("{CANARY} first-secret second-secret second-secret and more");
            assert_eq!(scrubber.scrub(&text), expected);
        }
    }

    #[test]
    fn each_line_of_a_secret_counts() {
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new("first-line\nsecond-line"));
        assert_eq!(scrubber.scrub("x second-line y"), "x *** y");
    }

    #[test]
    fn a_secret_with_asterisks_is_not_put_together_by_others() {
        let mut scrubber = Scrubber::default();
        for secret in ["******", "abcdef", "***-xyz"] {
            scrubber.add(&Secret::new(secret));
        }
        for text in ["******", "*************", "abcdef-xyz", "abcdefabcdef-xyz"] {
            let scrubbed = scrubber.scrub(text);
            assert!(
                scrubbed == "***" || scrubbed == "****",
                "{text}: {scrubbed}"
            );
            assert_eq!(scrubber.scrub(&scrubbed), scrubbed);
        }
    }

    #[test]
    fn a_quote_at_the_end_of_a_secret_is_part_of_it() {
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new("abcde\""));
        assert_eq!(scrubber.scrub(r#"abcde\" abcde\n"#), r#"*** abcde\n"#);
    }

    #[test]
    fn short_secrets_do_not_mask_ordinary_words() {
        let mut scrubber = Scrubber::default();
        scrubber.add(&Secret::new("send"));
        assert_eq!(scrubber.scrub("send it"), "send it");
    }

    #[test]
    fn an_address_is_scrubbed_by_its_secret_parts() {
        let mut scrubber = Scrubber::default();
        let address =
            Url::parse("https://u:passw0rd@h.example/hook/aaaabbbb0000dddd?key=0123456789&x=1");
        scrubber.add_address(&address.unwrap());
        for text in [
            "/hook/aaaabbbb0000dddd?key=0123456789&x=1",
            "aaaabbbb0000dddd",
            "0123456789",
            "passw0rd",
        ] {
            assert_eq!(scrubber.scrub(text), "***", "{text:?}");
        }
        assert_eq!(scrubber.scrub("h.example hook key"), "h.example hook key");
        let mut scrubber = Scrubber::default();
        scrubber.add_address(&Url::parse("http://u:p%40ssw0rd+1@proxy:3128").unwrap());
        for text in ["p%40ssw0rd+1", "p@ssw0rd+1", "dTpwQHNzdzByZCsx"] {
            assert_eq!(scrubber.scrub(text), "***", "{text}");
        }
    }

    #[test]
    fn an_address_is_scrubbed_as_it_is_written_and_as_it_is_meant() {
        let mut scrubber = Scrubber::default();
        let address = Url::parse("http://ann:p%40ss%C3%BCw%3A1@h.example/?key=0%2B23+5%2f789");
        scrubber.add_address(&address.unwrap());
        let meant = ["p@ssüw:1", "ann:p@ssüw:1", "0+23 5/789"];
        let written = ["p%40ss%C3%BCw%3A1", "0%2B23+5%2f789"];
        for text in meant.iter().chain(&written) {
            assert_eq!(scrubber.scrub(text), "***", "{text:?}");
            assert_eq!(scrubber.scrub(&STANDARD.encode(text)), "***", "{text:?}");
            assert_eq!(scrubber.scrub(&hex(text.as_bytes())), "***", "{text:?}");
        }
    }
}
