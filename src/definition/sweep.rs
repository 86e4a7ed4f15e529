//! A section `sweep.NAME` of a study: one sweep, of pixels that are replaced, of balls that images move in, or of
//! corruptions, under the attacks of the study or under its own.

use crate::attack::ball::{Ball, Norm};
use crate::attack::budget::Budget;
use crate::attack::configured::Configured;
use crate::attack::corruption::{self, severity::Severity};
use crate::attack::replacement::Replacement;
use crate::rules::{Range, distinct, should};
use serde::{Deserialize, Deserializer, Serialize};
use std::num::NonZeroUsize;

/// One sweep: every budget of `pixels` with every level of `levels`, or with values drawn from `uniform`, under the
/// attacks of the study; or every budget of `pixels` under attacks of its own, sparse ones, which choose values between
/// the levels, or rankings of pixels, which need one level; or balls of every `radius` of `norm` under directional attacks of its
/// own; or every `severity` under corruptions of its own.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// What the sweep shows, for tables and figures.
    pub title: String,
    /// Numbers of pixels replaced.
    #[serde(default)]
    pub pixels: Vec<usize>,
    /// The scanned area, in pixels, that those numbers are meant for: on every slice they are the same share of what was
    /// scanned and may change, see [`Budget::on`]. Without it they are the numbers of every slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<NonZeroUsize>,
    /// Values that replace them; under attacks of its own, values that the span goes from and to.
    #[serde(default)]
    pub levels: Vec<f32>,
    /// Or the range that values are drawn from.
    #[serde(default)]
    pub uniform: Option<[f32; 2]>,
    /// Or how the distance of a changed image from the clean one is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<Norm>,
    /// The distances, in the images' own units, those of `data.intensity`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub radius: Vec<f32>,
    /// Or how bad corruptions are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Severity>,
    /// Attacks of its own: the first is shown solid and judged by, the others are its controls. Corruptions are each shown by
    /// themselves, the first judged by. One or a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_several")]
    pub attack: Vec<Configured>,
}

/// Reads one attack or a list of them.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Configured>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "should be an attack or a list of attacks")]
    enum Texts {
        One(String),
        Several(Vec<String>),
    }
    let texts = match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Several(texts) => texts,
    };
    texts.iter().map(|text| Configured::parse(text).map_err(serde::de::Error::custom)).collect()
}

impl Sweep {
    /// Whether it is of balls.
    pub fn is_of_balls(&self) -> bool {
        let own = !self.attack.is_empty() && self.pixels.is_empty() && !self.is_of_severities();
        self.norm.is_some() || !self.radius.is_empty() || own
    }

    /// Whether it is of corruptions.
    pub fn is_of_severities(&self) -> bool {
        !self.severity.is_empty()
    }

    /// Whether it is of numbers of pixels.
    pub fn is_of_pixels(&self) -> bool {
        !self.is_of_balls() && !self.is_of_severities()
    }

    /// Whether it goes under attacks of its own, not those of the study.
    pub fn has_own_attacks(&self) -> bool {
        self.is_of_balls() || !self.attack.is_empty()
    }

    /// The least and the largest value that attacks of its own replace pixels with; none in other sweeps.
    pub fn span(&self) -> Option<[f32; 2]> {
        let least = self.levels.iter().copied().min_by(f32::total_cmp)?;
        let most = self.levels.iter().copied().max_by(f32::total_cmp)?;
        let chosen = self.has_own_attacks() && self.is_of_pixels();
        chosen.then_some([least, most])
    }

    /// The budget of every point of the sweep, numbers of pixels outermost. Balls are of any range, see
    /// [`Budget::within`].
    pub fn budgets(&self) -> Vec<Budget> {
        if let Some(norm) = self.norm {
            let ball = |&radius: &f32| Budget::Ball(Ball { norm, radius, range: Ball::ANYWHERE });
            return self.radius.iter().map(ball).collect();
        }
        if self.is_of_severities() {
            let range = [0.0, 1.0];
            let bad = self.severity.iter().map(|&severity| Budget::Severity { severity, range });
            return bad.collect();
        }
        let with: Vec<Replacement> = match (self.span(), self.uniform) {
            (Some([low, high]), _) if low == high => vec![Replacement::Level(low)],
            (Some([low, high]), _) => vec![Replacement::Chosen(low, high)],
            (None, Some([low, high])) => vec![Replacement::Uniform(low, high)],
            (None, None) => self.levels.iter().map(|&level| Replacement::Level(level)).collect(),
        };
        let of_count = |&count: &usize| with.iter().map(move |&with| Budget::Pixels { count, with });
        self.pixels.iter().flat_map(of_count).collect()
    }

    /// The most pixels that it replaces of a slice of `scanned` pixels.
    pub fn largest_budget(&self, scanned: usize) -> usize {
        self.budgets().iter().filter_map(|budget| budget.on(scanned, self.area).pixels()).max().unwrap_or(0)
    }

    /// Its title, with what its numbers of pixels are meant for where they are shares.
    pub fn heading(&self) -> String {
        match self.area {
            Some(area) => format!("{} (N of every {area} scanned pixels)", self.title),
            None => self.title.clone(),
        }
    }

    /// Checks the sweep called `name`.
    ///
    /// # Errors
    /// A line that names the key that is wrong.
    pub fn check(&self, name: &str) -> Result<(), String> {
        let key = |field: &str| format!("sweep.{name}.{field}");
        if self.is_of_severities() {
            return self.check_severities(name);
        }
        if self.is_of_balls() {
            return self.check_balls(name);
        }
        if self.pixels.is_empty() {
            return Err(format!("{} should name at least one budget", key("pixels")));
        }
        distinct(&key("pixels"), self.pixels.iter().map(usize::to_string))?;
        let most = self.pixels.iter().copied().max().unwrap_or(0);
        if let Some(area) = self.area.filter(|area| area.get() < most) {
            let rule = format!("{most}, the largest of {}, or more", key("pixels"));
            should(false, &key("area"), rule, area)?;
        }
        distinct(&key("levels"), self.levels.iter().map(f32::to_string))?;
        self.check_attacks(name)?;
        let level = Range::Within(0.0, 1.0);
        match (self.levels.as_slice(), self.uniform) {
            ([], None) | ([_, ..], Some(_)) => {
                Err(format!("sweep.{name} should have either levels or uniform"))
            }
            ([], Some([low, high])) => {
                let right = level.contains(low.into()) && level.contains(high.into()) && low < high;
                let rule = "two rising numbers of 0 to 1";
                should(right, &key("uniform"), rule, format!("[{low}, {high}]"))
            }
            (levels, None) => match levels.iter().find(|&&one| !level.contains(one.into())) {
                Some(one) => Err(format!("{} should be {level}, but one is {one}", key("levels"))),
                None => Ok(()),
            },
        }
    }

    /// Whether it has a field of those that replace pixels.
    fn has_pixels(&self) -> bool {
        let levels = !self.levels.is_empty() || self.uniform.is_some();
        !self.pixels.is_empty() || levels || self.area.is_some()
    }

    fn check_severities(&self, name: &str) -> Result<(), String> {
        let key = |field: &str| format!("sweep.{name}.{field}");
        if self.has_pixels() || self.norm.is_some() || !self.radius.is_empty() {
            return Err(format!("sweep.{name} should have severity and attack alone"));
        }
        distinct(&key("severity"), self.severity.iter().map(Severity::to_string))?;
        if self.attack.is_empty() {
            return Err(format!("{} should name at least one of {}", key("attack"), corruption::names()));
        }
        self.check_attacks(name)
    }

    fn check_balls(&self, name: &str) -> Result<(), String> {
        let key = |field: &str| format!("sweep.{name}.{field}");
        if self.has_pixels() {
            return Err(format!("sweep.{name} should have either pixels or norm, radius and attack"));
        }
        if self.norm.is_none() {
            let known: Vec<String> = Norm::ALL.iter().map(Norm::to_string).collect();
            return Err(format!("{} should be one of {}, but there is none", key("norm"), known.join(", ")));
        }
        if self.radius.is_empty() {
            return Err(format!("{} should name at least one radius", key("radius")));
        }
        distinct(&key("radius"), self.radius.iter().map(f32::to_string))?;
        let radius = Range::AtLeast(0.0);
        if let Some(wrong) = self.radius.iter().find(|&&one| !radius.contains(one.into())) {
            return Err(format!("{} should be {radius}, but one is {wrong}", key("radius")));
        }
        if self.attack.is_empty() {
            return Err(format!("{} should name at least one attack, such as pgd", key("attack")));
        }
        self.check_attacks(name)
    }

    /// No attack twice, and none that spends other budgets than these.
    fn check_attacks(&self, name: &str) -> Result<(), String> {
        let key = format!("sweep.{name}.attack");
        distinct(&key, self.attack.iter().map(Configured::to_string))?;
        if !self.attack.is_empty() && self.uniform.is_some() {
            return Err(format!(
                "sweep.{name} should have levels, the span that its attacks choose from, not uniform"
            ));
        }
        let budgets = self.budgets();
        let unfit = |attack: &&Configured| budgets.iter().any(|budget| !attack.spends(budget));
        match self.attack.iter().find(unfit) {
            Some(attack @ Configured::Corruption(_)) => {
                Err(format!("{key}: {attack} is a corruption: give severity alone"))
            }
            Some(attack) if self.is_of_severities() => {
                let known = corruption::names();
                Err(format!("{key} should be one of {known}, but one is {attack}"))
            }
            Some(attack @ Configured::Dense(_)) => Err(format!(
                "{key}: {attack} moves whole images: give norm and radius instead of pixels and levels"
            )),
            Some(attack) if self.is_of_balls() => Err(format!(
                "{key}: {attack} replaces pixels: give pixels and levels instead of norm and radius"
            )),
            Some(attack) => Err(format!("{key}: {attack} replaces pixels with one value: give one level")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(fields: &str) -> Result<Sweep, String> {
        let table = crate::rules::table::parse(&format!("title = ''\n{fields}"))?;
        let sweep: Sweep = crate::rules::table::read(&table, "sweep.pgd")?;
        sweep.check("pgd").map(|()| sweep)
    }

    #[test]
    fn a_sweep_of_balls_is_read_and_written_back() -> anyhow::Result<()> {
        let text = "norm = 'l2'\nradius = [0, 0.5]\nattack = ['pgd(steps=2)', 'noise']";
        let sweep = read(text).map_err(anyhow::Error::msg)?;
        let budgets = sweep.budgets();
        assert_eq!(budgets[1].ball().map(|ball| (ball.norm, ball.radius)), Some((Norm::L2, 0.5)));
        assert!(budgets.len() == 2 && budgets[0].is_nothing() && budgets[0].pixels().is_none());
        assert_eq!(sweep.largest_budget(9), 0);
        let written = toml::to_string(&sweep)?;
        assert_eq!(toml::from_str::<Sweep>(&written)?, sweep);
        let alone = read("norm = 'linf'\nradius = [0.1]\nattack = 'fgsm'").map_err(anyhow::Error::msg)?;
        assert_eq!(alone.attack, [Configured::parse("fgsm").map_err(anyhow::Error::msg)?]);
        Ok(())
    }

    #[test]
    fn a_sweep_of_corruptions_is_read_and_written_back() -> anyhow::Result<()> {
        let sweep = read("severity = [0, 5]\nattack = ['blur', 'motion']").map_err(anyhow::Error::msg)?;
        assert!(sweep.is_of_severities() && !sweep.is_of_balls() && sweep.has_own_attacks());
        let numbers: Vec<_> =
            sweep.budgets().iter().filter_map(Budget::severity).map(Severity::number).collect();
        assert_eq!((numbers, sweep.largest_budget(9)), (vec![0, 5], 0));
        assert!(sweep.budgets()[0].is_nothing() && !sweep.budgets()[1].is_nothing());
        assert_eq!(toml::from_str::<Sweep>(&toml::to_string(&sweep)?)?, sweep);
        Ok(())
    }

    #[test]
    fn a_sweep_of_chosen_values_spans_its_levels() -> anyhow::Result<()> {
        let sweep = read("pixels = [0, 5]\nlevels = [0.6, 0.1]\nattack = ['greedy', 'sparse-rs(queries=9)']");
        let sweep = sweep.map_err(anyhow::Error::msg)?;
        let with = Replacement::Chosen(0.1, 0.6);
        assert_eq!(sweep.budgets(), [0, 5].map(|count| Budget::Pixels { count, with }));
        assert!(sweep.has_own_attacks() && !sweep.is_of_balls());
        assert_eq!(toml::from_str::<Sweep>(&toml::to_string(&sweep)?)?, sweep);
        let fixed = read("pixels = [5]\nlevels = [0.6]\nattack = 'jsma'").map_err(anyhow::Error::msg)?;
        assert_eq!(fixed.budgets(), [Budget::Pixels { count: 5, with: Replacement::Level(0.6) }]);
        Ok(())
    }

    #[rstest]
    #[case(
        "norm = 'linf'\nradius = [-0.1]\nattack = 'pgd'",
        "sweep.pgd.radius should be 0 or more, but one is -0.1"
    )]
    #[case(
        "norm = 'linf'\nradius = [nan]\nattack = 'pgd'",
        "sweep.pgd.radius should be 0 or more, but one is NaN"
    )]
    #[case("norm = 'linf'\nradius = [0.1, 0.1]\nattack = 'pgd'", "sweep.pgd.radius names 0.1 twice")]
    #[case(
        "norm = 'l1'\nradius = [0.1]\nattack = 'pgd'",
        "sweep.pgd.norm should be one of linf, l2, but is 'l1'"
    )]
    #[case("radius = [0.1]\nattack = 'pgd'", "sweep.pgd.norm should be one of linf, l2, but there is none")]
    #[case("norm = 'linf'\nattack = 'pgd'", "sweep.pgd.radius should name at least one radius")]
    #[case("norm = 'linf'\nradius = [0.1]", "sweep.pgd.attack should name at least one attack")]
    #[case("norm = 'linf'\nradius = [0.1]\nattack = 3", "sweep.pgd.attack")]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = ['pgd', 'pgd(steps=20)']",
        "sweep.pgd.attack names pgd twice"
    )]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = 'signed'",
        "sweep.pgd.attack: signed replaces pixels: give pixels and levels instead of norm and radius"
    )]
    #[case(
        "pixels = [3]\nlevels = [0.0, 0.1]\nattack = ['greedy', 'signed']",
        "sweep.pgd.attack: signed replaces pixels with one value: give one level"
    )]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = 'deepfool'",
        "sweep.pgd.attack: attack should be one of fgsm"
    )]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = 'pgd(steps=0)'",
        "sweep.pgd.attack: steps of pgd should be a whole number from 1 to 100000, but is '0'"
    )]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = 'pgd(loss=crossentropy)'",
        "sweep.pgd.attack: loss of pgd: loss 'crossentropy'"
    )]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = 'pgd'\npixels = [3]",
        "either pixels or norm, radius and attack"
    )]
    #[case(
        "pixels = [3]\nlevels = [0.1]\nattack = ['greedy', 'pgd']",
        "sweep.pgd.attack: pgd moves whole images: give norm and radius instead of pixels and levels"
    )]
    #[case(
        "norm = 'linf'\nradius = [0.1]\nattack = 'jsma'",
        "sweep.pgd.attack: jsma replaces pixels: give pixels and levels instead of norm and radius"
    )]
    #[case(
        "pixels = [3]\nuniform = [0.0, 0.1]\nattack = 'jsma'",
        "sweep.pgd should have levels, the span that its attacks choose from, not uniform"
    )]
    #[case("pixels = [3]\nattack = 'jsma'", "sweep.pgd should have either levels or uniform")]
    #[case("pixels = [3]\nlevels = [0.1, 1.5]\nattack = 'jsma'", "sweep.pgd.levels should be 0 to 1")]
    #[case("levels = [0.1]", "sweep.pgd.pixels should name at least one budget")]
    #[case("severity = [6]\nattack = 'blur'", "should be 0 to 5, but one is 6")]
    #[case("severity = [-1]\nattack = 'blur'", "should be 0 to 5, but one is -1")]
    #[case("severity = [1.5]\nattack = 'blur'", "sweep.pgd.severity")]
    #[case("severity = [1, 1]\nattack = 'blur'", "sweep.pgd.severity names 1 twice")]
    #[case("severity = [1]", "sweep.pgd.attack should name at least one of bias-field, ghosting")]
    #[case("severity = [1]\nattack = ['blur', 'blur']", "sweep.pgd.attack names blur twice")]
    #[case(
        "severity = [1]\nattack = 'pgd'",
        "sweep.pgd.attack should be one of bias-field, ghosting, motion"
    )]
    #[case("severity = [1]\nattack = 'fog'", "contrast, but is 'fog'")]
    #[case(
        "severity = [1]\nattack = 'blur(deviation=2)'",
        "blur has no parameters, but is given 'blur(deviation=2)'"
    )]
    #[case("severity = [1]\nattack = 'blur'\nnorm = 'l2'", "sweep.pgd should have severity and attack alone")]
    #[case(
        "severity = [1]\nattack = 'blur'\npixels = [1]",
        "sweep.pgd should have severity and attack alone"
    )]
    #[case(
        "norm = 'l2'\nradius = [1]\nattack = 'blur'",
        "sweep.pgd.attack: blur is a corruption: give severity alone"
    )]
    fn wrong_sweeps_are_named(#[case] fields: &str, #[case] says: &str) {
        let message = read(fields).unwrap_err();
        assert!(message.contains(says) && !message.contains('\n'), "{message}");
    }
}
