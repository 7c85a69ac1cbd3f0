//! The end-to-end tests: each runs once in every engine. See the crate `e2e` for how.

use std::process::ExitCode;

mod bench_page;
mod chat;
mod demo;
mod docs;
mod examples;
mod faults;
mod frameworks;
mod lab;
mod readme;
mod restart;
mod snippet_page;
mod timeline;

fn main() -> ExitCode {
    e2e::main(&[
        chat::TESTS,
        faults::TESTS,
        restart::TESTS,
        bench_page::TESTS,
        snippet_page::TESTS,
        examples::TESTS,
        readme::TESTS,
        docs::TESTS,
        frameworks::TESTS,
        timeline::TESTS,
    ])
}
