//! Frames: eight bytes of length, little-endian, then as many bytes of safetensors.

use crate::network::arrays::{self, Arrays, Metadata};
use std::io::{ErrorKind, Read, Write};

/// The most bytes of a frame. A longer one is garbage, such as a text that was printed among frames.
pub const MOST: u64 = 1 << 32;

/// What a frame holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Arrays by name.
    pub arrays: Arrays,
    /// Texts by name.
    pub metadata: Metadata,
}

/// The bytes of a message as a frame.
///
/// # Errors
/// A line where it cannot be written as safetensors.
pub fn encode(message: &Message) -> Result<Vec<u8>, String> {
    let body = arrays::serialise(&message.arrays, &message.metadata).map_err(|error| error.to_string())?;
    let mut frame = Vec::with_capacity(8 + body.len());
    frame.extend((body.len() as u64).to_le_bytes());
    frame.extend(body);
    Ok(frame)
}

/// Writes a message.
///
/// # Errors
/// What the operating system says.
pub fn write(to: &mut impl Write, message: &Message) -> Result<(), String> {
    let frame = encode(message)?;
    to.write_all(&frame).and_then(|()| to.flush()).map_err(|error| error.to_string())
}

/// Reads the next message; none at the end of the stream.
///
/// # Errors
/// A line on what came instead of a frame.
pub fn read(from: &mut impl Read) -> Result<Option<Message>, String> {
    let mut head = Vec::with_capacity(8);
    take(from, 8, &mut head)?;
    if head.is_empty() {
        return Ok(None);
    }
    let length = match <[u8; 8]>::try_from(head.as_slice()) {
        Ok(bytes) => u64::from_le_bytes(bytes),
        Err(_) => return Err(garbage(&head)),
    };
    if length > MOST {
        return Err(garbage(&head));
    }
    // Grows with what comes: an announced length alone takes no memory.
    let mut body = Vec::new();
    take(from, length, &mut body)?;
    if (body.len() as u64) < length {
        return Err(format!("ended within a frame, after {} of its {length} bytes", body.len()));
    }
    let (arrays, metadata) =
        arrays::parse(&body, |_| false).map_err(|fault| format!("gave a frame that {fault}"))?;
    Ok(Some(Message { arrays, metadata }))
}

/// Reads `count` bytes, or as many as there are.
fn take(from: &mut impl Read, count: u64, into: &mut Vec<u8>) -> Result<(), String> {
    match from.take(count).read_to_end(into) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Most often a text that was printed to standard output.
fn garbage(head: &[u8]) -> String {
    let shown = String::from_utf8_lossy(head);
    format!(
        "wrote {shown:?} where a frame should begin: standard output is for frames alone, so print to standard error"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::arrays::Array;
    use rstest::rstest;

    fn message() -> Message {
        let array = Array { shape: vec![1, 2], values: vec![0.5, -1.0] };
        Message {
            arrays: Arrays::from([("images".to_string(), array)]),
            metadata: Metadata::from([("question".to_string(), "logits".to_string())]),
        }
    }

    #[test]
    fn messages_read_back_the_same_one_after_the_other() -> Result<(), String> {
        let bytes = [encode(&message())?, encode(&Message::default())?].concat();
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from)?, Some(message()));
        assert_eq!(read(&mut from)?, Some(Message::default()));
        assert_eq!(read(&mut from)?, None);
        Ok(())
    }

    /// Byte for byte what NETWORKS.md says.
    #[test]
    fn a_frame_is_its_length_and_safetensors() -> Result<(), String> {
        let header = br#"{"__metadata__":{"question":"logits"},"images":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#;
        let header =
            [header.as_slice(), &vec![b' '; header.len().next_multiple_of(8) - header.len()]].concat();
        let length = header.len() as u64;
        let body =
            [&length.to_le_bytes()[..], &header, &0.5_f32.to_le_bytes(), &(-1.0_f32).to_le_bytes()].concat();
        assert_eq!(encode(&message())?, [&(body.len() as u64).to_le_bytes()[..], &body].concat());
        Ok(())
    }

    #[rstest]
    #[case(b"Loading weights", "wrote \"Loading \" where a frame should begin")]
    #[case(b"abc", "wrote \"abc\" where a frame should begin")]
    #[case(&[0xff; 8], "where a frame should begin")]
    #[case(&[9, 0, 0, 0, 0, 0, 0, 0, 1, 2], "ended within a frame, after 2 of its 9 bytes")]
    #[case(&[3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], "gave a frame that is not safetensors")]
    #[case(&[0; 8], "gave a frame that is not safetensors")]
    fn what_is_no_frame_is_told(#[case] bytes: &[u8], #[case] says: &str) {
        let message = read(&mut &bytes[..]).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
