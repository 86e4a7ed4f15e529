//! Unfolding gzip as `gzip` and Python do: member after member, with zeros between them or after the last. What
//! follows the last and begins no member is padding of whoever stored the file, and no part of it.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Chain, Cursor, Read};

/// The first bytes of every member.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes that were read already, then the rest.
type Sniffed<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the content of all members, one after another.
pub struct Members<R> {
    member: Option<GzDecoder<Sniffed<R>>>,
}

impl<R: BufRead> Members<R> {
    /// The members of `start` and then `rest`; the first has to be one.
    pub fn new(start: Vec<u8>, rest: R) -> Self {
        Self { member: Some(GzDecoder::new(Cursor::new(start).chain(rest))) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            // At its end, its checksum compared.
            if let Some(ended) = self.member.take() {
                self.member = next(ended.into_inner())?;
            }
        }
        Ok(0)
    }
}

/// The member that begins after zeros, if one does.
fn next<R: BufRead>(mut ended: Sniffed<R>) -> io::Result<Option<GzDecoder<Sniffed<R>>>> {
    loop {
        let found = ended.fill_buf()?;
        let (length, zeros) = (found.len(), found.iter().take_while(|&&byte| byte == 0).count());
        ended.consume(zeros);
        if length == 0 || zeros < length {
            break;
        }
    }
    let mut start = Vec::new();
    ended.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    let member = start == MAGIC;
    let (mut sniffed, rest) = ended.into_inner();
    // Nothing, unless a whole member was sniffed.
    sniffed.read_to_end(&mut start)?;
    Ok(member.then(|| GzDecoder::new(Cursor::new(start).chain(rest))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use rstest::rstest;
    use std::io::{BufReader, Write};

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(bytes).and_then(|()| packer.finish()).expect("gzip")
    }

    /// What `bytes` unfold to, read in small pieces, of which the first are `sniffed`.
    fn unfolded(bytes: &[u8], sniffed: usize) -> io::Result<Vec<u8>> {
        let (start, rest) = bytes.split_at(sniffed);
        let mut found = Vec::new();
        Members::new(start.to_vec(), BufReader::with_capacity(3, rest)).read_to_end(&mut found)?;
        Ok(found)
    }

    #[rstest]
    #[case::nothing(&[], b"one")]
    #[case::a_zero(&[0], b"one")]
    #[case::a_block_of_zeros(&[0; 700], b"one")]
    #[case::a_line_break(b"\n", b"one")]
    #[case::half_a_magic(&[0x1f], b"one")]
    #[case::text(b"other text", b"one")]
    #[case::zeros_and_text(b"\0\0text", b"one")]
    #[case::a_member(&packed(b"two"), b"onetwo")]
    #[case::an_empty_member(&packed(b""), b"one")]
    #[case::zeros_and_a_member(&[[0; 5].as_slice(), &packed(b"two"), &[0; 9]].concat(), b"onetwo")]
    fn what_follows_a_member_is_a_member_or_padding(
        #[case] tail: &[u8],
        #[case] content: &[u8],
        #[values(0, 2)] sniffed: usize,
    ) {
        let bytes = [packed(b"one"), tail.to_vec()].concat();
        assert_eq!(unfolded(&bytes, sniffed).expect("gzip"), content);
        assert_eq!(unfolded(&bytes, bytes.len()).expect("gzip"), content);
    }

    #[test]
    fn damage_is_told_from_padding() {
        let whole = [packed(b"one"), packed(b"two")].concat();
        for cut in [1, 5, whole.len() / 2 - 1, whole.len() - 1, whole.len() / 2 + 3] {
            unfolded(&whole[..cut], 0).expect_err("a member that is cut off");
        }
        for place in [0, 1, whole.len() / 2 - 6] {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            unfolded(&changed, 2).expect_err("a changed member");
        }
    }
}
