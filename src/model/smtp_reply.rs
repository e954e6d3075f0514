//! Replies of mail servers, read as their bytes come. Source: RFC 5321, sections 4.2 and 4.5.3.1.5.
//!
//! The mail library reads replies too, but believes lines whose codes differ, forgets what stands
//! behind a reply, and gives up after 4 KiB of text; rules S-2, S-4 and S-10 want the opposite.

/// Longest line of a reply, in bytes with its end (rule S-10).
const LINE_LIMIT_BYTES: usize = 4 * 1024;

/// Most lines of a reply (rule S-10).
const LINE_LIMIT: usize = 128;

/// Longest reply, in bytes (rule S-10).
const REPLY_LIMIT_BYTES: usize = 64 * 1024;

/// A complete reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpReply {
    /// The three-digit code, 200 to 599.
    pub code: u16,
    /// The text of each line, behind code and separator: untrusted.
    pub lines: Vec<String>,
}

impl SmtpReply {
    /// The text of all lines.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// What stands behind a keyword of a reply to EHLO, in any case; `None` where the server does
    /// not offer it. Some servers write `AUTH=` for `AUTH `, or both.
    pub fn offer(&self, keyword: &str) -> Option<String> {
        let offers = self.lines.iter().skip(1).filter_map(|line| {
            let (head, rest) = line.trim().split_once([' ', '=']).unwrap_or((line, ""));
            head.trim()
                .eq_ignore_ascii_case(keyword)
                .then(|| rest.trim())
        });
        let offers: Vec<&str> = offers.collect();
        (!offers.is_empty()).then(|| offers.join(" ").trim().to_owned())
    }
}

/// Why bytes are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyFault {
    /// A line does not begin with a code and a separator.
    Malformed,
    /// The lines of one reply have different codes.
    MixedCodes,
    /// A line has more than 4 KiB.
    LongLine,
    /// The reply has more than 128 lines or 64 KiB.
    Long,
}

impl ReplyFault {
    /// What is wrong, as the end of a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malformed => "a line of it has no code",
            Self::MixedCodes => "its lines have different codes",
            Self::LongLine => "a line of it is over 4 KiB",
            Self::Long => "it has over 128 lines or 64 KiB",
        }
    }
}

/// A reply that is still coming.
#[derive(Debug, Default)]
pub struct ReplyReader {
    line: Vec<u8>,
    lines: Vec<String>,
    code: Option<u16>,
    length: usize,
}

impl ReplyReader {
    /// Reads on. Gives how many of `bytes` belong to the reply, and the reply once it is complete;
    /// this reader is then ready for the next one.
    ///
    /// # Errors
    /// A [`ReplyFault`] as soon as the bytes cannot become a reply; what follows is not read.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(usize, Option<SmtpReply>), ReplyFault> {
        for (at, byte) in bytes.iter().enumerate() {
            self.length += 1;
            self.line.push(*byte);
            if self.line.len() > LINE_LIMIT_BYTES {
                return Err(ReplyFault::LongLine);
            }
            if self.length > REPLY_LIMIT_BYTES {
                return Err(ReplyFault::Long);
            }
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                if let Some(reply) = self.end_line(&line)? {
                    return Ok((at + 1, Some(reply)));
                }
            }
        }
        Ok((bytes.len(), None))
    }

    fn end_line(&mut self, line: &[u8]) -> Result<Option<SmtpReply>, ReplyFault> {
        let (code, is_last, text) = parts(line).ok_or(ReplyFault::Malformed)?;
        if *self.code.get_or_insert(code) != code {
            return Err(ReplyFault::MixedCodes);
        }
        if self.lines.len() == LINE_LIMIT {
            return Err(ReplyFault::Long);
        }
        self.lines.push(String::from_utf8_lossy(text).into_owned());
        Ok(is_last.then(|| SmtpReply {
            code,
            lines: std::mem::take(self).lines,
        }))
    }
}

/// Code, whether it is the last line, and the text.
fn parts(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (code, rest) = line.split_at_checked(3)?;
    let is_code = matches!(code, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    let code = std::str::from_utf8(code).ok()?.parse().ok()?;
    match (is_code, rest) {
        (true, []) => Some((code, true, &[])),
        (true, [b' ', text @ ..]) => Some((code, true, text)),
        (true, [b'-', text @ ..]) => Some((code, false, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<(usize, Option<SmtpReply>), ReplyFault> {
        ReplyReader::default().read(bytes)
    }

    #[track_caller]
    fn check(bytes: &str, code: u16, lines: &[&str], behind: usize) {
        let (consumed, reply) = read(bytes.as_bytes()).unwrap();
        let reply = reply.unwrap();
        assert_eq!((reply.code, reply.lines.as_slice()), (code, &*owned(lines)));
        assert_eq!(bytes.len() - consumed, behind, "{bytes:?}");
    }

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_reply_ends_with_its_last_line() {
        check("250 ok\r\n", 250, &["ok"], 0);
        check("250\r\n", 250, &[""], 0);
        check("250 \r\n", 250, &[""], 0);
        check("250 ok\n", 250, &["ok"], 0);
        check("250-a\r\n250-b\r\n250 c\r\n", 250, &["a", "b", "c"], 0);
        check("220 go\r\n554 slipped in\r\n", 220, &["go"], 16);
        check("599 - \0\r \r\n", 599, &["- \0\r "], 0);
    }

    #[test]
    fn a_reply_that_is_not_over_is_waited_for() {
        for bytes in [
            "",
            "2",
            "250",
            "250 ok",
            "250 ok\r",
            "250-a\r\n",
            "250-a\r\n250",
        ] {
            assert_eq!(read(bytes.as_bytes()), Ok((bytes.len(), None)), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        let flood = "250-x\r\n".repeat(129);
        let long_line = format!("250 {}", "x".repeat(5000));
        let long = format!("250-{}\r\n", "x".repeat(4000)).repeat(20);
        for (bytes, fault) in [
            ("\r\n", ReplyFault::Malformed),
            ("25\r\n", ReplyFault::Malformed),
            ("2500 ok\r\n", ReplyFault::Malformed),
            ("250_ok\r\n", ReplyFault::Malformed),
            ("100 ok\r\n", ReplyFault::Malformed),
            ("650 ok\r\n", ReplyFault::Malformed),
            ("+OK pop\r\n", ReplyFault::Malformed),
            ("HTTP/1.1 400 Bad Request\r\n", ReplyFault::Malformed),
            ("２５０ ok\r\n", ReplyFault::Malformed),
            ("250-a\r\n\r\n", ReplyFault::Malformed),
            ("250-a\r\n251 b\r\n", ReplyFault::MixedCodes),
            ("550-a\r\n250 b\r\n", ReplyFault::MixedCodes),
            (&flood, ReplyFault::Long),
            (&long_line, ReplyFault::LongLine),
            (&long, ReplyFault::Long),
        ] {
            assert_eq!(read(bytes.as_bytes()), Err(fault), "{:.40}", bytes);
        }
    }

    #[test]
    fn the_limits_are_reached() {
        let lines = "250-x\r\n".repeat(127) + "250 x\r\n";
        let long_line = format!("250 {}\r\n", "x".repeat(LINE_LIMIT_BYTES - 6));
        let long = format!("250-{}\r\n", "x".repeat(1018)).repeat(63) + "250 x\r\n";
        for bytes in [lines, long_line, long] {
            assert!(read(bytes.as_bytes()).unwrap().1.is_some());
        }
    }

    #[test]
    fn offers_are_found_in_any_case_but_not_in_the_greeting() {
        let (_, reply) = read(
            b"250-STARTTLS welcomes you\r\n250-size 100\r\n250-AUTH=LOGIN\r\n250-8bitmime\r\n250-DSN\r\n250-dsn on\r\n250 Auth PLAIN\r\n",
        )
        .unwrap();
        let reply = reply.unwrap();
        for (keyword, offer) in [
            ("STARTTLS", None),
            ("SIZE", Some("100")),
            ("AUTH", Some("LOGIN PLAIN")),
            ("8BITMIME", Some("")),
            ("DSN", Some("on")),
            ("SMTPUTF8", None),
        ] {
            assert_eq!(reply.offer(keyword).as_deref(), offer, "{keyword}");
        }
    }

    proptest! {
        /// However the bytes are cut up, the same comes of them.
        #[test]
        fn pieces_do_not_matter(
            text in "([2-5][0-9]{2}[ -]?[ -~é]{0,9}\r?\n?){0,6}",
            cuts in prop::collection::vec(1_usize..9, 0..40),
        ) {
            let whole = read(text.as_bytes());
            let mut reader = ReplyReader::default();
            let (mut rest, mut cuts) = (text.as_bytes(), cuts.into_iter());
            let mut consumed = 0;
            let pieces = loop {
                let (piece, behind) = rest.split_at(cuts.next().unwrap_or(rest.len()).min(rest.len()));
                match reader.read(piece) {
                    Err(fault) => break Err(fault),
                    Ok((read, Some(reply))) => break Ok((consumed + read, Some(reply))),
                    Ok((read, None)) => consumed += read,
                }
                if behind.is_empty() {
                    break Ok((consumed, None));
                }
                rest = behind;
            };
            prop_assert_eq!(whole, pieces);
        }
    }
}
