//! Whether a run's attacks are as strong as they should be, as HTML.

use crate::definition::study::Study;
use crate::draw::markup::escape;
use crate::evidence::soundness::{Check, Outcome, checks};
use crate::evidence::summary::Summary;
use crate::report::text::soundness::SHOWN;

/// A list of checks, those that fail as warnings; empty where no sweep names attacks.
pub fn html(study: &Study, summary: &Summary) -> String {
    let checks = checks(study, summary);
    if checks.is_empty() {
        return String::new();
    }
    let items: String = checks.iter().map(item).collect();
    format!(
        "<h2 id=\"soundness\">Is the attack strong enough?</h2>\n<p>A network that stands against a weak attack need not stand against a stronger one. Each check compares mean Dice at one budget; 0.005 on the wrong side is let pass.</p>\n<ul>\n{items}</ul>\n"
    )
}

fn item(check: &Check) -> String {
    let (class, word, rest) = match &check.outcome {
        Outcome::Holds(count) => ("holds", "holds", format!(" ({count} compared)")),
        Outcome::Unmeasured(needs) => ("open", "not measured", format!(" It needs {}.", escape(needs))),
        Outcome::Fails(lines) => ("fails", "fails", wrong(lines)),
    };
    format!("<li>{} <span class=\"verdict {class}\">{word}</span>{rest}</li>\n", escape(check.asks))
}

fn wrong(lines: &[String]) -> String {
    let item = |line: &String| format!("<li>{}</li>\n", escape(line));
    let shown: String = lines.iter().take(SHOWN).map(item).collect();
    let more = match lines.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("<li>and {more} more</li>\n"),
    };
    format!(
        "\n<div class=\"note\"><strong>A stronger attack exists than one that was run:</strong> robustness read from the weaker one is too high.\n<ul>\n{shown}{more}</ul></div>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    #[test]
    fn what_fails_is_a_warning() {
        let study = study("attacks");
        let mut summary = summary(&study, 1);
        let all = summary.losses.iter_mut().flat_map(|loss| &mut loss.curves);
        for curve in all.filter(|curve| curve.sweep == "unbounded") {
            curve.points[1].dice = 0.0;
        }
        assert!(!html(&study, &summary).contains("class=\"note\""));
        for curve in summary.losses[0].curves.iter_mut().filter(|curve| curve.attack == "fgsm") {
            curve.points.last_mut().into_iter().for_each(|point| point.dice = 1.0);
        }
        let html = html(&study, &summary);
        assert_eq!(html.matches("verdict fails").count(), html.matches("class=\"note\"").count());
        assert!(html.contains("<li>bce: fgsm at radius 0.008 (linf) leaves 1.000"), "{html}");
    }
}
