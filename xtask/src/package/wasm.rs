//! The wasm and its glue: cargo compiles the library, wasm-bindgen writes the bindings, Binaryen optimises the wasm.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::names::{self, Names};
use crate::inline;
use crate::setup::BuildTools;
use crate::step::{Console, Step};
use crate::workspace::{WASM_TARGET, Workspace, without_environment_flags};

/// The bindings as the entries get them.
pub const GLUE: &str = "glue.js";

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

/// Writes [`GLUE`] and [`INLINE`] to the folder `bindings`.
pub fn build(workspace: &Workspace, console: &mut Console, tools: &BuildTools, bindings: &Path) -> Result<Built> {
    compile(workspace, console, Vectors::Yes)?;
    bind(workspace, console, tools, Vectors::Yes, bindings)?;
    let built = optimise(workspace, console, bindings)?;
    fs::write(bindings.join(INLINE), inline::module(&fs::read(&built.wasm)?))?;
    Ok(built)
}

/// Compiles the library to wasm.
pub fn compile(workspace: &Workspace, console: &mut Console, vectors: Vectors) -> Result<()> {
    let mut cargo = without_environment_flags(workspace.cargo());
    cargo.args(["build", "--profile", vectors.profile(), "--package", "sse-fetch-wasm"]);
    cargo.args(["--target", WASM_TARGET]);
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

/// Writes the wasm and its glue to the folder `bindings`, in the names of wasm-bindgen.
pub fn bind(
    workspace: &Workspace,
    console: &mut Console,
    tools: &BuildTools,
    vectors: Vectors,
    bindings: &Path,
) -> Result<()> {
    let mut wasm_bindgen = workspace.command(&tools.wasm_bindgen);
    wasm_bindgen
        // The glue alone: how the wasm is loaded is each entry's own business.
        .args(["--target", "bundler", "--no-typescript", "--out-name", &out_name(workspace)])
        .arg("--out-dir")
        .arg(bindings)
        .arg(compiled_wasm(workspace, vectors));
    let step = Step::new("bindings", "Writing the JavaScript bindings with wasm-bindgen");
    console.run(step, wasm_bindgen)
}

/// How wasm-bindgen names what it writes. The wasm imports from a module named after it.
pub fn out_name(workspace: &Workspace) -> String {
    let version: String =
        workspace.version.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
    format!("sse_fetch_{version}")
}

/// The optimised wasm. The glue that fits it is beside it.
fn optimise(workspace: &Workspace, console: &mut Console, bindings: &Path) -> Result<Built> {
    let optimised = bindings.join("optimised.wasm");
    let mut wasm_opt = workspace.command("node");
    wasm_opt
        .arg("node_modules/binaryen/bin/wasm-opt")
        .arg(bindings.join(format!("{}_bg.wasm", out_name(workspace))))
        .arg("-o")
        .arg(&optimised)
        .args([OPTIMISE_FOR, "--strip-debug", "--strip-producers", "--strip-target-features", names::SHORTEN])
        .args(WASM_FEATURES);
    let step = Step::new("optimise", "Optimising the wasm with Binaryen");
    let outcome = console.attempt(step.takes("a few seconds"), wasm_opt)?;
    ensure!(outcome.success, "the wasm could not be optimised");
    let written = format!("{}_bg.js", out_name(workspace));
    let glue = fs::read_to_string(bindings.join(&written))?;
    let mut names = Names::told_by(&outcome.log)?;
    fs::write(bindings.join(GLUE), names.shorten(&glue, &format!("./{written}"))?)?;
    Ok(Built { wasm: optimised, names })
}
