//! Free parameters as a user writes them behind a name: `focal(alpha=0.5,gamma=1)`.

use super::Range;

/// A free parameter of something that has a name, such as a term of a loss.
#[derive(Debug)]
pub struct Parameter {
    /// Name in the text, such as `gamma`.
    pub name: &'static str,
    /// Its value where the text gives none.
    pub default: f64,
    /// Values that it may have.
    pub range: Range,
    /// What it does, in a few words.
    pub meaning: &'static str,
}

/// Index and value of every parameter in the text `(name=value,name=value)`, which stands behind the name of
/// what has them; none in an empty text.
///
/// # Errors
/// A line for a parameter that it does not have, that is given twice or that is out of its range, and for
/// brackets that do not close.
pub fn given(name: &str, parameters: &[Parameter], text: &str) -> Result<Vec<(usize, f64)>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.trim_end().strip_suffix(')')) else {
        return Err(format!("'{name}{text}' should end in ')'"));
    };
    let mut found: Vec<(usize, f64)> = Vec::new();
    for one in inner.split(',').map(str::trim) {
        let (key, value) = one.split_once('=').map_or((one, ""), |(key, value)| (key.trim(), value.trim()));
        let Some(index) = parameters.iter().position(|parameter| parameter.name == key) else {
            let known: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
            let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
            return Err(format!("{name} has no parameter '{key}'; it has {known}"));
        };
        if found.iter().any(|(other, _)| *other == index) {
            return Err(format!("{key} of {name} is given twice"));
        }
        let range = parameters[index].range;
        let parsed = value.parse::<f64>().ok().filter(|value| range.contains(*value));
        let value = parsed.ok_or_else(|| format!("{key} of {name} should be {range}, but is '{value}'"))?;
        found.push((index, value));
    }
    Ok(found)
}

/// The text that [`given`] reads back; empty without a parameter.
pub fn text<'a>(given: impl Iterator<Item = (&'a str, f64)>) -> String {
    let given: Vec<String> = given.map(|(name, value)| format!("{name}={value}")).collect();
    if given.is_empty() { String::new() } else { format!("({})", given.join(",")) }
}

/// The parts of a text between separators that stand outside parentheses.
pub fn outside_brackets(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_i32);
    for (place, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if character == separator && depth <= 0 => {
                parts.push(&text[start..place]);
                start = place + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TWO: [Parameter; 2] = [
        Parameter { name: "a", default: 0.5, range: Range::Within(0.0, 1.0), meaning: "" },
        Parameter { name: "b", default: 2.0, range: Range::Above(0.0), meaning: "" },
    ];

    #[test]
    fn what_is_given_is_read_and_written_back() {
        assert_eq!(given("k", &TWO, ""), Ok(Vec::new()));
        let found = given("k", &TWO, "( b = 3e-1, a=1 )").expect("parameters");
        assert_eq!(found, [(1, 0.3), (0, 1.0)]);
        let written = text(found.iter().map(|(index, value)| (TWO[*index].name, *value)));
        assert_eq!(written, "(b=0.3,a=1)");
        assert_eq!(given("k", &TWO, &written), Ok(found));
        assert_eq!(text(std::iter::empty()), "");
    }

    #[test]
    fn separators_within_brackets_part_nothing() {
        assert_eq!(outside_brackets("a,f(b=1,c=2),d", ','), ["a", "f(b=1,c=2)", "d"]);
        assert_eq!(outside_brackets("", ','), [""]);
    }

    #[rstest]
    #[case("(a=2)", "a of k should be 0 to 1, but is '2'")]
    #[case("(b=nan)", "b of k should be above 0, but is 'nan'")]
    #[case("(b)", "b of k should be above 0, but is ''")]
    #[case("(c=1)", "k has no parameter 'c'; it has a, b")]
    #[case("(a=1,a=1)", "a of k is given twice")]
    #[case("(a=1", "'k(a=1' should end in ')'")]
    #[case("a=1", "'ka=1' should end in ')'")]
    fn wrong_parameters_are_named(#[case] text: &str, #[case] says: &str) {
        assert_eq!(given("k", &TWO, text), Err(says.to_string()));
    }
}
