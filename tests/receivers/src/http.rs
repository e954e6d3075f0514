//! HTTP/1.1 as far as a receiver of notifications needs it: reading requests, writing answers, and the
//! [`Service`] that judges the one to give the other.

use std::io::{self, BufRead, Read, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::strict_json;

/// Longest request line and headers taken, in bytes; more is answered with 431.
pub const HEAD_LIMIT_BYTES: usize = 64 * 1024;
/// Longest request body taken, in bytes; more is answered with 413.
pub const BODY_LIMIT_BYTES: usize = 8 * 1024 * 1024;
/// Most header fields taken in one request; more is answered with 400.
pub const HEADER_LIMIT_COUNT: usize = 128;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpRequest {
    /// The method, in the sender's spelling.
    pub method: String,
    /// Path and query exactly as sent, nothing decoded.
    pub target: String,
    /// Header fields in order. A value that is not UTF-8 has its odd bytes replaced by U+FFFD.
    pub headers: Vec<(String, String)>,
    /// The body, with any chunking taken off.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The target up to the question mark.
    pub fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The query as name and value pairs in order, nothing decoded.
    pub fn query(&self) -> Vec<(&str, &str)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect()
    }

    /// The first value of that name in the query, decoded once: `%xx` is a byte and `+` is a space.
    pub fn query_value(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The body as JSON, refusing invalid UTF-8 and an object that holds one key twice.
    ///
    /// The text of the fault says what is wrong and where.
    pub fn json(&self) -> Result<Value, String> {
        strict_json::parse(&self.body)
    }

    /// Whether the declared media type is `application/json`, whatever its parameters.
    pub fn is_json(&self) -> bool {
        let declared = self.header("content-type").unwrap_or_default();
        let media_type = declared.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/json")
    }

    /// The body for people: text where it is UTF-8, with U+FFFD where it is not.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// An answer to a request.
///
/// `Date`, `Content-Length` and `Connection` are added while it is written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// An answer whose body is that JSON value.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![(
                "Content-Type".to_owned(),
                "application/json;charset=utf-8".to_owned(),
            )],
            body: body.to_string().into_bytes(),
        }
    }

    /// An answer whose body is plain text.
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![(
                "Content-Type".to_owned(),
                "text/plain; charset=utf-8".to_owned(),
            )],
            body: body.as_bytes().to_vec(),
        }
    }

    /// An answer with nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// The body as JSON, when it is.
    pub fn to_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The service took it: a new message would be on people's screens.
    Posted,
    /// The service took it for a repeat of a message it already had, and showed nothing new.
    Repeated,
    /// The service refused it.
    Refused,
    /// A scripted fault answered or broke off before the service saw it.
    Unreached,
}

/// A service's decision on one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What the real service would answer.
    pub answer: HttpAnswer,
    /// What became of the message.
    pub verdict: Verdict,
    /// What the real service would swallow but a careful sender must not do, one sentence each.
    pub violations: Vec<String>,
}

impl Judgement {
    /// The answer, HTTP status 404, to a path that the service does not have.
    pub(crate) fn not_found() -> Self {
        Self {
            answer: HttpAnswer::empty(404),
            verdict: Verdict::Refused,
            violations: Vec::new(),
        }
    }
}

/// One stand-in: everything a [`Receiver`](crate::Receiver) needs to play a service.
///
/// A judgement depends on the request, on what was judged before, and on `now`; it never reads a clock.
/// So rate limits and signature windows can be tested without waiting.
pub trait Service: Send + 'static {
    /// A short lower-case name, for logs.
    fn name(&self) -> &'static str;

    /// Path and query of the secret address, beginning with a slash.
    fn path_and_query(&self) -> String;

    /// Judges one request that arrived at `now`.
    fn answer(&mut self, request: &HttpRequest, now: SystemTime) -> Judgement;
}

/// Why no whole request could be read.
#[derive(Debug)]
pub(crate) enum ReadFault {
    /// The sender left, or stopped between requests.
    Gone,
    /// The bytes are not a request this server takes; answer with that status and close.
    Refused(u16, &'static str),
}

impl From<io::Error> for ReadFault {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// How the body of a request is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    Bytes(usize),
    Chunked,
}

/// A request head, with what is needed to go on reading.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) request: HttpRequest,
    pub(crate) body: BodyLength,
    pub(crate) connection: Connection,
    pub(crate) expects_continue: bool,
}

/// What happens to the connection after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    KeepAlive,
    Close,
}

/// Reads a request line and headers.
pub(crate) fn read_head(reader: &mut impl BufRead) -> Result<Head, ReadFault> {
    let mut head = Vec::new();
    loop {
        let before = head.len();
        let left = HEAD_LIMIT_BYTES.saturating_sub(before) as u64;
        reader
            .by_ref()
            .take(left + 1)
            .read_until(b'\n', &mut head)?;
        if head.len() > HEAD_LIMIT_BYTES {
            return Err(ReadFault::Refused(431, "request head too large"));
        }
        let line = head.get(before..).unwrap_or_default();
        match line {
            [] => return Err(ReadFault::Gone),
            // RFC 9112 2.2: an empty line before the request line is to be ignored.
            b"\r\n" if before == 0 => head.clear(),
            b"\r\n" => break,
            _ => {}
        }
    }
    parse_head(&head)
}

fn parse_head(head: &[u8]) -> Result<Head, ReadFault> {
    const MALFORMED: ReadFault = ReadFault::Refused(400, "malformed request");
    let mut fields = [httparse::EMPTY_HEADER; HEADER_LIMIT_COUNT];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        _ => return Err(MALFORMED),
    }
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version)
    else {
        return Err(MALFORMED);
    };
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|field| {
            (
                field.name.to_owned(),
                String::from_utf8_lossy(field.value).into_owned(),
            )
        })
        .collect();
    let request = HttpRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: Vec::new(),
    };
    let count = |name: &str| {
        request
            .headers
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .count()
    };
    if version == 1 && count("host") != 1 {
        return Err(ReadFault::Refused(
            400,
            "exactly one Host header is required",
        ));
    }
    let body = match (
        request.header("transfer-encoding"),
        request.header("content-length"),
    ) {
        (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => BodyLength::Chunked,
        (Some(_), None) => return Err(ReadFault::Refused(501, "unknown transfer coding")),
        // Both at once is the classic way to smuggle a second request.
        (Some(_), Some(_)) => return Err(MALFORMED),
        (None, Some(length))
            if count("content-length") == 1 && length.bytes().all(|b| b.is_ascii_digit()) =>
        {
            // A length too long to be a number is in any case too long for a body.
            BodyLength::Bytes(length.parse().unwrap_or(usize::MAX))
        }
        (None, Some(_)) => return Err(MALFORMED),
        (None, None) => BodyLength::Bytes(0),
    };
    if matches!(body, BodyLength::Bytes(length) if length > BODY_LIMIT_BYTES) {
        return Err(ReadFault::Refused(413, "request body too large"));
    }
    let wish = request.header("connection").unwrap_or_default();
    let connection = if version == 0
        || wish
            .split(',')
            .any(|word| word.trim().eq_ignore_ascii_case("close"))
    {
        Connection::Close
    } else {
        Connection::KeepAlive
    };
    let expects_continue = request
        .header("expect")
        .is_some_and(|expected| expected.eq_ignore_ascii_case("100-continue"));
    Ok(Head {
        request,
        body,
        connection,
        expects_continue,
    })
}

/// Reads a request body.
pub(crate) fn read_body(
    reader: &mut impl BufRead,
    length: BodyLength,
) -> Result<Vec<u8>, ReadFault> {
    let mut body = Vec::new();
    match length {
        BodyLength::Bytes(length) => read_exactly(reader, length, &mut body)?,
        BodyLength::Chunked => read_chunks(reader, &mut body)?,
    }
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Result<(), ReadFault> {
    loop {
        let line = read_short_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        // The standard library's parser would also take a sign.
        let digits = Some(size).filter(|size| size.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let size = digits
            .and_then(|digits| usize::from_str_radix(digits, 16).ok())
            .ok_or(ReadFault::Refused(400, "malformed chunk size"))?;
        if size > BODY_LIMIT_BYTES.saturating_sub(body.len()) {
            return Err(ReadFault::Refused(413, "request body too large"));
        }
        if size == 0 {
            break;
        }
        read_exactly(reader, size, body)?;
        if !read_short_line(reader)?.is_empty() {
            return Err(ReadFault::Refused(400, "chunk longer than its size"));
        }
    }
    // Trailer fields end with an empty line; nothing in them matters here.
    let mut trailer_bytes = 0;
    loop {
        let line = read_short_line(reader)?;
        trailer_bytes += line.len();
        match line.as_str() {
            "" => return Ok(()),
            _ if trailer_bytes > HEAD_LIMIT_BYTES => {
                return Err(ReadFault::Refused(431, "trailer too large"));
            }
            _ => {}
        }
    }
}

fn read_exactly(
    reader: &mut impl BufRead,
    length: usize,
    body: &mut Vec<u8>,
) -> Result<(), ReadFault> {
    let wanted = body.len() + length;
    reader.by_ref().take(length as u64).read_to_end(body)?;
    if body.len() == wanted {
        Ok(())
    } else {
        Err(ReadFault::Gone)
    }
}

fn read_short_line(reader: &mut impl BufRead) -> Result<String, ReadFault> {
    const LINE_LIMIT_BYTES: u64 = 4096;
    let mut line = Vec::new();
    reader
        .by_ref()
        .take(LINE_LIMIT_BYTES)
        .read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(ReadFault::Gone);
    }
    let text = line
        .strip_suffix(b"\r\n")
        .and_then(|line| std::str::from_utf8(line).ok());
    text.map(str::to_owned)
        .ok_or(ReadFault::Refused(400, "malformed chunked body"))
}

/// The bytes of an answer's status line and headers, including the empty line.
///
/// `length` is what `Content-Length` says; `None` leaves the header out.
pub(crate) fn head_bytes(
    answer: &HttpAnswer,
    length: Option<u64>,
    connection: Connection,
    now: SystemTime,
) -> Vec<u8> {
    let reason = reason(answer.status);
    let mut head = format!(
        "HTTP/1.1 {} {reason}\r\nDate: {}\r\n",
        answer.status,
        http_date(now)
    )
    .into_bytes();
    for (name, value) in &answer.headers {
        // Writing to a vector cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if let Some(length) = length {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    if connection == Connection::Close {
        head.extend_from_slice(b"Connection: close\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

/// `at` in the form of the `Date` header, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(at: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = at
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's "civil from days", with years that begin in March so that leap days come last.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    let day_name = DAYS.get((days % 7) as usize).copied().unwrap_or_default();
    let month_name = MONTHS.get(month as usize).copied().unwrap_or_default();
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{day_name}, {day:02} {month_name} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<HttpRequest, String> {
        let mut reader = bytes;
        let text = |fault| match fault {
            ReadFault::Gone => "gone".to_owned(),
            ReadFault::Refused(status, _) => status.to_string(),
        };
        let head = read_head(&mut reader).map_err(text)?;
        let body = read_body(&mut reader, head.body).map_err(text)?;
        Ok(HttpRequest {
            body,
            ..head.request
        })
    }

    #[test]
    fn dates_are_written_as_http_wants_them() {
        let rows = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
            (1_772_323_200, "Sun, 01 Mar 2026 00:00:00 GMT"),
        ];
        for (seconds, text) in rows {
            assert_eq!(http_date(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn bodies_come_out_whole() {
        let rows: [(&[u8], &[u8]); 4] = [
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
            (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b""),
            (
                b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nT: v\r\n\r\n",
                b"hello!",
            ),
            (b"\r\nPOST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na", b"a"),
        ];
        for (bytes, body) in rows {
            let request = read(bytes)
                .unwrap_or_else(|fault| panic!("{fault}: {}", String::from_utf8_lossy(bytes)));
            assert_eq!(request.body, body);
        }
    }

    #[test]
    fn what_is_not_a_request_is_refused() {
        let rows: [(&[u8], &str); 13] = [
            (b"", "gone"),
            (b"POST / HT", "gone"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell", "gone"),
            (b"POST / HTTP/1.1\r\n\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\n", "400"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8388609\r\n\r\n", "413"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n800001\r\n", "413"),
        ];
        for (bytes, fault) in rows {
            assert_eq!(
                read(bytes).unwrap_err(),
                fault,
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn the_head_limit_is_exact() {
        let request = |filler: usize| {
            let mut bytes = b"GET / HTTP/1.1\r\nHost: x\r\nX: ".to_vec();
            let rest = HEAD_LIMIT_BYTES - bytes.len() - 4;
            bytes.extend(std::iter::repeat_n(b'a', rest + filler));
            bytes.extend_from_slice(b"\r\n\r\n");
            bytes
        };
        assert!(read(&request(0)).is_ok());
        assert_eq!(read(&request(1)).unwrap_err(), "431");
    }

    #[test]
    fn a_query_is_decoded_once() {
        let request = HttpRequest {
            target: "/p?a=%252B&b=1+2&c=%2B&flag".to_owned(),
            ..HttpRequest::default()
        };
        assert_eq!(request.path(), "/p");
        assert_eq!(
            request.query(),
            [("a", "%252B"), ("b", "1+2"), ("c", "%2B"), ("flag", "")]
        );
        for (name, value) in [("a", "%2B"), ("b", "1 2"), ("c", "+"), ("flag", "")] {
            assert_eq!(request.query_value(name).as_deref(), Some(value));
        }
        assert_eq!(request.query_value("d"), None);
    }
}
