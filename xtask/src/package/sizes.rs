//! What a user downloads, and how much it may be.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use super::{GLOBAL, MODULES, WASM, WITHOUT_WASM};
use crate::compress::{brotli, gzip};

/// What a page loads by the default entry.
const DEFAULT_ENTRY: [&str; 3] = ["error.js", "core.js", "index.js"];

/// A table of what a user downloads, in bytes, if all of it is within its budget.
pub fn within_budget(package: &Path) -> Result<String> {
    let mut table = vec![row("bytes", ["raw", "gzip", "brotli", "budget"])];
    let mut beyond = Vec::new();
    let mut default_entry = [0; 4];
    let modules = MODULES.iter().map(|module| (format!("{}.js", module.name), module.budget));
    for (file, budget) in modules.chain([GLOBAL, WASM, WITHOUT_WASM].map(|(file, budget)| (file.to_owned(), budget))) {
        let bytes = fs::read(package.join(&file))?;
        let (raw, gzip, brotli) = (bytes.len(), gzip(&bytes)?, brotli(&bytes)?);
        table.push(row(&file, [raw, gzip, brotli, budget]));
        if DEFAULT_ENTRY.contains(&file.as_str()) {
            default_entry = std::array::from_fn(|column| default_entry[column] + [raw, gzip, brotli, budget][column]);
        }
        if brotli > budget {
            beyond.push(format!("{file} has {brotli} bytes after Brotli, and may have {budget}"));
        }
    }
    table.push(row("the default entry", default_entry));
    let table = table.join("\n");
    ensure!(
        beyond.is_empty(),
        "{table}\n{}: make it smaller, or raise its budget in xtask/src/package/mod.rs and say why",
        beyond.join("\n")
    );
    Ok(table)
}

fn row(name: &str, [raw, gzip, brotli, budget]: [impl std::fmt::Display; 4]) -> String {
    format!("{name:26} {raw:>9} {gzip:>9} {brotli:>9} {budget:>9}")
}
