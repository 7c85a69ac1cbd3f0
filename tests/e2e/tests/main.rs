//! The end-to-end tests: each runs once in every engine. See the crate `e2e` for how.

use std::process::ExitCode;

mod bench_page;
mod chat;
mod demo;
mod docs;
mod examples;
mod faults;
mod flow;
mod frameworks;
mod hostile;
mod in_node;
mod lab;
mod page_life;
mod readme;
mod restart;
mod schedules;
mod snippet_page;
mod thousand_reconnects;
mod throughput;
mod timeline;

fn main() -> ExitCode {
    e2e::main(&[
        chat::TESTS,
        faults::TESTS,
        restart::TESTS,
        bench_page::TESTS,
        snippet_page::TESTS,
        examples::TESTS,
        in_node::TESTS,
        readme::TESTS,
        docs::TESTS,
        schedules::TESTS,
        flow::TESTS,
        frameworks::TESTS,
        hostile::TESTS,
        page_life::TESTS,
        thousand_reconnects::TESTS,
        throughput::TESTS,
        timeline::TESTS,
    ])
}
