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

/// What the entries need of the glue beside its classes and the imports.
const ADDED: &str = "
export function attach(exports) {
  wasm = exports;
  wasm.__wbindgen_start();
  return wasm.memory;
}
";

/// How a function begins that the wasm imports, and the one that looks like it.
const IMPORT: &str = "export function __wb";
const NO_IMPORT: &str = "__wbg_set_wasm";

/// Which names were shortened.
#[derive(Debug, Deserialize)]
pub struct Names {
    /// The name and the new one.
    exports: Vec<(String, String)>,
    /// Those that the glue uses. [`Names::shorten`] finds them.
    #[serde(skip)]
    pub used: BTreeSet<String>,
}

impl Names {
    /// Of what Binaryen printed.
    pub fn told_by(log: &str) -> Result<Self> {
        let start = log.find(LIST).context("Binaryen does not list the names that it has shortened")?;
        let mut values = serde_json::Deserializer::from_str(&log[start..]).into_iter();
        values.next().context("nothing begins there")?.context("reading the names that Binaryen has shortened")
    }

    /// The glue of wasm-bindgen, for the wasm with the short names. It exports two things more: `imports`, which is what to
    /// instantiate the wasm with, and `attach`, which takes the instance's exports and returns its memory.
    /// `module` is the one that the wasm imports from.
    pub fn shorten(&mut self, glue: &str, module: &str) -> Result<String> {
        let glue = format!("{glue}{ADDED}");
        let mut parts = glue.split("wasm.");
        let mut short = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|character: char| !is_of_a_name(character)).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            // The end of a sentence, or of another name.
            if name.is_empty() || short.ends_with(is_of_a_name) {
                short.extend(["wasm.", part]);
                continue;
            }
            short.extend(["wasm.", self.short(name)?, rest]);
            self.used.insert(name.to_owned());
        }
        let functions = glue.split(IMPORT).skip(1).filter_map(|part| part.split('(').next());
        let names = functions.map(|name| format!("__wb{name}")).filter(|name| name != NO_IMPORT);
        let imports = names.map(|name| format!("[{name:?}, {name}]")).collect::<Vec<_>>().join(", ");
        ensure!(!imports.is_empty(), "the glue has nothing that the wasm could import");
        // The names are strings, because applications may rename all properties that begin with `_` when they bundle.
        let imports = format!("/* @__PURE__ */ Object.fromEntries([{imports}])");
        Ok(format!("{short}\nexport const imports = {{ {module:?}: {imports} }};\n"))
    }

    /// The short name.
    pub fn short(&self, name: &str) -> Result<&str> {
        let known = self.exports.iter().find(|(old, _)| old == name);
        let (_, new) = known.with_context(|| format!("the glue asks for {name}, which the wasm does not export"))?;
        Ok(new)
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

    const GLUE: &str = "let wasm;
const m = wasm.machine_new(wasm.machine, 1);
// It is wasm.
xwasm.machine;
export function __wbg_throw_4c(it) {}
export function __wbindgen_init() {}
export function __wbg_set_wasm(it) {}
";

    fn shortened(glue: &str) -> anyhow::Result<String> {
        Names::told_by(LOG).expect("names").shorten(glue, "./glue_1.js")
    }

    #[test]
    fn the_glue_calls_what_it_called_before_by_its_short_name() {
        let short = shortened(GLUE).expect("short glue");
        assert!(short.contains("const m = wasm.b(wasm.c, 1);"), "{short}");
        assert!(short.contains("wasm.d();\n  return wasm.e;"), "{short}");
        assert!(short.contains("// It is wasm.\nxwasm.machine;"), "{short}");
    }

    #[test]
    fn all_that_the_wasm_may_import_comes_from_one_module() {
        let short = shortened(GLUE).expect("short glue");
        let imports =
            r#"Object.fromEntries([["__wbg_throw_4c", __wbg_throw_4c], ["__wbindgen_init", __wbindgen_init]])"#;
        let expected = format!("imports = {{ \"./glue_1.js\": /* @__PURE__ */ {imports} }};\n");
        assert!(short.ends_with(&expected), "{short}");
    }

    #[test]
    fn what_one_of_them_lacks_is_told() {
        let error = |glue: &str| shortened(glue).expect_err("an error").to_string();
        assert_eq!(error("wasm.nothing()"), "the glue asks for nothing, which the wasm does not export");
        assert_eq!(error("let wasm"), "the glue has nothing that the wasm could import");
        assert!(Names::told_by("no names").is_err());
    }
}
