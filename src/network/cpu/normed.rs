//! What the way forward leaves for the way back where a norm follows a convolution.

use crate::network::cpu::convolution::{Ends, PLAIN, convolve_rows};
use crate::network::cpu::lanes::{Centre, Lanes, RowSums};
use crate::network::cpu::maps::{Buffers, Maps};
use crate::network::cpu::packed::{Packed, Part};

/// A map of the way forward.
pub struct Pass {
    /// The map.
    pub active: Maps,
    /// What a norm made it from, where one did.
    pub normed: Option<Normed>,
}

/// What a norm read.
pub struct Normed {
    /// The convolution's sums.
    pub raw: Maps,
    /// How they were normalised.
    pub centre: Centre,
}

/// A gradient of a map, with the sums that a norm wants where one made the map.
pub struct Gradient {
    /// The gradient.
    pub maps: Maps,
    /// The sums; none where no norm made the map.
    pub sums: Vec<RowSums>,
}

/// A convolution's sums, and the moments of each of their rows.
pub fn convolve(packed: &Packed, read: &[&Maps], lanes: Lanes, buffers: &Buffers) -> (Maps, Vec<RowSums>) {
    let mut rows = vec![RowSums::default(); packed.reach.output_size(read[0].size())[0]];
    let ends = Ends { bias: Some(&packed.bias), ..PLAIN };
    let sources = packed.sources(read);
    let raw = convolve_rows(packed.reach, &sources, ends, buffers, &mut rows, |_, row, sums| {
        lanes.moments(row, sums);
    });
    (raw, rows)
}

/// A whole gradient of a map that a norm made.
pub fn whole(maps: Maps, Normed { raw, centre }: &Normed) -> Gradient {
    let length = maps.row();
    let mut sums = vec![RowSums::default(); maps.height];
    let rows = maps.values.chunks(length).zip(raw.values.chunks(length));
    rows.zip(&mut sums).for_each(|((row, raw), sums)| centre.gradient_sums(row, raw, sums));
    Gradient { maps, sums }
}

/// A map's gradient so far with one more part; with a norm's sums where `normed` made the map and the part is
/// its last.
pub fn add(part: &Part, total: Option<Maps>, normed: Option<&Normed>, buffers: &Buffers) -> Gradient {
    let (maps, sums) = part.add(total, buffers, |start, rows: &[f32], sums| {
        if let Some(Normed { raw, centre }) = normed {
            centre.gradient_sums(rows, &raw.values[start..][..rows.len()], sums);
        }
    });
    Gradient { maps, sums }
}
