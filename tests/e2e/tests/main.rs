//! The end-to-end tests: each runs once in every engine. See the crate `e2e` for how.

use std::process::ExitCode;

mod bench_page;
mod demo;
mod timeline;

fn main() -> ExitCode {
    e2e::main(&[bench_page::TESTS, timeline::TESTS])
}
