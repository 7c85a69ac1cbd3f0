//! The browsers' engines: how each is found, driven, and started so that it measures and does nothing else.

use std::env;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use fantoccini::wd::Capabilities;
use serde::Serialize;
use serde_json::{Value, json};

/// How long a script in a page may take, in ms: the slowest contestant with the longest stream.
const SCRIPT_TIMEOUT: u32 = 120_000;

/// A browser engine, by the name `--engine` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Blink, driven by chromedriver.
    Chromium,
    /// Gecko, driven by geckodriver.
    Firefox,
    /// `WebKitGTK`, driven by `WebKitWebDriver` on a display that nobody sees.
    #[value(name = "webkit")]
    WebKit,
}

impl Engine {
    /// Every engine, in the order of the tables.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The WebDriver program.
    pub(super) fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
            Self::WebKit => "WebKitWebDriver",
        }
    }

    /// The driver's arguments, with the port if it has to be told one.
    pub(super) fn driver_arguments(self, port: u16) -> Vec<String> {
        match self {
            Self::Chromium => vec!["--port=0".to_owned()],
            // The second port is for WebDriver BiDi; by default every geckodriver wants the same one.
            Self::Firefox => ["--port", "0", "--websocket-port", "0"].map(str::to_owned).into(),
            Self::WebKit => vec![format!("--port={port}")],
        }
    }

    /// Whether the driver chooses a free port itself and says which.
    pub(super) fn announces_port(self) -> bool {
        self != Self::WebKit
    }

    /// Whether the browser needs a display, having no mode without one.
    pub(super) fn needs_display(self) -> bool {
        self == Self::WebKit
    }

    /// Variables for the driver, which hands them on to the browser.
    pub(super) fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Chromium | Self::Firefox => &[],
            Self::WebKit => &[
                // In a container there is nothing to build the sandbox with; the pages are this repository's own.
                ("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
                ("GDK_BACKEND", "x11"),
                ("LIBGL_ALWAYS_SOFTWARE", "1"),
            ],
        }
    }

    /// What a new session is asked to be.
    pub(super) fn capabilities(self) -> Result<Capabilities> {
        let Value::Object(capabilities) = (match self {
            Self::Chromium => chromium()?,
            Self::Firefox => firefox()?,
            // The driver knows where its browser is.
            Self::WebKit => {
                json!({ "browserName": "MiniBrowser", "webkitgtk:browserOptions": { "args": ["--automation"] } })
            }
        }) else {
            bail!("capabilities are an object");
        };
        let timeouts = json!({ "script": SCRIPT_TIMEOUT, "pageLoad": 60_000 });
        Ok(capabilities.into_iter().chain([("timeouts".to_owned(), timeouts)]).collect())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        })
    }
}

fn chromium() -> Result<Value> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    Ok(json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": require_program(&names)?,
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--disable-renderer-backgrounding",
                "--disable-background-timer-throttling",
                "--no-first-run",
                "--window-size=1280,1024",
            ],
        },
    }))
}

fn firefox() -> Result<Value> {
    Ok(json!({
        "browserName": "firefox",
        "moz:firefoxOptions": {
            "binary": require_program(&["firefox", "firefox-esr"])?,
            "args": ["-headless", "--width=1280", "--height=1024"],
            "prefs": {
                // Garbage can be collected from the page, and what is left be seen.
                "dom.testing.testutils.enabled": true,
                "dom.enable_memory_stats": true,
                // A page that computes for long is no page that hangs.
                "dom.max_script_run_time": 0,
                "dom.min_background_timeout_value": 4,
            },
        },
    }))
}

pub(super) fn require_program(names: &[&str]) -> Result<PathBuf> {
    find_program(names)
        .with_context(|| format!("there is no {} on the PATH; `cargo xtask bench` installs it or says how", names[0]))
}

/// A program from the `PATH`.
fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|program| program.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::Engine;
    use clap::ValueEnum;

    #[test]
    fn every_engine_is_asked_for_by_the_name_the_tables_print() {
        for engine in Engine::ALL {
            assert_eq!(Engine::from_str(&engine.to_string(), false), Ok(engine));
        }
    }
}
