//! How many volumes the parts of a split hold, of how many groups, and how large volumes and slices are.

use crate::definition::study::Study;
use crate::study::prepared::Prepared;
use serde::Serialize;
use std::collections::BTreeSet;

/// One part of the split.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Part {
    /// `train`, `validation` or `test`.
    pub name: &'static str,
    /// Its volumes.
    pub volumes: usize,
    /// Groups that they are of: as many as volumes where each is one by itself.
    pub groups: usize,
}

/// The parts of the split of `prepared`, in the order of their use.
pub fn parts(study: &Study, prepared: &Prepared) -> [Part; 3] {
    let groups = prepared.groups(study);
    let split = &prepared.split;
    [("train", &split.train), ("validation", &split.validation), ("test", &split.test)].map(
        |(name, volumes)| {
            let of: BTreeSet<&String> = volumes.iter().filter_map(|&volume| groups.get(volume)).collect();
            Part { name, volumes: volumes.len(), groups: of.len() }
        },
    )
}

/// Fewest and most stored voxels of the volumes along each axis; none without a volume.
pub fn sizes(prepared: &Prepared) -> Option<[[usize; 3]; 2]> {
    let shapes = prepared.volumes.iter().map(|volume| [volume.shape; 2]);
    shapes.reduce(|[least, most], [shape, _]| {
        [
            [0, 1, 2].map(|axis| least[axis].min(shape[axis])),
            [0, 1, 2].map(|axis| most[axis].max(shape[axis])),
        ]
    })
}

/// The share of stored voxels of the training volumes that scaling clipped, by channel.
pub fn clipped(prepared: &Prepared) -> Vec<f64> {
    let train = &prepared.split.train;
    let voxels: usize =
        train.iter().map(|&volume| prepared.volumes[volume].shape.iter().product::<usize>()).sum();
    let of = |channel: usize| {
        let count: usize = train.iter().map(|&volume| prepared.clipped[volume][channel]).sum();
        count as f64 / voxels.max(1) as f64
    };
    (0..prepared.channels).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;

    #[test]
    fn volumes_and_groups_are_counted_by_part_and_what_is_clipped_by_channel() -> anyhow::Result<()> {
        let text = shipped::text("smoke").expect("smoke");
        let overrides = [
            "data.phantom.volumes=8",
            "split.group=number/2",
            "split.test=0.3",
            "data.scale=percentile(0,90)",
        ];
        let study = Study::parse(text, &overrides.map(String::from)).map_err(anyhow::Error::msg)?;
        let prepared = Prepared::load(&study, None)?;
        let counts = parts(&study, &prepared);
        assert_eq!(counts.each_ref().map(|part| part.name), ["train", "validation", "test"]);
        assert_eq!(counts.iter().map(|part| part.volumes).sum::<usize>(), 8);
        // Groups stay in one part, and are of volumes 1 and 2, 3 and 4, 5 and 6, 7 and 8.
        assert_eq!(counts.iter().map(|part| part.groups).sum::<usize>(), 4, "{counts:?}");
        assert!(counts.iter().all(|part| part.volumes == 2 * part.groups), "{counts:?}");

        let [least, most] = sizes(&prepared).expect("sizes");
        for axis in 0..3 {
            let along: Vec<usize> = prepared.volumes.iter().map(|volume| volume.shape[axis]).collect();
            assert_eq!(Some(least[axis]), along.iter().min().copied());
            assert_eq!(Some(most[axis]), along.iter().max().copied());
        }

        // A tenth lies above the percentile, but for voxels that are as bright as it.
        let [share] = clipped(&prepared)[..] else { anyhow::bail!("one channel") };
        assert!((0.08..=0.1).contains(&share), "{share}");
        Ok(())
    }
}
