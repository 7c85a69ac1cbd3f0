//! The figures: read from what `criterion` estimated, printed as a table, written as JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use benches_plot::{Axis, Series, dots};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::contestants::{CONTESTANTS, Contestant};

/// The contestant the others are compared with.
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
    contestant: &'static str,
    ns: f64,
    /// The confidence interval of the median, 95 %.
    between: [f64; 2],
}

impl Row {
    /// Finds out who hears what sse-fetch hears; the rest is void and will not be measured.
    #[must_use]
    pub fn check(workload: &'static str, chunking: &'static str, chunks: &[Bytes]) -> Self {
        let [reference, ..] = &CONTESTANTS;
        let (sum, heard) = ((reference.check)(chunks), (reference.parse)(chunks));
        let agrees = |contestant: &&Contestant| {
            (contestant.check)(chunks) == sum && (contestant.parse)(chunks) == heard && heard.events == sum.events
        };
        Self {
            workload,
            chunking,
            bytes: chunks.iter().map(|chunk| chunk.len() as u64).sum(),
            events: sum.events,
            void: CONTESTANTS.iter().filter(|contestant| !agrees(contestant)).map(|one| one.name).collect(),
            measured: Vec::new(),
        }
    }

    /// Whether this contestant heard what all should hear.
    #[must_use]
    pub fn is_valid(&self, contestant: &Contestant) -> bool {
        !self.void.contains(&contestant.name)
    }

    fn gigabytes_per_second(&self, contestant: &str) -> Option<f64> {
        let median = self.measured.iter().find(|median| median.contestant == contestant)?;
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
        for contestant in &CONTESTANTS {
            let file = estimates.join(row.workload).join(contestant.name).join(row.chunking).join("new/estimates.json");
            if file.exists() {
                let median = median(contestant.name, &file);
                row.measured.push(median.with_context(|| format!("{} is no estimate", file.display()))?);
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// Prints the table and writes `native.json` and `native.svg`, unless nothing was measured.
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
        for (name, content) in [("native.json", json), ("native.svg", self.plot())] {
            let file = output.join(name);
            fs::write(&file, content).with_context(|| format!("{} cannot be written", file.display()))?;
            println!("wrote {}", file.display());
        }
        Ok(())
    }

    #[allow(clippy::format_push_string)] // printed once, after all measuring
    fn table(&self) -> String {
        let mut table = String::from(
            "\nParsing natively, GB/s (median; `void`: other events than the rest; `-`: not measured)\n\n",
        );
        table += &format!("{:24}", "");
        for contestant in &CONTESTANTS {
            table += &format!(" {:>20}", contestant.name);
        }
        table.push('\n');
        for row in &self.rows {
            table += &format!("{:24}", format!("{}, {}", row.workload, row.chunking));
            for contestant in &CONTESTANTS {
                let figure = match row.gigabytes_per_second(contestant.name) {
                    Some(rate) => format!("{rate:.3}"),
                    None if row.is_valid(contestant) => "-".to_owned(),
                    None => "void".to_owned(),
                };
                table += &format!(" {figure:>20}");
            }
            table.push('\n');
        }
        table += &format!("{:24}", format!("mean ÷ {BASELINE}"));
        for contestant in &CONTESTANTS {
            let mean =
                self.mean_against_baseline(contestant.name).map_or("-".to_owned(), |mean| format!("{mean:.2} ×"));
            table += &format!(" {mean:>20}");
        }
        table + "\n"
    }

    /// A line for each stream, a dot for each crate.
    #[must_use]
    pub fn plot(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|row| format!("{}, {}", row.workload, row.chunking)).collect();
        // Colours for the two ways of ours and for the fastest of the others.
        let class = |contestant: &Contestant| match contestant.name {
            "sse-fetch" => "ours",
            "sse-fetch (strings)" => "theirs",
            "sse-stream" => "third",
            _ => "other",
        };
        let series = |contestant: &Contestant| {
            let mean = self.mean_against_baseline(contestant.name);
            Series {
                name: contestant.name.to_owned(),
                summary: mean.map_or_else(|| "no figure".to_owned(), |mean| format!("{mean:.1} ×")),
                class: class(contestant),
                figures: self.rows.iter().map(|row| row.gigabytes_per_second(contestant.name)).collect(),
            }
        };
        let series: Vec<Series> = CONTESTANTS.iter().map(series).collect();
        let legend = format!(
            "GB/s, medians; means as a multiple of {BASELINE}. sse-fetch and sseer give slices, the others strings."
        );
        dots("Parsing natively", &legend, &rows, Axis { unit: "GB/s", least: (0.5, 2.0), middle: None }, &series)
    }

    /// How many times as fast as the baseline, as the geometric mean over the rows that have both.
    fn mean_against_baseline(&self, contestant: &str) -> Option<f64> {
        let ratio = |row: &Row| Some(row.gigabytes_per_second(contestant)? / row.gigabytes_per_second(BASELINE)?);
        let logarithms: Vec<f64> = self.rows.iter().filter_map(ratio).map(f64::ln).collect();
        let count = as_float(logarithms.len() as u64);
        (!logarithms.is_empty()).then(|| (logarithms.iter().sum::<f64>() / count).exp())
    }

    fn json(&self) -> Value {
        let contestants = CONTESTANTS.iter().map(|contestant| {
            json!({
                "name": contestant.name,
                "version": contestant.version,
                "gives": contestant.gives,
                "timesBaseline": self.mean_against_baseline(contestant.name),
            })
        });
        json!({
            "unit": "GB/s",
            "baseline": BASELINE,
            "contestants": contestants.collect::<Vec<_>>(),
            "rows": self.rows.iter().map(row_json).collect::<Vec<_>>(),
        })
    }
}

fn row_json(row: &Row) -> Value {
    let results = row.measured.iter().map(|median| {
        json!({
            "contestant": median.contestant,
            "gigabytesPerSecond": row.gigabytes_per_second(median.contestant),
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
fn median(contestant: &'static str, file: &Path) -> Result<Median> {
    let estimates: Value = serde_json::from_slice(&fs::read(file)?)?;
    let number = |pointer: &str| estimates.pointer(pointer).and_then(Value::as_f64).context("a number is missing");
    let between = ["lower_bound", "upper_bound"].map(|bound| number(&format!("/median/confidence_interval/{bound}")));
    let [low, high] = between;
    Ok(Median { contestant, ns: number("/median/point_estimate")?, between: [low?, high?] })
}

/// Sizes and counts here are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn as_float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::{BASELINE, Median, Report, Row};

    #[test]
    fn the_plot_has_a_dot_for_each_figure_and_the_mean_of_each_crate() {
        let median = |contestant, ns| Median { contestant, ns, between: [ns, ns] };
        let measured = vec![median("sse-fetch", 500.0), median(BASELINE, 1000.0)];
        let row = Row { workload: "chat", chunking: "64 KiB", bytes: 1000, events: 5, void: Vec::new(), measured };
        let plot = Report { rows: vec![row] }.plot();
        assert_eq!(plot.matches("<circle").count(), 2, "{plot}");
        assert!(plot.contains("● sse-fetch: 2.0 ×<"), "{plot}");
        assert!(plot.contains("<title>sse-fetch: 2.00 GB/s</title>"), "{plot}");
        assert!(plot.contains(">chat, 64 KiB</text>"), "{plot}");
    }
}
