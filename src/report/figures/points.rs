//! Points of curves in words: their score, how sure it is, how often what is random was repeated.

use crate::draw::scale::ends;
use crate::evidence::curve::Point;
use crate::report::numbers::score;

/// Score, interval and number of trials of a point, in a line.
pub fn tip(title: &str, label: &str, point: &Point) -> String {
    let interval = point.interval.map_or(String::new(), |[low, high]| format!(", 95% {low:.3} to {high:.3}"));
    let trials = match point.trials {
        trials if trials > 1.0 => format!(", {trials:.1} trials a slice"),
        _ => ", 1 trial a slice".to_string(),
    };
    format!("{title}, {label}: Dice {}{interval}{trials}", score(point.dice))
}

/// How often what is random was repeated and how sure that makes it; nothing where nothing is.
pub fn repeated<'a>(points: impl Iterator<Item = &'a Point>) -> String {
    let drawn: Vec<&Point> = points.filter(|point| point.trials > 1.0).collect();
    let trials = ends(drawn.iter().map(|point| point.trials));
    let half_width = ends(drawn.iter().map(|point| point.half_width));
    let (Some((least, most)), Some((_, widest))) = (trials, half_width) else {
        return String::new();
    };
    let count = if least == most { format!("{least:.0}") } else { format!("{least:.0} to {most:.0}") };
    format!(
        " What is random was repeated {count} times a slice on average, which leaves a 95% half-width of {widest:.4} at most."
    )
}

/// A score and its 95% interval.
pub fn with_interval(point: &Point) -> String {
    match point.interval {
        Some([low, high]) => format!("{} ({low:.3} to {high:.3})", score(point.dice)),
        None => score(point.dice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(dice: f64, interval: Option<[f64; 2]>, trials: f64) -> Point {
        Point {
            pixels: Some(5),
            level: Some(0.6),
            radius: None,
            severity: None,
            queries: None,
            dice,
            by_seed: vec![dice],
            interval,
            relative_area: 1.0,
            trials,
            half_width: trials / 1000.0,
        }
    }

    #[test]
    fn an_interval_is_given_where_it_is_known() {
        let sure = point(0.5, Some([0.25, 0.75]), 1.0);
        let unsure = point(0.5, None, 1.0);
        assert_eq!(with_interval(&sure), "0.500 (0.250 to 0.750)");
        assert_eq!(with_interval(&unsure), "0.500");
        assert_eq!(tip("BCE", "N = 5", &sure), "BCE, N = 5: Dice 0.500, 95% 0.250 to 0.750, 1 trial a slice");
        assert_eq!(tip("BCE", "N = 5", &unsure), "BCE, N = 5: Dice 0.500, 1 trial a slice");
    }

    #[test]
    fn repetitions_are_told_of_points_that_had_any() {
        let points = [1.0, 4.0, 8.0].map(|trials| point(0.5, None, trials));
        assert_eq!(repeated(points.iter().take(1)), "");
        let words = repeated(points.iter());
        assert!(
            words.contains("4 to 8 times a slice on average") && words.contains("0.0080 at most"),
            "{words}"
        );
    }
}
