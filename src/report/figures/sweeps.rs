//! Figures of the sweeps: Dice against what varies, a ranking of pixels or an attack in balls solid, its controls dashed
//! or dotted, what the paper reports as crosses; a figure a corruption.

use crate::attack::configured::Configured;
use crate::attack::{self, Knows};
use crate::claims::claim::Claim;
use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::draw::line_chart::{Cross, LineChart};
use crate::draw::series::Series;
use crate::draw::style::{self, Dash};
use crate::evidence::curve::Curve;
use crate::evidence::summary::{LossSummary, Summary};
use crate::report::figure::{Figure, Part};
use crate::report::figures::panel::{Axis, Panel};
use crate::report::figures::points::{repeated, tip, with_interval};
use crate::report::figures::reported::{self, Reported};
use crate::report::numbers::score;
use crate::report::table::Table;

/// A figure per panel of each sweep and ranking of pixels; `claims` say what the paper reports.
///
/// # Errors
/// What plotters says.
pub fn figures(study: &Study, summary: &Summary, claims: &[Claim]) -> Result<Vec<Figure>, DrawError> {
    let mut figures = Vec::new();
    for (name, sweep) in &study.sweeps {
        for panel in Panel::of(name, sweep) {
            let reported = reported::on(&panel, claims);
            if sweep.is_of_severities() {
                for corruption in &sweep.attack {
                    let ranking = &corruption.to_string();
                    let shown = Shown {
                        summary,
                        panel: &panel,
                        ranking,
                        controls: &[],
                        reported: &reported,
                        own: true,
                    };
                    let title = format!("{}, {}", sweep.heading(), attack::title(ranking));
                    figures.push(Figure { ranking: None, ..shown.figure(study, &title)? });
                }
                continue;
            }
            if sweep.has_own_attacks() {
                let names = study.attacks_of(sweep).into_iter().map(|attack| attack.name().to_string());
                let attacks: Vec<String> = names.collect();
                let Some((ranking, controls)) = attacks.split_first() else { continue };
                let shown =
                    Shown { summary, panel: &panel, ranking, controls, own: true, reported: &reported };
                figures.push(Figure { ranking: None, ..shown.figure(study, &sweep.heading())? });
                continue;
            }
            for ranking in &summary.rankings {
                let controls = &summary.controls;
                let shown =
                    Shown { summary, panel: &panel, ranking, controls, own: false, reported: &reported };
                figures.push(shown.figure(study, &sweep.heading())?);
            }
        }
    }
    Ok(figures)
}

/// A panel under one ranking, or one attack of the sweep's own, and the controls.
struct Shown<'a> {
    summary: &'a Summary,
    panel: &'a Panel,
    ranking: &'a str,
    controls: &'a [String],
    /// Whether the sweep names its attacks.
    own: bool,
    reported: &'a [Reported],
}

impl Shown<'_> {
    fn figure(&self, study: &Study, title: &str) -> Result<Figure, DrawError> {
        let Self { summary, panel, ranking, .. } = *self;
        // A corruption has a figure of its own; other attacks of a sweep's own share one.
        let shared = self.own && panel.axis != Axis::Severity;
        let name = match shared || ranking == summary.attack {
            true => panel.name(),
            false => format!("{} {ranking}", panel.name()),
        };
        Ok(Figure {
            part: Part::Sweeps,
            ranking: Some(ranking.to_string()),
            title: format!("{}: {title}", panel.name()),
            caption: self.caption(),
            svg: self.chart(study).svg(&self.alternative())?,
            numbers: self.numbers(),
            long: Some(self.long()),
            name,
        })
    }

    fn chart(&self, study: &Study) -> LineChart {
        let panel = self.panel;
        let mark = (panel.axis == Axis::Level).then(|| {
            let brightest = study.data.intensity[1].to_string();
            (brightest.parse().unwrap_or(0.0), study.data.scale.upper_end().to_string())
        });
        let mut series = Vec::new();
        // Controls first, so that the attack lies on top of them.
        for (place, attack) in self.attacks().iter().enumerate().rev() {
            for loss in &self.summary.losses {
                let curve = loss.curve(&panel.sweep, attack, "");
                series.extend(curve.map(|curve| line(panel, loss, curve, dash(place), place == 0)));
            }
        }
        LineChart {
            x_title: panel.axis_title(),
            y_title: "Dice".to_string(),
            x_counts: matches!(panel.axis, Axis::Pixels | Axis::Severity),
            y_range: 0.0..1.0,
            mark,
            series,
            dashes: self
                .attacks()
                .iter()
                .enumerate()
                .map(|(place, attack)| (attack::title(attack), dash(place)))
                .collect(),
            crosses: self.crosses(),
        }
    }

    /// Whether the attack looks at nothing of a network, as noise does not.
    fn reads_nothing(&self) -> bool {
        Configured::parse(self.ranking).is_ok_and(|attack| attack.attack().knows() == Knows::Nothing)
    }

    /// The ranking, then the controls.
    fn attacks(&self) -> Vec<&str> {
        std::iter::once(self.ranking).chain(self.controls.iter().map(String::as_str)).collect()
    }

    /// What the paper reports of the losses that the run has.
    fn crosses(&self) -> Vec<Cross> {
        let cross = |one: &Reported| {
            let loss = self.summary.losses.iter().find(|loss| loss.loss == one.loss)?;
            Some(Cross {
                point: (one.x, one.dice),
                title: format!("{}, the paper: {} {} ({})", loss.title, one.word, one.dice, one.claim),
                colour: style::colour(loss.position),
            })
        };
        self.reported.iter().filter_map(cross).collect()
    }

    fn caption(&self) -> String {
        let Self { summary, panel, .. } = self;
        let title = attack::title(self.ranking);
        let solid = match (panel.axis, self.own) {
            (Axis::Radius(_), _) if self.reads_nothing() => format!("{title}, every network under the same"),
            (Axis::Radius(_), _) => format!("{title}, each network attacked by its own gradients"),
            (Axis::Severity, _) => format!("{title}, every network under the same"),
            (_, true) => format!("{title}, against each network itself"),
            _ => format!("the pixels of the {title}, each network attacked with its own map"),
        };
        let mut text = format!("Dice, mean over {}, as {}. Solid: {solid}.", summary.volumes(), panel.words);
        for (place, control) in self.controls.iter().enumerate() {
            let name = style::control_dash(place).name();
            text += &format!(" {}{}: {}.", name[..1].to_uppercase(), &name[1..], attack::title(control));
        }
        text += match summary.seeds() {
            1 => " Bands are 95% intervals over test volumes; one seed says nothing of others.",
            _ => " Lines are means over seeds; bands are 95% intervals over seeds and test volumes.",
        };
        if !self.crosses().is_empty() {
            text += " Crosses: what the paper reports.";
        }
        let curves = summary.losses.iter().flat_map(|loss| {
            self.attacks().into_iter().filter_map(move |attack| loss.curve(&panel.sweep, attack, ""))
        });
        text + &repeated(curves.flat_map(|curve| panel.points(curve)))
    }

    /// What the figure shows, for those who cannot see it.
    fn alternative(&self) -> String {
        let Self { summary, panel, .. } = self;
        let falls = summary.losses.iter().filter_map(|loss| {
            let points = panel.points(loss.curve(&panel.sweep, self.ranking, "")?);
            let (first, last) = (points.first()?, points.last()?);
            Some(format!(
                "{} from {} at {} to {} at {}",
                loss.title,
                score(first.dice),
                panel.label(first),
                score(last.dice),
                panel.label(last)
            ))
        });
        let falls: Vec<String> = falls.collect();
        format!(
            "Line chart of Dice, 0 to 1, against the {}, a line for each loss. Under attack: {}.",
            panel.axis_title(),
            falls.join("; ")
        )
    }

    /// A row a point, for reading by machine.
    fn long(&self) -> Table {
        let place: &[&str] = match (self.panel.axis, self.own) {
            (Axis::Radius(_), _) => &["radius", "queries"],
            (Axis::Severity, _) => &["severity"],
            (_, true) => &["pixels", "level", "queries"],
            (_, false) => &["pixels", "level"],
        };
        let head = [&["loss", "attack"], place, &["dice", "low", "high", "trials"]].concat();
        let mut rows = Vec::new();
        for loss in &self.summary.losses {
            for attack in self.attacks() {
                let Some(curve) = loss.curve(&self.panel.sweep, attack, "") else { continue };
                for point in self.panel.points(curve) {
                    let [low, high] = point.interval.unwrap_or([f64::NAN; 2]);
                    let number =
                        |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
                    let of_place = place.iter().map(|&column| match column {
                        "radius" => text(point.radius),
                        "severity" => text(point.severity),
                        "pixels" => text(point.pixels),
                        "level" => text(point.level),
                        _ => text(point.queries),
                    });
                    let mut row = vec![loss.loss.clone(), attack.to_string()];
                    row.extend(of_place);
                    row.extend([point.dice, low, high, point.trials].map(number));
                    rows.push(row);
                }
            }
        }
        Table { head: head.into_iter().map(String::from).collect(), rows }
    }

    /// What the lines of a loss differ by.
    fn of(&self) -> &'static str {
        match (self.panel.axis, self.own) {
            (Axis::Severity, _) => "corruption",
            (_, true) => "attack",
            (_, false) => "pixels",
        }
    }

    fn numbers(&self) -> Table {
        let mut table = Table { head: vec!["loss".into(), self.of().into()], rows: Vec::new() };
        for loss in &self.summary.losses {
            for attack in self.attacks() {
                let Some(curve) = loss.curve(&self.panel.sweep, attack, "") else { continue };
                let points = self.panel.points(curve);
                if table.rows.is_empty() {
                    table.head.extend(points.iter().map(|point| self.panel.label(point)));
                }
                let mut row = vec![loss.title.clone(), attack::title(&curve.attack)];
                row.extend(points.iter().map(|point| with_interval(point)));
                table.rows.push(row);
            }
        }
        table
    }
}

/// A value as text; empty where there is none.
fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Dashes of the attack at `place`, the ranking first.
fn dash(place: usize) -> Dash {
    place.checked_sub(1).map_or(Dash::Solid, style::control_dash)
}

fn line(panel: &Panel, loss: &LossSummary, curve: &Curve, dash: Dash, main: bool) -> Series {
    let points = panel.points(curve);
    let colour = style::colour(loss.position);
    let band = points.iter().filter(|_| main);
    let band = band.filter_map(|point| point.interval.map(|[low, high]| (panel.x(point), low, high)));
    let title = format!("{}, {}", loss.title, attack::title(&curve.attack));
    Series {
        loss: loss.loss.clone(),
        legend: main.then(|| loss.title.clone()),
        kind: curve.attack.clone(),
        points: points.iter().map(|point| (panel.x(point), point.dice)).collect(),
        tips: points.iter().map(|point| tip(&title, &panel.label(point), point)).collect(),
        joined: true,
        title,
        band: band.collect(),
        colour: if main { colour } else { style::lighter(colour, 0.35) },
        dash,
        marker: main.then(|| style::marker(loss.position)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn each_loss_is_named_and_each_point_drawn() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = figures(&study, &summary(&study, 1), &[])?;
        let fig3 = &figures[1];
        for title in ["BCE", "Dice", "BCE + Dice", "BCE + Dice + Focal"] {
            assert!(fig3.svg.contains(title), "{title}");
            assert!(fig3.numbers.rows.iter().any(|row| row[0] == title), "{title}");
        }
        assert_eq!(fig3.svg.matches("class=\"series\"").count(), 12);
        // Seven points of each can be pointed at.
        assert_eq!(fig3.svg.matches("class=\"point\"").count(), 12 * 7);
        assert!(
            fig3.svg.contains("BCE, highest gradient, level 0.6: Dice 0.700, 95% 0.670 to 0.730, 4.0 trials")
        );
        assert_eq!(fig3.numbers.rows.len(), 12);
        assert_eq!(fig3.numbers.head.len(), 9);
        assert!(fig3.caption.contains("N = 5 pixels") && fig3.caption.contains("levels of 0 to 1"));
        assert!(fig3.caption.contains("repeated 4 times"), "{}", fig3.caption);
        assert!(fig3.caption.contains("one seed says nothing of others"), "{}", fig3.caption);
        Ok(())
    }

    #[test]
    fn bands_are_intervals() -> anyhow::Result<()> {
        let study = study("quick");
        let figures = figures(&study, &summary(&study, 3), &[])?;
        assert_eq!(figures[0].svg.matches("<polygon opacity=\"0.15\"").count(), 4);
        assert!(figures[0].caption.contains("intervals over seeds and test volumes"));
        assert_eq!(figures[0].numbers.rows[0][2], "0.900 (0.870 to 0.930)");
        Ok(())
    }

    #[test]
    fn each_ranking_has_figures_and_the_papers_numbers_are_crosses() -> anyhow::Result<()> {
        let study = study("paper");
        let claims = crate::claims::registry::set("rajput")?;
        let figures = figures(&study, &summary(&study, 2), &claims)?;
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(names[2..4], ["fig3", "fig3 magnitude"]);
        assert!(figures[2].svg.contains("<title>Dice, the paper: under 0.05 (C08)</title>"));
        assert_eq!(figures[2].svg.matches("class=\"reported\"").count(), 2);
        assert_eq!(figures[0].svg.matches("class=\"reported\"").count(), 0);
        Ok(())
    }
}
