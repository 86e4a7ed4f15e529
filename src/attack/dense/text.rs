//! A directional attack as text: `pgd`, `pgd(steps=40,loss=bce)`, `apgd(loss=mask-ce/js,restarts=3)`.
//!
//! Besides the numbers of its kind: `loss`, what it raises, several of which between slashes are tried in turn, `sea`
//! for those of SEA; `start`, `random` (a point of the ball) or `clean`; `target`, a mask to lead to, `empty` or `other-slice`.

use super::loss::{Loss, balanced_cross_entropy, jensen_shannon, masked_cross_entropy};
use super::target::Target;
use super::{DENSE, Kind, Losses};
use crate::rules::one_of;
use crate::rules::parameter::{self, outside_brackets};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The losses of the ensemble of F. Croce, N. D. Singh and M. Hein, ECCV 2024, that one logit has.
const SEA: &str = "sea";
/// Keys whose values are words.
const WORDS: [&str; 3] = ["loss", "start", "target"];

/// Parameters that are words, by key.
type Words = Vec<(&'static str, String)>;

/// A directional attack with its parameters.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dense {
    kind: &'static Kind,
    /// One a parameter.
    values: Vec<f64>,
    /// What it raises, one after the other.
    losses: Vec<Loss>,
    /// Whether it begins at a drawn point.
    scatters: bool,
    target: Option<Target>,
    /// The text that reads back to it, what is as by default left out.
    written: String,
    title: String,
}

impl Dense {
    /// Reads a name of [`DENSE`] with its parameters in parentheses behind it.
    ///
    /// # Errors
    /// A line for another name, for a parameter that it does not have or that is out of its range, and for a loss that
    /// is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, behind) = text.find('(').map_or((text, ""), |open| text.split_at(open));
        let kind = one_of("attack", name.trim(), DENSE.iter().copied(), |kind| kind.name)?;
        let (words, numbers) = words(kind, behind.trim())?;
        let mut values: Vec<f64> = kind.parameters.iter().map(|parameter| parameter.default).collect();
        for (index, value) in parameter::given(kind.name, kind.parameters, &numbers)? {
            values[index] = value;
        }
        let word = |key: &str| words.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str());
        let start = word("start").unwrap_or(if kind.starts { "random" } else { "clean" });
        let scatters = one_of(&format!("start of {}", kind.name), start, ["random", "clean"], |one| one)?;
        let scatters = scatters == "random";
        let target = word("target")
            .map(|target| one_of(&format!("target of {}", kind.name), target, Target::ALL, Target::name));
        let losses = match &kind.losses {
            Losses::None => Vec::new(),
            Losses::Own(loss) => vec![Loss::Pixelwise(loss)],
            Losses::Chosen(default) => losses(kind, word("loss").unwrap_or(default))?,
        };
        let mut attack = Self {
            kind,
            values,
            losses,
            scatters,
            target: target.transpose()?,
            written: String::new(),
            title: String::new(),
        };
        if attack.restarts() > 1 && !scatters {
            return Err(format!("restarts of {} need start=random, or all are one", kind.name));
        }
        let given = attack.given(&words);
        let texts: Vec<String> = given.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let titles: Vec<String> = given.iter().map(|(key, value)| format!("{key} {value}")).collect();
        let behind = |list: &[String], by: &str| {
            if list.is_empty() { String::new() } else { format!("({})", list.join(by)) }
        };
        attack.written = format!("{}{}", kind.name, behind(&texts, ","));
        attack.title = format!("{} {}", kind.title, behind(&titles, ", ")).trim_end().to_string();
        Ok(attack)
    }

    /// What it says that is not as by default.
    fn given(&self, words: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let numbers = self.kind.parameters.iter().zip(&self.values);
        let numbers = numbers.filter(|(parameter, value)| **value != parameter.default);
        let mut given: Vec<_> =
            numbers.map(|(parameter, value)| (parameter.name, value.to_string())).collect();
        let by_default = |key: &str, value: &str| match (key, &self.kind.losses) {
            ("loss", Losses::Chosen(default)) => value == *default,
            ("start", _) => (value == "random") == self.kind.starts,
            _ => false,
        };
        given.extend(words.iter().filter(|(key, value)| !by_default(key, value)).cloned());
        given
    }

    /// Its kind.
    pub(super) fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// One value a parameter of its kind.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// What it raises, one after the other.
    pub(super) fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// Whether it begins at a drawn point.
    pub(super) fn scatters(&self) -> bool {
        self.scatters
    }

    /// What it leads to instead of leading away from the true mask.
    pub(super) fn target(&self) -> Option<Target> {
        self.target
    }

    /// Its text.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// Its name in tables and figures.
    pub(super) fn titled(&self) -> &str {
        &self.title
    }

    /// How often each loss is tried.
    pub(super) fn restarts(&self) -> usize {
        let restarts = self.kind.parameters.iter().position(|parameter| parameter.name == "restarts");
        restarts.map_or(1, |index| self.values[index] as usize)
    }

    /// Runs in all, of which the worst counts.
    pub(super) fn runs(&self) -> usize {
        self.losses.len().max(1) * self.restarts()
    }

    /// Whether the loss of the training is among those that it raises.
    pub fn needs_training_loss(&self) -> bool {
        self.losses.iter().any(|loss| matches!(loss, Loss::Training))
    }
}

/// The parameters that are words, by key in the order of [`WORDS`], and the text of the others.
fn words(kind: &Kind, behind: &str) -> Result<(Words, String), String> {
    let Some(inner) = behind.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Ok((Vec::new(), behind.to_string()));
    };
    let has = |key: &str| match key {
        "loss" => matches!(kind.losses, Losses::Chosen(_)),
        "start" => kind.starts && !matches!(kind.losses, Losses::None),
        _ => !matches!(kind.losses, Losses::None),
    };
    let (mut words, mut numbers) = (Vec::new(), Vec::new());
    for part in outside_brackets(inner, ',').into_iter().map(str::trim) {
        let (key, value) = part.split_once('=').map_or((part, ""), |(key, value)| (key.trim(), value.trim()));
        match WORDS.into_iter().find(|&word| word == key && has(word)) {
            Some(word) if words.iter().any(|(known, _)| *known == word) => {
                return Err(format!("{word} of {} is given twice", kind.name));
            }
            Some(word) => words.push((word, value.to_string())),
            None => numbers.push(part),
        }
    }
    words.sort_by_key(|(key, _)| WORDS.iter().position(|word| word == key));
    let numbers = if numbers.is_empty() { String::new() } else { format!("({})", numbers.join(",")) };
    Ok((words, numbers))
}

/// The losses that `text` names.
fn losses(kind: &Kind, text: &str) -> Result<Vec<Loss>, String> {
    if text == SEA {
        let sea = [&masked_cross_entropy::LOSS, &balanced_cross_entropy::LOSS, &jensen_shannon::LOSS];
        return Ok(sea.into_iter().map(Loss::Pixelwise).collect());
    }
    let names: Vec<&str> = outside_brackets(text, '/').into_iter().map(str::trim).collect();
    crate::rules::distinct(&format!("loss of {}", kind.name), names.iter().map(ToString::to_string))?;
    let read = |name: &&str| Loss::parse(name).map_err(|fault| format!("loss of {}: {fault}", kind.name));
    names.iter().map(read).collect()
}

/// The text that [`Dense::parse`] reads back.
impl fmt::Display for Dense {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

impl fmt::Debug for Dense {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Dense({self})")
    }
}

/// Two attacks are the same where their texts are.
impl PartialEq for Dense {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl TryFrom<String> for Dense {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Dense> for String {
    fn from(attack: Dense) -> Self {
        attack.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("fgsm", "fgsm", "FGSM", 1)]
    #[case(" pgd ", "pgd", "PGD", 1)]
    #[case("pgd(steps=20,step=0.125,loss=training,start=random)", "pgd", "PGD", 1)]
    #[case("pgd( start = clean , steps=7 )", "pgd(steps=7,start=clean)", "PGD (steps 7, start clean)", 1)]
    #[case(
        "pgd(target=empty,loss=focal(alpha=0.5,gamma=1)/bce)",
        "pgd(loss=focal(alpha=0.5,gamma=1)/bce,target=empty)",
        "PGD (loss focal(alpha=0.5,gamma=1)/bce, target empty)",
        2
    )]
    #[case("pgd(target=other-slice)", "pgd(target=other-slice)", "PGD (target other-slice)", 1)]
    #[case("apgd(restarts=2)", "apgd(restarts=2)", "APGD (restarts 2)", 6)]
    #[case("apgd(loss=sea)", "apgd", "APGD", 3)]
    #[case("apgd(loss=js)", "apgd(loss=js)", "APGD (loss js)", 1)]
    #[case("mi-fgsm(decay=0)", "mi-fgsm(decay=0)", "MI-FGSM (decay 0)", 1)]
    #[case("noise", "noise", "uniform noise", 1)]
    fn texts_read_as_attacks_and_back(
        #[case] text: &str,
        #[case] written: &str,
        #[case] title: &str,
        #[case] runs: usize,
    ) {
        let attack = Dense::parse(text).expect(text);
        assert_eq!((attack.to_string().as_str(), attack.titled(), attack.runs()), (written, title, runs));
        assert_eq!(Dense::parse(written), Ok(attack));
    }

    #[rstest]
    #[case(
        "deepfool",
        "attack should be one of fgsm, mi-fgsm, pgd, segpgd, cospgd, apgd, noise, but is 'deepfool'"
    )]
    #[case("pgd(steps=0)", "steps of pgd should be a whole number from 1 to 100000, but is '0'")]
    #[case("pgd(steps=2.5)", "steps of pgd should be a whole number from 1 to 100000, but is '2.5'")]
    #[case("pgd(step=0)", "step of pgd should be above 0, but is '0'")]
    #[case(
        "pgd(loss=crossentropy)",
        "loss of pgd: loss 'crossentropy': 'crossentropy' should be one of bce, dice"
    )]
    #[case("pgd(loss=bce/bce)", "loss of pgd names bce twice")]
    #[case("pgd(loss=bce,loss=dice)", "loss of pgd is given twice")]
    #[case("pgd(start=warm)", "start of pgd should be one of random, clean, but is 'warm'")]
    #[case("pgd(target=full)", "target of pgd should be one of empty, other-slice, but is 'full'")]
    #[case("pgd(restarts=2,start=clean)", "restarts of pgd need start=random")]
    #[case("segpgd(loss=bce)", "segpgd has no parameter 'loss'; it has steps, step, restarts")]
    #[case("fgsm(start=random)", "fgsm has no parameter 'start'; it has none")]
    #[case("fgsm(steps=2)", "fgsm has no parameter 'steps'; it has none")]
    #[case("noise(target=empty)", "noise has no parameter 'target'; it has none")]
    #[case("pgd(steps=2", "'pgd(steps=2' should end in ')'")]
    fn texts_that_are_no_attack_are_refused(#[case] text: &str, #[case] says: &str) {
        let message = Dense::parse(text).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
