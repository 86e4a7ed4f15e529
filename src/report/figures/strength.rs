//! How strong each attack is: Dice against the passes through the network that an image cost, at one budget of each kind:
//! the paper's 5 pixels where they were tried, else the one in the middle.

use crate::attack;
use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::draw::line_chart::LineChart;
use crate::draw::scale::ends;
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::soundness::tried::{self, Place, Tried};
use crate::evidence::summary::{LossSummary, Summary};
use crate::report::figure::{Figure, Part};
use crate::report::numbers::score;
use crate::report::table::Table;

/// Attacks that a figure needs.
const LEAST: usize = 3;
/// The paper's number of pixels.
const PAPERS: f64 = 5.0;

/// A figure per kind of budget that enough attacks share.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary) -> Result<Vec<Figure>, DrawError> {
    let tried = tried::all(study, summary);
    let mut kinds: Vec<Vec<Place>> = Vec::new();
    for place in tried.iter().map(|one| one.place) {
        match kinds.iter_mut().find(|places| places[0].is_like(&place)) {
            Some(places) if places.contains(&place) => {}
            Some(places) => places.push(place),
            None => kinds.push(vec![place]),
        }
    }
    let shown =
        kinds.into_iter().map(|places| at(&tried, one_of(places))).filter(|at| at.attacks.len() >= LEAST);
    shown.map(|at| at.figure(summary)).collect()
}

/// The paper's budget, else the one in the middle.
fn one_of(mut places: Vec<Place>) -> Place {
    places.sort_by(|a, b| a.size().total_cmp(&b.size()));
    let papers = |place: &&Place| place.norm().is_none() && place.size() == PAPERS;
    *places.iter().find(papers).unwrap_or(&places[places.len() / 2])
}

/// What was tried at one budget.
struct At<'a> {
    place: Place,
    /// Each attack once, cheapest first, with its passes.
    attacks: Vec<(&'a str, usize)>,
    tried: Vec<&'a Tried>,
}

fn at(tried: &[Tried], place: Place) -> At<'_> {
    let mut here: Vec<&Tried> = tried.iter().filter(|one| one.place == place).collect();
    here.sort_by(|a, b| (a.queries, &a.attack).cmp(&(b.queries, &b.attack)));
    let mut attacks: Vec<(&str, usize)> = Vec::new();
    for one in &here {
        if !attacks.iter().any(|(name, _)| *name == one.attack) {
            attacks.push((one.attack.as_str(), one.queries));
        }
    }
    // The same attack in several sweeps is the same point.
    let mut seen: Vec<(&str, &str)> = Vec::new();
    here.retain(|one| {
        let key = (one.loss.as_str(), one.attack.as_str());
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    At { place, attacks, tried: here }
}

impl At<'_> {
    fn figure(&self, summary: &Summary) -> Result<Figure, DrawError> {
        let series: Vec<Series> =
            summary.losses.iter().flat_map(|loss| [self.best(loss), self.points(loss)]).collect();
        let highest = ends(self.attacks.iter().map(|(_, queries)| x(*queries)));
        let chart = LineChart {
            x_title: "log10 of 1 + passes through the network of an image".to_string(),
            y_title: "Dice".to_string(),
            x_counts: highest.is_some_and(|(_, highest)| highest > 1.0),
            y_range: 0.0..1.0,
            mark: None,
            series,
            dashes: Vec::new(),
            crosses: Vec::new(),
        };
        let cost = |(name, queries): &(&str, usize)| format!("{} {queries}", attack::title(name));
        let costs: Vec<String> = self.attacks.iter().map(cost).collect();
        Ok(Figure {
            name: format!("strength {}", self.place),
            part: Part::Sweeps,
            ranking: None,
            title: format!("How strong is each attack: {}", self.place),
            caption: format!(
                "Dice that each attack leaves against what it costs, at {}; a point an attack, lines join the best so far. Passes forward and back of an image: {}. A network is as robust as the lowest point of its line says, or less.",
                self.place,
                costs.join(", ")
            ),
            svg: chart.svg(&self.alternative(summary))?,
            numbers: self.numbers(summary),
            long: None,
        })
    }

    fn of<'a>(&'a self, loss: &'a LossSummary) -> impl Iterator<Item = &'a Tried> {
        self.tried.iter().copied().filter(|one| one.loss == loss.loss)
    }

    fn points(&self, loss: &LossSummary) -> Series {
        let tip = |one: &Tried| {
            let name = attack::title(&one.attack);
            format!("{}, {name}: Dice {} after {} passes", loss.title, score(one.dice), one.queries)
        };
        Series {
            points: self.of(loss).map(|one| (x(one.queries), one.dice)).collect(),
            tips: self.of(loss).map(tip).collect(),
            joined: false,
            marker: Some(style::marker(loss.position)),
            legend: Some(loss.title.clone()),
            ..self.best(loss)
        }
    }

    fn best(&self, loss: &LossSummary) -> Series {
        let mut best = f64::INFINITY;
        let lowest = |one: &Tried| {
            best = best.min(one.dice);
            (x(one.queries), best)
        };
        Series {
            loss: loss.loss.clone(),
            legend: None,
            title: format!("{}, the best attack so far", loss.title),
            kind: "strength".to_string(),
            points: self.of(loss).map(lowest).collect(),
            tips: Vec::new(),
            joined: true,
            band: Vec::new(),
            colour: style::colour(loss.position),
            dash: Dash::Solid,
            marker: None,
        }
    }

    fn alternative(&self, summary: &Summary) -> String {
        let strongest = summary.losses.iter().filter_map(|loss| {
            let best = self.of(loss).min_by(|a, b| a.dice.total_cmp(&b.dice))?;
            Some(format!("{} {} by {}", loss.title, score(best.dice), attack::title(&best.attack)))
        });
        let strongest: Vec<String> = strongest.collect();
        format!(
            "Chart of Dice, 0 to 1, against passes. The strongest attack leaves: {}.",
            strongest.join("; ")
        )
    }

    fn numbers(&self, summary: &Summary) -> Table {
        let mut head = vec!["attack".to_string(), "passes".to_string()];
        head.extend(summary.losses.iter().map(|loss| loss.title.clone()));
        let row = |(name, queries): &(&str, usize)| {
            let mut row = vec![attack::title(name), queries.to_string()];
            row.extend(summary.losses.iter().map(|loss| {
                let found = self.of(loss).find(|one| one.attack == *name);
                found.map_or_else(
                    || "-".to_string(),
                    |one| match one.interval {
                        Some([low, high]) => format!("{} ({low:.3} to {high:.3})", score(one.dice)),
                        None => score(one.dice),
                    },
                )
            }));
            row
        };
        Table { head, rows: self.attacks.iter().map(row).collect() }
    }
}

fn x(queries: usize) -> f64 {
    (1.0 + queries as f64).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn each_attack_is_a_point_of_each_loss_at_the_papers_pixels_or_the_middle_radius() -> anyhow::Result<()> {
        let study = study("attacks");
        let figures = figures(&study, &summary(&study, 1))?;
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(
            names,
            ["strength radius 0.004 (linf)", "strength N = 5, values 0.6", "strength N = 5, values 0 to 0.2"]
        );
        let rows = &figures[2].numbers.rows;
        assert_eq!(rows.len(), 6);
        assert!(rows.iter().all(|row| row.len() == 2 + study.arms.len()));
        assert!(figures[2].caption.contains("greedy search"), "{}", figures[2].caption);
        // Nothing is drawn where sweeps name no attack.
        let quick = crate::report::made_up::study("quick");
        assert!(super::figures(&quick, &summary(&quick, 1))?.is_empty());
        Ok(())
    }

    #[test]
    fn the_line_never_rises() {
        let one = |attack: &str, queries: usize, dice: f64| Tried {
            loss: "bce".to_string(),
            sweep: "s".to_string(),
            attack: attack.to_string(),
            family: String::new(),
            knows: crate::attack::Knows::Logits,
            place: Place::Pixels(5, None, [0, 0]),
            queries,
            dice,
            interval: None,
        };
        let tried = [one("c", 100, 0.4), one("a", 0, 0.9), one("b", 9, 0.3), one("b", 9, 0.3)];
        let study = study("quick");
        let summary = summary(&study, 1);
        let at = at(&tried, tried[0].place);
        assert_eq!(at.attacks, [("a", 0), ("b", 9), ("c", 100)]);
        let points = at.best(&summary.losses[0]).points;
        assert_eq!(points, [(0.0, 0.9), (1.0, 0.3), (101.0_f64.log10(), 0.3)]);
    }
}
