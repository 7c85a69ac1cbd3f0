//! `cargo xtask test`: every check and every test. It continues after a failure, so that one run reports all
//! of them, and ends with one line that counts: `N passed, M failed`.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::ValueEnum;

use crate::engine::Engine;
use crate::setup::{self, TestTools};
use crate::step::{Console, Step};
use crate::workspace::Workspace;
use crate::{bundle, check, client, end_to_end, examples, package, rust_client};

/// A part of the tests, by the name `--only` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Format, lints, types, documentation.
    Checks,
    /// Tests that need no browser.
    Native,
    /// The npm package in browsers, without a server.
    Client,
    /// The Rust client and the wasm bindings, in browsers.
    Bindings,
    /// Whole behaviours in browsers, against a real server.
    EndToEnd,
    /// The package as npm packs it, in bundlers, pages and other runtimes.
    Packaging,
}

impl Part {
    pub const ALL: [Self; 6] =
        [Self::Checks, Self::Native, Self::Client, Self::Bindings, Self::EndToEnd, Self::Packaging];
}

impl std::fmt::Display for Part {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.to_possible_value().expect("no part is skipped").get_name())
    }
}

/// What to run.
pub struct Scope<'a> {
    pub engines: &'a [Engine],
    pub parts: &'a [Part],
    /// Only the files whose topic contains this. If there is none, only the tests whose name contains it.
    pub filter: Option<&'a str>,
}

/// Runs the tests of this scope.
pub fn run(workspace: &Workspace, console: &mut Console, scope: &Scope) -> Result<ExitCode> {
    let Scope { engines, parts, filter } = *scope;
    let includes = |part| parts.contains(&part);
    let tools = setup::for_tests(workspace, console, engines)?;
    let mut suite = Suite { console, filter, tally: Tally::default() };
    if includes(Part::Checks) {
        for (step, command) in check::lints(workspace) {
            suite.check(step, command)?;
        }
        let (step, command) = check::documentation(workspace);
        suite.check(step, command)?;
        if let Err(error) = check::declarations(workspace, suite.console) {
            eprintln!("{error:#}");
            suite.tally.failed += 1;
        }
        for (step, command) in [
            check::types_of_tests(workspace, "tests/client"),
            check::types_of_tests(workspace, "tests/e2e"),
            check::types_of_tests(workspace, "tests/packaging"),
            check::types_of_benchmarks(workspace),
            check::types(workspace),
            examples::types(workspace),
        ] {
            suite.check(step, command)?;
        }
    }
    if includes(Part::Native) {
        let (step, command) = check::native_tests(workspace, filter);
        suite.test(step, command)?;
    }
    if includes(Part::Client) {
        client::build_wasm(workspace, suite.console)?;
        for engine in engines {
            let (step, command) = client::tests(workspace, &tools.path, *engine, filter)?;
            suite.test(step, command)?;
        }
    }
    if includes(Part::Bindings) {
        if filter.is_none() {
            for (step, command) in [check::documentation_tests(workspace, &tools.path), check::yew_example(workspace)] {
                suite.check(step, command)?;
            }
        }
        for engine in engines {
            // It must live as long as the tests.
            let display = rust_client::display(*engine)?;
            let (step, command) = rust_client::tests(workspace, &tools, *engine, display.as_ref(), filter);
            suite.test(step, command)?;
        }
    }
    with_package(workspace, &tools, &mut suite, scope)?;
    Ok(suite.report())
}

/// Builds the package, and runs the tests of what was built.
fn with_package(workspace: &Workspace, tools: &TestTools, suite: &mut Suite, scope: &Scope) -> Result<()> {
    let Scope { engines, parts, filter } = *scope;
    if !parts.contains(&Part::EndToEnd) && !parts.contains(&Part::Packaging) {
        return Ok(());
    }
    let built = package::build(workspace, suite.console)
        .and_then(|()| examples::write(workspace, suite.console))
        .and_then(|()| examples::write_for_development(workspace, suite.console))
        .and_then(|()| bundle::write(workspace, suite.console));
    if let Err(error) = built {
        eprintln!("No end-to-end tests, since what they test is not built: {error:#}");
        suite.tally.failed += 1;
        return Ok(());
    }
    if filter.is_none() {
        let (step, command) = check::benchmark_tests(workspace);
        suite.test(step, command)?;
    }
    end_to_end::build_servers(workspace, suite.console)?;
    if parts.contains(&Part::EndToEnd) {
        let (step, command) = end_to_end::tests(workspace, &tools.path, engines, filter)?;
        suite.test(step, command)?;
    }
    if parts.contains(&Part::Packaging) {
        let (step, command) = end_to_end::packaging(workspace, &tools.path, engines, filter)?;
        suite.test(step, command)?;
    }
    Ok(())
}

/// The run so far.
struct Suite<'a> {
    console: &'a mut Console,
    filter: Option<&'a str>,
    tally: Tally,
}

impl Suite<'_> {
    /// A step without tests of its own: passing counts nothing, failing counts as one failure.
    fn check(&mut self, step: Step, command: Command) -> Result<()> {
        let outcome = self.console.attempt(step, command)?;
        self.tally.failed += u32::from(!outcome.success);
        Ok(())
    }

    /// A step that runs tests. One that ran none, or broke without a failed test, counts as one failure.
    fn test(&mut self, step: Step, command: Command) -> Result<()> {
        let name = step.name().to_owned();
        let outcome = self.console.attempt(step, command)?;
        let counted = Tally::of_log(&outcome.log);
        let nothing_ran = counted.passed + counted.failed == 0;
        if outcome.success && nothing_ran && self.filter.is_none() {
            eprintln!("error: the step `{name}` ran no test");
            self.tally.failed += 1;
        } else if !outcome.success && counted.failed == 0 {
            self.tally.failed += 1;
        }
        eprintln!("  tests: {} ok, {} not", counted.passed, counted.failed);
        self.tally.add(counted);
        Ok(())
    }

    /// Prints the durations and, last, the count.
    fn report(self) -> ExitCode {
        let nothing_matched = self.filter.is_some() && self.tally.passed == 0;
        if nothing_matched {
            eprintln!("error: no test of that name passed");
        }
        println!("\n{}\n\n{}", self.console.table(), self.tally);
        if self.tally.failed == 0 && !nothing_matched { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    /// Adds up the result lines of a test run: cargo prints one for each test program, Vitest one, and Node two.
    fn of_log(log: &str) -> Self {
        let mut tally = Self::default();
        let result = |line| result_line(line).or_else(|| vitest_line(line)).or_else(|| node_line(line));
        for result in log.lines().filter_map(result) {
            tally.add(result);
        }
        tally
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The counts of `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
fn result_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| counts.split(';').find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok());
    Some(Tally { passed: count("passed")?, failed: count("failed")? })
}

/// The counts of `      Tests  1 failed | 3 passed | 2 skipped (6)`.
fn vitest_line(line: &str) -> Option<Tally> {
    let (counts, _) = line.trim_start().strip_prefix("Tests  ")?.split_once(" (")?;
    let count = |word: &str| counts.split('|').find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok());
    Some(Tally { passed: count("passed").unwrap_or(0), failed: count("failed").unwrap_or(0) })
}

/// The count of `# pass 3` or `# fail 0`.
fn node_line(line: &str) -> Option<Tally> {
    let count = |word: &str| line.strip_prefix(word)?.parse().ok();
    let passed = count("# pass ").map(|passed| Tally { passed, failed: 0 });
    passed.or_else(|| Some(Tally { passed: 0, failed: count("# fail ")? }))
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_result_lines_of_node_are_counted() {
        let log = "1..2\n# tests 14\n# suites 0\n# pass 12\n# fail 2\n# cancelled 0\n";
        assert_eq!(Tally::of_log(log), Tally { passed: 12, failed: 2 });
    }

    #[test]
    fn the_result_line_of_vitest_is_counted() {
        let log = " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 24 passed | 2 skipped (27)\n   Start at  09:05:19\n";
        assert_eq!(Tally::of_log(log), Tally { passed: 24, failed: 1 });
        assert_eq!(Tally::of_log("      Tests  25 passed (25)\n"), Tally { passed: 25, failed: 0 });
        assert_eq!(Tally::of_log("      Tests  25 skipped (25)\n"), Tally::default());
    }

    #[test]
    fn results_of_all_test_programs_are_added_up() {
        let log = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
   Doc-tests sse_fetch
test result: FAILED. 4 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 2.00s
";
        assert_eq!(Tally::of_log(log), Tally { passed: 7, failed: 2 });
    }

    #[test]
    fn the_result_line_of_a_browser_is_counted() {
        let log = "    test result: ok. 12 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.12s\n";
        assert_eq!(Tally::of_log(log), Tally { passed: 12, failed: 0 });
    }

    #[test]
    fn text_that_only_resembles_a_result_counts_nothing() {
        let log = "test test result: ok. 1 passed; 0 failed\ntest result: ok\nno tests to run!\n";
        assert_eq!(Tally::of_log(log), Tally::default());
    }

    #[test]
    fn the_last_line_has_one_form() {
        let tally = Tally { passed: 120, failed: 1 };
        assert_eq!(tally.to_string(), "120 passed, 1 failed");
    }
}
