//! By how much the scalar falls where a window of the slice is black (0, as padding is) in every channel:
//! `S(x) - S(x without the window)`, for each pixel the mean over the windows that hold it.
//! M. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
//!
//! Windows stand `stride` apart, from the padded slice's first row and column on; the last ones of a row or column may
//! reach over the edge. A window that is black already changes nothing and is not tried.

use super::{ExplainError, Kind, Method, Needs};
use crate::network::Network;
use crate::rules::settings::Settings;
use crate::saliency::Question;
use std::ops::Range;

/// Images that pass through the network at a time.
const BATCH: usize = 256;

pub(super) const KIND: Kind = Kind { name: "occlusion", title: "occlusion", read };

struct Occlusion {
    window: usize,
    stride: usize,
}

fn read(settings: &mut Settings) -> Result<Box<dyn Method>, String> {
    let window = settings.whole("window", 8, 1..=4096)?;
    let stride = settings.whole("stride", 4, 1..=4096)?;
    if stride > window {
        let called = settings.called("stride");
        return Err(format!(
            "{called} should be at most its window, {window}, so that no pixel is left out, but is '{stride}'"
        ));
    }
    Ok(Box::new(Occlusion { window, stride }))
}

/// A window over a slice: rows and columns.
type Window = [Range<usize>; 2];

impl Occlusion {
    /// The windows over a slice of `size`.
    fn windows(&self, size: [usize; 2]) -> Vec<Window> {
        let [rows, columns] = size.map(|length| {
            let count = length.saturating_sub(self.window).div_ceil(self.stride) + 1;
            let of = |number: usize| number * self.stride..(number * self.stride + self.window).min(length);
            (0..count).map(of).collect::<Vec<_>>()
        });
        rows.iter().flat_map(|row| columns.iter().map(|column| [row.clone(), column.clone()])).collect()
    }
}

/// The pixels of a window in a plane whose rows have `width` pixels.
fn pixels([rows, columns]: &Window, width: usize) -> impl Iterator<Item = usize> + use<> {
    let columns = columns.clone();
    rows.clone().flat_map(move |y| columns.clone().map(move |x| y * width + x))
}

/// An image with a window made black in every channel; none where it is black already.
fn without(image: &[f32], window: &Window, [height, width]: [usize; 2]) -> Option<Vec<f32>> {
    let mut changed = image.to_vec();
    let mut any = false;
    for plane in changed.chunks_mut(height * width) {
        for pixel in pixels(window, width) {
            any |= plane[pixel] != 0.0;
            plane[pixel] = 0.0;
        }
    }
    any.then_some(changed)
}

impl Method for Occlusion {
    fn needs(&self) -> Needs {
        Needs::Logits
    }

    fn check(&self, _: &dyn Network, size: [usize; 2]) -> Result<(), String> {
        let [height, width] = size;
        match self.window <= height.min(width) {
            true => Ok(()),
            false => Err(format!(
                "window of occlusion should be at most {}, the shorter side of a slice of {height} x {width}, but is {}",
                height.min(width),
                self.window
            )),
        }
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let (size, values) = (question.predictor().size(), question.values()?);
        let windows = self.windows(size);
        let mut drops = vec![0.0; values.len() * windows.len()];
        let slices = question.slices().enumerate();
        let mut tries = slices.flat_map(|(slice, (image, _))| {
            let windows = windows.iter().enumerate();
            windows.filter_map(move |(number, window)| Some((slice, number, without(image, window, size)?)))
        });
        loop {
            let (mut places, mut images) = (Vec::new(), Vec::new());
            for (slice, number, image) in tries.by_ref().take(BATCH) {
                places.push((slice, number));
                images.extend(image);
            }
            if places.is_empty() {
                break;
            }
            let slices: Vec<usize> = places.iter().map(|(slice, _)| *slice).collect();
            for ((slice, number), value) in places.into_iter().zip(question.values_at(&slices, &images)?) {
                drops[slice * windows.len() + number] = values[slice] - value;
            }
        }
        let channels = question.predictor().network().channels();
        Ok(drops.chunks(windows.len()).flat_map(|drops| spread(drops, &windows, size, channels)).collect())
    }
}

/// The map of a slice from the drop of each of its windows.
fn spread(drops: &[f64], windows: &[Window], [height, width]: [usize; 2], channels: usize) -> Vec<f32> {
    let (mut sums, mut counts) = (vec![0.0; height * width], vec![0.0; height * width]);
    for (drop, window) in drops.iter().zip(windows) {
        for pixel in pixels(window, width) {
            sums[pixel] += drop;
            counts[pixel] += channels as f64;
        }
    }
    let plane: Vec<f32> = sums.iter().zip(&counts).map(|(sum, count)| (sum / count) as f32).collect();
    plane.repeat(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_pixel_and_end_at_the_edge() {
        let windows = Occlusion { window: 3, stride: 2 }.windows([6, 5]);
        let rows: Vec<_> = windows.iter().step_by(2).map(|[rows, _]| rows.clone()).collect();
        assert_eq!(rows, [0..3, 2..5, 4..6]);
        assert_eq!([&windows[0][1], &windows[1][1]], [&(0..3), &(2..5)]);
        let mut covered = [0; 30];
        windows.iter().flat_map(|window| pixels(window, 5)).for_each(|pixel| covered[pixel] += 1);
        assert!(covered.iter().all(|&count| count > 0));
    }

    #[test]
    fn a_pixel_has_the_mean_drop_of_its_windows_shared_among_channels() {
        let windows = Occlusion { window: 2, stride: 1 }.windows([2, 3]);
        assert_eq!(spread(&[1.0, 4.0], &windows, [2, 3], 2), [0.5, 1.25, 2.0].repeat(4));
        assert_eq!(without(&[0.0, 0.0, 5.0, 0.0, 0.0, 5.0], &windows[0], [2, 3]), None);
        let both = without(&[1.0, 1.0, 5.0, 0.0, 0.0, 5.0], &windows[1], [2, 3]);
        assert_eq!(both, Some(vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    }
}
