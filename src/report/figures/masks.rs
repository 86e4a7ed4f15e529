//! The paper's Figs. 4 and 7: what each network predicts on one slice, as it is and as the level of the
//! replaced pixels rises.

use crate::attack;
use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::draw::picture::Picture;
use crate::draw::picture_grid::PictureGrid;
use crate::evidence::summary::Summary;
use crate::records::examples::{Example, Examples, Outcome, Seen, mask};
use crate::report::figure::{Figure, Part};
use crate::report::figures::image;
use crate::report::numbers::score;
use crate::report::table::Table;

/// Colour of a replaced pixel.
const REPLACED: [u8; 3] = [0xE6, 0x9F, 0x00];

/// Both figures of the first example slice.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary, examples: &Examples) -> Result<Vec<Figure>, DrawError> {
    let Some(slice) = examples.slices.first() else {
        return Ok(Vec::new());
    };
    let shown = Shown { summary, slice, seed: examples.seed };
    let mut figures = vec![shown.clean()?];
    // The sweep that goes through the most levels.
    let levels = study.sweeps.iter().filter(|(_, sweep)| sweep.levels.len() > 1 && !sweep.has_own_attacks());
    if let Some((sweep, _)) = levels.max_by_key(|(_, sweep)| sweep.levels.len()) {
        figures.push(shown.shrinking(sweep)?);
    }
    Ok(figures)
}

struct Shown<'a> {
    summary: &'a Summary,
    slice: &'a Example,
    seed: u64,
}

impl Shown<'_> {
    fn title(&self, network: &Seen) -> String {
        self.summary.title(&network.loss).to_string()
    }

    fn clean(&self) -> Result<Figure, DrawError> {
        let slice = self.slice;
        let truth = Picture::mask(slice.width, &mask(&slice.truth));
        let image = image::of(slice);
        let columns = image.iter().map(|_| "image").chain(["predicted mask", "true mask"]);
        let columns = columns.map(String::from).collect();
        let rows = slice.networks.iter().map(|network| {
            let predicted = Picture::mask(slice.width, &mask(&network.mask));
            let row = image.iter().chain([&predicted, &truth]).cloned().map(Some);
            (self.title(network), row.collect())
        });
        let scores: Vec<String> = slice
            .networks
            .iter()
            .map(|network| format!("{} {}", self.title(network), score(network.dice)))
            .collect();
        Ok(Figure {
            name: "fig7".to_string(),
            part: Part::Looks,
            ranking: None,
            title: format!("fig7: masks without an attack on {}, slice {}", slice.volume, slice.depth),
            caption: format!("Networks of seed {}. Dice of this slice: {}.", self.seed, scores.join(", ")),
            svg: PictureGrid { columns, rows: rows.collect() }.svg(&format!(
                "Pictures of a slice with the predicted and the true mask, a row a network. Dice: {}.",
                scores.join("; ")
            ))?,
            numbers: Table {
                head: ["loss", "Dice"].map(String::from).to_vec(),
                rows: slice
                    .networks
                    .iter()
                    .map(|network| vec![self.title(network), score(network.dice)])
                    .collect(),
            },
            long: None,
        })
    }

    fn shrinking(&self, sweep: &str) -> Result<Figure, DrawError> {
        let slice = self.slice;
        let mut columns = vec!["true mask".to_string(), "no attack".to_string()];
        let mut rows = Vec::new();
        let mut table = Vec::new();
        let mut name = String::new();
        for network in &slice.networks {
            let attacked =
                network.attacks.iter().find_map(|attacked| Some((attacked, attacked.sweeps.get(sweep)?)));
            let Some((attacked, outcomes)) = attacked else { continue };
            name.clone_from(&attacked.attack);
            let mut row = vec![
                Some(Picture::mask(slice.width, &mask(&slice.truth))),
                Some(Picture::mask(slice.width, &mask(&network.mask))),
            ];
            row.extend(outcomes.iter().map(|outcome| Some(self.attacked(outcome, &attacked.order))));
            columns.truncate(2);
            columns.extend(outcomes.iter().map(label));
            let mut cells = vec![self.title(network), score(network.dice)];
            cells.extend(outcomes.iter().map(|outcome| score(outcome.dice)));
            rows.push((self.title(network), row));
            table.push(cells);
        }
        let mut head = vec!["loss".to_string(), "no attack".to_string()];
        head.extend(columns.iter().skip(2).cloned());
        let ends = table.iter().filter_map(|row| Some(format!("{} {}", row.first()?, row.last()?)));
        let ends: Vec<String> = ends.collect();
        Ok(Figure {
            name: "fig4".to_string(),
            part: Part::Looks,
            ranking: None,
            title: format!("fig4: masks under attack on {}, slice {}", slice.volume, slice.depth),
            caption: format!(
                "Predicted masks of the networks of seed {} as in {sweep}: the pixels of the {}, orange, are replaced with the level above the column.",
                self.seed,
                attack::title(&name)
            ),
            svg: PictureGrid { columns, rows }.svg(&format!(
                "Pictures of predicted masks, a row a network, a column a level. Dice at the last level: {}.",
                ends.join("; ")
            ))?,
            numbers: Table { head, rows: table },
            long: None,
        })
    }

    /// The predicted mask with the replaced pixels in orange.
    fn attacked(&self, outcome: &Outcome, order: &[usize]) -> Picture {
        let mut picture = Picture::mask(self.slice.width, &mask(&outcome.mask));
        for &pixel in order.iter().take(outcome.replaced()) {
            if let Some(colour) = picture.pixels.get_mut(pixel) {
                *colour = REPLACED;
            }
        }
        picture
    }
}

/// Names a point by its level.
fn label(outcome: &Outcome) -> String {
    outcome.level.map_or_else(|| format!("N = {}", outcome.pixels), |level| format!("level {level}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{examples, study, summary, withheld};

    #[test]
    fn every_network_has_a_row_and_every_level_a_column() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = figures(&study, &summary(&study, 1), &examples(&study))?;
        assert_eq!(figures[0].svg.matches("<image").count(), 4 * 3);
        assert_eq!(figures[1].svg.matches("<image").count(), 4 * (2 + 7));
        assert_eq!(figures[1].numbers.head[8], "level 1");
        assert_eq!(figures[0].numbers.rows[1], ["Dice", "0.800"]);

        let figures = super::figures(&study, &summary(&study, 1), &withheld(&study))?;
        assert_eq!(figures[0].svg.matches("<image").count(), 4 * 2);
        Ok(())
    }
}
