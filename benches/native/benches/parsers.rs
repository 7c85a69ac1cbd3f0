//! Measures every parser on every stream with `criterion`, after a check that all of them report the same. Prints a table
//! and writes `native.json` into the folder that the environment variable `SSE_FETCH_BENCH_OUTPUT` names (a path from the
//! root of the filesystem; a folder under cargo's target directory if it is not set).

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use anyhow::Result;
use benches_native::libraries::LIBRARIES;
use benches_native::report::{Report, Row};
use benches_native::workloads::{CHUNKINGS, WORKLOADS};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

// Short, since there are 240 figures to take; the ratios between parsers are far larger than the noise.
const WARM_UP: Duration = Duration::from_millis(50);
const MEASUREMENT: Duration = Duration::from_millis(150);
const SAMPLES: usize = 10;
const RESAMPLES: usize = 1_000;

fn main() -> Result<()> {
    let output = env::var_os("SSE_FETCH_BENCH_OUTPUT")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("native"), PathBuf::from);
    let estimates = output.join("criterion");
    // What an earlier run left there is not to be taken for a figure of this one.
    if estimates.exists() {
        fs::remove_dir_all(&estimates)?;
    }
    fs::create_dir_all(&output)?;
    let mut criterion = Criterion::default()
        .warm_up_time(WARM_UP)
        .measurement_time(MEASUREMENT)
        .sample_size(SAMPLES)
        .nresamples(RESAMPLES)
        .without_plots()
        .output_directory(&estimates)
        .configure_from_args();
    let mut report = Report::default();
    for workload in &WORKLOADS {
        for (chunking, size) in CHUNKINGS {
            let chunks = workload.chunks(size);
            let row = Row::check(workload.name, chunking, &chunks);
            let mut group = criterion.benchmark_group(workload.name);
            group.throughput(Throughput::Bytes(row.bytes)).sampling_mode(SamplingMode::Flat);
            for library in LIBRARIES.iter().filter(|library| row.is_valid(library)) {
                group.bench_function(BenchmarkId::new(library.name, chunking), |bencher| {
                    bencher.iter(|| (library.parse)(&chunks));
                });
            }
            group.finish();
            report.add(row, &estimates)?;
        }
    }
    criterion.final_summary();
    report.publish(&output)
}
