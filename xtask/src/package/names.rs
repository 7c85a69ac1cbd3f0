//! The names by which the wasm and its glue know each other: a letter each, in both. Binaryen gives them to the wasm and
//! says which; the glue is written anew here. Together that is worth 1 % of what a page loads.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// What Binaryen is asked for.
pub const SHORTEN: &str = "--minify-imports-and-exports-and-modules";

/// All imports come from a module of this name then.
const MODULE: &str = "a";

/// What the entries need of the glue beside its classes.
const ADDED: &str = "
export function attach(exports) {
  wasm = exports;
  wasm.__wbindgen_start();
  return wasm.memory;
}
";

/// Which names were shortened.
#[derive(Debug, Deserialize)]
pub struct Names {
    /// The module as it was called, the name in it, and the new one.
    imports: Vec<(String, String, String)>,
    /// The name and the new one.
    exports: Vec<(String, String)>,
}

impl Names {
    /// Of what Binaryen printed.
    pub fn told_by(log: &str) -> Result<Self> {
        let start = log.find('{').context("Binaryen does not tell which names it has shortened")?;
        let mut values = serde_json::Deserializer::from_str(&log[start..]).into_iter();
        values.next().context("nothing begins there")?.context("reading the names that Binaryen has shortened")
    }

    /// The glue of wasm-bindgen, for the wasm with the short names. It exports two things more: `imports`, which is what to
    /// instantiate the wasm with, and `attach`, which takes the instance's exports and returns its memory.
    pub fn shorten(&self, glue: &str) -> Result<String> {
        let glue = format!("{glue}{ADDED}");
        let mut parts = glue.split("wasm.");
        let mut short = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|character: char| !is_of_a_name(character)).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let known = self.exports.iter().find(|(old, _)| old == name);
            let (_, new) =
                known.with_context(|| format!("the glue asks for {name}, which the wasm does not export"))?;
            short.extend(["wasm.", new, rest]);
        }
        let imports: Vec<_> = self.imports.iter().map(|(_, old, new)| format!("{new}: {old}")).collect();
        ensure!(self.imports.iter().all(|(_, old, _)| glue.contains(old)), "the glue lacks an import: {imports:?}");
        short.push_str(&format!("\nexport const imports = {{ {MODULE}: {{ {} }} }};\n", imports.join(", ")));
        Ok(short)
    }
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '$'
}

#[cfg(test)]
mod tests {
    use super::Names;

    const LOG: &str = r#"warning: something
{
 "imports": [["./glue.js", "__wbindgen_throw", "a"]],
"exports": [["machine_new", "b"], ["machine", "c"], ["__wbindgen_start", "d"], ["memory", "e"]]
}
"#;

    #[test]
    fn the_glue_calls_what_it_called_before_by_its_short_name() {
        let glue = "let wasm;\nconst m = wasm.machine_new(wasm.machine, 1);\nexport function __wbindgen_throw() {}\n";
        let short = Names::told_by(LOG).expect("names").shorten(glue).expect("short glue");
        assert!(short.contains("const m = wasm.b(wasm.c, 1);"), "{short}");
        assert!(short.contains("wasm.d();\n  return wasm.e;"), "{short}");
        assert!(short.contains("imports = { a: { a: __wbindgen_throw } }"), "{short}");
    }

    #[test]
    fn what_the_wasm_lacks_is_told() {
        let error = Names::told_by(LOG).expect("names").shorten("wasm.nothing()").expect_err("an error");
        assert_eq!(error.to_string(), "the glue asks for nothing, which the wasm does not export");
        assert!(Names::told_by("no names").is_err());
    }
}
