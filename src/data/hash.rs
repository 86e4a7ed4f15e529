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

/// Hash of one volume, all its channels and labels, in hex.
pub fn volume_hash(volume: &Volume) -> String {
    let mut hasher = Sha256::new();
    hasher.update(volume.id.as_bytes());
    hasher.update([0]);
    for length in volume.shape {
        hasher.update((length as u64).to_le_bytes());
    }
    // Volumes of one channel keep the hash that they have in lists and records.
    if volume.channels() != 1 {
        hasher.update((volume.channels() as u64).to_le_bytes());
    }
    let voxels: Vec<u8> = volume.image.iter().flat_map(|voxel| voxel.to_le_bytes()).collect();
    hasher.update(voxels);
    hasher.update(&volume.label);
    hex(&hasher.finalize())
}

/// Hash of a volume's image, whatever its id and label, in hex.
pub fn image_hash(volume: &Volume) -> String {
    let mut hasher = Sha256::new();
    for length in volume.shape {
        hasher.update((length as u64).to_le_bytes());
    }
    let voxels: Vec<u8> = volume.image.iter().flat_map(|voxel| voxel.to_le_bytes()).collect();
    hasher.update(voxels);
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

/// [`data_hash`], and with it what a table gives each volume, where it gives anything
/// ([`Given::words`](super::given::Given::words)).
pub fn given_hash<'g>(volumes: &[Fingerprint], given: impl Fn(&str) -> [&'g str; 2]) -> String {
    let hash = data_hash(volumes);
    if volumes.iter().all(|volume| given(&volume.id) == ["", ""]) {
        return hash;
    }
    let mut hasher = Sha256::new();
    hasher.update(hash.as_bytes());
    for Fingerprint { id, .. } in volumes {
        let [group, part] = given(id);
        hasher.update(format!("{id}\t{group}\t{part}\n"));
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
    fn a_volume_of_one_channel_keeps_its_hash_and_channels_count() {
        let volume = Volume { id: "a".into(), shape: [1, 1, 2], image: vec![1.0, 2.0], label: vec![0, 1] };
        // sha256 of b"a\0" + struct.pack("<3Q2f2B", 1, 1, 2, 1, 2, 0, 1), in Python.
        assert_eq!(volume_hash(&volume), "b5243197c6aa032fcb9ff58483dc6d4235fef7cc6bbc8124648d1171f4ec3fa0");
        let two = Volume { image: vec![1.0, 2.0, 3.0, 4.0], ..volume };
        // b"a\0" + struct.pack("<4Q4f2B", 1, 1, 2, 2, 1, 2, 3, 4, 0, 1)
        assert_eq!(volume_hash(&two), "6e970e34d6bfab05730f0ba969af58da226fa586209798eabb190a18cb939788");
        let other = Volume { image: vec![1.0, 2.0, 3.0, 5.0], ..two.clone() };
        assert_ne!(volume_hash(&other), volume_hash(&two));
    }

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
        let same_image = variants.each_ref().map(|variant| image_hash(variant) == image_hash(&volume));
        assert_eq!(same_image, [true, false, false, true]);
        let of_two = |first, second| data_hash(&[Fingerprint::of(first), Fingerprint::of(second)]);
        assert_ne!(of_two(&volume, &variants[0]), of_two(&variants[0], &volume));
    }
}
