//! The browsers' engines: how each is found, driven and told to be quiet.

use std::fmt;

use anyhow::{Context, Result, bail};
use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

use crate::repository::find_program;

/// Names the engines to test in, separated by commas.
const VARIABLE: &str = "SSE_FETCH_ENGINES";

/// How long a script in a page may take, in ms. The waits of the tests are shorter and say what they waited for.
const SCRIPT_TIMEOUT: u32 = 60_000;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Blink, driven by chromedriver.
    Chromium,
    /// Gecko, driven by geckodriver.
    Firefox,
    /// `WebKitGTK`, driven by `WebKitWebDriver`; its tests follow in a later version.
    WebKit,
}

impl Engine {
    /// The engines that `SSE_FETCH_ENGINES` asks for; Chromium and Firefox when it is not set.
    ///
    /// # Errors
    /// A name is not an engine's, or the tests do not run in that engine yet.
    pub fn chosen() -> Result<Vec<Self>> {
        match std::env::var(VARIABLE) {
            Ok(names) => Self::parse_list(&names).with_context(|| format!("{VARIABLE}={names}")),
            Err(_) => Ok(vec![Self::Chromium, Self::Firefox]),
        }
    }

    fn parse_list(names: &str) -> Result<Vec<Self>> {
        let mut engines = Vec::new();
        for name in names.split(',').map(str::trim) {
            let engine = match name {
                "chromium" => Self::Chromium,
                "firefox" => Self::Firefox,
                "webkit" => bail!("the tests do not run in WebKit yet; accepted are chromium and firefox"),
                _ => bail!("`{name}` is no engine; accepted are chromium and firefox"),
            };
            if !engines.contains(&engine) {
                engines.push(engine);
            }
        }
        Ok(engines)
    }

    /// The WebDriver program with the arguments that make it choose a free port.
    pub(crate) fn driver(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Chromium => ("chromedriver", &["--port=0"]),
            // The second port is for WebDriver BiDi; by default every geckodriver wants the same one.
            Self::Firefox => ("geckodriver", &["--port", "0", "--websocket-port", "0"]),
            Self::WebKit => ("WebKitWebDriver", &["--port=0"]),
        }
    }

    /// What a new session is asked to be.
    pub(crate) fn capabilities(self) -> Result<Capabilities> {
        let Value::Object(capabilities) = (match self {
            Self::Chromium => chromium()?,
            Self::Firefox => firefox()?,
            Self::WebKit => {
                json!({ "browserName": "MiniBrowser", "webkitgtk:browserOptions": { "args": ["--automation"] } })
            }
        }) else {
            bail!("capabilities are an object");
        };
        let timeouts = json!({ "script": SCRIPT_TIMEOUT, "pageLoad": SCRIPT_TIMEOUT });
        Ok(capabilities.into_iter().chain([("timeouts".to_owned(), timeouts)]).collect())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        })
    }
}

fn chromium() -> Result<Value> {
    let binary = find_program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])
        .context("there is no Chromium on the PATH; `cargo xtask test` installs it or says how")?;
    Ok(json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": binary,
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--window-size=1280,1024",
            ],
        },
    }))
}

fn firefox() -> Result<Value> {
    let binary = find_program(&["firefox", "firefox-esr"])
        .context("there is no Firefox on the PATH; `cargo xtask test` installs it or says how")?;
    Ok(json!({
        "browserName": "firefox",
        "moz:firefoxOptions": {
            "binary": binary,
            "args": ["-headless", "--width=1280", "--height=1024"],
            // Let a test collect garbage, and see what is left.
            "prefs": { "dom.testing.testutils.enabled": true, "dom.enable_memory_stats": true },
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn engines_are_listed_by_name_and_counted_once() {
        let engines = Engine::parse_list("firefox, chromium,firefox").expect("both are known");
        assert_eq!(engines, [Engine::Firefox, Engine::Chromium]);
    }

    #[test]
    fn an_engine_that_cannot_be_tested_is_refused_and_not_skipped() {
        let refusal = Engine::parse_list("chromium,webkit").expect_err("WebKit follows later").to_string();
        assert!(refusal.contains("WebKit"), "{refusal}");
        let refusal = Engine::parse_list("netscape").expect_err("no such engine").to_string();
        assert!(refusal.contains("`netscape` is no engine"), "{refusal}");
    }
}
