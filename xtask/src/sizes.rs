//! How many bytes a page downloads for each entry of the package, minified and compressed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;

use crate::compress::{brotli, gzip};
use crate::package::frameworks;
use crate::workspace::Workspace;

/// The size of an entry with everything it imports, or of a wasm file, in bytes.
#[derive(Serialize)]
pub struct Size {
    /// The name to show: `sse-fetch/slim`, or the file.
    name: String,
    /// Its file in the package.
    file: String,
    /// As in the package.
    raw: usize,
    /// Minified. (A wasm file is unchanged.)
    minified: usize,
    /// Minified, and compressed with the best level of gzip.
    gzip: usize,
    /// Minified, and compressed with the best level of Brotli.
    brotli: usize,
}

/// The sizes of everything in the package that a page can load. The package must be built, and esbuild installed.
pub fn sizes(workspace: &Workspace) -> Result<Vec<Size>> {
    let package = workspace.root.join("pkg");
    let manifest = fs::read_to_string(package.join("package.json"))
        .with_context(|| format!("there is no package in {}", package.display()))?;
    let manifest: Value = serde_json::from_str(&manifest)?;
    let mut sizes = Vec::new();
    for (name, file) in entries(&manifest) {
        let minified = minify(workspace, &package.join(&file))?;
        sizes.push(measure(name, &package, file, &minified)?);
    }
    for path in wasm_files(&package)? {
        let file = path.strip_prefix(&package)?.display().to_string();
        sizes.push(measure(file.clone(), &package, file, &fs::read(&path)?)?);
    }
    Ok(sizes)
}

/// The scripts in the `exports` of a manifest, by the names under which applications import them.
fn entries(manifest: &Value) -> Vec<(String, String)> {
    let package = manifest["name"].as_str().unwrap_or_default();
    let exports = manifest["exports"].as_object().into_iter().flatten();
    let mut entries: Vec<(String, String)> = exports
        .filter_map(|(name, target)| {
            let file = script(target)?.strip_prefix("./")?.to_owned();
            Some((format!("{package}{}", name.strip_prefix('.')?), file))
        })
        .collect();
    entries.dedup_by(|one, other| one.1 == other.1);
    entries
}

/// The script for browsers.
fn script(target: &Value) -> Option<&str> {
    match target {
        Value::String(file) => Path::new(file).extension().is_some_and(|kind| kind == "js").then_some(file),
        Value::Object(conditions) => {
            ["browser", "import", "default"].iter().find_map(|condition| script(conditions.get(*condition)?))
        }
        _ => None,
    }
}

/// One file with everything that the script imports, as a bundler writes it for production. The script for `<script>` is one
/// file already, and a bundler would remove its global name.
fn minify(workspace: &Workspace, script: &Path) -> Result<Vec<u8>> {
    let program = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let mut esbuild = workspace.command(workspace.root.join("node_modules/.bin").join(program));
    // Escapes would make the inlined wasm larger.
    esbuild.arg(script).args(["--minify", "--charset=utf8", "--log-level=warning"]);
    if !script.ends_with("sse-fetch.global.js") {
        esbuild.args(["--bundle", "--format=esm", "--platform=neutral"]).args(frameworks::not_bundled());
        // Only some pages load it.
        esbuild.arg("--external:./without-wasm.js");
    }
    let output = esbuild.output().context("starting esbuild; `cargo xtask build` installs it")?;
    ensure!(output.status.success(), "esbuild: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(output.stdout)
}

fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(wasm_files(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "wasm") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn measure(name: String, package: &Path, file: String, minified: &[u8]) -> Result<Size> {
    let raw = usize::try_from(fs::metadata(package.join(&file))?.len())?;
    Ok(Size { name, file, raw, minified: minified.len(), gzip: gzip(minified)?, brotli: brotli(minified)? })
}

#[cfg(test)]
mod tests {
    use super::entries;
    use serde_json::json;

    #[test]
    fn every_script_that_can_be_imported_is_an_entry() {
        let manifest = json!({
            "name": "sse-fetch",
            "exports": {
                ".": { "workerd": "./workerd/index.js", "default": { "types": "./index.d.ts", "default": "./index.js" } },
                "./slim": { "browser": { "types": "./slim.d.ts", "import": "./slim.js" } },
                "./wasm": "./dist/sse_fetch.wasm",
                "./package.json": "./package.json",
            },
        });
        let pairs = [("sse-fetch", "index.js"), ("sse-fetch/slim", "slim.js")];
        assert_eq!(entries(&manifest), pairs.map(|(name, file)| (name.to_owned(), file.to_owned())));
    }
}
