//! Which arms stand out in the charts: a box to tick for each, where there are too many to follow.

use crate::draw::markup::escape;
use crate::evidence::comparison::default_baseline;
use crate::evidence::summary::{LossSummary, Summary};
use crate::image::overlap::mean;
use crate::report::page::losses::swatch;
use crate::report::text::comparison::FEW;

/// The boxes as HTML; empty where no more than [`FEW`] arms stand beside the baseline. The page's script shows them.
pub fn html(summary: &Summary) -> String {
    if summary.losses.len() <= FEW + 1 {
        return String::new();
    }
    let chosen = at_first(summary);
    let label = |arm: &LossSummary| {
        let checked = if chosen.contains(&arm.loss.as_str()) { " checked" } else { "" };
        format!(
            "<label><input type=\"checkbox\" name=\"arm\" value=\"{}\"{checked}> {}{}</label>\n",
            escape(&arm.loss),
            swatch(arm.position),
            escape(&arm.title)
        )
    };
    let labels: String = summary.losses.iter().map(label).collect();
    format!(
        "<details class=\"arms\" open hidden>\n<summary>Arms that stand out in the charts</summary>\n<fieldset class=\"controls\"><legend>At first the one that the others are compared with, the highest without an attack, the highest and the lowest under it</legend>\n{labels}<button type=\"button\" data-arms=\"all\">all</button> <button type=\"button\" data-arms=\"none\">none</button>\n</fieldset>\n</details>\n"
    )
}

/// Those that stand out at first.
fn at_first(summary: &Summary) -> Vec<&str> {
    let names: Vec<String> = summary.losses.iter().map(|arm| arm.loss.clone()).collect();
    let baseline = default_baseline(&names);
    let baseline = summary.losses.iter().find(|arm| Some(&arm.loss) == baseline);
    let highest = |score: &dyn Fn(&LossSummary) -> f64| {
        let scored = summary.losses.iter().filter(|arm| score(arm).is_finite());
        scored.max_by(|a, b| score(a).total_cmp(&score(b)))
    };
    let attacked = |arm: &LossSummary| under_attack(summary, arm);
    let extremes = [highest(&|arm| arm.clean), highest(&attacked), highest(&|arm| -attacked(arm))];
    let mut chosen: Vec<&str> = Vec::new();
    for arm in baseline.into_iter().chain(extremes.into_iter().flatten()) {
        if !chosen.contains(&arm.loss.as_str()) {
            chosen.push(&arm.loss);
        }
    }
    chosen
}

/// Mean Dice over every point of the study's attack; NaN where it has none.
fn under_attack(summary: &Summary, arm: &LossSummary) -> f64 {
    let own = arm.curves.iter().filter(|curve| curve.attack == summary.attack);
    let own = own.filter(|curve| curve.map.is_empty() || curve.map == arm.loss);
    let scores: Vec<f64> = own.flat_map(|curve| curve.points.iter().map(|point| point.dice)).collect();
    if scores.is_empty() { f64::NAN } else { mean(&scores) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up::{study, summary};

    /// `count` arms whose clean scores rise and whose scores under attack fall.
    fn many(count: usize) -> Summary {
        let mut summary = summary(&study("quick"), 1);
        let first = summary.losses[0].clone();
        summary.losses = (0..count)
            .map(|number| {
                let mut arm = first.clone();
                arm.loss = format!("arm-{number}");
                arm.clean = 0.1 * number as f64;
                for curve in &mut arm.curves {
                    curve.map.clear();
                    curve.points.iter_mut().for_each(|point| point.dice = 0.9 - 0.1 * number as f64);
                }
                arm
            })
            .collect();
        summary
    }

    #[test]
    fn few_arms_need_no_choice() {
        assert_eq!(html(&many(FEW + 1)), "");
    }

    #[test]
    fn the_baseline_and_the_ends_stand_out_at_first() {
        let mut summary = many(FEW + 2);
        summary.losses[3].loss = "dice".into();
        assert_eq!(at_first(&summary), ["dice", "arm-7", "arm-0"]);
        let html = html(&summary);
        assert_eq!(html.matches("name=\"arm\"").count(), FEW + 2);
        assert_eq!(html.matches(" checked").count(), 3);
    }

    #[test]
    fn arms_without_scores_are_not_chosen() {
        let mut summary = many(FEW + 2);
        summary.losses[7].clean = f64::NAN;
        summary.losses[0].curves.clear();
        assert_eq!(at_first(&summary), ["arm-0", "arm-6", "arm-1", "arm-7"]);
    }
}
