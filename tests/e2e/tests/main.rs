//! The end-to-end tests: each runs once in every engine. See the crate `e2e` for how.

use std::process::ExitCode;

mod bench_page;
mod chat;
mod demo;
mod faults;
mod frameworks;
mod lab;
mod restart;
mod timeline;

fn main() -> ExitCode {
    e2e::main(&[chat::TESTS, faults::TESTS, restart::TESTS, bench_page::TESTS, frameworks::TESTS, timeline::TESTS])
}
