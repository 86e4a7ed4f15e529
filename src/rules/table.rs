//! Reading what a user wrote as TOML. What is wrong is said with its key and in the user's words: `train.epochs should
//! be a whole number, but is "nine"`.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// The table that a text is.
///
/// # Errors
/// A line that says where the text is no TOML.
pub fn parse(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let message = error.message().replace('\n', " ");
        let place = error.span().and_then(|span| text.as_bytes().get(..span.start));
        match place {
            Some(before) => {
                format!("line {}: {message}", 1 + before.iter().filter(|&&byte| byte == b'\n').count())
            }
            None => message,
        }
    })
}

/// What a table describes. Its keys are below `parent`, which may be empty.
///
/// # Errors
/// A line that names the key that is wrong, what it should be and what it is.
pub fn read<T: DeserializeOwned>(table: &Table, parent: &str) -> Result<T, String> {
    table.clone().try_into().map_err(|error| fault(&error, table, parent))
}

fn fault(error: &toml::de::Error, table: &Table, parent: &str) -> String {
    let message = error.message().replace('\n', " ");
    let own = key(error);
    let value = value_at(table, &own);
    let key = [parent, &own].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    if key.is_empty() || message.contains(&key) {
        return message;
    }
    let inside_list = value.is_some_and(Value::is_array) && !message.contains(": sequence, ");
    match rule(&message, inside_list) {
        Some(rule) => format!("{key} {rule}"),
        // A rule of a section's own, which names the field alone.
        None if is_field(value, &message) => format!("{key}.{message}"),
        None => format!("{key}: {message}"),
    }
}

/// The dotted key that an error is about, which it shows and does not give.
fn key(error: &toml::de::Error) -> String {
    let shown = error.to_string();
    let after = shown.strip_prefix(error.message()).and_then(|rest| rest.trim().strip_prefix("in `"));
    after.and_then(|rest| rest.strip_suffix('`')).unwrap_or_default().to_string()
}

/// The value at a dotted key, whose parts may have dots themselves.
fn value_at<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    table.iter().find_map(|(name, value)| match key.strip_prefix(name.as_str())? {
        "" => Some(value),
        rest => value_at(value.as_table()?, rest.strip_prefix('.')?),
    })
}

/// Whether a message begins with the name of a field of this table.
fn is_field(value: Option<&Value>, message: &str) -> bool {
    let field = message.split(' ').next().unwrap_or_default();
    value.and_then(Value::as_table).is_some_and(|table| table.contains_key(field))
}

/// What serde says of a wrong value, in the form of [`should`](super::should) without the key. `of_list` says that the
/// key's value is a list, of which one entry is wrong.
fn rule(message: &str, of_list: bool) -> Option<String> {
    let (should, is) = match of_list {
        true => ("should be a list in which each is", "but one is"),
        false => ("should be", "but is"),
    };
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (found, expected) = rest.split_once("`, expected ")?;
        let names = expected.trim_start_matches("one of ").replace('`', "").replace(" or ", ", ");
        let one_of = if names.contains(", ") { "one of " } else { "" };
        return Some(format!("{should} {one_of}{names}, {is} '{found}'"));
    }
    if let Some(rest) = message.strip_prefix("invalid length ") {
        let (found, expected) = rest.split_once(", expected ")?;
        return Some(format!("should be {}, but has {found}", kind(expected, false)));
    }
    let out_of_range = message.starts_with("invalid value: ");
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    Some(format!("{should} {}, {is} {}", kind(expected, out_of_range), shown(found)))
}

/// What serde expected, in words. A whole number that is `out_of_range` is no news.
fn kind(expected: &str, out_of_range: bool) -> String {
    let fixed = match expected {
        "u8" => "a whole number from 0 to 255",
        "usize" | "u64" | "u32" | "u16" if out_of_range => "a whole number, 0 or more",
        "usize" | "u64" | "u32" | "u16" | "i64" | "i32" | "integer" => "a whole number",
        "a nonzero usize" => "a whole number, 1 or more",
        "f64" | "f32" => "a number",
        "a string" | "str" | "string" => "a text",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if expected.starts_with("struct ") => "a table",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_string();
    }
    match expected.strip_prefix("an array of length ") {
        Some(length) => format!("a list of {length} values"),
        None => expected.to_string(),
    }
}

/// What serde found, as the user wrote it.
fn shown(found: &str) -> String {
    match found {
        "sequence" => "a list".to_string(),
        "map" => "a table".to_string(),
        _ => match found.split_once(' ') {
            Some(("string" | "integer" | "boolean", value)) => value.replace('`', ""),
            _ => found.strip_prefix("floating point ").unwrap_or(found).replace('`', ""),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        First,
        Second,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Section {
        count: Option<usize>,
        label: Option<Vec<u8>>,
        share: Option<f64>,
        on: Option<bool>,
        name: Option<String>,
        range: Option<[f32; 2]>,
        kind: Option<Kind>,
        kinds: Option<Vec<Kind>>,
        sections: Option<BTreeMap<String, Section>>,
    }

    fn section(text: &str, parent: &str) -> Result<Section, String> {
        read(&parse(text)?, parent)
    }

    #[rstest]
    #[case("count = 'nine'", r#"count should be a whole number, but is "nine""#)]
    #[case("count = 1.5", "count should be a whole number, but is 1.5")]
    #[case("count = true", "count should be a whole number, but is true")]
    #[case("count = [1]", "count should be a whole number, but is a list")]
    #[case("count = {a = 1}", "count should be a whole number, but is a table")]
    #[case("count = -1", "count should be a whole number, 0 or more, but is -1")]
    #[case("count = 'a, expected b'", r#"count should be a whole number, but is "a, expected b""#)]
    #[case(
        "label = [1, 256]",
        "label should be a list in which each is a whole number from 0 to 255, but one is 256"
    )]
    #[case(
        "label = ['1']",
        r#"label should be a list in which each is a whole number from 0 to 255, but one is "1""#
    )]
    #[case("label = 1", "label should be a list, but is 1")]
    #[case("share = 'a'", r#"share should be a number, but is "a""#)]
    #[case("on = 1", "on should be true or false, but is 1")]
    #[case("name = 1", "name should be a text, but is 1")]
    #[case("range = 1", "range should be a list of 2 values, but is 1")]
    #[case("range = [1.0]", "range should be a list of 2 values, but has 1")]
    #[case("kind = 'third'", "kind should be one of first, second, but is 'third'")]
    #[case(
        "kinds = ['third']",
        "kinds should be a list in which each is one of first, second, but one is 'third'"
    )]
    #[case("sections.a.count = 'x'", r#"sections.a.count should be a whole number, but is "x""#)]
    #[case(
        "[sections.'a.b'.sections.c]\ncount = 'x'",
        r#"sections.a.b.sections.c.count should be a whole number, but is "x""#
    )]
    #[case("sections = 3", "sections should be a table, but is 3")]
    #[case("sections.a = 3", "sections.a should be a table, but is 3")]
    #[case("sections.a.counts = 3", "sections.a: unknown field `counts`")]
    #[case("counts = 3", "unknown field `counts`")]
    #[case("count = 1\n\ncount = 2", "line 3: duplicate key")]
    #[case("count = 1\nname = 'a", "line 2: ")]
    fn what_is_wrong_is_said_with_its_key(#[case] text: &str, #[case] says: &str) {
        let message = section(text, "").unwrap_err();
        assert!(message.starts_with(says) && !message.contains('\n'), "{message}");
    }

    #[test]
    fn keys_are_below_their_parent() {
        let message = section("count = 'x'", "train").unwrap_err();
        assert_eq!(message, r#"train.count should be a whole number, but is "x""#);
        let message = section("counts = 1", "train").unwrap_err();
        assert!(message.starts_with("train: unknown field `counts`"), "{message}");
    }

    #[test]
    fn what_is_right_is_read() {
        let text =
            "count = 1\nlabel = [255]\nshare = 1\non = true\nname = 'a'\nrange = [0, 1]\nkind = 'first'";
        let expected = Section {
            count: Some(1),
            label: Some(vec![255]),
            share: Some(1.0),
            on: Some(true),
            name: Some("a".into()),
            range: Some([0.0, 1.0]),
            kind: Some(Kind::First),
            ..Section::default()
        };
        assert_eq!(section(text, ""), Ok(expected));
    }
}
