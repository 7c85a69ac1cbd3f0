//! Bundles the benchmarks with esbuild: the page that measures, with the other libraries from npm; the engine for the
//! demo's page; and the programs that measure in browsers and draw the plots. sse-fetch itself stays outside: the page
//! imports the file that ships. Beside them are the sizes of what ships, which no page can measure.

use std::fs;
use std::path::{Path, PathBuf};
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

/// The clients that chat in a page of their own. Each is one file, as the bundler of an application writes it; sse-fetch may have
/// more files, which it loads when it needs them.
fn write_chats(workspace: &Workspace, console: &mut Console, folder: &Path) -> Result<()> {
    let folder = folder.join("chat");
    if folder.exists() {
        // A file of an earlier package that has another name now.
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    let others = ["main", "baseline", "eventsource-client", "eventsource-parser", "fetch-event-source", "native"];
    let bundle = |files: &[&str], more: &[&str]| {
        let mut chats = esbuild(workspace);
        chats.args(files.iter().map(|file| format!("benches/page/chat/{file}.js")));
        chats.args(["--platform=browser", "--target=es2022", "--minify"]).args(more);
        chats.arg(format!("--outdir={}", folder.display()));
        chats
    };
    let step = |what: &str| Step::new(format!("bundle {what}"), format!("Bundling {what} with esbuild"));
    console.run(step("the libraries of the chats"), bundle(&others, &[]))?;
    let ours = bundle(&["sse-fetch"], &["--splitting", "--alias:sse-fetch=./pkg/index.js"]);
    console.run(step("the chats with sse-fetch"), ours)
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

    write_chats(workspace, console, &folder)?;

    for page in ["index.html", "chat/index.html"] {
        let source = workspace.root.join("benches/page").join(page);
        fs::copy(&source, folder.join(page)).with_context(|| format!("copying {}", source.display()))?;
    }

    let sizes = folder.join("sizes.json");
    let text = serde_json::to_string_pretty(&sizes::sizes(workspace)?)?;
    fs::write(&sizes, text).with_context(|| format!("writing {}", sizes.display()))
}
