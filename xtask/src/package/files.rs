//! Files and folders of the package that no tool makes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::manifest;
use crate::workspace::Workspace;

/// Text files that are copied into the package unchanged.
const COPIED: [&str; 4] = ["pkg-template/README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Writes the texts, the guides and `package.json`.
pub fn write(workspace: &Workspace, package: &Path) -> Result<()> {
    for file in COPIED {
        let source = workspace.root.join(file);
        let name = source.file_name().context("a file to copy has no name")?;
        fs::copy(&source, package.join(name)).with_context(|| format!("copying {}", source.display()))?;
    }
    copy_guides(&workspace.root.join("docs"), &package.join("docs")).context("copying docs")?;
    let template = workspace.root.join("pkg-template/package.json");
    let text = fs::read_to_string(&template).with_context(|| format!("reading {}", template.display()))?;
    let manifest =
        manifest::filled_in(&text, &workspace.version).with_context(|| format!("filling in {}", template.display()))?;
    fs::write(package.join("package.json"), manifest)?;
    Ok(())
}

/// Copies the documents for users. Those for contributors stay in the repository.
fn copy_guides(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name() != "architecture.md" {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Makes an empty folder, also of one that is there.
pub fn start_empty(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("emptying {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))
}

/// Puts the complete package in the place of the old one.
pub fn replace(package: &Path, destination: &Path) -> Result<()> {
    start_empty(destination)?;
    // Renaming fails where the target directory is on another disk.
    fs::rename(package, destination)
        .or_else(|_| copy_directory(package, destination))
        .with_context(|| format!("writing {}", destination.display()))
}

pub fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
