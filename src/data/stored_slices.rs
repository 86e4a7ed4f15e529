//! Slices of many volumes, kept in a temporary file and read when they are wanted, so that memory does
//! not grow with the number of volumes. Stored without their padding.

use crate::data::spill::{Spill, from_bytes, to_bytes};
use crate::data::{DataError, Volume};
use crate::image::slices::{Region, Slice, cut, scale};
use std::ops::Range;
use std::sync::Arc;

/// One volume's slices as they are stored, see [`encode`].
pub struct Encoded {
    shape: [usize; 3],
    /// Each slice as [`stored`].
    bytes: Vec<u8>,
    /// Whether each slice has foreground.
    foreground: Vec<bool>,
}

/// Bytes of a stored pixel: its intensity and whether it is foreground.
const PIXEL: usize = 5;

/// A slice's bytes: intensities of the scanned pixels, then their mask, a byte each.
fn stored(image: &[f32], mask: impl IntoIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = to_bytes(image);
    bytes.extend(mask.into_iter().map(u8::from));
    bytes
}

/// Cuts a volume into slices and scales its intensities to `range`.
pub fn encode(volume: &Volume, range: [f32; 2]) -> Encoded {
    let [x, y, _] = volume.shape;
    let label: Vec<f32> = volume.label.iter().map(|&label| f32::from(u8::from(label > 0))).collect();
    let (_, images) = cut(volume.shape, &scale(&volume.image, range), [x, y]);
    let (_, masks) = cut(volume.shape, &label, [x, y]);
    let mut bytes = Vec::with_capacity(PIXEL * volume.image.len());
    for (image, mask) in images.iter().zip(&masks) {
        bytes.extend(stored(image, mask.iter().map(|&inside| inside > 0.0)));
    }
    let foreground = masks.iter().map(|mask| mask.iter().any(|&inside| inside > 0.0)).collect();
    Encoded { shape: volume.shape, bytes, foreground }
}

/// Where a slice lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    volume: usize,
    depth: usize,
    /// Scanned rows and columns.
    scanned: [usize; 2],
    start: u64,
    foreground: bool,
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
        let place = |(depth, &foreground): (usize, &bool)| Place {
            volume,
            depth,
            scanned: [height, width],
            start: start + (depth * PIXEL * height * width) as u64,
            foreground,
        };
        self.places.push(encoded.foreground.iter().enumerate().map(place).collect());
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
        for Slice { volume, depth, region, image, mask } in slices {
            let bytes = stored(&region.crop(image), region.crop(mask));
            places.push(Place {
                volume: *volume,
                depth: *depth,
                scanned: [region.height, region.width],
                start: spill.append(&bytes)?,
                foreground: mask.contains(&true),
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

    /// Number of slices.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Keeps those that have foreground.
    pub fn retain_foreground(&mut self) {
        self.places.retain(|place| place.foreground);
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

    /// The smallest scanned area and the number of its volume; none without a slice.
    pub fn smallest_area(&self) -> Option<(usize, usize)> {
        self.places.iter().map(|place| (place.scanned.iter().product(), place.volume)).min()
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
        let [height, width] = place.scanned;
        let [rows, row] = self.size;
        let region = Region { top: (rows - height) / 2, left: (row - width) / 2, height, width, row };
        let bytes = self.spill.read(place.start, PIXEL * region.area())?;
        let (intensities, inside) = bytes.split_at(4 * region.area());
        let mut image = vec![0.0; rows * row];
        let mut mask = vec![false; rows * row];
        for ((pixel, intensity), &inside) in region.pixels().zip(from_bytes(intensities)).zip(inside) {
            image[pixel] = intensity;
            mask[pixel] = inside > 0;
        }
        Ok(Slice { volume: place.volume, depth: place.depth, region, image, mask })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume() -> Volume {
        let image = (0..2 * 3 * 2).map(|v| v as f32).collect();
        let mut label = vec![0; 12];
        label[7] = 2; // (1, 0, 1)
        Volume { id: "v".into(), shape: [2, 3, 2], image, label }
    }

    fn written(volumes: &[Volume], part: &[usize], size: [usize; 2]) -> anyhow::Result<StoredSlices> {
        let mut writer = Writer::new()?;
        volumes.iter().try_for_each(|volume| writer.add(&encode(volume, [0.0, 0.2])))?;
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
        assert!((0..16).all(|pixel| region.contains(pixel) == region.pixels().any(|p| p == pixel)));
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
}
