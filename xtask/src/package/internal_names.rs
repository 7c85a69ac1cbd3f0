//! Names of properties that never leave the package: what its files call each other by. Short ones take their place in `core` and
//! `error`. Together with `names.rs` that is worth 2 % of what a page loads.

use anyhow::{Result, ensure};
use serde_json::Value;

/// One name a line.
const NAMES: &str = include_str!("internal-names.txt");

/// A regular expression for these names.
pub fn pattern() -> String {
    format!("^({})$", NAMES.lines().collect::<Vec<_>>().join("|"))
}

/// The first of these names that occurs in this text as a word.
pub fn found_in(text: &str) -> Option<&'static str> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || "_$#".contains(character)));
    let words: std::collections::BTreeSet<&str> = words.collect();
    NAMES.lines().find(|name| words.contains(name))
}

/// Fails if one of these names is no property any more. `cache` is what esbuild wrote: the properties that it renamed.
pub fn check_all_used(cache: &str) -> Result<()> {
    let renamed: Value = serde_json::from_str(cache)?;
    let unused: Vec<_> = NAMES.lines().filter(|name| renamed.get(name).is_none()).collect();
    ensure!(unused.is_empty(), "internal-names.txt has names that are no property: {}", unused.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{NAMES, check_all_used, found_in, pattern};

    /// The sources that may use internal names.
    fn sources() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pkg-template/src");
        let folders = ["auth", "client", "dispatch", "driver"];
        let files = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).expect("a folder")).flatten();
        files.map(|file| fs::read_to_string(file.path()).expect("a source")).collect()
    }

    #[test]
    fn no_name_is_written_as_a_string() {
        let sources = sources();
        for name in NAMES.lines() {
            let is_quoted = [format!("'{name}'"), format!("\"{name}\"")].iter().any(|it| sources.contains(it));
            assert!(!is_quoted, "{name} is written as a string, which keeps its name");
        }
    }

    #[test]
    fn a_name_that_is_no_property_is_named() {
        let all: Vec<_> = NAMES.lines().map(|name| format!("{name:?}: \"a\"")).collect();
        assert!(check_all_used(&format!("{{{}}}", all.join(","))).is_ok());
        let error = check_all_used(&format!("{{{}}}", all[1..].join(","))).expect_err("an error");
        assert!(error.to_string().ends_with(&format!(": {}", NAMES.lines().next().expect("a name"))), "{error}");
    }

    #[test]
    fn names_are_found_as_whole_words() {
        let name = NAMES.lines().next().expect("a name");
        assert_eq!(found_in(&format!("a.{name}()")), Some(name));
        assert_eq!(found_in(&format!("a.{name}s + #{name}")), None);
        assert!(pattern().starts_with(&format!("^({name}|")));
    }
}
