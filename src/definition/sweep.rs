//! A section `sweep.NAME` of a study: one sweep, of pixels that are replaced, of balls that images move in, or of
//! corruptions.

use super::own_attack::{OwnAttack, names};
use crate::attack::ball::{Ball, Norm};
use crate::attack::budget::{Budget, Replacement};
use crate::attack::corruption::severity::Severity;
use crate::rules::{Range, distinct, should};
use serde::{Deserialize, Deserializer, Serialize};
use std::num::NonZeroUsize;

/// One sweep: every budget of `pixels` with every level of `levels`, or with values drawn from `uniform`, under the
/// attacks of the study; or balls of every `radius` of `norm`, or every `severity`, under the attacks of its own.
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
    /// Values that replace them.
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
    /// The attacks that move images: the first is shown solid and judged by, the others are its controls. Or corruptions,
    /// each shown by itself, the first judged by. One or a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_several")]
    pub attack: Vec<OwnAttack>,
}

/// Reads one attack or a list of them.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<OwnAttack>, D::Error> {
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
    texts.iter().map(|text| OwnAttack::parse(text).map_err(serde::de::Error::custom)).collect()
}

impl Sweep {
    /// Whether it is of balls.
    pub fn is_of_balls(&self) -> bool {
        let own = !self.attack.is_empty() && !self.is_of_severities();
        self.norm.is_some() || !self.radius.is_empty() || own
    }

    /// Whether it is of corruptions.
    pub fn is_of_severities(&self) -> bool {
        !self.severity.is_empty()
    }

    /// Whether it replaces pixels, and so goes through the attacks of the study.
    pub fn is_of_pixels(&self) -> bool {
        !self.is_of_balls() && !self.is_of_severities()
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
        let with: Vec<Replacement> = match self.uniform {
            Some([low, high]) => vec![Replacement::Uniform(low, high)],
            None => self.levels.iter().map(|&level| Replacement::Level(level)).collect(),
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
            return Err(format!("{} should name at least one of {}", key("attack"), names()));
        }
        if let Some(other) = self.attack.iter().find(|attack| !attack.is_corruption()) {
            return Err(format!("{} should be one of {}, but one is {other}", key("attack"), names()));
        }
        distinct(&key("attack"), self.attack.iter().map(OwnAttack::to_string))
    }

    fn check_balls(&self, name: &str) -> Result<(), String> {
        let key = |field: &str| format!("sweep.{name}.{field}");
        if let Some(corruption) = self.attack.iter().find(|attack| attack.is_corruption()) {
            let severity = key("severity");
            return Err(format!(
                "{} names {corruption}, a corruption, which needs {severity} alone",
                key("attack")
            ));
        }
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
        distinct(&key("attack"), self.attack.iter().map(OwnAttack::to_string))
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
        assert_eq!(alone.attack, [OwnAttack::parse("fgsm").map_err(anyhow::Error::msg)?]);
        Ok(())
    }

    #[test]
    fn a_sweep_of_corruptions_is_read_and_written_back() -> anyhow::Result<()> {
        let sweep = read("severity = [0, 5]\nattack = ['blur', 'motion']").map_err(anyhow::Error::msg)?;
        assert!(sweep.is_of_severities() && !sweep.is_of_balls() && !sweep.is_of_pixels());
        let numbers: Vec<_> =
            sweep.budgets().iter().filter_map(Budget::severity).map(Severity::number).collect();
        assert_eq!((numbers, sweep.largest_budget(9)), (vec![0, 5], 0));
        assert!(sweep.budgets()[0].is_nothing() && !sweep.budgets()[1].is_nothing());
        assert_eq!(toml::from_str::<Sweep>(&toml::to_string(&sweep)?)?, sweep);
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
    #[case("severity = [1]\nattack = 'fog'", "but is 'fog'; or, in a sweep of severity, one of bias-field")]
    #[case(
        "severity = [1]\nattack = 'blur(deviation=2)'",
        "blur has no parameters, but is 'blur(deviation=2)'"
    )]
    #[case("severity = [1]\nattack = 'blur'\nnorm = 'l2'", "sweep.pgd should have severity and attack alone")]
    #[case(
        "severity = [1]\nattack = 'blur'\npixels = [1]",
        "sweep.pgd should have severity and attack alone"
    )]
    #[case(
        "norm = 'l2'\nradius = [1]\nattack = 'blur'",
        "sweep.pgd.attack names blur, a corruption, which needs sweep.pgd.severity alone"
    )]
    fn wrong_sweeps_are_named(#[case] fields: &str, #[case] says: &str) {
        let message = read(fields).unwrap_err();
        assert!(message.contains(says) && !message.contains('\n'), "{message}");
    }
}
