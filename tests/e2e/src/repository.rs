//! Where things are in the repository, and what to do when they are not there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The built npm package.
///
/// # Errors
/// It was not built.
pub fn package() -> Result<PathBuf> {
    let package = root().join("pkg");
    for file in ["index.js", "dist/sse-fetch.global.js", "package.json"] {
        ensure!(
            package.join(file).is_file(),
            "pkg/{file} is missing: run `cargo xtask build` first, or all of it with `cargo xtask test`"
        );
    }
    Ok(package)
}

/// The folder for what tests leave behind, such as screenshots of failures; it exists when this returns.
///
/// # Errors
/// It could not be made.
pub fn artefacts() -> Result<PathBuf> {
    let folder = root().join("target/e2e");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// A program from the `PATH`.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|program| program.is_file())
    })
}
