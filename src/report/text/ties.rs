//! Ties: a saturated network's gradient is exactly zero at many pixels, and a ranking can only order those
//! by their index. A reader should know where that happened.

use crate::records::run::Run;
use std::collections::BTreeMap;

/// The losses whose maps have pixels that tie at zero, in one line; none where no map has two of them.
pub fn note(run: &Run) -> Option<String> {
    let mut losses: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for cell in &run.cells {
        let zeros = cell.spread_rows().map(|row| row.zero_pixels);
        losses.entry(&cell.record.loss).or_default().extend(zeros);
    }
    let tied: Vec<String> = losses
        .iter()
        .filter_map(|(loss, zeros)| {
            let maps = zeros.iter().filter(|&&zeros| zeros > 1).count();
            let most = zeros.iter().max()?;
            (maps > 0).then(|| format!("{loss} {maps} of {} maps (up to {most} pixels)", zeros.len()))
        })
        .collect();
    let rule = "pixels whose gradient is exactly zero are ranked by their index";
    (!tied.is_empty()).then(|| format!("{rule}: {}", tied.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::cell::Cell;
    use crate::records::cell::CellRecord;
    use crate::records::checks::Checks;
    use crate::records::provenance::Provenance;
    use crate::records::saliency::SaliencyRow;
    use crate::report::made_up::{run, study};
    use crate::spread::MEASURES;

    fn cell(loss: &str, zeros: &[usize]) -> Cell {
        let row = |&zero_pixels: &usize| SaliencyRow {
            method: None,
            volume: "a".into(),
            depth: 0,
            zero_pixels,
            measures: vec![0.0; MEASURES.len()],
        };
        Cell {
            record: CellRecord {
                loss: loss.into(),
                seed: 0,
                study_hash: String::new(),
                data_hash: String::new(),
                size: [8, 8],
                made: Provenance::here("cpu"),
                seconds: [0.0; 3],
                files: BTreeMap::new(),
            },
            training: Vec::new(),
            saliency: zeros.iter().map(row).collect(),
            probabilities: Vec::new(),
            scores: Vec::new(),
            curves: Vec::new(),
            checks: Checks::default(),
        }
    }

    #[test]
    fn maps_with_ties_are_counted_and_lone_zeros_are_not() {
        let mut run = run(&study("smoke"));
        run.cells = vec![cell("bce", &[0, 1]), cell("dice", &[0, 64])];
        let note_of_both = note(&run);
        run.cells.truncate(1);
        assert_eq!(note(&run), None);
        let note = note_of_both.expect("a note");
        assert!(note.ends_with("by their index: dice 1 of 2 maps (up to 64 pixels)"), "{note}");
    }
}
