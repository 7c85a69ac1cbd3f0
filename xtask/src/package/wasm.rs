//! The wasm and its glue: cargo compiles the library, Binaryen optimises the wasm, and the glue gets the names that Binaryen gave.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::names::{self, Names};
use crate::inline;
use crate::step::{Console, Step};
use crate::workspace::{WASM_TARGET, Workspace, without_environment_flags};

/// The glue as the entries get it.
pub const GLUE: &str = "glue.ts";

/// The glue with the names of the crate's functions.
const SOURCE_OF_GLUE: &str = "pkg-template/src/wasm/glue.ts";

/// The module with the wasm's bytes, encoded in the script.
pub const INLINE: &str = "wasm-inline.js";

/// What Binaryen optimises for.
///
/// Measured, each against this choice in one run (`twiggy top` tells where the bytes are: the parser's loop is the largest
/// function): `-Oz` gives 11,012 bytes after Brotli instead of 11,002, and no stream was faster or slower by more than the
/// error (1 to 2 %) in any of the three engines. With `opt-level = 3` for all of the crate instead of `s` it would be 12,114
/// bytes: chat completions in large chunks took 5 % less in Chromium and 2 to 5 % less in `WebKit`, the others the same. With
/// `z` the optimiser leaves panics in.
const OPTIMISE_FOR: &str = "-O3";

/// The wasm features that rustc may have used: the target's default ones, and SIMD.
pub const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// What [`build`] makes, beside the files.
pub struct Built {
    /// Where the wasm is.
    pub wasm: PathBuf,
    /// What it exports.
    pub names: Names,
}

/// Whether the wasm scans with vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vectors {
    /// As `.cargo/config.toml` says.
    Yes,
    /// For engines that do not have them, and for `wasm2js`.
    No,
}

impl Vectors {
    /// The profile of cargo, and the name of the folder that it writes to.
    fn profile(self) -> &'static str {
        match self {
            Self::Yes => "wasm",
            Self::No => "wasm-without-vectors",
        }
    }
}

/// Writes [`GLUE`] and [`INLINE`] to the folder `parts`.
pub fn build(workspace: &Workspace, console: &mut Console, parts: &Path) -> Result<Built> {
    compile(workspace, console, Vectors::Yes)?;
    let built = optimise(workspace, console, parts)?;
    fs::write(parts.join(INLINE), inline::module(&fs::read(&built.wasm)?))?;
    Ok(built)
}

/// Compiles the library to wasm.
pub fn compile(workspace: &Workspace, console: &mut Console, vectors: Vectors) -> Result<()> {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["build", "--profile", vectors.profile(), "--package", "sse-fetch-wasm"]);
    cargo.args(["--target", WASM_TARGET]).env("SSE_FETCH_MODULE", imported_module(workspace));
    if vectors == Vectors::No {
        // It takes the place of the flags in `.cargo/config.toml`.
        cargo.env("RUSTFLAGS", "-C target-feature=-simd128");
    }
    let name = format!("compile to {}", vectors.profile());
    console.run(Step::new(name, "Compiling the library to wasm").takes("about 30 s when new"), cargo)
}

/// Where [`compile`] writes the wasm.
pub fn compiled_wasm(workspace: &Workspace, vectors: Vectors) -> PathBuf {
    workspace.target.join(WASM_TARGET).join(vectors.profile()).join("sse_fetch_wasm.wasm")
}

/// The module that the wasm imports from, which `pkg-template/wasm/build.rs` gets by an environment variable.
fn imported_module(workspace: &Workspace) -> String {
    let version: String =
        workspace.version.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
    format!("sse_fetch_{version}")
}

/// The glue, with the names of the crate's functions.
pub fn glue(workspace: &Workspace) -> Result<String> {
    let source = fs::read_to_string(workspace.root.join(SOURCE_OF_GLUE)).context("reading the glue")?;
    names::with_module(&source, &imported_module(workspace))
}

/// Removes from the compiled wasm what the glue does not use. `folder` is for files of Binaryen.
pub fn reduce(
    workspace: &Workspace,
    console: &mut Console,
    vectors: Vectors,
    folder: &Path,
    reduced: &Path,
) -> Result<()> {
    let glue = glue(workspace)?;
    let used = names::used_by(&glue);
    let node = |name: &str| format!("export {name}");
    let reaches: Vec<_> = used.iter().map(|name| node(name)).collect();
    let mut graph: Vec<_> = used.iter().map(|name| json!({ "name": node(name), "export": name })).collect();
    graph.push(json!({ "name": "the glue", "root": true, "reaches": reaches }));
    let graph_file = folder.join("graph.json");
    fs::write(&graph_file, json!(graph).to_string())?;
    let mut metadce = workspace.command("node");
    metadce.arg("node_modules/binaryen/bin/wasm-metadce").arg(compiled_wasm(workspace, vectors));
    metadce.arg("--graph-file").arg(graph_file).arg("-o").arg(reduced).args(WASM_FEATURES);
    console.run(Step::new("reduce", "Removing what the glue does not use").takes("a few seconds"), metadce)
}

/// The optimised wasm. The glue that fits it is beside it.
fn optimise(workspace: &Workspace, console: &mut Console, parts: &Path) -> Result<Built> {
    let reduced = parts.join("reduced.wasm");
    reduce(workspace, console, Vectors::Yes, parts, &reduced)?;
    let optimised = parts.join("optimised.wasm");
    let mut wasm_opt = workspace.command("node");
    wasm_opt
        .arg("node_modules/binaryen/bin/wasm-opt")
        .arg(reduced)
        .arg("-o")
        .arg(&optimised)
        .args([OPTIMISE_FOR, "--strip-debug", "--strip-producers", "--strip-target-features", names::SHORTEN])
        .args(WASM_FEATURES);
    let step = Step::new("optimise", "Optimising the wasm with Binaryen");
    let outcome = console.attempt(step.takes("a few seconds"), wasm_opt)?;
    ensure!(outcome.success, "the wasm could not be optimised");
    let names = Names::told_by(&outcome.log)?;
    fs::write(
        parts.join(GLUE),
        names.shorten(&fs::read_to_string(workspace.root.join(SOURCE_OF_GLUE))?, &imported_module(workspace))?,
    )?;
    Ok(Built { wasm: optimised, names })
}
