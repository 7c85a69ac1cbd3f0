//! Builds the npm package: cargo compiles the library, wasm-bindgen writes its bindings, Binaryen optimises
//! the wasm, esbuild bundles it with the hand-written entry. `pkg/` is replaced only by a complete package.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::inline;
use crate::setup::BuildTools;
use crate::step::{Console, Step};
use crate::workspace::{WASM_TARGET, Workspace, without_environment_flags};

/// What Binaryen optimises for: speed, as the crate's release profile does.
const OPTIMISE_FOR: &str = "-O3";

/// The wasm features that rustc may have used: the target's default ones, and SIMD.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Hand-written files that go into the package as they are, by their place in the repository.
const COPIED: [&str; 4] = ["pkg-template/index.d.ts", "pkg-template/README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// The entries esbuild writes: the file in `pkg/`, and the flags that make it.
const ENTRIES: [(&str, &[&str]); 2] = [
    ("index.js", &["--format=esm", "--minify-whitespace", "--minify-syntax"]),
    ("dist/sse-fetch.global.js", &["--format=iife", "--global-name=SSEFetch", "--minify"]),
];

/// Writes `pkg/`.
pub fn build(workspace: &Workspace, console: &mut Console, tools: &BuildTools) -> Result<()> {
    let bindings = workspace.scratch("bindgen");
    let package = workspace.scratch("pkg");
    start_empty(&bindings)?;
    start_empty(&package)?;

    compile(workspace, console)?;
    bind(workspace, console, tools, &bindings)?;
    let wasm = optimise(workspace, console, &bindings)?;
    fs::write(bindings.join("wasm-inline.js"), inline::module(&fs::read(&wasm)?))?;
    bundle(workspace, console, &bindings, &package)?;
    add_hand_written_files(workspace, &package)?;

    let sizes = sizes(&package, &wasm)?;
    let destination = workspace.root.join("pkg");
    replace(&package, &destination)?;
    println!("{sizes}\nThe npm package is in {}", destination.display());
    Ok(())
}

fn compile(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["build", "--release", "--package", "sse-fetch-wasm"]);
    cargo.args(["--target", WASM_TARGET]);
    let step = Step::new("compile to wasm", "Compiling the library to wasm");
    console.run(step.takes("about 30 s when new"), cargo)
}

fn bind(workspace: &Workspace, console: &mut Console, tools: &BuildTools, bindings: &Path) -> Result<()> {
    let compiled = workspace.target.join(WASM_TARGET).join("release/sse_fetch_wasm.wasm");
    let mut wasm_bindgen = workspace.command(&tools.wasm_bindgen);
    wasm_bindgen
        .args(["--target", "web", "--no-typescript", "--out-name", "sse_fetch"])
        // The bytes are inlined: nothing may look for a file beside the script.
        .arg("--omit-default-module-path")
        .arg("--out-dir")
        .arg(bindings)
        .arg(compiled);
    let step = Step::new("bindings", "Writing the JavaScript bindings with wasm-bindgen");
    console.run(step, wasm_bindgen)
}

/// Returns where the optimised wasm is.
fn optimise(workspace: &Workspace, console: &mut Console, bindings: &Path) -> Result<PathBuf> {
    let optimised = bindings.join("sse_fetch.optimised.wasm");
    let mut wasm_opt = workspace.command("node");
    wasm_opt
        .arg("node_modules/binaryen/bin/wasm-opt")
        .arg(bindings.join("sse_fetch_bg.wasm"))
        .arg("-o")
        .arg(&optimised)
        .args([OPTIMISE_FOR, "--strip-debug", "--strip-producers"])
        .args(WASM_FEATURES);
    let step = Step::new("optimise", "Optimising the wasm with Binaryen");
    console.run(step.takes("a few seconds"), wasm_opt)?;
    Ok(optimised)
}

/// The entry imports `sse-fetch-wasm` (the bindings) and `sse-fetch-wasm-inline` (the bytes).
fn bundle(workspace: &Workspace, console: &mut Console, bindings: &Path, package: &Path) -> Result<()> {
    let script = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    for (file, flags) in ENTRIES {
        let output = package.join(file);
        let alias = |name: &str, file: &str| format!("--alias:{name}={}", bindings.join(file).display());
        let mut esbuild = workspace.command(workspace.root.join("node_modules/.bin").join(script));
        esbuild
            .args(["pkg-template/index.js", "--bundle", "--platform=neutral", "--target=es2022"])
            .arg(alias("sse-fetch-wasm", "sse_fetch.js"))
            .arg(alias("sse-fetch-wasm-inline", "wasm-inline.js"))
            .args(["--log-level=warning", "--legal-comments=none"])
            .args(flags)
            .arg(format!("--outfile={}", output.display()));
        let step = Step::new(format!("bundle {file}"), format!("Bundling {file} with esbuild"));
        console.run(step, esbuild)?;
        require_self_contained(&output)?;
    }
    Ok(())
}

/// What bundlers trip over in other wasm packages must not come back unnoticed.
fn require_self_contained(script: &Path) -> Result<()> {
    let text = fs::read_to_string(script)?;
    for forbidden in ["import.meta", "sse_fetch_bg.wasm"] {
        ensure!(!text.contains(forbidden), "{} mentions `{forbidden}`: it would load a second file", script.display());
    }
    Ok(())
}

fn add_hand_written_files(workspace: &Workspace, package: &Path) -> Result<()> {
    for file in COPIED {
        let source = workspace.root.join(file);
        let name = source.file_name().context("a file to copy has no name")?;
        fs::copy(&source, package.join(name)).with_context(|| format!("copying {}", source.display()))?;
    }
    let template = workspace.root.join("pkg-template/package.json");
    let text = fs::read_to_string(&template).with_context(|| format!("reading {}", template.display()))?;
    let manifest =
        with_version(&text, &workspace.version).with_context(|| format!("filling in {}", template.display()))?;
    fs::write(package.join("package.json"), manifest)?;
    Ok(())
}

/// The manifest with the crate's version, everything else in the order it was written.
fn with_version(manifest: &str, version: &str) -> Result<String> {
    let mut manifest: Value = serde_json::from_str(manifest)?;
    let fields = manifest.as_object_mut().context("package.json is no object")?;
    fields.insert("version".into(), version.into());
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

fn start_empty(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("emptying {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))
}

/// Puts the complete package in the place of the old one.
fn replace(package: &Path, destination: &Path) -> Result<()> {
    start_empty(destination)?;
    // Renaming fails where the target directory is on another disk.
    fs::rename(package, destination)
        .or_else(|_| copy_directory(package, destination))
        .with_context(|| format!("writing {}", destination.display()))
}

fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A table of what a user downloads, in bytes. The wasm is part of each script.
fn sizes(package: &Path, wasm: &Path) -> Result<String> {
    let mut table = vec![row("bytes", ["raw", "gzip", "brotli"])];
    let scripts = ENTRIES.map(|(file, _)| (file, package.join(file)));
    for (name, path) in scripts.into_iter().chain([("(the wasm alone)", wasm.to_owned())]) {
        let bytes = fs::read(path)?;
        let (raw, gzip, brotli) = (bytes.len(), gzip(&bytes)?.len(), brotli(&bytes)?.len());
        table.push(row(name, [raw.to_string(), gzip.to_string(), brotli.to_string()]));
    }
    Ok(table.join("\n"))
}

fn row(name: &str, [raw, gzip, brotli]: [impl std::fmt::Display; 3]) -> String {
    format!("{name:26} {raw:>9} {gzip:>9} {brotli:>9}")
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &brotli::enc::BrotliEncoderParams::default())?;
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::with_version;

    #[test]
    fn the_package_gets_the_version_of_the_crate_and_keeps_its_order() {
        let filled = with_version(r#"{"name": "sse-fetch", "version": "0.0.0", "a": 1}"#, "1.2.3");
        let expected = "{\n  \"name\": \"sse-fetch\",\n  \"version\": \"1.2.3\",\n  \"a\": 1\n}\n";
        assert_eq!(filled.unwrap(), expected);
    }
}
