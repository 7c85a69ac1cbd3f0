//! The frameworks for which the package has a hook. What the build must know of them is here and nowhere else.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A framework with a hook.
pub struct Framework {
    /// The entry with the hook. It renders on servers, but connects only in pages.
    pub entry: &'static str,
    /// The npm package of the framework. Applications install it, so the package imports it and never contains it.
    pub package: &'static str,
}

/// To add one, follow “How to add an adapter” in `CONTRIBUTING.md`. Tests below name the places that are still missing.
pub const FRAMEWORKS: [Framework; 2] =
    [Framework { entry: "react", package: "react" }, Framework { entry: "vue", package: "vue" }];

/// Whether the entry of this name is a hook.
pub fn is_hook(entry: &str) -> bool {
    FRAMEWORKS.iter().any(|framework| framework.entry == entry)
}

/// Whether applications install the npm package of this name.
pub fn is_framework(package: &str) -> bool {
    FRAMEWORKS.iter().any(|framework| framework.package == package)
}

/// Arguments for esbuild, so that it does not bundle a framework.
pub fn not_bundled() -> impl Iterator<Item = String> {
    FRAMEWORKS.iter().map(|framework| format!("--external:{}", framework.package))
}

/// Fails if esbuild has bundled a file of another npm package into this module. `metafile` is what esbuild wrote about it.
pub fn ensure_none_is_bundled(module: &str, metafile: &str) -> Result<()> {
    let metafile: Value = serde_json::from_str(metafile)?;
    let inputs = metafile["inputs"].as_object().context("esbuild names no inputs")?;
    let foreign = inputs.keys().find(|file| file.contains("node_modules/"));
    ensure!(
        foreign.is_none(),
        "{module}.js would contain {}. If applications install that package, add it to FRAMEWORKS in \
         xtask/src/package/frameworks.rs",
        foreign.map_or("", String::as_str)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    use super::super::MODULES;
    use super::{FRAMEWORKS, ensure_none_is_bundled, is_hook};

    /// Files that name every hook, as `sse-fetch/NAME`, `'NAME'` or `'/NAME'`.
    const PLACES: [&str; 12] = [
        "README.md",
        "pkg-template/README.md",
        "tests/README.md",
        "tests/types/tsconfig.json",
        "tests/frameworks/build.mjs",
        "tests/e2e/frameworks.test.ts",
        "tests/packaging/lint.test.ts",
        "tests/packaging/projects/bundlers/src/hooks.js",
        "tests/packaging/projects/runtimes/import.mjs",
        "tests/packaging/projects/runtimes/require.cjs",
        "tests/packaging/projects/runtimes/together.mjs",
        "tests/packaging/projects/types/entries.mts",
    ];

    fn read(file: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn manifest(file: &str) -> Value {
        serde_json::from_str(&read(file)).expect("a package.json is JSON")
    }

    #[test]
    fn every_framework_is_an_optional_peer_dependency_and_is_installed_for_the_tests() {
        let (package, workspace) = (manifest("pkg-template/package.json"), manifest("package.json"));
        for framework in FRAMEWORKS {
            let name = framework.package;
            assert!(
                package["peerDependencies"][name].is_string(),
                "add {name} to peerDependencies in pkg-template/package.json"
            );
            let is_optional = &package["peerDependenciesMeta"][name]["optional"];
            assert_eq!(is_optional, true, "make {name} optional in peerDependenciesMeta in pkg-template/package.json");
            assert!(workspace["devDependencies"][name].is_string(), "run `npm install --save-dev --save-exact {name}`");
        }
    }

    #[test]
    fn every_peer_dependency_is_a_framework() {
        let package = manifest("pkg-template/package.json");
        for name in package["peerDependencies"].as_object().expect("peerDependencies").keys() {
            assert!(FRAMEWORKS.iter().any(|framework| framework.package == name), "add {name} to FRAMEWORKS");
        }
    }

    #[test]
    fn every_hook_is_a_module_with_a_budget_and_has_tests_and_documentation() {
        for entry in FRAMEWORKS.map(|framework| framework.entry) {
            assert!(MODULES.iter().any(|module| module.is_entry && module.name == entry), "add {entry} to MODULES");
            for place in PLACES {
                let text = read(place);
                let is_named = text.contains(&format!("sse-fetch/{entry}"))
                    || text.contains(&format!("'{entry}'"))
                    || text.contains(&format!("'/{entry}'"));
                assert!(
                    is_named,
                    "{place} lacks {entry}: CONTRIBUTING.md, “How to add an adapter”, says what belongs there"
                );
            }
        }
    }

    #[test]
    fn every_file_of_entries_is_a_module() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pkg-template/src/entries");
        for entry in fs::read_dir(folder).expect("the folder of entries").flatten() {
            let file = entry.file_name().into_string().expect("a name in Unicode");
            let name = file.trim_end_matches(".ts");
            // The script for pages is made of the finished modules.
            let is_built = name == "global" || MODULES.iter().any(|module| module.name == name);
            assert!(is_built, "add {name} to MODULES in xtask/src/package/mod.rs, or move {file} to another folder");
        }
    }

    #[test]
    fn a_bundled_framework_is_an_error_that_says_where_to_add_it() {
        let metafile =
            r#"{"inputs": {"node_modules/solid-js/dist/solid.js": {}, "pkg-template/src/entries/solid.ts": {}}}"#;
        let message = ensure_none_is_bundled("solid", metafile).unwrap_err().to_string();
        assert!(message.contains("solid-js") && message.contains("FRAMEWORKS"), "{message}");
        assert!(ensure_none_is_bundled("vue", r#"{"inputs": {"pkg-template/src/entries/vue.ts": {}}}"#).is_ok());
        assert!(is_hook("vue") && !is_hook("index"));
    }
}
