//! Keeps tokens out of the text of errors.

use alloc::format;
use alloc::string::String;

use crate::browser::percent_encoded;

const REPLACEMENT: &str = "(token)";

/// Replaces every secret in a text, also in the escaped forms of URLs, forms, JSON and HTML.
pub fn hide(secrets: &[String], text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = secrets.iter().filter_map(|secret| length_at_start(secret.trim(), rest)).max();
        let (taken, shown) = match found {
            Some(length) => (length, REPLACEMENT),
            None => (first.len_utf8(), rest.get(..first.len_utf8()).unwrap_or_default()),
        };
        hidden.push_str(shown);
        rest = rest.get(taken..).unwrap_or_default();
    }
    hidden
}

/// Removes the query of the URL, because it may contain a token.
pub fn hide_query(text: &str, url: &str) -> String {
    match url.find(['?', '#']).and_then(|at| url.get(at..)) {
        Some(query) if query.len() > 1 => text.replace(query, ""),
        _ => text.into(),
    }
}

/// How many bytes of the text the secret takes, if the text begins with it.
fn length_at_start(secret: &str, text: &str) -> Option<usize> {
    if secret.is_empty() {
        return None;
    }
    let mut rest = text;
    for character in secret.chars() {
        rest = without_character(character, rest)?;
    }
    Some(text.len() - rest.len())
}

/// The text behind a character, or behind one of its escaped forms. Letters may have another case, as hosts of URLs do.
fn without_character(character: char, text: &str) -> Option<&str> {
    let mut all = text.chars();
    if all.next().is_some_and(|first| first.eq_ignore_ascii_case(&character)) {
        return Some(all.as_str());
    }
    if character.is_alphanumeric() {
        return None;
    }
    let code = u32::from(character);
    let mut utf8 = [0; 4];
    let forms = [
        format!("\\u{code:04x}"),
        format!("\\\\u{code:04x}"),
        format!("\\{character}"),
        format!("&#x{code:x};"),
        format!("&#{code};"),
        percent_encoded(character.encode_utf8(&mut utf8)),
        format!("%{code:02x}"),
        if character == ' ' { "+".into() } else { String::new() },
    ];
    forms.iter().filter(|form| !form.is_empty()).find_map(|form| {
        let start = text.get(..form.len())?;
        start.eq_ignore_ascii_case(form).then(|| text.get(form.len()..)).flatten()
    })
}
