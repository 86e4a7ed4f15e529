//! What one figure shows of a sweep. A sweep that varies both the number of pixels and the level is
//! shown as a panel per number of pixels; a sweep of balls varies their radius, one of corruptions their severity.

use crate::attack::ball::Norm;
use crate::definition::sweep::Sweep;
use crate::evidence::curve::{Curve, Point};
use std::cmp::Ordering;
use std::fmt::Display;
use std::num::NonZeroUsize;

/// A part of a sweep along which one thing varies.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Name of the sweep in the study.
    pub sweep: String,
    /// What varies.
    pub axis: Axis,
    /// The number of pixels that it is restricted to.
    pub pixels: Option<usize>,
    /// The scanned area that numbers of pixels are meant for, where they are shares.
    pub area: Option<NonZeroUsize>,
    /// What is replaced with what, in words.
    pub words: String,
}

/// What varies over a panel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Axis {
    /// The value that replaces pixels.
    Level,
    /// The number of pixels.
    Pixels,
    /// The radius of a ball of this norm.
    Radius(Norm),
    /// How bad a corruption is.
    Severity,
}

/// Points that the paper speaks of: a level and a number of pixels.
const PAPERS_LEVEL: f32 = 0.6;
const PAPERS_PIXELS: usize = 30;

impl Panel {
    /// The panels of a sweep.
    pub fn of(name: &str, sweep: &Sweep) -> Vec<Self> {
        if let Some(norm) = sweep.norm {
            let words = format!(
                "each slice moves within a radius of {} ({} norm, in the images' own units)",
                range(&sweep.radius),
                norm.title()
            );
            let (sweep, axis) = (name.to_string(), Axis::Radius(norm));
            return vec![Self { sweep, axis, pixels: None, area: None, words }];
        }
        if sweep.is_of_severities() {
            let words = format!("each scan is corrupted at severity {} of 5", range(&sweep.severity));
            let (sweep, axis) = (name.to_string(), Axis::Severity);
            return vec![Self { sweep, axis, pixels: None, area: None, words }];
        }
        let chosen = sweep.has_own_attacks() && sweep.levels.len() > 1;
        let with = match (sweep.uniform, sweep.levels.len()) {
            _ if chosen => format!("values that the attack chooses from {}", range(&sweep.levels)),
            (Some([low, high]), _) => format!("values drawn evenly from {low} to {high}"),
            (None, 1) => format!("the level {}", range(&sweep.levels)),
            (None, _) => format!("levels of {}", range(&sweep.levels)),
        };
        let words = |pixels: &[usize]| match sweep.area {
            None => format!("N = {} pixels of each slice are replaced with {with}", range(pixels)),
            Some(area) => format!(
                "N = {} of every {area} scanned pixels of each slice ({}%) are replaced with {with}",
                range(pixels),
                percent(pixels, area)
            ),
        };
        let panel = |axis, pixels: Option<usize>| Self {
            sweep: name.to_string(),
            axis,
            pixels,
            area: sweep.area,
            words: pixels.map_or_else(|| words(&sweep.pixels), |pixels| words(&[pixels])),
        };
        match (sweep.levels.len() > 1 && !chosen, sweep.pixels.len() > 1) {
            (true, true) => sweep.pixels.iter().map(|&pixels| panel(Axis::Level, Some(pixels))).collect(),
            (true, false) => vec![panel(Axis::Level, None)],
            (false, _) => vec![panel(Axis::Pixels, None)],
        }
    }

    /// The sweep's name, with the number of pixels where it has several panels.
    pub fn name(&self) -> String {
        self.pixels.map_or_else(|| self.sweep.clone(), |pixels| format!("{}, N = {pixels}", self.sweep))
    }

    /// Title of its axis.
    pub fn axis_title(&self) -> String {
        match (self.axis, self.area) {
            (Axis::Level, _) => "level that replaces the pixels".to_string(),
            (Axis::Radius(norm), _) => format!("radius, {} norm", norm.title()),
            (Axis::Severity, _) => "severity".to_string(),
            (Axis::Pixels, None) => "N, pixels replaced in each slice".to_string(),
            (Axis::Pixels, Some(area)) => format!("N of every {area} scanned pixels replaced in each slice"),
        }
    }

    /// The points of a curve that belong to the panel, by rising x.
    pub fn points<'a>(&self, curve: &'a Curve) -> Vec<&'a Point> {
        let belongs = |point: &&Point| self.pixels.is_none_or(|pixels| point.pixels == Some(pixels));
        let mut points: Vec<&Point> = curve.points.iter().filter(belongs).collect();
        points.sort_by(|a, b| self.x(a).total_cmp(&self.x(b)));
        points
    }

    /// Where a point lies on the axis.
    pub fn x(&self, point: &Point) -> f64 {
        match self.axis {
            // By way of the text, so that 0.1 is 0.1 and not its nearest f32.
            Axis::Level => point.level.and_then(|level| level.to_string().parse().ok()).unwrap_or(0.0),
            Axis::Radius(_) => point.radius.and_then(|radius| radius.to_string().parse().ok()).unwrap_or(0.0),
            Axis::Severity => point.severity.map_or(0.0, |severity| severity.number().into()),
            Axis::Pixels => point.pixels.unwrap_or(0) as f64,
        }
    }

    /// Names a point: `level 0.6`, `radius 0.01`, `severity 3` or `N = 30`.
    pub fn label(&self, point: &Point) -> String {
        match (self.axis, point.level, point.radius) {
            (Axis::Level, Some(level), _) => format!("level {level}"),
            (Axis::Radius(_), _, Some(radius)) => format!("radius {radius}"),
            (Axis::Severity, ..) => format!("severity {}", point.severity.unwrap_or_default()),
            _ => format!("N = {}", point.pixels.unwrap_or(0)),
        }
    }

    /// Points at which networks and maps are compared: the one that the paper speaks of and the last.
    pub fn compared(&self, curve: &Curve) -> Vec<String> {
        let points = self.points(curve);
        let papers = |point: &Point| match self.axis {
            Axis::Level => point.level == Some(PAPERS_LEVEL),
            Axis::Pixels => point.pixels == Some(PAPERS_PIXELS),
            Axis::Radius(_) | Axis::Severity => false,
        };
        let mut labels: Vec<String> =
            points.iter().filter(|point| papers(point)).map(|p| self.label(p)).collect();
        labels.extend(points.last().map(|point| self.label(point)));
        labels.dedup();
        labels
    }
}

/// The same of `pixels` as a share of `area` in percent, to a hundredth.
fn percent(pixels: &[usize], area: NonZeroUsize) -> String {
    let share = |&count: &usize| (1e4 * count as f64 / area.get() as f64).round() / 100.0;
    range(&pixels.iter().map(share).collect::<Vec<f64>>())
}

/// The smallest and the largest value as text: `0 to 100`, or `5`.
fn range<T: PartialOrd + Display>(values: &[T]) -> String {
    let lower = |a: &&T, b: &&T| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    match (values.iter().min_by(lower), values.iter().max_by(lower)) {
        (Some(low), Some(high)) if low == high => low.to_string(),
        (Some(low), Some(high)) => format!("{low} to {high}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::budget::Budget;
    use crate::definition::shipped;
    use crate::definition::study::Study;
    use rstest::rstest;

    #[rstest]
    #[case("fig3", Axis::Level, "N = 5 pixels of each slice are replaced with levels of 0 to 1")]
    #[case("fig5", Axis::Pixels, "N = 0 to 100 pixels of each slice are replaced with the level 0.2")]
    #[case(
        "fig6",
        Axis::Pixels,
        "N = 0 to 100 pixels of each slice are replaced with values drawn evenly from 0 to 1"
    )]
    fn the_papers_sweeps_are_one_panel_each(#[case] name: &str, #[case] axis: Axis, #[case] words: &str) {
        let study = Study::parse(shipped::text("paper").expect("paper"), &[]).expect("the paper study");
        let panels = Panel::of(name, &study.sweeps[name]);
        assert_eq!((panels.len(), panels[0].axis, panels[0].words.as_str()), (1, axis, words));
        assert_eq!(panels[0].name(), name);
    }

    #[rstest]
    #[case(
        "fig3",
        "N = 5 of every 1750 scanned pixels of each slice (0.29%) are replaced with levels of 0 to 1",
        "level that replaces the pixels"
    )]
    #[case(
        "fig5",
        "N = 0 to 100 of every 1750 scanned pixels of each slice (0 to 5.71%) are replaced with the level 0.2",
        "N of every 1750 scanned pixels replaced in each slice"
    )]
    fn shares_of_an_area_are_called_that(#[case] name: &str, #[case] words: &str, #[case] axis: &str) {
        let area = format!("sweep.{name}.area=1750");
        let study = Study::parse(shipped::text("paper").expect("paper"), &[area]).expect("the paper study");
        let sweep = &study.sweeps[name];
        let panel = &Panel::of(name, sweep)[0];
        assert_eq!((panel.words.as_str(), panel.axis_title().as_str()), (words, axis));
        assert!(sweep.heading().ends_with(" (N of every 1750 scanned pixels)"), "{}", sweep.heading());
    }

    #[test]
    fn a_sweep_of_both_is_a_panel_per_number_of_pixels() {
        let sweep = Sweep {
            title: "both".into(),
            pixels: vec![1, 5],
            levels: vec![0.1, 0.6, 1.0],
            ..Sweep::default()
        };
        let panels = Panel::of("both", &sweep);
        assert_eq!(panels.iter().map(Panel::name).collect::<Vec<_>>(), ["both, N = 1", "both, N = 5"]);
        let point = |budget: Budget| Point {
            pixels: budget.pixels(),
            level: budget.level(),
            radius: None,
            severity: None,
            queries: None,
            dice: 0.5,
            by_seed: vec![0.5],
            interval: None,
            relative_area: 1.0,
            trials: 1.0,
            half_width: 0.0,
        };
        let points = sweep.budgets().into_iter().map(point).collect();
        let curve = Curve { sweep: "both".into(), attack: "signed".into(), map: String::new(), points };
        assert_eq!(
            panels[1].points(&curve).iter().map(|p| panels[1].x(p)).collect::<Vec<_>>(),
            [0.1, 0.6, 1.0]
        );
        assert_eq!(panels[1].compared(&curve), ["level 0.6", "level 1"]);
    }
}
