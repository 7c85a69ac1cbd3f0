//! The peer that sse-fetch is compared with, as a page can load it.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::{artefacts, root};

/// `@microsoft/fetch-event-source` as a classic script that defines the global `peer`.
///
/// # Panics
/// The npm packages of the repository are not installed.
pub fn fetch_event_source() -> &'static str {
    static BUNDLE: OnceLock<String> = OnceLock::new();
    BUNDLE.get_or_init(|| bundle().unwrap_or_else(|error| panic!("{error:#}")))
}

fn bundle() -> Result<String> {
    let modules = root().join("node_modules");
    let entry = modules.join("@microsoft/fetch-event-source/lib/esm/index.js");
    let esbuild = modules.join(".bin/esbuild");
    if !entry.is_file() || !esbuild.is_file() {
        bail!("node_modules is incomplete: run `npm ci`, or all of it with `cargo xtask test`");
    }
    let bundle = artefacts()?.join("fetch-event-source.js");
    let output = Command::new(&esbuild)
        .arg(&entry)
        .args(["--bundle", "--minify", "--format=iife", "--global-name=peer", "--log-level=warning"])
        .arg(format!("--outfile={}", bundle.display()))
        .output()
        .with_context(|| format!("cannot run {}", esbuild.display()))?;
    if !output.status.success() {
        bail!("esbuild failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::read_to_string(&bundle).context("the bundle cannot be read")
}
