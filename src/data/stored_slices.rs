//! Slices of many volumes, kept in a temporary file and read when they are wanted, so that memory does
//! not grow with the number of volumes. Stored without their padding.

use crate::data::DataError;
use crate::data::encoded::{Counts, Encoded, decode, encode_slice, pixel_bytes};
use crate::data::spill::Spill;
use crate::image::region::Region;
use crate::image::slice::Slice;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

/// Where a slice lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    volume: usize,
    depth: usize,
    /// Scanned rows and columns.
    scanned: [usize; 2],
    channels: usize,
    start: u64,
    counts: Counts,
}

/// Takes in volumes.
pub struct Writer {
    spill: Spill,
    places: Vec<Vec<Place>>,
}

impl Writer {
    /// One without a volume yet.
    ///
    /// # Errors
    /// [`DataError`] where no temporary file can be made.
    pub fn new() -> Result<Self, DataError> {
        Ok(Self { spill: Spill::new()?, places: Vec::new() })
    }

    /// Adds the next volume; the first is number 0.
    ///
    /// # Errors
    /// [`DataError`] where the disk refuses.
    pub fn add(&mut self, encoded: &Encoded) -> Result<(), DataError> {
        let [height, width, _] = encoded.shape;
        let start = self.spill.append(&encoded.bytes)?;
        let volume = self.places.len();
        let slice = pixel_bytes(encoded.channels) * height * width;
        let place = |(depth, &counts): (usize, &Counts)| Place {
            volume,
            depth,
            scanned: [height, width],
            channels: encoded.channels,
            start: start + (depth * slice) as u64,
            counts,
        };
        self.places.push(encoded.counts.iter().enumerate().map(place).collect());
        Ok(())
    }

    /// The slices of every volume, padded to `size` (height, width), which must hold them all.
    pub fn finish(self, size: [usize; 2]) -> StoredSlices {
        StoredSlices { spill: Arc::new(self.spill), size, places: self.places.concat() }
    }
}

/// Slices in the order of their volumes and depths. Each is read anew whenever it is asked for.
#[derive(Clone, Debug)]
pub struct StoredSlices {
    spill: Arc<Spill>,
    size: [usize; 2],
    places: Vec<Place>,
}

impl StoredSlices {
    /// Slices at hand, in their order, all padded to `size` (height, width).
    ///
    /// # Errors
    /// [`DataError`] where the temporary file refuses.
    pub fn at_hand(slices: &[Slice], size: [usize; 2]) -> Result<Self, DataError> {
        let mut spill = Spill::new()?;
        let mut places = Vec::with_capacity(slices.len());
        for slice in slices {
            let (bytes, counts) = encode_slice(slice);
            places.push(Place {
                volume: slice.volume,
                depth: slice.depth,
                scanned: [slice.region.height, slice.region.width],
                channels: slice.channels(),
                start: spill.append(&bytes)?,
                counts,
            });
        }
        Ok(Self { spill: Arc::new(spill), size, places })
    }

    /// Those of `volumes`, given by ascending numbers.
    pub fn of_volumes(&self, volumes: &[usize]) -> Self {
        let wanted = |place: &&Place| volumes.binary_search(&place.volume).is_ok();
        let places = self.places.iter().filter(wanted).copied().collect();
        Self { spill: Arc::clone(&self.spill), size: self.size, places }
    }

    /// Height and width of every slice.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Fewest and most scanned rows and columns; none without a slice.
    pub fn scanned(&self) -> Option<[[usize; 2]; 2]> {
        let sides = |place: &Place| [place.scanned; 2];
        let wider = |[least, most]: [[usize; 2]; 2], [side, _]: [[usize; 2]; 2]| {
            [[0, 1].map(|n| least[n].min(side[n])), [0, 1].map(|n| most[n].max(side[n]))]
        };
        self.places.iter().map(sides).reduce(wider)
    }

    /// Bytes of the temporary file, which holds the slices of every volume.
    pub fn bytes(&self) -> u64 {
        self.spill.len()
    }

    /// Number of slices.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Number of channels of a slice; 1 without a slice.
    pub fn channels(&self) -> usize {
        self.places.first().map_or(1, |place| place.channels)
    }

    /// Keeps those that have foreground.
    pub fn retain_foreground(&mut self) {
        self.places.retain(|place| place.counts.foreground > 0);
    }

    /// Keeps at most `most` slices of each volume, evenly spaced: the middle ones of as many equal stretches.
    pub fn thin(&mut self, most: NonZeroUsize) {
        let kept = self.by_volume().into_iter().flat_map(|(_, of_volume)| {
            let (count, most) = (of_volume.len(), most.get().min(of_volume.len()));
            (0..most).map(move |stretch| of_volume.start + (2 * stretch + 1) * count / (2 * most))
        });
        self.places = kept.map(|number| self.places[number]).collect();
    }

    /// Keeps those that have no pixel to ignore.
    pub fn retain_known(&mut self) {
        self.places.retain(|place| place.counts.ignored == 0);
    }

    /// Whether any slice has foreground.
    pub fn has_foreground(&self) -> bool {
        self.places.iter().any(|place| place.counts.foreground > 0)
    }

    /// Keeps the first `count`.
    pub fn truncate(&mut self, count: usize) {
        self.places.truncate(count);
    }

    /// Runs of slices of one volume: the volume's number and the run.
    pub fn by_volume(&self) -> Vec<(usize, Range<usize>)> {
        let mut start = 0;
        let runs = self.places.chunk_by(|a, b| a.volume == b.volume);
        runs.map(|run| {
            let range = start..start + run.len();
            start = range.end;
            (run[0].volume, range)
        })
        .collect()
    }

    /// The smallest scanned area, pixels to ignore left out, and the number of its volume; none without a slice.
    pub fn smallest_area(&self) -> Option<(usize, usize)> {
        let area = |place: &Place| place.scanned.iter().product::<usize>() - place.counts.ignored;
        self.places.iter().map(|place| (area(place), place.volume)).min()
    }

    /// The slice numbered `index`.
    ///
    /// # Errors
    /// [`DataError`] where the disk refuses.
    ///
    /// # Panics
    /// Where there is no slice of that number, as indexing does.
    pub fn get(&self, index: usize) -> Result<Slice, DataError> {
        self.slice(self.places[index])
    }

    /// The slices numbered `indices`.
    ///
    /// # Errors
    /// As [`Self::get`].
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn read(&self, indices: impl IntoIterator<Item = usize>) -> Result<Vec<Slice>, DataError> {
        indices.into_iter().map(|index| self.get(index)).collect()
    }

    /// All slices, `count` at a time.
    pub fn batches(&self, count: usize) -> impl Iterator<Item = Result<Vec<Slice>, DataError>> {
        self.places.chunks(count).map(|places| places.iter().map(|&place| self.slice(place)).collect())
    }

    /// All slices at once.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn all(&self) -> Result<Vec<Slice>, DataError> {
        self.read(0..self.len())
    }

    fn slice(&self, place: Place) -> Result<Slice, DataError> {
        let region = Region::centred(place.scanned, self.size);
        let bytes = self.spill.read(place.start, pixel_bytes(place.channels) * region.area())?;
        let plane = self.size[0] * self.size[1];
        Ok(decode(&bytes, [place.volume, place.depth], place.channels, region, plane))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Volume;
    use crate::data::encoded::encode;
    use crate::image::geometry::Geometry;
    use crate::image::scale::Scaling;
    use crate::image::scale_method::Scale;
    use crate::image::truth::Labels;

    fn min_max(range: [f32; 2]) -> Scaling {
        Scaling { scale: Scale::MinMax, range }
    }

    fn volume() -> Volume {
        let image = (0..2 * 3 * 2).map(|v| v as f32).collect();
        let mut label = vec![0; 12];
        label[7] = 2; // (1, 0, 1)
        Volume { id: "v".into(), shape: [2, 3, 2], image, label }
    }

    fn written(volumes: &[Volume], part: &[usize], size: [usize; 2]) -> anyhow::Result<StoredSlices> {
        let mut writer = Writer::new()?;
        volumes.iter().try_for_each(|volume| {
            let geometry = Geometry::as_stored(volume.shape);
            writer.add(&encode(volume, &[0], &min_max([0.0, 0.2]), &Labels::default(), &geometry))
        })?;
        Ok(writer.finish(size).of_volumes(part))
    }

    #[test]
    fn slices_are_centred_scaled_and_zero_padded() -> anyhow::Result<()> {
        let slices = written(&[volume()], &[0], [4, 4])?;
        let slices = slices.all()?;
        assert_eq!(slices.len(), 2);
        let region = slices[1].region;
        assert_eq!((region.top, region.left, region.area()), (1, 0, 6));
        // Voxel (1, 2, 1) is the volume's largest; it lies in the region's last row and column.
        assert_eq!(slices[1].image[2 * 4 + 2], 0.2);
        assert_eq!(slices[0].image[4], 0.0);
        assert_eq!(slices[1].image.iter().filter(|&&value| value != 0.0).count(), 6);
        assert!(!slices[0].has_foreground());
        let foreground: Vec<_> = (0..16).filter(|&pixel| slices[1].mask[pixel]).collect();
        assert_eq!(foreground, [2 * 4]);
        Ok(())
    }

    #[test]
    fn channels_are_scaled_each_and_labels_are_told_apart() -> anyhow::Result<()> {
        // One slice of 1 x 3 pixels, three channels, of which the last and the first are kept.
        let image = vec![0.0, 5.0, 10.0, 1.0, 1.0, 1.0, 40.0, 20.0, 30.0];
        let volume = Volume { id: "v".into(), shape: [1, 3, 1], image, label: vec![2, 1, 255] };
        let labels = Labels { foreground: Some(vec![2]), ignore: vec![255] };
        let mut writer = Writer::new()?;
        let geometry = Geometry::as_stored(volume.shape);
        writer.add(&encode(&volume, &[2, 0], &min_max([0.0, 2.0]), &labels, &geometry))?;
        let mut slices = writer.finish([1, 4]);
        let expected = Slice {
            volume: 0,
            depth: 0,
            region: Region { top: 0, left: 0, height: 1, width: 3, row: 4 },
            image: vec![2.0, 0.0, 1.0, 0.0, 0.0, 1.0, 2.0, 0.0],
            mask: vec![true, false, false, false],
            ignored: vec![2],
        };
        assert_eq!(slices.get(0)?, expected);
        assert_eq!(StoredSlices::at_hand(std::slice::from_ref(&expected), [1, 4])?.get(0)?, expected);
        assert_eq!((slices.channels(), slices.smallest_area()), (2, Some((2, 0))));
        slices.retain_known();
        assert!(slices.is_empty() && !slices.has_foreground());
        Ok(())
    }

    #[test]
    fn parts_hold_their_own_volumes_however_large_each_is() -> anyhow::Result<()> {
        let small = Volume { shape: [1, 2, 3], image: vec![5.0; 6], label: vec![1; 6], ..volume() };
        let mut slices = written(&[volume(), small, volume()], &[1, 2], [4, 4])?;
        assert_eq!(slices.by_volume(), [(1, 0..3), (2, 3..5)]);
        assert_eq!(slices.smallest_area(), Some((2, 1)));
        let depths = |slices: &[Slice]| slices.iter().map(|s| (s.volume, s.depth)).collect::<Vec<_>>();
        assert_eq!(depths(&slices.read([4, 0])?), [(2, 1), (1, 0)]);
        slices.retain_foreground();
        let batches: Vec<Vec<Slice>> = slices.batches(3).collect::<Result<_, _>>()?;
        assert_eq!(depths(&batches.concat()), [(1, 0), (1, 1), (1, 2), (2, 1)]);
        assert_eq!(batches[0].len(), 3);
        Ok(())
    }

    #[test]
    fn few_slices_of_a_volume_are_its_middle_and_evenly_spaced() -> anyhow::Result<()> {
        let of = |depth: usize| Volume {
            id: "v".into(),
            shape: [1, 1, depth],
            image: (0..depth).map(|value| value as f32).collect(),
            label: vec![1; depth],
        };
        let slices = written(&[of(7), of(1)], &[0, 1], [1, 1])?;
        for (most, expected) in [(1, vec![3]), (2, vec![1, 5]), (3, vec![1, 3, 5]), (9, (0..7).collect())] {
            let mut few = slices.clone();
            few.thin(NonZeroUsize::new(most).expect("not zero"));
            let depths: Vec<usize> =
                few.all()?.iter().filter(|slice| slice.volume == 0).map(|s| s.depth).collect();
            assert_eq!(depths, expected, "{most} slices of seven");
            assert_eq!(few.by_volume().len(), 2);
        }
        Ok(())
    }
}
