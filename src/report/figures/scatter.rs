//! Figures of the claims about all networks together: one quantity against another, a point a network.

use crate::claims::claim::Claim;
use crate::claims::predicate::Predicate;
use crate::draw::canvas::DrawError;
use crate::draw::line_chart::LineChart;
use crate::draw::scale::{ends, widened};
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::Evidence;
use crate::evidence::quantity::Quantity;
use crate::evidence::summary::{LossSummary, Summary};
use crate::report::figure::{Figure, Part};
use crate::report::numbers::number;
use crate::report::table::Table;

/// A figure per claim that correlates two quantities, where the run has both.
///
/// # Errors
/// What plotters says.
pub fn figures(summary: &Summary, claims: &[Claim], evidence: &Evidence) -> Result<Vec<Figure>, DrawError> {
    let mut figures = Vec::new();
    for claim in claims {
        for predicate in &claim.predicates {
            if let Predicate::Correlation { x, y, .. } = predicate {
                let networks: Option<Vec<Networks>> =
                    summary.losses.iter().map(|loss| Networks::of(loss, [x, y], evidence)).collect();
                if let Some(networks) = networks {
                    figures.push(figure(claim, [x, y], &networks, &evidence.seeds)?);
                }
            }
        }
    }
    Ok(figures)
}

/// Both quantities of the networks of one loss, by seed.
struct Networks<'a> {
    loss: &'a LossSummary,
    points: Vec<(f64, f64)>,
}

impl<'a> Networks<'a> {
    fn of(loss: &'a LossSummary, quantities: [&Quantity; 2], evidence: &Evidence) -> Option<Self> {
        let every_volume = vec![1.0; evidence.volumes.len()];
        let [x, y] = quantities.map(|quantity| evidence.measure(&loss.loss, &loss.loss, quantity).ok());
        let (x, y) = (x?, y?);
        let point = |seed| (x.of_seed(seed, &every_volume), y.of_seed(seed, &every_volume));
        Some(Self { loss, points: (0..evidence.seeds.len()).map(point).collect() })
    }
}

fn figure(
    claim: &Claim,
    quantities: [&Quantity; 2],
    networks: &[Networks],
    seeds: &[u64],
) -> Result<Figure, DrawError> {
    let [x_name, y_name] = quantities.map(Quantity::name);
    let series = networks.iter().map(|network| {
        let loss = network.loss;
        let tip = |(seed, (x, y)): (&u64, &(f64, f64))| {
            format!("{}, seed {seed}: {x_name} {}, {y_name} {}", loss.title, number(*x), number(*y))
        };
        let mut points: Vec<(u64, (f64, f64))> =
            seeds.iter().copied().zip(network.points.iter().copied()).collect();
        points.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
        Series {
            loss: loss.loss.clone(),
            legend: Some(loss.title.clone()),
            title: loss.title.clone(),
            kind: "network".to_string(),
            tips: points.iter().map(|(seed, point)| tip((seed, point))).collect(),
            points: points.into_iter().map(|(_, point)| point).collect(),
            joined: false,
            band: Vec::new(),
            colour: style::colour(loss.position),
            dash: Dash::Solid,
            marker: Some(style::marker(loss.position)),
        }
    });
    let xs = ends(networks.iter().flat_map(|network| network.points.iter().map(|point| point.0)));
    let chart = LineChart {
        x_title: x_name.clone(),
        y_title: y_name.clone(),
        x_counts: xs.is_some_and(|(low, high)| high - low > 10.0),
        y_range: widened(networks.iter().flat_map(|network| network.points.iter().map(|p| p.1))),
        mark: None,
        series: series.collect(),
        dashes: Vec::new(),
        crosses: Vec::new(),
    };
    let means = networks.iter().map(|network| {
        let mean = |of: fn(&(f64, f64)) -> f64| {
            network.points.iter().map(of).sum::<f64>() / network.points.len() as f64
        };
        format!("{} {} and {}", network.loss.title, number(mean(|p| p.0)), number(mean(|p| p.1)))
    });
    let means: Vec<String> = means.collect();
    let rows = networks.iter().flat_map(|network| {
        seeds.iter().zip(&network.points).map(move |(seed, (x, y))| {
            vec![network.loss.title.clone(), seed.to_string(), number(*x), number(*y)]
        })
    });
    Ok(Figure {
        name: claim.id.clone(),
        part: Part::Networks,
        ranking: None,
        title: format!("{y_name} against {x_name}"),
        caption: format!(
            "A point a network. {} asks whether the two go together once each loss's mean, and which volumes a seed was tested on, are taken out; the verdict is among the claims below.",
            claim.id
        ),
        svg: chart
            .svg(&format!("Scatter plot of {y_name} against {x_name}. Means: {}.", means.join("; ")))?,
        numbers: Table {
            head: ["loss", "seed", &x_name, &y_name].map(String::from).to_vec(),
            rows: rows.collect(),
        },
        long: None,
    })
}
