//! The figures: read from what `criterion` estimated, printed as a table, written as JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::libraries::{LIBRARIES, Library};

/// The library the others are compared with.
const BASELINE: &str = "eventsource-stream";

/// One stream in one chunking.
pub struct Row {
    workload: &'static str,
    chunking: &'static str,
    /// The length of the stream.
    pub bytes: u64,
    events: u64,
    void: Vec<&'static str>,
    measured: Vec<Median>,
}

/// Nanoseconds for the whole stream.
struct Median {
    library: &'static str,
    ns: f64,
    /// The confidence interval of the median, 95 %.
    between: [f64; 2],
}

impl Row {
    /// Compares what each crate reports with what sse-fetch reports. Those that differ are void and not measured.
    #[must_use]
    pub fn check(workload: &'static str, chunking: &'static str, chunks: &[Bytes]) -> Self {
        let [reference, ..] = &LIBRARIES;
        let (sum, tally) = ((reference.check)(chunks), (reference.parse)(chunks));
        let agrees = |library: &&Library| {
            (library.check)(chunks) == sum && (library.parse)(chunks) == tally && tally.events == sum.events
        };
        Self {
            workload,
            chunking,
            bytes: chunks.iter().map(|chunk| chunk.len() as u64).sum(),
            events: sum.events,
            void: LIBRARIES.iter().filter(|library| !agrees(library)).map(|one| one.name).collect(),
            measured: Vec::new(),
        }
    }

    /// Whether this crate reported the right events.
    #[must_use]
    pub fn is_valid(&self, library: &Library) -> bool {
        !self.void.contains(&library.name)
    }

    fn gigabytes_per_second(&self, library: &str) -> Option<f64> {
        let median = self.measured.iter().find(|median| median.library == library)?;
        // Bytes per nanosecond are gigabytes per second.
        Some(as_float(self.bytes) / median.ns)
    }
}

/// All rows of a run.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a row with what `criterion` has written about it. A filter may have left some out.
    ///
    /// # Errors
    ///
    /// Where an estimate cannot be read.
    pub fn add(&mut self, mut row: Row, estimates: &Path) -> Result<()> {
        for library in &LIBRARIES {
            let file = estimates.join(row.workload).join(library.name).join(row.chunking).join("new/estimates.json");
            if file.exists() {
                let median = median(library.name, &file);
                row.measured.push(median.with_context(|| format!("{} is no estimate", file.display()))?);
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// Prints the table and writes `native.json`, unless nothing was measured.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn publish(&self, output: &Path) -> Result<()> {
        if self.rows.iter().all(|row| row.measured.is_empty()) {
            return Ok(());
        }
        print!("{}", self.table());
        println!();
        let json = serde_json::to_string_pretty(&self.json())? + "\n";
        let file = output.join("native.json");
        fs::write(&file, json).with_context(|| format!("{} cannot be written", file.display()))?;
        println!("wrote {}", file.display());
        Ok(())
    }

    #[allow(clippy::format_push_string)] // printed once, after all measuring
    fn table(&self) -> String {
        let mut table = String::from(
            "\nParsing natively, GB/s (median; `void`: other events than the rest; `-`: not measured)\n\n",
        );
        table += &format!("{:24}", "");
        for library in &LIBRARIES {
            table += &format!(" {:>20}", library.name);
        }
        table.push('\n');
        for row in &self.rows {
            table += &format!("{:24}", format!("{}, {}", row.workload, row.chunking));
            for library in &LIBRARIES {
                let figure = match row.gigabytes_per_second(library.name) {
                    Some(rate) => format!("{rate:.3}"),
                    None if row.is_valid(library) => "-".to_owned(),
                    None => "void".to_owned(),
                };
                table += &format!(" {figure:>20}");
            }
            table.push('\n');
        }
        table += &format!("{:24}", format!("mean ÷ {BASELINE}"));
        for library in &LIBRARIES {
            let mean = self.mean_against_baseline(library.name).map_or("-".to_owned(), |mean| format!("{mean:.2} ×"));
            table += &format!(" {mean:>20}");
        }
        table + "\n"
    }

    /// How many times as fast as the baseline, as the geometric mean over the rows that have both.
    fn mean_against_baseline(&self, library: &str) -> Option<f64> {
        let ratio = |row: &Row| Some(row.gigabytes_per_second(library)? / row.gigabytes_per_second(BASELINE)?);
        let logarithms: Vec<f64> = self.rows.iter().filter_map(ratio).map(f64::ln).collect();
        let count = as_float(logarithms.len() as u64);
        (!logarithms.is_empty()).then(|| (logarithms.iter().sum::<f64>() / count).exp())
    }

    fn json(&self) -> Value {
        let libraries = LIBRARIES.iter().map(|library| {
            json!({
                "name": library.name,
                "version": library.version,
                "gives": library.gives,
                "timesBaseline": self.mean_against_baseline(library.name),
            })
        });
        json!({
            "unit": "GB/s",
            "baseline": BASELINE,
            "libraries": libraries.collect::<Vec<_>>(),
            "rows": self.rows.iter().map(row_json).collect::<Vec<_>>(),
        })
    }
}

fn row_json(row: &Row) -> Value {
    let results = row.measured.iter().map(|median| {
        json!({
            "library": median.library,
            "gigabytesPerSecond": row.gigabytes_per_second(median.library),
            "medianNs": median.ns,
            "between": median.between,
        })
    });
    json!({
        "workload": row.workload,
        "chunking": row.chunking,
        "bytes": row.bytes,
        "events": row.events,
        "void": row.void,
        "results": results.collect::<Vec<_>>(),
    })
}

/// The median in a file of `criterion`.
fn median(library: &'static str, file: &Path) -> Result<Median> {
    let estimates: Value = serde_json::from_slice(&fs::read(file)?)?;
    let number = |pointer: &str| estimates.pointer(pointer).and_then(Value::as_f64).context("a number is missing");
    let between = ["lower_bound", "upper_bound"].map(|bound| number(&format!("/median/confidence_interval/{bound}")));
    let [low, high] = between;
    Ok(Median { library, ns: number("/median/point_estimate")?, between: [low?, high?] })
}

/// Sizes and counts here are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn as_float(number: u64) -> f64 {
    number as f64
}
