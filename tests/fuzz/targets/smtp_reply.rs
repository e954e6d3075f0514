//! Replies of mail servers: however the bytes are cut up, the same comes of them, and it is what a
//! reader says who looks at the whole at once.
//!
//! Sections: the bytes, and where they are cut. In the bytes `~` stands for the end of a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runbell::model::smtp_reply::{ReplyFault, ReplyReader, SmtpReply};
use runbell_fuzz::Sections;

type Read = Result<Option<(usize, SmtpReply)>, ReplyFault>;

fn in_pieces(bytes: &[u8], piece: usize) -> Read {
    let mut reader = ReplyReader::default();
    let mut consumed = 0;
    for piece in bytes.chunks(piece) {
        let (read, reply) = reader.read(piece)?;
        consumed += read;
        if let Some(reply) = reply {
            return Ok(Some((consumed, reply)));
        }
        assert_eq!(read, piece.len(), "a reader that wants more leaves nothing");
    }
    Ok(None)
}

/// What the grammar of RFC 5321 says of the whole, without any limit: code and lines.
fn at_once(bytes: &[u8]) -> Option<(u16, Vec<String>)> {
    let mut lines = Vec::new();
    let mut code = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n")?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let digits = std::str::from_utf8(line.get(..3)?).ok()?;
        let number: u16 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
        if !(200..600).contains(&number) || *code.get_or_insert(number) != number {
            return None;
        }
        lines.push(String::from_utf8_lossy(line.get(4..).unwrap_or_default()).into_owned());
        match line.get(3) {
            None | Some(b' ') => return Some((number, lines)),
            Some(b'-') => {}
            Some(_) => return None,
        }
    }
    None
}

fuzz_target!(|input: &[u8]| {
    let sections = Sections::new(input);
    let bytes = sections.text(0).replace('~', "\r\n").into_bytes();
    let piece = usize::try_from(sections.number(1) % 40).unwrap_or_default() + 1;

    let whole = in_pieces(&bytes, bytes.len().max(1));
    assert_eq!(whole, in_pieces(&bytes, piece), "pieces of {piece}");
    assert_eq!(whole, in_pieces(&bytes, 1));
    match whole {
        Ok(Some((consumed, reply))) => {
            assert!(consumed <= 64 * 1024 && reply.lines.len() <= 128);
            assert_eq!(at_once(&bytes), Some((reply.code, reply.lines.clone())));
            assert_eq!(bytes[consumed - 1], b'\n');
            let offer = reply.offer("AUTH");
            assert!(offer.is_none_or(|offer| !offer.starts_with(' ')));
        }
        Ok(None) => assert_eq!(at_once(&bytes), None),
        Err(ReplyFault::LongLine) => assert!(bytes.len() > 4096),
        Err(ReplyFault::Long) => assert!(bytes.len() > 128 * 5),
        Err(ReplyFault::Malformed | ReplyFault::MixedCodes) => {
            assert_eq!(at_once(&bytes), None);
        }
    }
});
