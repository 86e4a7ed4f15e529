//! Random numbers that depend only on what they are for: the same words give the same stream, in any
//! order of asking and on every backend.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The stream that `words` name, such as seed, purpose, volume, depth and trial.
pub fn stream(words: &[&str]) -> ChaCha8Rng {
    let mut hasher = Sha256::new();
    for word in words {
        hasher.update((word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    ChaCha8Rng::from_seed(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn words_name_a_stream_and_their_borders_count() {
        let first = |words: &[&str]| stream(words).random::<u64>();
        assert_eq!(first(&["a", "b"]), first(&["a", "b"]));
        assert_ne!(first(&["a", "b"]), first(&["ab"]));
        assert_ne!(first(&["a", "b"]), first(&["b", "a"]));
    }
}
