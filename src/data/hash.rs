//! A fingerprint of decoded data: SHA-256 over ids, shapes, voxels and labels, so that the same data in
//! other files (recompressed, another header) has the same hash.

use crate::data::Volume;
use sha2::{Digest, Sha256};

/// What is known of a volume once its voxels are put aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    /// [`Volume::id`].
    pub id: String,
    /// Voxels along x, y and z.
    pub shape: [usize; 3],
    /// [`volume_hash`].
    pub hash: String,
}

impl Fingerprint {
    /// That of `volume`.
    pub fn of(volume: &Volume) -> Self {
        Self { id: volume.id.clone(), shape: volume.shape, hash: volume_hash(volume) }
    }
}

/// Hash of one volume, in hex.
pub fn volume_hash(volume: &Volume) -> String {
    let mut hasher = Sha256::new();
    hasher.update(volume.id.as_bytes());
    hasher.update([0]);
    for length in volume.shape {
        hasher.update((length as u64).to_le_bytes());
    }
    let voxels: Vec<u8> = volume.image.iter().flat_map(|voxel| voxel.to_le_bytes()).collect();
    hasher.update(voxels);
    hasher.update(&volume.label);
    hex(&hasher.finalize())
}

/// Hash of all volumes, in hex, from the hash of each, in their order.
pub fn data_hash(volumes: &[Fingerprint]) -> String {
    let mut hasher = Sha256::new();
    for volume in volumes {
        hasher.update(volume.hash.as_bytes());
    }
    hex(&hasher.finalize())
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_the_data_changes_the_hash() {
        let volume = Volume { id: "a".into(), shape: [1, 1, 2], image: vec![1.0, 2.0], label: vec![0, 1] };
        let reference = volume_hash(&volume);
        assert_eq!(reference.len(), 64);
        let variants = [
            Volume { id: "b".into(), ..volume.clone() },
            Volume { shape: [1, 2, 1], ..volume.clone() },
            Volume { image: vec![1.0, 2.5], ..volume.clone() },
            Volume { label: vec![1, 1], ..volume.clone() },
        ];
        assert!(variants.iter().all(|variant| volume_hash(variant) != reference));
        let of_two = |first, second| data_hash(&[Fingerprint::of(first), Fingerprint::of(second)]);
        assert_ne!(of_two(&volume, &variants[0]), of_two(&variants[0], &volume));
    }
}
