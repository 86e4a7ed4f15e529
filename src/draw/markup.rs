//! Text inside markup.

/// Text with what HTML and SVG would read as markup written out. Control characters, which XML does
/// not allow, become spaces.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_written_out() {
        assert_eq!(escape("<b a=\"1\" b='2'>&\n"), "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp; ");
        assert_eq!(escape("Dice 0.5 × größer"), "Dice 0.5 × größer");
    }
}
