//! The worst case of one slice: for each kind of budget and each network the attack that leaves the lowest Dice, with the image,
//! what was changed of it, and the masks.

use crate::attack;
use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::draw::picture::Picture;
use crate::draw::picture_grid::PictureGrid;
use crate::evidence::summary::Summary;
use crate::records::changed::Changed;
use crate::records::examples::{Example, Examples, Seen, mask};
use crate::report::figure::{Figure, Part};
use crate::report::numbers::score;
use crate::report::spent::{self, Kind, Spent};
use crate::report::table::Table;

/// A figure per kind of budget, of the first example slice; none where nothing is recorded of attacks that sweeps name, or
/// where the image that they changed is withheld.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary, examples: &Examples) -> Result<Vec<Figure>, DrawError> {
    let Some(slice) = examples.slices.first().filter(|slice| slice.has_image()) else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for network in &slice.networks {
        all.extend(network.changed.iter().filter_map(|changed| Spent::of(study, changed)));
    }
    let shown = spent::one_a_kind(&all).into_iter().map(|spent| Gallery { study, summary, slice, spent });
    shown.map(|gallery| gallery.figure(examples.seed)).collect()
}

struct Gallery<'a> {
    study: &'a Study,
    summary: &'a Summary,
    slice: &'a Example,
    spent: Spent,
}

/// A network with the attack that leaves the least of it.
struct Worst<'a> {
    title: String,
    network: &'a Seen,
    changed: &'a Changed,
    change: Vec<f32>,
}

impl Worst<'_> {
    fn largest(&self) -> f32 {
        self.change.iter().fold(0.0, |most, change| most.max(change.abs()))
    }

    fn words(&self) -> String {
        format!(
            "{} {} to {} by {}, largest change {}",
            self.title,
            score(self.network.dice),
            score(self.changed.dice),
            attack::title(&self.changed.attack),
            figures_of(self.largest())
        )
    }
}

impl Gallery<'_> {
    fn worst<'b>(&'b self, network: &'b Seen) -> Option<Worst<'b>> {
        let here = |changed: &&Changed| Spent::of(self.study, changed) == Some(self.spent);
        let changed = network.changed.iter().filter(here).min_by(|a, b| a.dice.total_cmp(&b.dice))?;
        let title = self.summary.title(&network.loss).to_string();
        Some(Worst { title, network, changed, change: changed.change.signed(&self.slice.image) })
    }

    fn figure(&self, seed: u64) -> Result<Figure, DrawError> {
        let Self { slice, spent, .. } = self;
        let worst: Vec<Worst> = slice.networks.iter().filter_map(|network| self.worst(network)).collect();
        let words: Vec<String> = worst.iter().map(Worst::words).collect();
        let of = match spent.kind {
            Kind::Severity => "corruption, which is no adversary,",
            Kind::Ball(_) | Kind::Pixels(..) => "attack",
        };
        let columns = ["image", "change", "image, attacked", "mask, no attack", "mask, attacked"];
        Ok(Figure {
            name: format!("worst {spent}"),
            part: Part::Looks,
            ranking: None,
            title: format!("Worst case at {spent} on {}, slice {}", slice.volume, slice.depth),
            caption: format!(
                "Networks of seed {seed}, each under the {of} that harms it most on this slice, at {spent}. Change: orange is brighter, blue darker, black the same, each row by its own largest. Blue outline: the true mask. Dice of this slice: {}.",
                words.join("; ")
            ),
            svg: PictureGrid {
                columns: columns.map(String::from).to_vec(),
                rows: worst.iter().map(|one| (one.title.clone(), self.row(one))).collect(),
            }
            .svg(&format!(
                "Pictures of a slice, its change by an attack, and the masks before and after, a row a network. Dice: {}.",
                words.join("; ")
            ))?,
            numbers: numbers(&worst),
            long: None,
        })
    }

    fn row(&self, worst: &Worst) -> Vec<Option<Picture>> {
        let Example { width, image, truth, .. } = self.slice;
        let truth = mask(truth);
        let grey = |values: &[f32]| Picture::grey(*width, values, [0.0, self.slice.white()]);
        let attacked: Vec<f32> =
            image.iter().zip(&worst.change).map(|(clean, change)| clean + change).collect();
        let outlined = |runs: &[usize]| Picture::mask(*width, &mask(runs)).outlined(&truth);
        let pictures = [
            grey(image),
            Picture::signed(*width, &worst.change, worst.largest()),
            grey(&attacked),
            outlined(&worst.network.mask),
            outlined(&worst.changed.mask),
        ];
        pictures.map(Some).into()
    }
}

/// A change in three figures and plain decimals, as radii are written.
fn figures_of(change: f32) -> String {
    let rounded = format!("{change:.2e}").parse::<f64>();
    rounded.map_or_else(|_| change.to_string(), |rounded| rounded.to_string())
}

fn numbers(worst: &[Worst]) -> Table {
    let row = |one: &Worst| {
        vec![
            one.title.clone(),
            attack::title(&one.changed.attack),
            score(one.network.dice),
            score(one.changed.dice),
            figures_of(one.largest()),
        ]
    };
    Table {
        head: ["loss", "attack", "Dice, no attack", "Dice, attacked", "largest change"]
            .map(String::from)
            .to_vec(),
        rows: worst.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{examples, study, summary};

    #[test]
    fn each_kind_of_budget_shows_the_most_harmful_attack_of_each_network() -> anyhow::Result<()> {
        let study = study("attacks");
        let mut examples = examples(&study);
        // The made-up numbers are all alike but for one.
        let recorded = examples.slices[0].networks[1].changed.iter_mut();
        let segpgd = recorded.filter(|one| one.sweep == "segpgd" && one.attack != "noise");
        segpgd.for_each(|one| one.dice = if one.radius == Some(0.004) { 0.125 } else { 0.0 });
        let figures = figures(&study, &summary(&study, 1), &examples)?;
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "worst radius 0.004 (linf)",
                "worst severity 3",
                "worst N = 5, values 0.6",
                "worst N = 5, values 0 to 0.2",
                "worst radius 0.08 (l2)",
            ]
        );
        for figure in &figures {
            assert_eq!(figure.svg.matches("<image").count(), 4 * 5, "{}", figure.name);
            assert_eq!(figure.svg.matches("<path").count(), 4 * 2, "{}", figure.name);
            assert_eq!(figure.numbers.rows.len(), 4);
        }
        let linf = &figures[0].numbers.rows;
        assert_eq!(linf[1], ["Dice", &attack::title("segpgd(start=clean)"), "0.800", "0.125", "0.004"]);
        assert_eq!(linf[0][2..4], ["0.800", "0.500"]);
        // Nothing is drawn of what was not recorded.
        let quick = crate::report::made_up::study("quick");
        assert!(
            super::figures(&quick, &summary(&quick, 1), &crate::report::made_up::examples(&quick))?
                .is_empty()
        );
        Ok(())
    }
}
