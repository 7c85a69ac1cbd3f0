//! The page that measures: runs its functions through WebDriver, collects garbage, and asks the engine what it knows.

use anyhow::{Context, Result, anyhow, ensure};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::Engine;
use super::driver::Driver;

/// Makes a function of the page itself out of the script, because Firefox runs what comes from its driver in a sandbox
/// with globals of its own. Arguments and result cross as JSON.
const BRIDGE: &str = "
  const [body, args, done] = arguments;
  const run = new window.Function('args', `return (async (args) => {\\n${body}\\n})(JSON.parse(args))`);
  run(args).then(
    (value) => done(JSON.stringify({ value: value ?? null })),
    (error) => done(JSON.stringify({ error: `${error}\\n${error?.stack ?? ''}` })),
  );";

/// The page has run its module by the time it counts as loaded. Whoever imports it again gets the same one, and its error if it
/// has one.
const IMPORT: &str = "
  await import(new URL('benchmark.js', location.href));
  return Boolean(globalThis.benchmark);";

/// `WebKit` collects garbage for nobody who asks from outside. So much is allocated that it does, which shows when an object
/// is gone that nothing holds. A weak reference holds its object until the end of the turn.
const ALLOCATE_UNTIL_COLLECTED: &str = "
  const { port1, port2 } = new MessageChannel();
  const turn = () => new Promise((resolve) => { port1.onmessage = resolve; port2.postMessage(0) });
  const garbage = (() => new WeakRef({}))();
  for (let n = 0; n < 1000; n++) {
    await turn();
    if (!garbage.deref()) break;
    new ArrayBuffer(1024 * 1024);
  }
  port1.close();";

/// A page in a browser of its own. [`close`](Self::close) ends both browser and driver.
#[derive(Debug)]
pub(super) struct Page {
    engine: Engine,
    client: Client,
    /// What the browser calls itself.
    pub(super) user_agent: String,
    address: String,
    _driver: Driver,
}

impl Page {
    /// Starts a browser and opens the page at `address`.
    pub(super) async fn open(engine: Engine, address: &str) -> Result<Self> {
        let driver = Driver::start(engine)?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(engine.capabilities()?)
            .connect(&driver.url())
            .await
            .with_context(|| format!("no new session in {engine}"))?;
        let mut page = Self { engine, client, user_agent: String::new(), address: address.to_owned(), _driver: driver };
        match page.begin().await {
            Ok(()) => Ok(page),
            Err(error) => {
                let _ = page.close().await;
                Err(error)
            }
        }
    }

    async fn begin(&mut self) -> Result<()> {
        self.refresh().await?;
        self.user_agent = self.run("return navigator.userAgent", json!(null)).await?;
        if self.engine == Engine::Chromium {
            self.devtools("Performance.enable", json!({})).await?;
        }
        Ok(())
    }

    pub(super) async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// Loads the page anew, so that nothing an earlier row left behind weighs on the next one.
    pub(super) async fn refresh(&self) -> Result<()> {
        self.client.goto(&self.address).await.with_context(|| format!("opening {}", self.address))?;
        let there: bool = self.run(IMPORT, json!(null)).await?;
        ensure!(there, "{} does not set `globalThis.benchmark`", self.address);
        Ok(())
    }

    /// Calls a function of the benchmark.
    pub(super) async fn call<T: DeserializeOwned>(&self, function: &str, argument: Value) -> Result<T> {
        let script = format!("return globalThis.benchmark.{function}(args)");
        self.run(&script, argument).await.with_context(|| function.to_owned())
    }

    /// Runs the body of an `async` function in the page; it sees the argument as `args`.
    async fn run<T: DeserializeOwned>(&self, body: &str, argument: Value) -> Result<T> {
        let answer = self.client.execute_async(BRIDGE, vec![json!(body), json!(argument.to_string())]).await?;
        let mut answer: Value = serde_json::from_str(answer.as_str().context("the script gave no answer")?)?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(anyhow!("{}", error.trim_end().to_owned())),
            None => Ok(serde_json::from_value(answer["value"].take())?),
        }
    }

    /// Has the engine collect garbage now, so that nobody pays for what another left.
    pub(super) async fn collect_garbage(&self) -> Result<()> {
        match self.engine {
            Engine::Chromium => self.devtools("HeapProfiler.collectGarbage", json!({})).await.map(drop),
            Engine::Firefox => self.run::<Value>("await TestUtils.gc()", json!(null)).await.map(drop),
            Engine::WebKit => self.run::<Value>(ALLOCATE_UNTIL_COLLECTED, json!(null)).await.map(drop),
        }
    }

    /// The bytes that the page's scripts hold after a collection, without the memory of wasm where the engine tells
    /// them apart; `None` where it tells nothing.
    pub(super) async fn heap(&self) -> Result<Option<f64>> {
        // What only a finalizer of the first collection lets go is garbage of the next.
        for _ in 0..3 {
            self.collect_garbage().await?;
        }
        match self.engine {
            Engine::Chromium => {
                let usage = self.devtools("Runtime.getHeapUsage", json!({})).await?;
                let parts = ["usedSize", "embedderHeapUsedSize", "backingStorageSize"];
                Ok(Some(parts.iter().filter_map(|part| usage[part].as_f64()).sum()))
            }
            Engine::Firefox => {
                let script = "const { gcBytes, mallocBytes } = performance.mozMemory.gc.zone
                              return gcBytes + mallocBytes";
                self.run(script, json!(null)).await.map(Some)
            }
            Engine::WebKit => Ok(None),
        }
    }

    /// Milliseconds the page's main thread has been busy since it was made; `None` where the engine does not tell.
    pub(super) async fn busy(&self) -> Result<Option<f64>> {
        if self.engine != Engine::Chromium {
            return Ok(None);
        }
        let answer = self.devtools("Performance.getMetrics", json!({})).await?;
        let metrics = answer["metrics"].as_array().context("there are no metrics")?;
        let metric = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
        let seconds = metric.and_then(|metric| metric["value"].as_f64()).context("there is no TaskDuration")?;
        Ok(Some(seconds * 1000.0))
    }

    /// A command of the `DevTools` protocol, which only Chromium's driver takes.
    async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        let answer = self.client.issue_cmd(DevTools { command, parameters }).await;
        answer.with_context(|| format!("the DevTools command {command}"))
    }
}

/// Chromedriver's own command, which hands one of the `DevTools` protocol on.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}
