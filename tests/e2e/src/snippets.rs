//! The code of a Markdown document, so that what it shows can be run as it stands.

/// One fenced code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The heading it stands under.
    pub heading: String,
    /// The text just before it, since the heading or the block before.
    pub text: String,
    /// The language of the block.
    pub language: String,
    /// The code.
    pub code: String,
}

/// The code blocks of a document, in order.
#[must_use]
pub fn of_document(markdown: &str) -> Vec<Snippet> {
    let mut snippets = Vec::new();
    let (mut heading, mut text) = ("", String::new());
    let mut open: Option<Snippet> = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => snippets.extend(open.take()),
            (Some(snippet), None) => {
                snippet.code.push_str(line);
                snippet.code.push('\n');
            }
            (None, Some(language)) => {
                let (heading, text) = (heading.to_owned(), std::mem::take(&mut text));
                open = Some(Snippet { heading, text, language: language.trim().to_owned(), code: String::new() });
            }
            (None, None) if line.starts_with('#') => {
                heading = line.trim_start_matches('#').trim();
                text.clear();
            }
            (None, None) if line.is_empty() => {}
            (None, None) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    snippets
}

#[cfg(test)]
mod tests {
    use super::of_document;

    #[test]
    fn blocks_know_their_heading_text_and_language() {
        let snippets = of_document("# A\n```js\none\n# two\n```\ntext\n## B\nBefore\nthat\n\n```\nthree\n```\n");
        let seen: Vec<_> = snippets.iter().map(|s| (&*s.heading, &*s.text, &*s.language, &*s.code)).collect();
        assert_eq!(seen, [("A", "", "js", "one\n# two\n"), ("B", "Before\nthat\n", "", "three\n")]);
    }
}
