//! A browser's page as a test holds it in its hands. Waiting is done in the page, on mutations of its document or on
//! what its clients tell, so nothing is asked over and over again.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Engine;

/// How long a page may take for what is waited for; only a failure takes that long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs in the driver's sandbox; makes the test's script a function of the page itself, because Firefox's sandbox has
/// globals of its own. Arguments and result cross as JSON.
const BRIDGE: &str = "
  const [body, args, done] = arguments;
  const run = new window.Function('args', `return (async (args) => {\n${body}\n})(JSON.parse(args))`);
  run(args).then(
    (value) => done(JSON.stringify({ value: value ?? null })),
    (error) => done(JSON.stringify({ error: `${error}\\n${error?.stack ?? ''}` })),
  );";

/// A page in a browser session of its own.
#[derive(Clone, Debug)]
pub struct Page {
    client: Client,
    engine: Engine,
    driver: String,
}

impl Page {
    pub(crate) async fn new(engine: Engine, driver: &str) -> Result<Self> {
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(engine.capabilities()?)
            .connect(driver)
            .await
            .with_context(|| format!("no new session in {engine}"))?;
        Ok(Self { client, engine, driver: driver.to_owned() })
    }

    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    pub(crate) async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Where its WebDriver is.
    pub(crate) fn driver(&self) -> &str {
        &self.driver
    }

    /// The engine it runs in.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Goes to an address and waits until it is loaded.
    ///
    /// # Panics
    /// The browser cannot get there.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("cannot open {url}: {error}"));
    }

    /// Runs the body of an `async` function in the page and returns what that returns.
    ///
    /// # Panics
    /// It throws, or returns something else than `T`.
    pub async fn run<T: DeserializeOwned>(&self, body: &str) -> T {
        self.run_with(body, json!({})).await
    }

    /// As [`run`](Self::run); the script sees the given value as `args`.
    ///
    /// # Panics
    /// It throws, or returns something else than `T`.
    pub async fn run_with<T: DeserializeOwned>(&self, body: &str, args: Value) -> T {
        let value = self.try_run(body, &args).await.unwrap_or_else(|error| panic!("{error:#}\nin the script:\n{body}"));
        serde_json::from_value(value.clone())
            .unwrap_or_else(|error| panic!("{error}: {value} was returned by the script:\n{body}"))
    }

    /// Runs the body of an `async` function in the page, for its effect.
    ///
    /// # Panics
    /// It throws.
    pub async fn act(&self, body: &str) {
        self.run::<Value>(body).await;
    }

    async fn try_run(&self, body: &str, args: &Value) -> Result<Value> {
        let answer = self.client.execute_async(BRIDGE, vec![json!(body), json!(args.to_string())]).await?;
        let mut answer: Value = serde_json::from_str(answer.as_str().context("the script gave no answer")?)?;
        match answer.get("error") {
            Some(error) => Err(anyhow!("{}", error.as_str().unwrap_or_default().trim_end())),
            None => Ok(answer["value"].take()),
        }
    }

    /// Waits until an expression is true, which is asked now and after each mutation of the document.
    ///
    /// # Panics
    /// It does not become true in time.
    pub async fn wait_until(&self, condition: &str) {
        let wait = format!(
            "const part = (name) => document.querySelector(`[data-testid=\"${{name}}\"]`);
             const holds = () => ({condition});
             await new Promise((resolve, reject) => {{
               const end = (settle, value) => {{ observer.disconnect(); clearTimeout(timer); settle(value); }};
               const check = () => {{ try {{ if (holds()) end(resolve) }} catch (error) {{ end(reject, error) }} }};
               const timer = setTimeout(() => end(reject, new Error('it did not happen: ' + args.condition)), args.patience);
               const observer = new MutationObserver(check);
               observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
               check();
             }})"
        );
        self.run_with::<Value>(&wait, json!({ "condition": condition, "patience": patience() })).await;
    }

    /// Waits until the text of an element is this.
    ///
    /// # Panics
    /// It does not become that in time.
    pub async fn wait_for_text(&self, testid: &str, text: &str) {
        self.wait_until(&format!("part({})?.textContent === {}", json!(testid), json!(text))).await;
    }

    /// The text of an element.
    ///
    /// # Panics
    /// There is no such element.
    pub async fn text(&self, testid: &str) -> String {
        self.run_with("return document.querySelector(`[data-testid=\"${args}\"]`).textContent", json!(testid)).await
    }

    /// Clicks an element as a user would.
    ///
    /// # Panics
    /// It is not there or cannot be clicked.
    pub async fn click(&self, testid: &str) {
        let element = self.element(testid).await;
        element.click().await.unwrap_or_else(|error| panic!("cannot click {testid}: {error}"));
    }

    /// Types into an element as a user would.
    ///
    /// # Panics
    /// It is not there or takes no text.
    pub async fn write(&self, testid: &str, text: &str) {
        let element = self.element(testid).await;
        element.send_keys(text).await.unwrap_or_else(|error| panic!("cannot type into {testid}: {error}"));
    }

    async fn element(&self, testid: &str) -> fantoccini::elements::Element {
        let selector = format!("[data-testid=\"{testid}\"]");
        self.client.find(Locator::Css(&selector)).await.unwrap_or_else(|error| panic!("no {testid}: {error}"))
    }

    /// Notes from now on every text an element shows, so that not even what is seen for a moment only is missed.
    ///
    /// # Panics
    /// There is no such element.
    pub async fn record(&self, testid: &str) {
        let script = "
            const element = document.querySelector(`[data-testid=\"${args}\"]`);
            const texts = ((globalThis.recorded ??= {})[args] = [element.textContent]);
            new MutationObserver(() => {
              if (texts.at(-1) !== element.textContent) texts.push(element.textContent);
            }).observe(element, { childList: true, characterData: true, subtree: true });";
        self.run_with::<Value>(script, json!(testid)).await;
    }

    /// The texts an element has shown since [`record`](Self::record).
    ///
    /// # Panics
    /// It is not being recorded.
    pub async fn recorded(&self, testid: &str) -> Vec<String> {
        self.run_with("return globalThis.recorded[args]", json!(testid)).await
    }

    /// What the page can tell about a failure: where it is, what it logged and what its clients told.
    pub(crate) async fn testimony(&self) -> String {
        let script = "
            const lines = [...document.querySelectorAll('[data-testid=log-line]')].map((line) =>
              [...line.children].map((cell) => cell.textContent).join(' '));
            const told = (globalThis.told ?? []).slice(-100).map((entry) => JSON.stringify(entry));
            return [`page: ${location.href}`, ...lines, ...told].join('\\n');";
        match self.try_run(script, &json!({})).await {
            Ok(Value::String(testimony)) => testimony,
            other => format!("the page tells nothing: {other:?}"),
        }
    }
}

fn patience() -> u128 {
    PATIENCE.as_millis()
}
