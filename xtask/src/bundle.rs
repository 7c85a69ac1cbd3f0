//! Bundles the page of the benchmarks: our clock and the peers from npm in one script. sse-fetch itself stays outside;
//! the page imports the file that ships. Beside them are the sizes of what ships, which no page can measure.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::sizes;
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// The folder that the demo server serves at `/bench/`.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch("benchmarks")
}

/// Writes that folder. The npm packages and ours have to be there.
pub fn write(workspace: &Workspace, console: &mut Console) -> Result<()> {
    let folder = folder(workspace);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let program = if cfg!(windows) { "esbuild.cmd" } else { "esbuild" };
    let mut esbuild = workspace.command(workspace.root.join("node_modules/.bin").join(program));
    esbuild
        .args(["benches/page/main.js", "--bundle", "--format=esm", "--platform=browser", "--target=es2022", "--minify"])
        .args(["--log-level=warning", "--legal-comments=none"])
        .arg(format!("--outfile={}", folder.join("benchmark.js").display()));
    console.run(Step::new("bundle benchmarks", "Bundling the page of the benchmarks with esbuild"), esbuild)?;

    let page = workspace.root.join("benches/page/index.html");
    fs::copy(&page, folder.join("index.html")).with_context(|| format!("copying {}", page.display()))?;

    let sizes = folder.join("sizes.json");
    let text = serde_json::to_string_pretty(&sizes::sizes(workspace)?)?;
    fs::write(&sizes, text).with_context(|| format!("writing {}", sizes.display()))
}
