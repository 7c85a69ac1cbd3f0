//! Temporary projects in which the package is installed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{Program, tarball};

type Shared = HashMap<String, Arc<OnceCell<Arc<Project>>>>;

/// The projects that tests share, by name.
static SHARED: Mutex<Option<Shared>> = Mutex::new(None);

/// A fresh copy of a folder of `projects/`, with its dependencies and the packed package installed. Dropping it removes it.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// Copies `projects/NAME`, installs the packages of its lock file, then sse-fetch. Without a `package.json` it installs
    /// sse-fetch alone.
    ///
    /// # Panics
    /// There is no such project, or npm fails.
    pub async fn new(name: &str) -> Self {
        let project = Self { folder: copy(name).unwrap_or_else(|error| panic!("projects/{name}: {error:#}")) };
        if project.path().join("package-lock.json").is_file() {
            project.program("npm ci --ignore-scripts").run().await;
        }
        // Not written to the manifest or the lock file, because every build makes a different package.
        let install = "npm install --no-save --no-package-lock --ignore-scripts";
        project.program(install).arg(tarball()).run().await;
        project
    }

    /// Like [`new`](Self::new), but all tests of the run share one copy, because installing takes long. These tests must not
    /// disturb each other.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub async fn shared(name: &str) -> Arc<Self> {
        let cell = {
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shared.get_or_insert_default().entry(name.to_owned()).or_default())
        };
        Arc::clone(cell.get_or_init(async || Arc::new(Self::new(name).await)).await)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program to run in its folder: words, separated by spaces, such as `npm run build`.
    #[must_use]
    pub fn program(&self, line: &str) -> Program {
        Program::new(line, self.path())
    }

    /// All files below one of its folders, such as the output of a build.
    ///
    /// # Panics
    /// There is no such folder.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let folder = self.path().join(folder);
        files_below(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    }
}

/// Removes the shared projects. Must be called after the last test.
pub(crate) fn remove_shared() {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner).take();
}

fn copy(name: &str) -> Result<TempDir> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("projects").join(name);
    // Outside of the repository. Inside, tools would find the repository's `node_modules`.
    let copy = tempfile::Builder::new().prefix(&format!("sse-fetch-{name}-")).tempdir()?;
    for file in files_below(&source).with_context(|| source.display().to_string())? {
        let target = copy.path().join(file.strip_prefix(&source)?);
        std::fs::create_dir_all(target.parent().context("a file is in a folder")?)?;
        std::fs::copy(&file, &target)?;
    }
    Ok(copy)
}

/// Copies a folder without `node_modules`, which exists if the project was tried in place.
fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            files.push(entry.path());
        } else if entry.file_name() != "node_modules" {
            files.extend(files_below(&entry.path())?);
        }
    }
    Ok(files)
}
