//! How much Dice each way of ranking pixels costs: the drop over the points of a sweep.

use super::estimate::interval_of_mean;
use super::of_cell;
use crate::records::cell::Cell;
use crate::records::rows::CurveRow;
use std::collections::BTreeMap;

/// Dice lost at one point, or how much more of it than under another ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// Pixels replaced in each slice.
    pub pixels: usize,
    /// Mean over volumes and seeds.
    pub lost: f64,
    /// 95% interval over seeds and subjects, cut to [-1, 1]; none where it is undefined.
    pub interval: Option<[f64; 2]>,
}

/// What one network loses on each volume, by number of pixels.
type Lost<'a> = BTreeMap<usize, BTreeMap<&'a str, f64>>;

/// The drops of `cells`, networks of one loss, at the points of `sweep` under `ranking` and their own maps, by rising
/// number of pixels. Lost is what the same volume has without an attack less what it has under it. `subject_of` names
/// the subject of a volume.
pub fn drops<'a>(
    cells: impl IntoIterator<Item = &'a Cell>,
    sweep: &str,
    ranking: &str,
    subject_of: &dyn Fn(&str) -> String,
) -> Vec<Drop> {
    of_networks(cells.into_iter().map(|cell| lost(cell, sweep, ranking)), subject_of)
}

/// How much more is lost under `ranking` than under `other`, by the same network on the same volume.
pub fn differences<'a>(
    cells: impl IntoIterator<Item = &'a Cell>,
    sweep: &str,
    [ranking, other]: [&str; 2],
    subject_of: &dyn Fn(&str) -> String,
) -> Vec<Drop> {
    let difference = |cell: &'a Cell| -> Lost<'a> {
        let other = lost(cell, sweep, other);
        let less = |(pixels, lost): (usize, BTreeMap<&'a str, f64>)| {
            let theirs = other.get(&pixels)?;
            let of_volume = |(volume, lost)| Some((volume, lost - theirs.get(volume)?));
            Some((pixels, lost.into_iter().filter_map(of_volume).collect()))
        };
        lost(cell, sweep, ranking).into_iter().filter_map(less).collect()
    };
    of_networks(cells.into_iter().map(difference), subject_of)
}

fn lost<'a>(cell: &'a Cell, sweep: &str, ranking: &str) -> Lost<'a> {
    let own = |row: &&CurveRow| {
        row.sweep == sweep && row.ranking() == ranking && (row.map.is_empty() || row.map == row.loss)
    };
    let rows: Vec<&CurveRow> = cell.curves.iter().filter(own).collect();
    let score = |row: &CurveRow| of_cell::dice(row, false)[0];
    let clean: BTreeMap<&str, f64> =
        rows.iter().filter(|row| row.is_clean()).map(|row| (row.volume.as_str(), score(row))).collect();
    let mut lost: Lost = BTreeMap::new();
    for row in rows {
        let (Some(pixels), Some(clean)) = (row.pixels, clean.get(row.volume.as_str())) else { continue };
        lost.entry(pixels).or_default().insert(&row.volume, clean - score(row));
    }
    lost
}

fn of_networks<'a>(
    networks: impl Iterator<Item = Lost<'a>>,
    subject_of: &dyn Fn(&str) -> String,
) -> Vec<Drop> {
    let mut by_pixels: BTreeMap<usize, Vec<BTreeMap<&str, f64>>> = BTreeMap::new();
    for (pixels, lost) in networks.flatten() {
        by_pixels.entry(pixels).or_default().push(lost);
    }
    by_pixels.into_iter().map(|(pixels, seeds)| of_point(pixels, &seeds, subject_of)).collect()
}

/// A drop from what each seed lost on each volume.
fn of_point(pixels: usize, seeds: &[BTreeMap<&str, f64>], subject_of: &dyn Fn(&str) -> String) -> Drop {
    let mean = |lost: &BTreeMap<&str, f64>| lost.values().sum::<f64>() / lost.len() as f64;
    Drop {
        pixels,
        lost: seeds.iter().map(mean).sum::<f64>() / seeds.len() as f64,
        interval: interval_of_mean(seeds, subject_of, [-1.0, 1.0]),
    }
}
