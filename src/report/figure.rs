//! A figure: a picture, what it shows in words, and its numbers.

use crate::claims::claim::Claim;
use crate::evidence::Evidence;
use crate::evidence::summary::Summary;
use crate::records::run::Run;
use crate::report::draw::canvas::DrawError;
use crate::report::figures::{gradients, margins, masks, scatter, sweeps, training, transfers};
use crate::report::page::html::Table;

/// A figure of a report.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Name of its file without the ending: letters, digits, `-`, `_`.
    pub name: String,
    /// Part of the page that it belongs to.
    pub part: Part,
    /// The ranking of pixels that it shows, where the page can switch between several.
    pub ranking: Option<String>,
    /// One line above it.
    pub title: String,
    /// What it shows, in plain words.
    pub caption: String,
    /// The picture.
    pub svg: String,
    /// Its numbers.
    pub numbers: Table,
    /// The same in full precision, a row a point, where the numbers for people are rounded.
    pub long: Option<Table>,
}

/// A part of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Pictures of a slice.
    Looks,
    /// Dice over a sweep.
    Sweeps,
    /// All networks together.
    Networks,
    /// Networks under each other's maps.
    Transfers,
    /// How training went.
    Training,
}

impl Figure {
    /// Every figure of a run, in the order of the page. `evidence` is the run's, by the study's first
    /// attack.
    ///
    /// # Errors
    /// What plotters says.
    pub fn all(
        run: &Run,
        summary: &Summary,
        claims: &[Claim],
        evidence: &Evidence,
    ) -> Result<Vec<Self>, DrawError> {
        let study = &run.study;
        let mut figures = Vec::new();
        if let Some(examples) = &run.examples {
            figures.extend(gradients::figure(summary, examples)?);
            figures.extend(masks::figures(study, summary, examples)?);
        }
        figures.extend(sweeps::figures(study, summary, claims)?);
        figures.extend(transfers::figures(study, summary)?);
        figures.extend(scatter::figures(summary, claims, evidence)?);
        figures.extend(margins::figures(summary)?);
        figures.extend(training::figures(summary)?);
        distinct_names(&mut figures);
        Ok(figures)
    }

    /// Its numbers as CSV.
    ///
    /// # Errors
    /// What the CSV writer says.
    pub fn csv(&self) -> Result<String, csv::Error> {
        self.long.as_ref().unwrap_or(&self.numbers).csv()
    }
}

/// Makes names fit for files, and numbers those that are then the same.
fn distinct_names(figures: &mut [Figure]) {
    let mut taken: Vec<String> = Vec::new();
    for figure in figures {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let mut plain = figure.name.replace(", N = ", "-n").replace(' ', "-");
        plain = plain.chars().map(|c| if fits(c) { c } else { '_' }).take(80).collect();
        let mut name = plain.clone();
        let mut count = 1;
        while taken.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            count += 1;
            name = format!("{plain}-{count}");
        }
        taken.push(name.clone());
        figure.name = name;
    }
}

/// Lowest and highest of finite values.
pub fn ends(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::definition::study::{SHIPPED, Study};
    use crate::evidence::Reading;
    use crate::evidence::curve::{Curve, Point};
    use crate::evidence::summary::{EpochSummary, LossSummary};

    /// A summary of the study's sweeps with made-up numbers; `seeds` networks a loss.
    pub fn synthetic(study: &Study, seeds: usize) -> Summary {
        let arms = &study.arms;
        let curve = |name: &str, attack: &str, map: &str, place: usize| {
            let points =
                study.protocol[name].points().into_iter().enumerate().map(|(index, (pixels, with))| {
                    let dice = 0.9 - 0.05 * index as f64 - 0.02 * place as f64;
                    Point {
                        pixels,
                        level: with.level(),
                        dice,
                        by_seed: (0..seeds).map(|seed| dice + 0.01 * seed as f64).collect(),
                        interval: Some([dice - 0.03, dice + 0.03]),
                        relative_area: 1.0,
                        trials: 4.0,
                        half_width: 0.004,
                    }
                });
            let points = points.collect();
            Curve { protocol: name.into(), attack: attack.into(), map: map.into(), points }
        };
        let summarise = |(position, arm): (usize, &crate::definition::arm::Arm)| {
            let mut curves = Vec::new();
            for name in study.protocol.keys() {
                for attack in &study.attacks {
                    let own = if attack.reads_saliency { arm.name.clone() } else { String::new() };
                    curves.push(curve(name, attack.name, &own, position));
                }
                for other in arms.iter().filter(|other| other.name != arm.name) {
                    curves.push(curve(name, "signed", &other.name, position));
                }
            }
            LossSummary {
                loss: arm.name.clone(),
                title: arm.title(),
                position,
                seeds: (0..seeds as u64).collect(),
                clean: 0.9,
                spread: [("effective_pixels", Some(40.0)), ("gini", None)].into(),
                softness: Some(1.35),
                probabilities: vec![[10.0, 20.0]; 20],
                training: (1..=3)
                    .map(|epoch| EpochSummary {
                        epoch,
                        train_loss: 1.0 / epoch as f64,
                        train_loss_by_seed: vec![1.0 / epoch as f64; seeds],
                        validation_dice: Some(0.3 * epoch as f64),
                        validation_dice_by_seed: vec![0.3 * epoch as f64; seeds],
                    })
                    .collect(),
                curves,
            }
        };
        Summary {
            study: study.name.clone(),
            attack: study.attacks[0].name.to_string(),
            rankings: study.rankings().into_iter().map(String::from).collect(),
            controls: vec!["random".into(), "random-foreground".into()],
            test_volumes: 10,
            test_slices: 100,
            missing: Vec::new(),
            missing_transfers: Vec::new(),
            losses: arms.iter().enumerate().map(summarise).collect(),
        }
    }

    /// A run of the study without a cell, with examples.
    pub fn run(study: &Study) -> Run {
        let examples = Some(crate::report::page::explorer::tests::examples(study));
        Run { study: study.clone(), cells: Vec::new(), transfers: Vec::new(), examples }
    }

    /// Every figure of `summary`.
    pub fn all(study: &Study, summary: &Summary) -> anyhow::Result<Vec<Figure>> {
        let claims = crate::claims::registry::claims().map_err(anyhow::Error::msg)?;
        let run = run(study);
        let reading = Reading { attack: summary.attack.clone(), micro: false };
        Ok(Figure::all(&run, summary, &claims, &Evidence::of(&run, reading))?)
    }

    /// The shipped study called `name`.
    pub fn study(name: &str) -> Study {
        Study::read(name, &[]).expect(name)
    }

    #[test]
    fn the_quick_study_has_its_figures() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = all(&study, &synthetic(&study, 1))?;
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "fig1",
                "fig7",
                "fig4",
                "fig2",
                "fig3",
                "fig5",
                "fig6",
                "fig2-maps-at-level-0_2",
                "fig3-maps-at-level-0_6",
                "fig3-maps-at-level-1",
                "fig5-maps-at-N-30",
                "fig5-maps-at-N-100",
                "fig6-maps-at-N-30",
                "fig6-maps-at-N-100",
                "margins",
                "reliability",
                "training-loss",
                "validation-dice"
            ]
        );
        let size: usize = figures.iter().map(|figure| figure.svg.len()).sum();
        assert!(size < 900_000, "{size}");
        Ok(())
    }

    #[test]
    fn numbers_that_are_missing_are_left_out() -> anyhow::Result<()> {
        for (name, _) in SHIPPED {
            let study = study(name);
            let mut summary = synthetic(&study, 3);
            for loss in &mut summary.losses {
                loss.clean = f64::NAN;
                loss.spread.clear();
                for epoch in &mut loss.training {
                    epoch.train_loss = f64::NAN;
                    epoch.validation_dice = None;
                }
                for point in loss.curves.iter_mut().flat_map(|curve| &mut curve.points) {
                    point.dice = f64::NAN;
                    point.by_seed.clear();
                }
            }
            for figure in all(&study, &summary)? {
                assert!(!figure.svg.contains("NaN") && !figure.caption.contains("NaN"), "{}", figure.name);
            }
            summary.losses.iter_mut().for_each(|loss| {
                loss.curves.clear();
                loss.training.clear();
            });
            all(&study, &summary)?;
        }
        Ok(())
    }

    #[test]
    fn names_stay_in_their_folder_and_apart() {
        let figure = |name: &str| Figure {
            name: name.into(),
            part: Part::Sweeps,
            title: String::new(),
            caption: String::new(),
            svg: String::new(),
            numbers: Table::default(),
            ranking: None,
            long: None,
        };
        let mut figures = ["../up", "__/up", "a b", "A B", "both, N = 5"].map(figure);
        distinct_names(&mut figures);
        assert_eq!(figures.map(|figure| figure.name), ["___up", "___up-2", "a-b", "A-B-2", "both-n5"]);
    }
}
