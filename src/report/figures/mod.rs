//! The kinds of figures, one a file, and the list of those of a run.

pub mod across;
pub mod drops;
pub mod gradients;
pub mod image;
pub mod maps;
pub mod margins;
pub mod masks;
pub mod panel;
pub mod points;
pub mod reported;
pub mod sanity;
pub mod scatter;
pub mod seeds;
pub mod specification;
pub mod strength;
mod sweeps;
pub mod training;
pub mod transfers;
pub mod worst;

use crate::claims::claim::Claim;
use crate::draw::canvas::DrawError;
use crate::evidence::Evidence;
use crate::evidence::comparison::Comparison;
use crate::evidence::summary::Summary;
use crate::records::run::Run;
use crate::report::figure::Figure;

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
    comparison: Option<&Comparison>,
) -> Result<Vec<Figure>, DrawError> {
    let study = &run.study;
    let mut figures = Vec::new();
    if let Some(examples) = &run.examples {
        figures.extend(gradients::figure(summary, examples)?);
        figures.extend(masks::figures(study, summary, examples)?);
        figures.extend(maps::figure(study, summary, examples)?);
        figures.extend(worst::figures(study, summary, examples)?);
    }
    figures.extend(sweeps::figures(study, summary, claims)?);
    figures.extend(drops::figures(run, summary)?);
    figures.extend(sanity::figures(run)?);
    figures.extend(strength::figures(study, summary)?);
    figures.extend(transfers::figures(study, summary)?);
    figures.extend(across::figures(study, summary, evidence)?);
    if let Some(comparison) = comparison {
        figures.extend(seeds::figure(summary, comparison, &evidence.seeds)?);
    }
    figures.extend(scatter::figures(summary, claims, evidence)?);
    figures.extend(margins::figures(summary)?);
    figures.extend(training::figures(summary)?);
    distinct_names(&mut figures);
    Ok(figures)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped::SHIPPED;
    use crate::definition::study::Study;
    use crate::report::figure::Part;
    use crate::report::made_up::{self, study, summary};
    use crate::report::table::Table;

    fn all(study: &Study, summary: &Summary) -> anyhow::Result<Vec<Figure>> {
        let run = made_up::run(study);
        let (claims, evidence) = made_up::claims_and_evidence(&run)?;
        Ok(super::all(&run, summary, &claims, &evidence, None)?)
    }

    #[test]
    fn the_quick_study_has_its_figures() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = all(&study, &summary(&study, 1))?;
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
            let mut summary = summary(&study, 3);
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
