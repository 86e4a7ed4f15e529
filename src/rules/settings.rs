//! Settings as a user writes them behind a name, each of its own kind: `integrated-gradients(steps=16,baseline=mean)`.
//! Whoever has the name takes them one by one; what is left over is refused.

use super::{Range, one_of, parameter};
use std::ops::RangeInclusive;

/// The settings of one name, while they are taken.
#[derive(Debug)]
pub struct Settings<'a> {
    name: &'a str,
    given: Vec<(&'a str, &'a str)>,
    /// Those that were asked for: name, value, and whether the value is what it would be without the text.
    taken: Vec<(&'static str, String, bool)>,
}

impl<'a> Settings<'a> {
    /// The settings in the text `(setting=value,setting=value)` behind `name`; none in an empty text. A value may
    /// have settings of its own in parentheses.
    ///
    /// # Errors
    /// A line for a setting that is given twice, and for brackets that do not close.
    pub fn parse(name: &'a str, text: &'a str) -> Result<Self, String> {
        let mut given: Vec<(&str, &str)> = Vec::new();
        if !text.is_empty() {
            let inner = text.strip_prefix('(').and_then(|rest| rest.trim_end().strip_suffix(')'));
            let balanced = |text: &str| text.matches('(').count() == text.matches(')').count();
            let Some(inner) = inner.filter(|inner| balanced(inner)) else {
                return Err(format!("'{name}{text}' should end in ')'"));
            };
            for one in parameter::outside_brackets(inner, ',') {
                let (key, value) = one.split_once('=').unwrap_or((one, ""));
                let (key, value) = (key.trim(), value.trim());
                if given.iter().any(|(other, _)| *other == key) {
                    return Err(format!("{key} of {name} is given twice"));
                }
                given.push((key, value));
            }
        }
        Ok(Self { name, given, taken: Vec::new() })
    }

    /// How messages call the setting `key`.
    pub fn called(&self, key: &str) -> String {
        format!("{key} of {}", self.name)
    }

    /// The text of the setting `key`; `default` where none is given.
    pub fn text(&mut self, key: &'static str, default: &str) -> String {
        let given = self.given.iter().position(|(other, _)| *other == key);
        let value = given.map_or(default, |index| self.given.remove(index).1).to_string();
        self.taken.push((key, value.clone(), value == default));
        value
    }

    /// The number `key`, one of `range`.
    ///
    /// # Errors
    /// A line that says what it should be.
    pub fn number(&mut self, key: &'static str, default: f64, range: Range) -> Result<f64, String> {
        let (text, called) = (self.text(key, &default.to_string()), self.called(key));
        let value = text.parse().ok().filter(|&value| range.contains(value));
        let value = value.ok_or_else(|| format!("{called} should be {range}, but is '{text}'"))?;
        self.restate(value.to_string(), value == default);
        Ok(value)
    }

    /// The whole number `key`, one of `range`.
    ///
    /// # Errors
    /// A line that says what it should be.
    pub fn whole(
        &mut self,
        key: &'static str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, String> {
        let (text, called) = (self.text(key, &default.to_string()), self.called(key));
        let (low, high) = (range.start(), range.end());
        let value = text.parse().ok().filter(|value| range.contains(value));
        let value = value.ok_or_else(|| {
            format!("{called} should be a whole number from {low} to {high}, but is '{text}'")
        })?;
        self.restate(value.to_string(), value == default);
        Ok(value)
    }

    /// What `key` names among `known`, of which the first is the default.
    ///
    /// # Errors
    /// A line that lists all names.
    pub fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        known: &[T],
        name_of: impl Fn(T) -> &'static str,
    ) -> Result<T, String> {
        let default = known.first().map_or("", |&first| name_of(first));
        let text = self.text(key, default);
        one_of(&self.called(key), &text, known.iter().copied(), name_of)
    }

    /// Writes what was last taken in the plainest way, such as `0.5` for `5e-1`.
    pub fn restate(&mut self, value: String, is_default: bool) {
        if let Some(last) = self.taken.last_mut() {
            (last.1, last.2) = (value, is_default);
        }
    }

    /// The text that [`Self::parse`] reads back: settings at their default are left out, and so are the parentheses
    /// where all are.
    ///
    /// # Errors
    /// A line for a setting that nobody took.
    pub fn finish(self) -> Result<String, String> {
        if let Some((key, _)) = self.given.first() {
            let known: Vec<_> = self.taken.iter().map(|(key, ..)| *key).collect();
            let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
            return Err(format!("{} has no setting '{key}'; it has {known}", self.name));
        }
        let told = self.taken.iter().filter(|(.., is_default)| !is_default);
        let told: Vec<String> = told.map(|(key, value, _)| format!("{key}={value}")).collect();
        Ok(if told.is_empty() { String::new() } else { format!("({})", told.join(",")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Takes a whole number, a number, a name and a text.
    fn taken(text: &str) -> Result<(usize, f64, &'static str, String, String), String> {
        let mut settings = Settings::parse("k", text)?;
        let steps = settings.whole("steps", 32, 1..=100)?;
        let noise = settings.number("noise", 0.15, Range::AtLeast(0.0))?;
        let baseline = settings.one_of("baseline", &["black", "mean"], |name| name)?;
        let of = settings.text("of", "gradient");
        Ok((steps, noise, baseline, of, settings.finish()?))
    }

    #[rstest]
    #[case("", (32, 0.15, "black", "gradient", ""))]
    #[case("(steps=32,noise=1.5e-1)", (32, 0.15, "black", "gradient", ""))]
    #[case("( of = f(a=1,b=g(c=2)) , steps=7)", (7, 0.15, "black", "f(a=1,b=g(c=2))", "(steps=7,of=f(a=1,b=g(c=2)))"))]
    #[case("(baseline=mean,noise=5e-1)", (32, 0.5, "mean", "gradient", "(noise=0.5,baseline=mean)"))]
    fn settings_are_taken_and_written_back(
        #[case] text: &str,
        #[case] is: (usize, f64, &'static str, &str, &str),
    ) {
        let found = taken(text).expect("settings");
        let (steps, noise, baseline, of, plain) = is;
        assert_eq!(found, (steps, noise, baseline, of.to_string(), plain.to_string()));
        assert_eq!(taken(&found.4).expect("settings"), found);
    }

    #[rstest]
    #[case("(steps=0)", "steps of k should be a whole number from 1 to 100, but is '0'")]
    #[case("(steps=1.5)", "steps of k should be a whole number from 1 to 100, but is '1.5'")]
    #[case("(steps)", "steps of k should be a whole number from 1 to 100, but is ''")]
    #[case("(noise=nan)", "noise of k should be 0 or more, but is 'nan'")]
    #[case("(baseline=white)", "baseline of k should be one of black, mean, but is 'white'")]
    #[case("(step=1)", "k has no setting 'step'; it has steps, noise, baseline, of")]
    #[case("()", "k has no setting ''; it has steps, noise, baseline, of")]
    #[case("(steps=1,steps=1)", "steps of k is given twice")]
    #[case("(steps=1", "'k(steps=1' should end in ')'")]
    #[case("(of=f(a=1)", "'k(of=f(a=1)' should end in ')'")]
    #[case("steps=1", "'ksteps=1' should end in ')'")]
    fn wrong_settings_are_named(#[case] text: &str, #[case] says: &str) {
        assert_eq!(taken(text).map(|_| ()), Err(says.to_string()));
    }
}
