//! How slices are stored: without their padding, the intensities of every channel, then the classes.

use crate::data::Volume;
use crate::data::spill::{from_bytes, to_bytes};
use crate::image::cut::cut;
use crate::image::geometry::Geometry;
use crate::image::region::Region;
use crate::image::scale::{Scaled, Scaling, scale_channels};
use crate::image::slice::Slice;
use crate::image::truth::{Class, Labels};

/// One volume's slices as they are stored, see [`encode`].
pub struct Encoded {
    /// Rows, columns and number of slices.
    pub(super) shape: [usize; 3],
    pub(super) channels: usize,
    /// Each slice as [`stored`].
    pub(super) bytes: Vec<u8>,
    /// Pixels of each slice by class.
    pub(super) counts: Vec<Counts>,
    /// Pixels of foreground that were cut away.
    pub outside: usize,
    /// Whether scaling left a channel one value throughout.
    pub even: bool,
    /// Stored voxels of each channel that scaling clipped.
    pub clipped: Vec<usize>,
}

impl Encoded {
    /// Whether any pixel is foreground.
    pub fn has_foreground(&self) -> bool {
        self.foreground() > 0
    }

    /// Pixels of foreground.
    pub fn foreground(&self) -> usize {
        self.counts.iter().map(|counts| counts.foreground).sum()
    }

    /// Rows and columns of the slices.
    pub fn sides(&self) -> [usize; 2] {
        [self.shape[0], self.shape[1]]
    }
}

/// Scanned pixels of a slice by class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub foreground: usize,
    pub ignored: usize,
}

/// Bytes of a stored pixel: an intensity a channel, and its class.
pub(super) fn pixel_bytes(channels: usize) -> usize {
    4 * channels + 1
}

/// A slice's bytes: intensities of the scanned pixels, channel by channel, then their classes, a byte each.
fn stored(image: &[f32], classes: &[Class]) -> (Vec<u8>, Counts) {
    let mut bytes = to_bytes(image);
    let mut counts = Counts::default();
    for class in classes {
        bytes.push(match class {
            Class::Background => BACKGROUND,
            Class::Foreground => FOREGROUND,
            Class::Ignored => IGNORED,
        });
        counts.foreground += usize::from(*class == Class::Foreground);
        counts.ignored += usize::from(*class == Class::Ignored);
    }
    (bytes, counts)
}

const BACKGROUND: u8 = 0;
const FOREGROUND: u8 = 1;
const IGNORED: u8 = 2;

/// Cuts a volume into slices by `geometry`: its channels of these numbers, intensities of each scaled by `scaling` over all
/// that is stored of it.
///
/// # Panics
/// Where the volume has no channel of a number, or `geometry` is another one's.
pub fn encode(
    volume: &Volume,
    channels: &[usize],
    scaling: &Scaling,
    labels: &Labels,
    geometry: &Geometry,
) -> Encoded {
    let Scaled { voxels, clipped } = scale_channels(&volume.image, volume.label.len(), channels, scaling);
    let mut planes = voxels.chunks(volume.label.len().max(1));
    let even = planes.any(|values| values.iter().all(|value| value == &values[0]));
    let (shape, label) = (geometry.shape(), geometry.label(&volume.label));
    let [rows, columns, _] = shape;
    let (_, images) = cut(shape, &geometry.image(&voxels), [rows, columns]);
    let (_, values) = cut(shape, &label, [rows, columns]);
    let mut bytes = Vec::with_capacity(pixel_bytes(channels.len()) * label.len());
    let mut counts = Vec::with_capacity(images.len());
    for (image, values) in images.iter().zip(&values) {
        let classes: Vec<Class> = values.iter().map(|&value| labels.class(value)).collect();
        let (slice, counted) = stored(image, &classes);
        bytes.extend(slice);
        counts.push(counted);
    }
    let inside: usize = counts.iter().map(|counts: &Counts| counts.foreground).sum();
    let outside = match geometry.crops() {
        true => {
            let whole = geometry.whole().label(&volume.label).into_owned();
            whole.into_iter().filter(|&value| labels.class(value) == Class::Foreground).count() - inside
        }
        false => 0,
    };
    Encoded { shape, channels: channels.len(), bytes, counts, outside, even, clipped }
}

/// The bytes of a slice at hand.
pub(super) fn encode_slice(slice: &Slice) -> (Vec<u8>, Counts) {
    let region = slice.region;
    let planes = slice.image.chunks(slice.mask.len().max(1));
    let image: Vec<f32> = planes.flat_map(|plane| region.crop(plane)).collect();
    let class = |pixel: usize| match (slice.ignored.binary_search(&pixel), slice.mask[pixel]) {
        (Ok(_), _) => Class::Ignored,
        (Err(_), true) => Class::Foreground,
        (Err(_), false) => Class::Background,
    };
    let classes: Vec<Class> = region.pixels().map(class).collect();
    stored(&image, &classes)
}

/// The slice that `bytes` hold, at `region` of a padded plane of `plane` pixels.
pub(super) fn decode(
    bytes: &[u8],
    [volume, depth]: [usize; 2],
    channels: usize,
    region: Region,
    plane: usize,
) -> Slice {
    let (intensities, classes) = bytes.split_at(4 * channels * region.area());
    let mut image = vec![0.0; channels * plane];
    let pixels = (0..channels).flat_map(|channel| region.pixels().map(move |pixel| channel * plane + pixel));
    for (pixel, intensity) in pixels.zip(from_bytes(intensities)) {
        image[pixel] = intensity;
    }
    let mut mask = vec![false; plane];
    let mut ignored = Vec::new();
    for (pixel, &class) in region.pixels().zip(classes) {
        mask[pixel] = class == FOREGROUND;
        if class == IGNORED {
            ignored.push(pixel);
        }
    }
    Slice { volume, depth, region, image, mask, ignored }
}
