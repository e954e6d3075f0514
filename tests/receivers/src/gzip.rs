//! Gzip without compression: the smallest honest `Content-Encoding: gzip` body.
//!
//! Sources: RFC 1952 (the wrapping), RFC 1951 3.2.4 (stored blocks).

/// Wraps `bytes` as a gzip member of stored blocks.
pub(crate) fn stored(bytes: &[u8]) -> Vec<u8> {
    const BLOCK_BYTES: usize = 65_535;
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(BLOCK_BYTES).peekable();
    if blocks.peek().is_none() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        let length = block.len() as u16;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32(bytes).to_le_bytes());
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::{crc32, stored};

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_member_holds_its_bytes_between_header_and_checksum() {
        let member = stored(b"ok");
        assert_eq!(&member[..3], [0x1f, 0x8b, 8]);
        assert_eq!(&member[10..17], [1, 2, 0, 0xfd, 0xff, b'o', b'k']);
        assert_eq!(&member[21..], [2, 0, 0, 0]);
    }

    #[test]
    fn long_bodies_take_several_blocks() {
        let member = stored(&vec![b'a'; 65_536]);
        assert_eq!(member.len(), 10 + 5 + 65_535 + 5 + 1 + 8);
        assert_eq!(member[10], 0, "the first block is not the last");
        assert_eq!(member[10 + 5 + 65_535], 1, "the second one is");
    }
}
