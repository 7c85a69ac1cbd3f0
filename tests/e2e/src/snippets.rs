//! The code of a Markdown document, so that what it shows can be run as it stands.

/// One fenced code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The heading it stands under.
    pub heading: String,
    /// The language of the block.
    pub language: String,
    /// The code.
    pub code: String,
}

/// The code blocks of a document, in order.
#[must_use]
pub fn of_document(markdown: &str) -> Vec<Snippet> {
    let mut snippets = Vec::new();
    let mut heading = "";
    let mut open: Option<Snippet> = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => snippets.extend(open.take()),
            (Some(snippet), None) => {
                snippet.code.push_str(line);
                snippet.code.push('\n');
            }
            (None, Some(language)) => {
                let (heading, language) = (heading.to_owned(), language.trim().to_owned());
                open = Some(Snippet { heading, language, code: String::new() });
            }
            (None, None) if line.starts_with('#') => heading = line.trim_start_matches('#').trim(),
            (None, None) => {}
        }
    }
    snippets
}

#[cfg(test)]
mod tests {
    use super::of_document;

    #[test]
    fn blocks_know_their_heading_and_language() {
        let snippets = of_document("# A\n```js\none\n# two\n```\ntext\n## B\n```\nthree\n```\n");
        let seen: Vec<_> = snippets.iter().map(|s| (&*s.heading, &*s.language, &*s.code)).collect();
        assert_eq!(seen, [("A", "js", "one\n# two\n"), ("B", "", "three\n")]);
    }
}
