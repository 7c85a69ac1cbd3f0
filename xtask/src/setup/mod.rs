//! Provides what a command needs and this machine is missing. What cannot be installed from here is named
//! together with the way to install it, and the command stops.

mod browsers;
mod node;
mod rust;
mod tools;

use std::env::{self, consts};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::engine::Engine;
use crate::step::Console;
use crate::workspace::Workspace;

pub use node::packages as npm_packages;

/// What the tests take beside cargo.
pub struct TestTools {
    pub wasm_pack: PathBuf,
    /// `PATH` on which drivers and the right runner of wasm-bindgen's tests are found first.
    pub path: OsString,
}

/// What the benchmarks in browsers take beside cargo.
pub struct BenchTools {
    /// `PATH` on which drivers are found first.
    pub path: OsString,
}

/// Sets up for formatting, lints, types and native tests.
pub fn for_check(workspace: &Workspace, console: &mut Console) -> Result<()> {
    node::packages(workspace, console)?;
    rust::components(workspace, console)?;
    rust::wasm_target(workspace, console)
}

/// Sets up for building the npm package.
pub fn for_build(workspace: &Workspace, console: &mut Console) -> Result<()> {
    node::packages(workspace, console)?;
    rust::wasm_target(workspace, console)
}

/// Sets up for everything: lints, native tests, and tests in these browser engines.
pub fn for_tests(workspace: &Workspace, console: &mut Console, engines: &[Engine]) -> Result<TestTools> {
    // What may be impossible here comes first, so that one learns it at once.
    node::require()?;
    browsers::provide(workspace, console, engines)?;
    for_check(workspace, console)?;
    let wasm_pack = tools::provide(workspace, console, &tools::wasm_pack())?;
    let wasm_bindgen = tools::wasm_bindgen(&workspace.locked_version("wasm-bindgen")?);
    let mut programs = vec![tools::provide(workspace, console, &wasm_bindgen)?];
    if engines.contains(&Engine::Firefox) {
        programs.push(tools::provide(workspace, console, &tools::geckodriver())?);
    }
    Ok(TestTools { path: path_with(&programs)?, wasm_pack })
}

/// Sets up for the benchmarks in these browser engines. One that cannot be installed is reported, and does not stop the others
/// from being measured.
pub fn for_bench(workspace: &Workspace, console: &mut Console, engines: &[Engine]) -> Result<BenchTools> {
    node::require()?;
    let mut programs = Vec::new();
    for engine in engines {
        if let Err(error) = browser_with_driver(workspace, console, *engine, &mut programs) {
            eprintln!("No figures of {engine}: {error:#}");
        }
    }
    for_build(workspace, console)?;
    Ok(BenchTools { path: path_with(&programs)? })
}

/// Adds the drivers that are compiled here to the `programs`.
fn browser_with_driver(
    workspace: &Workspace,
    console: &mut Console,
    engine: Engine,
    programs: &mut Vec<PathBuf>,
) -> Result<()> {
    browsers::provide(workspace, console, &[engine])?;
    if engine == Engine::Firefox {
        programs.push(tools::provide(workspace, console, &tools::geckodriver())?);
    }
    Ok(())
}

/// The `PATH` on which these programs are found before others of their name.
fn path_with(programs: &[PathBuf]) -> Result<OsString> {
    let mut directories: Vec<PathBuf> =
        programs.iter().filter_map(|program| program.parent().map(Path::to_path_buf)).collect();
    directories.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(directories).context("a tool's directory cannot stand in PATH")
}

/// The first file of this name on `PATH`.
pub fn find_on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(&file)).find(|path| path.is_file())
}
