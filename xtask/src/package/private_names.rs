//! Private fields and methods become ordinary ones: `$e` instead of `#e`. Classes that implement something of the language for
//! applications, with a member such as `[Symbol.asyncIterator]`, keep theirs. Applications hold objects of those classes only.
//!
//! V8 takes slow routes to private members in functions that have run only a few times, and most of what a connection needs runs once.
//! Measured in Chromium 156, time of the main thread without a network: a first chat in a fresh page (300 events) takes 0.7 to 1.1 ms
//! less of 11, and each later one (20 events) 0.03 to 0.08 ms less of 0.6.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

/// What takes the place of `#`. It is as long, so source maps stay right.
const PREFIX: char = '$';

/// What may precede a private name at the beginning of a member.
const MODIFIERS: [&str; 5] = ["static ", "async ", "get ", "set ", "*"];

/// The names that private members get, for esbuild, which must not shorten internal names to one of them: a list of names and
/// their short ones, as it reads and writes.
pub fn reserved() -> Result<String> {
    let letters = ('a'..='z').chain('A'..='Z').chain(['_', '$']);
    let names: BTreeMap<_, _> = letters.map(|it| (format!("(private {it})"), format!("{PREFIX}{it}"))).collect();
    Ok(serde_json::to_string(&names)?)
}

/// Renames the private members in a script that esbuild has written, with short names and with white space.
pub fn made_ordinary(script: &str) -> Result<String> {
    let mut renamed = String::with_capacity(script.len());
    let mut lines = script.split_inclusive('\n').peekable();
    while let Some(first) = lines.next() {
        renamed.push_str(first);
        // What belongs to a statement is indented.
        let mut body = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with([' ', '\n'])) {
            body.push(line);
        }
        let is_class = first.contains("class ");
        // esbuild numbers the private names of each class anew, so those of a class and of its base would be the same.
        let has_private = body.iter().any(|line| line.contains('#'));
        ensure!(
            !is_class || !has_private || !first.contains(" extends "),
            "a class with private members extends another: {first}"
        );
        let is_held = body.iter().any(|line| line.starts_with("  [Symbol.") || line.starts_with("  get [Symbol."));
        for line in body {
            if is_class && !is_held {
                renamed.push_str(&rename_in(line, script)?);
            } else {
                renamed.push_str(line);
            }
        }
    }
    Ok(renamed)
}

fn rename_in(line: &str, script: &str) -> Result<String> {
    let mut member = line.trim_start();
    while let Some(rest) = MODIFIERS.iter().find_map(|it| member.strip_prefix(it)) {
        member = rest;
    }
    let member = line.len() - member.len();
    let mut renamed = String::with_capacity(line.len());
    for (at, character) in line.char_indices() {
        let is_private = character == '#' && (at == member || line[..at].ends_with('.'));
        if is_private {
            let name: String =
                line[at + 1..].chars().take_while(|it| it.is_ascii_alphanumeric() || "_$".contains(*it)).collect();
            let name = format!("{PREFIX}{name}");
            let property = format!(".{name}");
            let is_taken = script.match_indices(&property).any(|(start, _)| {
                let next = script[start + property.len()..].chars().next();
                !next.is_some_and(|it| it.is_ascii_alphanumeric() || "_$".contains(it))
            });
            ensure!(!is_taken, "a private member would get the name {name}, which a property has");
        }
        renamed.push(if is_private { PREFIX } else { character });
    }
    Ok(renamed)
}

#[cfg(test)]
mod tests {
    use super::{made_ordinary, reserved};

    #[test]
    fn private_members_become_ordinary() {
        let script = "var a = /[!#e]/, B = class {\n  #e = 1;\n  static #t;\n  async #n(r) {\n    this.#e ??= r?.#t;\n  }\n}, c = \"#e\";\n";
        let renamed = script
            .replace("  #e", "  $e")
            .replace(".#", ".$")
            .replace("static #", "static $")
            .replace("async #", "async $");
        assert_eq!(made_ordinary(script).expect("a script"), renamed);
    }

    #[test]
    fn classes_for_applications_keep_theirs() {
        let script = "var B = class {\n  #e;\n  get [Symbol.toStringTag]() {\n    return #e in this;\n  }\n};\n";
        assert_eq!(made_ordinary(script).expect("a script"), script);
    }

    #[test]
    fn classes_with_private_members_extend_none() {
        assert!(made_ordinary("var B = class extends A {\n  #e;\n};\n").is_err());
        assert!(made_ordinary("var B = class extends A {\n  e;\n};\n").is_ok());
    }

    #[test]
    fn no_property_may_have_the_name() {
        let script = |name| format!("class B {{\n  #e;\n}}\na.{name};\n");
        assert!(made_ordinary(&script("$e")).is_err());
        assert!(made_ordinary(&script("$et")).is_ok());
        assert!(reserved().expect("a list").contains("\"$e\""));
    }
}
