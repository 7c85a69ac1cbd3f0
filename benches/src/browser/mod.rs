//! sse-fetch beside its peers, in real browsers: the same streams through every client, one browser at a time.
//!
//! The page in `benches/page` runs one repetition when it is asked to; what is asked for, how often and in which order
//! is decided here, and so is what the figures say. The demo server gives the page, the package and the flood of events.

pub mod bars;
pub mod catalogue;
mod driver;
mod engine;
pub mod measure;
mod page;
pub mod plan;
pub mod plot;
pub mod report;
pub mod row;
pub mod size;
pub mod statistics;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use demo_server::{Config, DemoServer};

pub use engine::Engine;
use measure::Measured;
use plan::Plan;

/// What is run, and where its files are.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engines to measure in.
    pub engines: Vec<Engine>,
    /// How much is measured.
    pub plan: Plan,
    /// The folder with the page, bundled with the peers.
    pub bundle: PathBuf,
}

/// Measures; prints the tables, and writes `browser.json` and the plots to `directory`.
///
/// # Errors
/// Nothing can be measured or written, or not in every engine: then the figures of the others are published first.
pub fn publish(options: &Options, directory: &Path, out: &mut impl Write) -> Result<()> {
    let bundle = options.bundle.join("index.html");
    ensure!(bundle.is_file(), "there is no {}; `cargo xtask bench` makes it", bundle.display());
    let mut failures = Vec::new();
    let sizes = size::sizes(&options.bundle).unwrap_or_else(|error| {
        failures.push(format!("size: {error:#}"));
        Vec::new()
    });
    let engines = tokio::runtime::Runtime::new()?.block_on(measure_all(options, &mut failures))?;

    let bars = bars::bars(&engines, &sizes);
    write!(out, "{}", report::tables(&engines, &sizes, &bars))?;
    let json = report::in_json(&options.plan, &engines, &sizes, &bars, &failures);
    fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))?;
    remove_plots(directory)?;
    let mut files = vec![("browser.json", format!("{json:#}\n"))];
    files.extend(plot::plots(&engines, &sizes));
    writeln!(out)?;
    for (name, content) in files {
        let path = directory.join(name);
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        writeln!(out, "wrote {}", path.display())?;
    }
    if !failures.is_empty() {
        bail!("not everything was measured:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

/// What an earlier run has drawn is not to be taken for this one's, which may have no figures for it.
fn remove_plots(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("browser-") && path.extension().is_some_and(|kind| kind == "svg") {
            fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// One engine after the other. An engine that cannot be measured at all leaves the others their figures.
async fn measure_all(options: &Options, failures: &mut Vec<String>) -> Result<Vec<Measured>> {
    let server = DemoServer::start(Config { benchmarks: options.bundle.clone(), ..Config::default() }).await?;
    let mut all = Vec::new();
    for engine in &options.engines {
        eprintln!("Measuring in {engine}…");
        match measure::measure(*engine, &server.url(), &options.plan).await {
            Ok(measured) => {
                failures.extend(measured.failures.iter().map(|failure| format!("{engine}: {failure}")));
                all.push(measured);
            }
            Err(error) => {
                eprintln!("  {engine}: {error:#}");
                failures.push(format!("{engine}: {error:#}"));
            }
        }
    }
    server.stop().await;
    Ok(all)
}
