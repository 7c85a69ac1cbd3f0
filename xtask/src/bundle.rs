//! Bundles the benchmarks with esbuild: the page that measures, with the other libraries from npm; the engine for the
//! demo's page; and the programs that measure in browsers and draw the plots. sse-fetch itself stays outside: the page
//! imports the file that ships. Beside them are the sizes of what ships, which no page can measure.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::sizes;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// The folder that the demo server serves at `/bench/`.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch("benchmarks")
}

/// A program of the benchmarks.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// Measures in browsers.
    Command,
    /// Draws the plots.
    Plots,
}

/// Bundles a program for Node and returns its file.
pub fn program(workspace: &Workspace, console: &mut Console, program: Program) -> Result<PathBuf> {
    let name = match program {
        Program::Command => "command",
        Program::Plots => "plots",
    };
    let file = workspace.scratch("benchmark-programs").join(name).with_extension("mjs");
    let mut bundle = esbuild(workspace);
    bundle
        .args([&format!("benches/{name}/main.ts"), "--platform=node", "--target=node20"])
        .arg(format!("--outfile={}", file.display()));
    console.run(Step::new(format!("bundle {name}"), format!("Bundling benches/{name} with esbuild")), bundle)?;
    Ok(file)
}

fn esbuild(workspace: &Workspace) -> Command {
    let program = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let mut esbuild = workspace.command(workspace.root.join("node_modules/.bin").join(program));
    esbuild.args(["--bundle", "--format=esm", "--log-level=warning", "--legal-comments=none"]);
    esbuild
}

/// Writes that folder. The npm packages and ours have to be there.
pub fn write(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let folder = folder(workspace);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let mut page = esbuild(workspace);
    page.args(["benchmark=benches/page/main.js", "engine=benches/engine/index.ts"])
        .args(["--platform=browser", "--target=es2022", "--minify"])
        .arg(format!("--outdir={}", folder.display()));
    console.run(Step::new("bundle benchmarks", "Bundling the page of the benchmarks with esbuild"), page)?;

    let page = workspace.root.join("benches/page/index.html");
    fs::copy(&page, folder.join("index.html")).with_context(|| format!("copying {}", page.display()))?;

    let sizes = folder.join("sizes.json");
    let text = serde_json::to_string_pretty(&sizes::sizes(workspace)?)?;
    fs::write(&sizes, text).with_context(|| format!("writing {}", sizes.display()))
}
