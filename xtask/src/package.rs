//! Builds the npm package: cargo compiles the library, wasm-bindgen writes its bindings, Binaryen optimises
//! the wasm, esbuild bundles it with the hand-written entries, terser minifies them. `pkg/` is replaced only by a complete
//! package that keeps within its size budgets.

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
const COPIED: [&str; 5] =
    ["pkg-template/index.d.ts", "pkg-template/slim.d.ts", "pkg-template/README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// A script of the package.
struct Entry {
    /// Its name in `pkg/`.
    file: &'static str,
    /// Where it is made from.
    source: &'static str,
    esbuild: &'static [&'static str],
    terser: &'static [&'static str],
    /// The most bytes it may have after Brotli.
    budget: usize,
}

const ENTRIES: [Entry; 3] = [
    Entry {
        file: "index.js",
        source: "pkg-template/index.js",
        esbuild: &["--format=esm"],
        terser: &["--module"],
        budget: 25_000,
    },
    Entry {
        file: "slim.js",
        source: "pkg-template/slim.js",
        esbuild: &["--format=esm"],
        terser: &["--module"],
        budget: 12_750,
    },
    Entry {
        file: "dist/sse-fetch.global.js",
        source: "pkg-template/index.js",
        esbuild: &["--format=iife", "--global-name=SSEFetch"],
        terser: &[],
        budget: 25_000,
    },
];

/// Names of properties that never leave the package: what its files call each other by. They are the longest and the most
/// frequent of them, and short ones take their place.
const INTERNAL: &str = "^(handle|handleCurrent|sink|driver|listeners|letGo|hold|lastByte|silence|released|ofServer|\
    ofLifecycle|ofLocal|ofAll|callAll|onParseError|startFrom|renewPlans|authority|refreshes|generation|isOurs|isWaiting|\
    isBusy|iterate|readers|follow|isEventStream|retryAfter|refreshed|maxReconnectsReached|judge|authorization|controller|\
    pump|beginning|abandoned|idempotent|spare|nextBatch|nextCommand|toUtf16|wantComments|settings|secret)$";

/// The wasm beside `slim.js`, and the most bytes it may have after Brotli.
const WASM: (&str, usize) = ("sse-fetch.wasm", 16_000);

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
    fs::copy(&wasm, package.join(WASM.0))?;
    for entry in &ENTRIES {
        bundle(workspace, console, &bindings, &package, entry)?;
    }
    add_hand_written_files(workspace, &package)?;

    let sizes = sizes(&package)?;
    let destination = workspace.root.join("pkg");
    replace(&package, &destination)?;
    println!("{sizes}\nThe npm package is in {}", destination.display());
    Ok(())
}

fn compile(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["build", "--profile", "wasm", "--package", "sse-fetch-wasm"]);
    cargo.args(["--target", WASM_TARGET]);
    let step = Step::new("compile to wasm", "Compiling the library to wasm");
    console.run(step.takes("about 30 s when new"), cargo)
}

fn bind(workspace: &Workspace, console: &mut Console, tools: &BuildTools, bindings: &Path) -> Result<()> {
    let compiled = workspace.target.join(WASM_TARGET).join("wasm/sse_fetch_wasm.wasm");
    let mut wasm_bindgen = workspace.command(&tools.wasm_bindgen);
    wasm_bindgen
        // The glue alone: how the wasm is loaded is each entry's own business.
        .args(["--target", "bundler", "--no-typescript", "--out-name", "sse_fetch"])
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

/// The entry imports `sse-fetch-wasm` (the glue) and perhaps `sse-fetch-wasm-inline` (the bytes).
fn bundle(
    workspace: &Workspace,
    console: &mut Console,
    bindings: &Path,
    package: &Path,
    Entry { file, source, esbuild: flags, terser: minifying, .. }: &Entry,
) -> Result<()> {
    let script = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let bundled = bindings.join("bundled.js");
    let alias = |name: &str, file: &str| format!("--alias:{name}={}", bindings.join(file).display());
    let mut esbuild = workspace.command(workspace.root.join("node_modules/.bin").join(script));
    esbuild
        .args([source, "--bundle", "--platform=neutral", "--target=es2022", "--minify"])
        .arg(alias("sse-fetch-wasm", "sse_fetch_bg.js"))
        .arg(alias("sse-fetch-wasm-inline", "wasm-inline.js"))
        .args(["--log-level=warning", "--legal-comments=none"])
        .arg(format!("--mangle-props={INTERNAL}"))
        .args(*flags)
        .arg(format!("--outfile={}", bundled.display()));
    let step = Step::new(format!("bundle {file}"), format!("Bundling {file} with esbuild"));
    console.run(step, esbuild)?;

    let output = package.join(file);
    fs::create_dir_all(output.parent().unwrap_or(package))?;
    let mut terser = workspace.command("node");
    terser
        .arg("node_modules/terser/bin/terser")
        .arg(&bundled)
        .args(["--compress", "passes=3", "--mangle", "--ecma", "2022"])
        // The encoded wasm must survive a page of any charset.
        .args(["--format", "ascii_only"])
        .args(*minifying)
        .arg("--output")
        .arg(&output);
    let step = Step::new(format!("minify {file}"), format!("Minifying {file} with terser"));
    console.run(step, terser)
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

/// A table of what a user downloads, in bytes, if all of it is within its budget. The wasm is part of each script but
/// the slim one.
fn sizes(package: &Path) -> Result<String> {
    let mut table = vec![row("bytes", ["raw", "gzip", "brotli", "budget"])];
    let mut beyond = Vec::new();
    for (file, budget) in ENTRIES.iter().map(|entry| (entry.file, entry.budget)).chain([WASM]) {
        let bytes = fs::read(package.join(file))?;
        let (raw, gzip, brotli) = (bytes.len(), gzip(&bytes)?.len(), brotli(&bytes)?.len());
        table.push(row(file, [raw, gzip, brotli, budget]));
        if brotli > budget {
            beyond.push(format!("{file} has {brotli} bytes after Brotli, and may have {budget}"));
        }
    }
    let table = table.join("\n");
    ensure!(beyond.is_empty(), "{table}\n{}: make it smaller, or say in ENTRIES why it may grow", beyond.join("\n"));
    Ok(table)
}

fn row(name: &str, [raw, gzip, brotli, budget]: [impl std::fmt::Display; 4]) -> String {
    format!("{name:26} {raw:>9} {gzip:>9} {brotli:>9} {budget:>9}")
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
