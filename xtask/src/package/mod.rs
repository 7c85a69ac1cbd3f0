//! Builds the npm package: the wasm (`wasm.rs`), the scripts (`scripts.rs`), the declarations of their types (`declarations.rs`) and
//! everything else (`files.rs`). `pkg/` is replaced only by a complete package that keeps within its size budgets.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::step::Console;
use crate::workspace::Workspace;

pub mod declarations;
mod files;
pub mod frameworks;
mod internal_names;
mod manifest;
mod maps;
mod names;
mod private_names;
mod scripts;
mod sizes;
mod wasm;
mod without_wasm;

pub use wasm::{Vectors, compile, compiled_wasm, glue};

/// A module of the package, made from the file of its name in `pkg-template/src/entries/`.
struct Module {
    name: &'static str,
    /// Whether applications import it; what they do not is shared by the others.
    is_entry: bool,
    /// The most bytes it may have after Brotli, without the modules it imports.
    budget: usize,
}

impl Module {
    /// Whether it loads the wasm from a file of its own.
    fn is_for_wasm_file(&self) -> bool {
        self.name == "slim"
    }
}

/// What a page loads by the default entry is `error`, `core` and `index`.
const MODULES: [Module; 8] = [
    // By itself, so that an application that imports only the error loads no more than that.
    Module { name: "error", is_entry: false, budget: 1_400 },
    Module { name: "core", is_entry: false, budget: 16_500 },
    Module { name: "index", is_entry: true, budget: 10_850 },
    Module { name: "slim", is_entry: true, budget: 950 },
    Module { name: "eventsource", is_entry: true, budget: 1_400 },
    Module { name: "fetch-event-source", is_entry: true, budget: 1_400 },
    Module { name: "react", is_entry: true, budget: 2_600 },
    Module { name: "vue", is_entry: true, budget: 2_800 },
];

/// The script for pages without modules: all but the frameworks.
const GLOBAL: (&str, usize) = ("dist/sse-fetch.global.js", 29_900);

/// The wasm beside `slim.js`, and the most bytes it may have after Brotli.
const WASM: (&str, usize) = ("sse-fetch.wasm", 9_800);

/// The build without WebAssembly, and the most bytes it may have after Brotli. A page loads it only where the wasm cannot run.
const WITHOUT_WASM: (&str, usize) = (without_wasm::MODULE, 15_400);

/// The same for pages without modules: the script that defines the global finds it beside itself.
const GLOBAL_WITHOUT_WASM: &str = "dist/sse-fetch.without-wasm.js";

/// Folders for runtimes that compile no wasm: there a `.wasm` file is a module.
const RUNTIMES: [&str; 2] = ["workerd", "edge-light"];

/// The folder for React Native.
const REACT_NATIVE: &str = "react-native";

/// Writes the build without WebAssembly and the glue that fits it to a folder: two modules, neither of them minified.
pub fn build_without_wasm(workspace: &Workspace, console: &mut Console, folder: &Path) -> Result<()> {
    files::start_empty(folder)?;
    let names = wasm::build(workspace, console, folder)?.names;
    without_wasm::build(workspace, console, folder, &names)
}

/// Writes `pkg/`.
pub fn build(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let parts = workspace.scratch("parts");
    let package = workspace.scratch("pkg");
    files::start_empty(&parts)?;
    files::start_empty(&package)?;

    let wasm::Built { wasm, names } = wasm::build(workspace, console, &parts)?;
    fs::copy(&wasm, package.join(WASM.0))?;
    without_wasm::build(workspace, console, &parts, &names)?;
    scripts::Scripts { workspace, console, parts: &parts, package: &package }.write()?;
    declarations::write(workspace, console, &package)?;
    declarations::repeat(&package, &package.join(scripts::COMMONJS))?;
    files::write(workspace, &package)?;

    let sizes = sizes::within_budget(&package)?;
    let destination = workspace.root.join("pkg");
    files::replace(&package, &destination)?;
    println!("{sizes}\nThe npm package is in {}", destination.display());
    Ok(())
}
