//! What a page downloads for each entry of the package, as it was measured when the package was built.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The file beside the bundled page that has them.
const FILE: &str = "sizes.json";

/// The size of an entry with everything it imports, or of a wasm file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Size {
    /// What a person calls it: `sse-fetch/slim`, or the file.
    pub name: String,
    /// Its file in the package.
    pub file: String,
    /// As it is in the package.
    pub raw: usize,
    /// Minified; the same for wasm.
    pub minified: usize,
    /// Minified and compressed with gzip at its best.
    pub gzip: usize,
    /// Minified and compressed with Brotli at its best.
    pub brotli: usize,
}

/// Sizes of everything in the package that a page can load.
///
/// # Errors
/// They are not in the folder of the bundled page, or not as they should be.
pub fn sizes(bundle: &Path) -> Result<Vec<Size>> {
    let file = bundle.join(FILE);
    let text = fs::read(&file).with_context(|| format!("reading {}; `cargo xtask bench` makes it", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} has no sizes", file.display()))
}
