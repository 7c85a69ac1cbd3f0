//! Runs every outage with every policy; prints a table and writes the figures as JSON.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sse_fetch::session::Millis;

use crate::figures::{Figures, by_second};
use crate::outage::{Outage, Policy};
use crate::simulation::{Run, simulate};

/// How the figures are defined, in the words of the table and the JSON.
const DEFINITIONS: [&str; 3] = [
    "peak, 99 %: of the requests in every window of one second, at each millisecond, from the return of the server \
     until the last client is back (at least one window)",
    "mean: requests per second in that time, which counts for one second at least",
    "while down, after: requests before and after the return",
];

/// An outage as one policy went through it.
struct Measured {
    policy: Policy,
    figures: Figures,
    by_second: Vec<u32>,
}

/// An outage as every policy went through it.
struct Comparison {
    outage: Outage,
    measured: Vec<Measured>,
}

/// Simulates so many clients, prints the table, and writes `reconnect-storm.json` to `directory`.
///
/// # Errors
///
/// When the files or the table cannot be written.
pub fn publish(clients: u32, directory: &Path, out: &mut impl Write) -> Result<()> {
    let comparisons = compare(clients);
    write!(out, "{}", table(clients, &comparisons))?;
    fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))?;
    let path = directory.join("reconnect-storm.json");
    fs::write(&path, format!("{:#}\n", in_json(clients, &comparisons)))
        .with_context(|| format!("writing {}", path.display()))?;
    writeln!(out, "\nwrote {}", path.display())?;
    Ok(())
}

fn compare(clients: u32) -> Vec<Comparison> {
    let outage = Outage::of(clients);
    let outages = [outage.clone(), outage.clone().with_round_trips(), outage.with_a_busy_server()];
    outages.into_iter().map(|outage| Comparison { measured: measure(&outage), outage }).collect()
}

fn measure(outage: &Outage) -> Vec<Measured> {
    let measured = |policy: Policy| {
        let run = simulate(outage, policy);
        assert_complete(outage, &run);
        Measured { policy, figures: Figures::of(&run), by_second: by_second(&run) }
    };
    Policy::ALL.into_iter().map(measured).collect()
}

/// Figures are meaningless if a client is not back, or breaks the session's own rules.
fn assert_complete(outage: &Outage, run: &Run) {
    assert_eq!(run.back, outage.clients, "every client is back");
    assert_eq!(run.overlapping, 0, "no client has two requests open");
}

fn table(clients: u32, comparisons: &[Comparison]) -> String {
    let mut lines = vec![
        format!("{} clients lose their server for 60 s. Requests per second on its return:", thousands(clients)),
        String::new(),
        row("", ["peak", "99 %", "mean", "all back after", "while down", "after"].map(str::to_owned)),
    ];
    for Comparison { outage, measured } in comparisons {
        lines.push(outage.title.to_owned());
        lines.extend(measured.iter().map(|Measured { policy, figures, .. }| {
            let cells = [
                thousands(figures.peak),
                thousands(figures.percentile_99),
                thousands(rounded(figures.mean)),
                in_seconds(figures.all_back_after),
                thousands(figures.during_outage),
                thousands(figures.after_return),
            ];
            row(&format!("  {}", policy.name()), cells)
        }));
    }
    lines.push(String::new());
    lines.extend(DEFINITIONS.map(str::to_owned));
    lines.push(String::new());
    lines.join("\n")
}

fn row(name: &str, [peak, percentile, mean, back, during, after]: [String; 6]) -> String {
    format!("{name:18} {peak:>9} {percentile:>9} {mean:>9} {back:>15} {during:>11} {after:>10}").trim_end().to_owned()
}

fn in_json(clients: u32, comparisons: &[Comparison]) -> Value {
    let outages: Vec<Value> = comparisons
        .iter()
        .map(|Comparison { outage, measured }| {
            json!({
                "title": outage.title,
                "outage_ms": outage.length,
                "round_trip_ms": [outage.round_trip.start(), outage.round_trip.end()],
                "opens_per_second": outage.opens_per_second,
                "seed": outage.seed,
                "policies": measured.iter().map(measured_in_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "benchmark": "reconnect-storm", "clients": clients, "definitions": DEFINITIONS, "outages": outages })
}

fn measured_in_json(Measured { policy, figures, by_second }: &Measured) -> Value {
    json!({
        "policy": policy.name(),
        "peak_per_second": figures.peak,
        "percentile_99_per_second": figures.percentile_99,
        "mean_per_second": figures.mean,
        "all_back_after_ms": figures.all_back_after,
        "requests_after_return": figures.after_return,
        "requests_during_outage": figures.during_outage,
        "requests_by_second_since_loss": by_second,
    })
}

/// `29.8 s`.
#[allow(clippy::cast_precision_loss)]
fn in_seconds(span: Millis) -> String {
    format!("{:.1} s", span as f64 / 1000.0)
}

/// `100,000`.
fn thousands(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::{compare, in_json, in_seconds, table, thousands};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0_u64, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn spans_are_shown_in_seconds() {
        assert_eq!([0, 29_849].map(in_seconds), ["0.0 s", "29.8 s"]);
    }

    #[test]
    fn table_and_json_have_every_outage_and_the_same_peak() {
        let comparisons = compare(200);
        let (table, json) = (table(200, &comparisons), in_json(200, &comparisons));
        for (index, comparison) in comparisons.iter().enumerate() {
            let peak = comparison.measured[0].figures.peak;
            assert!(table.contains(comparison.outage.title), "{table}");
            assert_eq!(json["outages"][index]["policies"][0]["peak_per_second"], peak);
        }
    }
}
