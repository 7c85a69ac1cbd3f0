//! The package as npm would publish it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

use crate::program::program_name;

/// The packed package. Each run packs the built package once.
///
/// # Panics
/// The package is not built, or npm does not pack it.
pub fn tarball() -> &'static Path {
    static TARBALL: OnceLock<PathBuf> = OnceLock::new();
    TARBALL.get_or_init(|| pack().unwrap_or_else(|error| panic!("{error:#}")))
}

fn pack() -> Result<PathBuf> {
    let artefacts = e2e::artefacts()?;
    let folder = tempfile::tempdir_in(&artefacts)?;
    let output = Command::new(program_name("npm"))
        .args(["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination"])
        .arg(folder.path())
        .current_dir(e2e::package()?)
        .output()
        .context("cannot run npm; Node and npm are needed")?;
    ensure!(output.status.success(), "npm pack failed: {}", String::from_utf8_lossy(&output.stderr));
    let packed = std::fs::read_dir(folder.path())?.next().context("npm packed nothing")??.path();
    // By renaming, so that another run never reads half a file.
    let tarball = artefacts.join("sse-fetch.tgz");
    std::fs::rename(&packed, &tarball).with_context(|| format!("cannot write {}", tarball.display()))?;
    Ok(tarball)
}
