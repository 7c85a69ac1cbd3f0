//! Runs each test once in every engine, as a trial named `ENGINE::MODULE::TEST`, in a browser session of its own. A test
//! that fails leaves a screenshot and tells what the page had logged.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;

use crate::driver::Drivers;
use crate::{Engine, Page, artefacts, package};

/// The longest a test may take; reached only by one that hangs.
const LIMIT: Duration = Duration::from_secs(180);

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a test does. It fails by panicking.
#[derive(Clone, Copy)]
pub enum Body {
    /// In a page of a fresh session, in every engine.
    InPage(fn(Page) -> Running),
    /// As [`InPage`](Self::InPage), in the first of the chosen engines only, because the engine makes no difference.
    InOnePage(fn(Page) -> Running),
    /// As [`InPage`](Self::InPage), with no other test at the same time, because it measures.
    Alone(fn(Page) -> Running),
    /// Once, without a browser.
    WithoutPage(fn() -> Running),
}

/// A test of the list that [`main`] runs; made by [`tests!`](crate::tests).
#[derive(Clone, Copy)]
pub struct Test {
    /// Module and function.
    pub name: &'static str,
    /// What it does.
    pub body: Body,
}

/// Lists a module's tests: `tests![InPage: a, b; WithoutPage: c]` makes `pub const TESTS`.
#[macro_export]
macro_rules! tests {
    ($($kind:ident: $($test:ident),+ $(,)?);+ $(;)?) => {
        pub(crate) const TESTS: &[$crate::Test] = &[$($($crate::tests!(@one $kind $test)),+),+];
    };
    (@one WithoutPage $test:ident) => {
        $crate::Test {
            name: concat!(module_path!(), "::", stringify!($test)),
            body: $crate::Body::WithoutPage(|| Box::pin($test())),
        }
    };
    (@one $kind:ident $test:ident) => {
        $crate::Test {
            name: concat!(module_path!(), "::", stringify!($test)),
            body: $crate::Body::$kind(|page| Box::pin($test(page))),
        }
    };
}

/// Runs the tests as the command line asks, in the engines that `SSE_FETCH_ENGINES` asks for.
#[must_use]
pub fn main(tests: &[&[Test]]) -> ExitCode {
    let arguments = Arguments::from_args();
    let engines = match package().and_then(|_| Engine::chosen()) {
        Ok(engines) => engines,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let bench = Arc::new(Bench::default());
    let trials = tests.iter().copied().flatten().flat_map(|test| trials(*test, &engines, &bench)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
    // And here the last owner of the bench goes, and the drivers with it.
}

fn trials(test: Test, engines: &[Engine], bench: &Arc<Bench>) -> Vec<Trial> {
    let (_, name) = test.name.split_once("::").unwrap_or(("", test.name));
    let trial = |name: String, engine: Option<Engine>| {
        let bench = Arc::clone(bench);
        Trial::test(name.clone(), move || bench.run(&name, test.body, engine).map_err(|error| failed(&error)))
    };
    match test.body {
        Body::WithoutPage(_) => vec![trial(name.to_owned(), None)],
        Body::InOnePage(_) => vec![trial(name.to_owned(), engines.first().copied())],
        _ => engines.iter().map(|engine| trial(format!("{engine}::{name}"), Some(*engine))).collect(),
    }
}

fn failed(error: &anyhow::Error) -> Failed {
    format!("{error:#}").into()
}

/// What the tests share.
#[derive(Debug, Default)]
struct Bench {
    drivers: Drivers,
    /// Held for writing by a test that is to run alone.
    company: RwLock<()>,
}

impl Bench {
    fn run(&self, name: &str, body: Body, engine: Option<Engine>) -> Result<()> {
        let alone = matches!(body, Body::Alone(_));
        let _alone = alone.then(|| self.company.write().unwrap_or_else(PoisonError::into_inner));
        let _together = (!alone).then(|| self.company.read().unwrap_or_else(PoisonError::into_inner));

        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        match (body, engine) {
            (Body::InPage(body) | Body::InOnePage(body) | Body::Alone(body), Some(engine)) => {
                self.run_in_page(&runtime, name, body, engine)
            }
            (Body::WithoutPage(body), _) => runtime.block_on(outcome(body())),
            _ => Err(anyhow!("a test in a page needs an engine")),
        }
    }

    fn run_in_page(&self, runtime: &Runtime, name: &str, body: fn(Page) -> Running, engine: Engine) -> Result<()> {
        let driver = self.drivers.borrow(engine)?;
        let (result, closed) = runtime.block_on(async {
            let page = Page::new(engine, &driver.url()).await?;
            let mut result = outcome(body(page.clone())).await;
            if let Err(error) = result {
                result = Err(error.context(evidence(&page, name).await));
            }
            Ok::<_, anyhow::Error>((result, page.close().await))
        })?;
        // A driver that could not end its session is not fit for the next test.
        if closed.is_ok() {
            self.drivers.give_back(driver);
        }
        result.and(closed.context("the browser did not close"))
    }
}

/// Runs a test to its end, its panic or the limit.
async fn outcome(running: Running) -> Result<()> {
    let mut task = tokio::spawn(AssertUnwindSafe(running));
    if let Ok(ended) = tokio::time::timeout(LIMIT, &mut task).await {
        return ended.map_err(|error| anyhow!(panic_message(error)));
    }
    task.abort();
    bail!("it did not end within {} s", LIMIT.as_secs())
}

fn panic_message(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => match panic.downcast::<String>() {
            Ok(message) => *message,
            Err(panic) => panic.downcast_ref::<&str>().map_or_else(|| "it panicked".to_owned(), ToString::to_string),
        },
        Err(error) => error.to_string(),
    }
}

/// Saves a screenshot; returns what else the page can tell about a failure.
async fn evidence(page: &Page, name: &str) -> String {
    let screenshot = match save_screenshot(page, name).await {
        Ok(path) => format!("screenshot: {path}"),
        Err(error) => format!("no screenshot: {error:#}"),
    };
    format!("{screenshot}\n{}\n", page.testimony().await)
}

async fn save_screenshot(page: &Page, name: &str) -> Result<String> {
    let path = artefacts()?.join(format!("{}.png", name.replace("::", "-")));
    std::fs::write(&path, page.screenshot().await?)?;
    Ok(path.display().to_string())
}
