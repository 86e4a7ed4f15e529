//! Every network by its seed: whether seeds or losses differ more.

use crate::draw::canvas::DrawError;
use crate::draw::line_chart::LineChart;
use crate::draw::scale::widened;
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::comparison::Comparison;
use crate::evidence::summary::Summary;
use crate::report::figure::{Figure, Part};
use crate::report::numbers::{interval, score};
use crate::report::table::Table;

/// Dice under attack of each network of `comparison`, by seed; none with one seed.
///
/// # Errors
/// What plotters says.
pub fn figure(
    summary: &Summary,
    comparison: &Comparison,
    seeds: &[u64],
) -> Result<Option<Figure>, DrawError> {
    if seeds.len() < 2 {
        return Ok(None);
    }
    let networks = comparison.arms.iter().filter_map(|arm| {
        let loss = summary.losses.iter().find(|loss| loss.loss == arm.arm)?;
        Some((loss, &arm.attacked.as_ref()?.by_seed))
    });
    let networks: Vec<_> = networks.collect();
    let series = networks.iter().map(|(loss, by_seed)| {
        let mut points: Vec<(f64, f64)> = Vec::new();
        points.extend(seeds.iter().zip(by_seed.iter()).map(|(seed, dice)| (*seed as f64, *dice)));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series {
            loss: loss.loss.clone(),
            legend: Some(loss.title.clone()),
            title: loss.title.clone(),
            kind: "network".to_string(),
            tips: points
                .iter()
                .map(|(seed, dice)| format!("{}, seed {seed}: Dice {}", loss.title, score(*dice)))
                .collect(),
            points,
            joined: false,
            band: Vec::new(),
            colour: style::colour(loss.position),
            dash: Dash::Solid,
            marker: Some(style::marker(loss.position)),
        }
    });
    let means = |rows: Vec<Vec<f64>>| -> [f64; 2] {
        let means = rows.iter().map(|row| row.iter().sum::<f64>() / row.len() as f64);
        means.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mean| [low.min(mean), high.max(mean)])
    };
    let of_losses = means(networks.iter().map(|(_, by_seed)| by_seed.to_vec()).collect());
    let of_seeds = means(
        (0..seeds.len()).map(|seed| networks.iter().map(|(_, by_seed)| by_seed[seed]).collect()).collect(),
    );
    let chart = LineChart {
        x_title: "seed".into(),
        y_title: "Dice under attack".into(),
        x_counts: true,
        y_range: widened(networks.iter().flat_map(|(_, by_seed)| by_seed.iter().copied())),
        mark: None,
        series: series.collect(),
        dashes: Vec::new(),
        crosses: Vec::new(),
    };
    let ranges = format!(
        "The means of the losses lie at {}, those of the seeds at {}",
        interval(of_losses),
        interval(of_seeds)
    );
    let apart = summary.of_a_network != [summary.test_volumes; 2];
    let apart = if apart {
        " Each seed has test volumes of its own, which are part of what seeds differ by."
    } else {
        ""
    };
    let rows = networks.iter().flat_map(|(loss, by_seed)| {
        let row = |(seed, dice): (&u64, &f64)| vec![loss.title.clone(), seed.to_string(), score(*dice)];
        seeds.iter().zip(by_seed.iter()).map(row)
    });
    Ok(Some(Figure {
        name: "seeds".into(),
        part: Part::Networks,
        ranking: None,
        title: "Networks by seed".into(),
        caption: format!(
            "A point a network: Dice, mean over the attacked points of {}. {ranges}.{apart}",
            comparison.sweeps.join(", ")
        ),
        svg: chart.svg(&format!("Scatter plot of Dice under attack against seed. {ranges}."))?,
        numbers: Table { head: ["loss", "seed", "Dice"].map(String::from).to_vec(), rows: rows.collect() },
        long: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::comparison::{Compared, Scored};
    use crate::report::made_up::{study, summary};

    #[test]
    fn losses_and_seeds_are_told_apart_by_their_means() -> anyhow::Result<()> {
        let study = study("quick");
        let arm = |place: usize, arm: &str| {
            let by_seed = vec![0.2 + 0.01 * place as f64, 0.4 + 0.01 * place as f64];
            let scored = Scored { dice: 0.3, by_seed, difference: None };
            Compared {
                arm: arm.into(),
                clean: None,
                attacked: Some(scored),
                quality: Default::default(),
                lacks: String::new(),
            }
        };
        let names = study.names();
        let comparison = Comparison {
            baseline: "dice".into(),
            sweeps: vec!["fig3".into()],
            seeds: 2,
            arms: names.iter().enumerate().map(|(place, name)| arm(place, name)).collect(),
        };
        let summary = summary(&study, 2);
        let figure = figure(&summary, &comparison, &[7, 8])?.expect("two seeds");
        assert!(
            figure.caption.contains("losses lie at 0.300 to 0.330, those of the seeds at 0.215 to 0.415"),
            "{}",
            figure.caption
        );
        assert_eq!(figure.numbers.rows.len(), 8);
        assert!(super::figure(&summary, &comparison, &[7])?.is_none());
        Ok(())
    }
}
