//! When two snapshots say the same: the words are equal and the numbers near. A last digit that rounds
//! the other way on another machine passes; a curve that is off by 0.01 does not.

use insta::{Comparator, Snapshot};

/// Units of the last printed digit by which a number with a fraction may be off.
const UNITS: f64 = 2.5;
/// Share by which a number without one may be off: counts are exact, large measures are rounded.
const SHARE: f64 = 0.01;
/// The characters of a sparkline, lowest first.
const STEPS: &str = "▁▂▃▄▅▆▇█";

/// For `insta`; prints what differs.
#[derive(Clone, Copy)]
pub struct Tolerance;

impl Comparator for Tolerance {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        match (reference.as_text(), test.as_text()) {
            (Some(reference), Some(test)) => {
                let found = differences(&reference.to_string(), &test.to_string());
                found.iter().for_each(|difference| eprintln!("{difference}"));
                found.is_empty()
            }
            _ => false,
        }
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(*self)
    }
}

/// What differs, a line each; numbers of a curve are named by sweep, loss and point.
pub fn differences(reference: &str, test: &str) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> { text.trim_end().lines().map(String::from).collect() };
    let (reference, test) = (lines(reference), lines(test));
    if reference.len() != test.len() {
        return vec![format!("{} lines in the snapshot, {} now", reference.len(), test.len())];
    }
    let mut found = Vec::new();
    for (index, (old, new)) in reference.iter().zip(&test).enumerate() {
        let [olds, news]: [Vec<&str>; 2] = [old, new].map(|line| line.split_whitespace().collect());
        if olds.len() != news.len() {
            found.push(format!("'{old}' in the snapshot, '{new}' now"));
            continue;
        }
        let pairs = olds.iter().zip(&news).enumerate().filter(|(_, (old, new))| !near(old, new));
        found.extend(pairs.map(|(word, (old, new))| {
            let place = place(&reference, index, olds.len() - word).unwrap_or_else(|| olds.join(" "));
            format!("{place}: {old} in the snapshot, {new} now")
        }));
    }
    found
}

/// Sweep, loss and point of the word that is `from_right` in line `index`, where that is part of a curve.
fn place(lines: &[String], index: usize, from_right: usize) -> Option<String> {
    let start = lines[..index].iter().rposition(String::is_empty)? + 1;
    let head: Vec<&str> = lines.get(start + 1)?.split_whitespace().collect();
    let point = head.get(head.len().checked_sub(from_right)?)?;
    let loss = lines[index].split_whitespace().next()?;
    (head.first() == Some(&"loss") && index > start + 1).then(|| format!("{} {loss} {point}", lines[start]))
}

fn near(old: &str, new: &str) -> bool {
    match (old.parse::<f64>(), new.parse::<f64>()) {
        (Ok(a), Ok(b)) if a.is_finite() => (a - b).abs() <= allowed(old, a),
        _ => old == new || sparklines_near(old, new),
    }
}

fn allowed(text: &str, value: f64) -> f64 {
    match text.split_once('.') {
        Some((_, digits)) => UNITS * 0.1_f64.powi(digits.len() as i32),
        None => SHARE * value.abs(),
    }
}

/// A value on the edge between two steps may fall to either side.
fn sparklines_near(old: &str, new: &str) -> bool {
    let steps = |text: &str| -> Option<Vec<usize>> {
        text.chars().map(|c| STEPS.chars().position(|step| step == c)).collect()
    };
    match (steps(old), steps(new)) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= 1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TEXT: &str = "Here: reproduced, adjusted p 0.012, 6 seeds\n\nfig3\nloss          0.4    0.6\nbce   ▆▅    0.700  0.612\ndice  ▆▁    0.650  0.040\n";

    #[rstest]
    #[case::the_same("0.612", "0.612")]
    #[case::a_last_digit("0.612", "0.611")]
    #[case::a_step_of_a_sparkline("▆▅", "▆▄")]
    fn small_differences_pass(#[case] old: &str, #[case] new: &str) {
        assert_eq!(differences(TEXT, &TEXT.replace(old, new)), Vec::<String>::new());
    }

    #[rstest]
    #[case::a_point("0.612", "0.622", "fig3 bce 0.6: 0.612 in the snapshot, 0.622 now")]
    #[case::another_point("0.650", "0.640", "fig3 dice 0.4: 0.650 in the snapshot, 0.640 now")]
    #[case::a_count("6 seeds", "5 seeds", "6 in the snapshot, 5 now")]
    #[case::a_verdict(
        "Here: reproduced",
        "Here: inconclusive",
        "reproduced, in the snapshot, inconclusive, now"
    )]
    #[case::more_words("reproduced", "not reproduced", "'Here: reproduced, adjusted p 0.012, 6 seeds' in")]
    #[case::two_steps("▆▅", "▆▃", "▆▅ in the snapshot")]
    #[case::a_line_less("dice  ▆▁    0.650  0.040\n", "", "6 lines in the snapshot, 5 now")]
    #[case::not_a_number("0.612", "NaN", "fig3 bce 0.6: 0.612 in the snapshot, NaN now")]
    fn what_matters_is_named(#[case] old: &str, #[case] new: &str, #[case] message: &str) {
        let found = differences(TEXT, &TEXT.replace(old, new));
        assert!(found.len() == 1 && found[0].contains(message), "{found:?}");
    }
}
