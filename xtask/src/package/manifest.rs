//! The `package.json` of the npm package.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::{MODULES, Module, REACT_NATIVE, RUNTIMES, frameworks};

/// The template with the crate's version and the `exports` of all entries, everything else in the order it was written.
pub fn filled_in(template: &str, version: &str) -> Result<String> {
    let mut manifest: Value = serde_json::from_str(template)?;
    let fields = manifest.as_object_mut().context("package.json is no object")?;
    fields.insert("version".into(), version.into());
    let exports = fields.get_mut("exports").and_then(Value::as_object_mut).context("package.json has no exports")?;
    let files = std::mem::take(exports);
    exports.extend(MODULES.iter().filter(|module| module.is_entry).map(conditions));
    exports.extend(files);
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

/// Who gets which file of an entry. The first condition that holds decides, and types stand before code.
fn conditions(module: &Module) -> (String, Value) {
    let name = module.name;
    let specifier = if name == "index" { ".".to_owned() } else { format!("./{name}") };
    let types = format!("./{name}.d.ts");
    let file = |file: String| json!({ "types": types, "default": file });
    let esm = file(format!("./{name}.js"));
    let commonjs = json!({ "types": format!("./node/{name}.d.ts"), "default": format!("./node/{name}.js") });

    let mut conditions = Map::new();
    if !module.is_for_wasm_file() {
        let types = format!("./node/{name}.d.ts");
        let file = json!({ "types": types, "default": format!("./{REACT_NATIVE}/{name}.js") });
        conditions.insert(REACT_NATIVE.to_owned(), file);
    }
    // Nitro, on which Nuxt is built, sets `wintercg` for all edge runtimes. It also sets `unwasm` if its option `wasm` is on: then
    // the bundle contains the wasm. Otherwise the bytes are compiled at run time, which Netlify and Deno allow.
    let unwasm = file(format!("./{}/{name}.js", RUNTIMES[0]));
    let wintercg = if frameworks::is_hook(name) { unwasm.clone() } else { esm.clone() };
    conditions.extend([("unwasm".to_owned(), unwasm), ("wintercg".to_owned(), wintercg)]);
    // They forbid to compile bytes. Their bundlers also call themselves browsers and workers.
    conditions.extend(RUNTIMES.map(|runtime| (runtime.to_owned(), file(format!("./{runtime}/{name}.js")))));
    // It takes modules from `require` as well.
    conditions.insert("bun".to_owned(), esm.clone());
    // Test runners like Jest have pages, but no modules. Bundlers, which know `module`, take those for `require` as well, so
    // that there is one class.
    let for_pages = json!({ "module": esm, "require": commonjs, "default": esm });
    conditions.extend(["browser", "worker"].map(|place| (place.to_owned(), for_pages.clone())));
    let for_node = json!({ "import": file(format!("./node/{name}.mjs")), "require": commonjs });
    conditions.extend(["deno", "node"].map(|runtime| (runtime.to_owned(), for_node.clone())));
    conditions.insert("require".to_owned(), commonjs);
    conditions.insert("default".to_owned(), esm);
    (specifier, conditions.into())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::filled_in;

    #[test]
    fn the_package_gets_the_version_of_the_crate_and_keeps_its_order() {
        let filled = filled_in(r#"{"name": "sse-fetch", "version": "0.0.0", "exports": {}, "a": 1}"#, "1.2.3").unwrap();
        let filled: Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(filled["version"], "1.2.3");
        let fields: Vec<_> = filled.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["name", "version", "exports", "a"]);
    }

    #[test]
    fn entries_come_before_files_and_their_last_condition_holds_always() {
        let filled = filled_in(r#"{"exports": {"./package.json": "./package.json"}}"#, "1.2.3").unwrap();
        let filled: Value = serde_json::from_str(&filled).unwrap();
        let exports = filled["exports"].as_object().unwrap();
        let (entry, conditions) = exports.iter().next().unwrap();
        let (last, file) = conditions.as_object().unwrap().iter().next_back().unwrap();
        assert_eq!((&**entry, &**last, &file["default"]), (".", "default", &Value::from("./index.js")));
        assert_eq!(exports.keys().next_back().unwrap(), "./package.json");
    }
}
