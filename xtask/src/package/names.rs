//! The names by which the glue knows what the wasm exports: a letter each. Binaryen gives them to the wasm and says which; the
//! glue is written anew here. That is worth 1 % of what a page loads.
//!
//! What the wasm imports keeps its name, and the module it imports from bears the version of the package: letters may mean
//! something else in every version, so a wasm of another one must not link.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// What Binaryen is asked for.
pub const SHORTEN: &str = "--minify-imports-and-exports";

/// How Binaryen's list begins.
const LIST: &str = "{\n \"imports\"";

/// How the glue names the module that the wasm imports from.
const MODULE: &str = "{ sse_fetch: {";

/// Which names were shortened.
#[derive(Debug, Deserialize)]
pub struct Names {
    /// The name and the new one.
    exports: Vec<(String, String)>,
}

impl Names {
    /// Of what Binaryen printed.
    pub fn told_by(log: &str) -> Result<Self> {
        let start = log.find(LIST).context("Binaryen does not list the names that it has shortened")?;
        let mut values = serde_json::Deserializer::from_str(&log[start..]).into_iter();
        values.next().context("nothing begins there")?.context("reading the names that Binaryen has shortened")
    }

    /// The glue for the wasm with the short names. `module` is the one that the wasm imports from.
    pub fn shorten(&self, glue: &str, module: &str) -> Result<String> {
        let mut short = String::new();
        for (text, name) in parts(&with_module(glue, module)?) {
            short += text;
            if !name.is_empty() {
                short += self.short(name)?;
            }
        }
        Ok(short)
    }

    /// The short name.
    pub fn short(&self, name: &str) -> Result<&str> {
        let known = self.exports.iter().find(|(old, _)| old == name);
        let (_, new) = known.with_context(|| format!("the glue asks for {name}, which the wasm does not export"))?;
        Ok(new)
    }
}

/// The glue for a wasm that imports from this module.
pub fn with_module(glue: &str, module: &str) -> Result<String> {
    ensure!(glue.contains(MODULE), "the glue has nothing that the wasm could import");
    Ok(glue.replace(MODULE, &format!("{{ {module:?}: {{")))
}

/// The exports of the wasm that the glue uses.
pub fn used_by(glue: &str) -> BTreeSet<&str> {
    parts(glue).into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect()
}

/// The glue in parts: text, and the name of an export that follows it. The name is empty if none follows.
fn parts(glue: &str) -> Vec<(&str, &str)> {
    const OBJECT: &str = "wasm.";
    let (mut parts, mut rest, mut from) = (Vec::new(), glue, 0);
    while let Some(place) = rest[from..].find(OBJECT) {
        let start = from + place + OBJECT.len();
        let after = &rest[start..];
        let end = after.find(|character: char| !is_of_a_name(character)).unwrap_or(after.len());
        // The end of a sentence, or of another name.
        if end == 0 || rest[..from + place].ends_with(is_of_a_name) {
            from = start;
            continue;
        }
        parts.push((&rest[..start], &after[..end]));
        (rest, from) = (&after[end..], 0);
    }
    parts.push((rest, ""));
    parts
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::{Names, used_by};

    const LOG: &str = r#"warning: something
{
 "imports": [["sse_fetch_1", "version", "a"]],
"exports": [["machine_new", "b"], ["machine", "c"], ["start", "d"], ["memory", "e"]]
}
"#;

    const GLUE: &str = "let wasm: any;
export const imports = { sse_fetch: { version() {} } }
const m = wasm.machine_new(wasm.machine, 1);
// It is wasm.
xwasm.machine;
";

    fn shortened(glue: &str) -> anyhow::Result<String> {
        Names::told_by(LOG).expect("names").shorten(glue, "sse_fetch_1")
    }

    #[test]
    fn the_glue_calls_what_it_called_before_by_its_short_name() {
        let short = shortened(GLUE).expect("short glue");
        assert!(short.contains("const m = wasm.b(wasm.c, 1);"), "{short}");
        assert!(short.contains("// It is wasm.\nxwasm.machine;"), "{short}");
    }

    #[test]
    fn the_wasm_imports_from_a_module_with_the_version() {
        let short = shortened(GLUE).expect("short glue");
        assert!(short.contains("imports = { \"sse_fetch_1\": { version() {} } }"), "{short}");
    }

    #[test]
    fn what_the_glue_uses_is_known() {
        assert_eq!(used_by(GLUE).into_iter().collect::<Vec<_>>(), ["machine", "machine_new"]);
    }

    #[test]
    fn what_one_of_them_lacks_is_told() {
        let error = |glue: &str| shortened(glue).expect_err("an error").to_string();
        assert_eq!(
            error(&GLUE.replace("wasm.machine,", "wasm.nothing,")),
            "the glue asks for nothing, which the wasm does not export"
        );
        assert_eq!(error("let wasm"), "the glue has nothing that the wasm could import");
        assert!(Names::told_by("no names").is_err());
    }
}
