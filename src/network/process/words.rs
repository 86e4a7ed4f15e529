//! A command line as words, without a shell.

/// The words of `command`: spaces part them, but for those between quotes `'...'` or `"..."`. A backslash is a
/// letter like any other, as in paths of Windows.
///
/// # Errors
/// A line where it has no word, or a quote is not closed.
pub fn words(command: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in command.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => word.get_or_insert_default().push(letter),
            None if letter.is_whitespace() => words.extend(word.take()),
            None if matches!(letter, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None => word.get_or_insert_default().push(letter),
        }
    }
    if let Some(quote) = quote {
        return Err(format!("has a quote {quote} that is not closed"));
    }
    words.extend(word);
    match words.first().is_some_and(|program| !program.is_empty()) {
        true => Ok(words),
        false => Err("should be a command, such as \"python my_net.py\", but is empty".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("python my_net.py", &["python", "my_net.py"])]
    #[case("  python   -u net.py ", &["python", "-u", "net.py"])]
    #[case("'my python' \"a b\".py ''", &["my python", "a b.py", ""])]
    #[case(r"C:\python.exe it\'s'", &[r"C:\python.exe", r"it\s"])]
    fn spaces_part_words_and_quotes_hold_them_together(#[case] command: &str, #[case] expected: &[&str]) {
        assert_eq!(words(command).expect("words"), expected);
    }

    #[rstest]
    #[case("", "is empty")]
    #[case("  ", "is empty")]
    #[case("''", "is empty")]
    #[case("python 'net.py", "a quote ' that is not closed")]
    fn what_is_no_command_is_refused(#[case] command: &str, #[case] says: &str) {
        let message = words(command).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
