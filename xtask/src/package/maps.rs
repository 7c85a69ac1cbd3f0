//! Source maps, which show the sources of a minified script in a debugger.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// The folder of the repository that sources come from.
const FOLDER: &str = "pkg-template/";

/// The script that holds the wasm as a string, which a debugger need not show.
const ENCODED: &str = "wasm-inline.js";

/// Writes a map anew: its sources have the paths that they have in the repository, and no path of this machine.
pub fn tidy(file: &Path) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    fs::write(file, tidied(&text).with_context(|| format!("tidying {}", file.display()))?)?;
    Ok(())
}

fn tidied(map: &str) -> Result<String> {
    let mut map: Value = serde_json::from_str(map)?;
    let sources = map["sources"].as_array_mut().context("the map has no sources")?;
    let names: Vec<String> = sources.iter().filter_map(Value::as_str).map(|it| name(it).to_owned()).collect();
    *sources = names.iter().map(|it| Value::from(&**it)).collect();
    let texts = map["sourcesContent"].as_array_mut().context("the map does not hold its sources")?;
    if let Some(text) = names.iter().position(|it| it == ENCODED).and_then(|at| texts.get_mut(at)) {
        *text = "// The wasm, encoded as a string.\n".into();
    }
    Ok(map.to_string())
}

/// The path in the repository. What the build made is called by its file's name.
fn name(source: &str) -> &str {
    let start = source.rfind(FOLDER);
    let file = source.rfind('/').map_or(0, |slash| slash + 1);
    &source[start.unwrap_or(file)..]
}

#[cfg(test)]
mod tests {
    use super::tidied;

    #[test]
    fn sources_are_named_as_in_the_repository() {
        let map = r#"{"sources": ["../../home/src/repo/pkg-template/src/client/error.js", "../pkg-template/src/store/key.js", "../x/glue.js"],
            "sourcesContent": ["", "", ""]}"#;
        let map = tidied(map).expect("a map");
        assert!(
            map.contains(r#"["pkg-template/src/client/error.js","pkg-template/src/store/key.js","glue.js"]"#),
            "{map}"
        );
    }

    #[test]
    fn the_encoded_wasm_is_not_repeated() {
        let map = tidied(r#"{"sources": ["a/index.js", "wasm-inline.js"], "sourcesContent": ["a", "long"]}"#);
        assert!(!map.expect("a map").contains("long"));
    }
}
