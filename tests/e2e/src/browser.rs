//! The browser around a page: the way back, memory, and what only Chromium's `DevTools` can do.

use serde_json::{Value, json};

use crate::{Engine, Page};

impl Page {
    /// Goes back, as a user does with the browser's button, and waits until that page is there.
    ///
    /// # Panics
    /// The browser does not.
    pub async fn back(&self) {
        self.client().back().await.unwrap_or_else(|error| panic!("cannot go back: {error}"));
    }

    /// The memory that the page's scripts hold after a collection of garbage, in bytes: the objects of the engine, and
    /// those of the browser behind them, such as buffers and responses. Firefox counts the memory of wasm in, Chromium
    /// does not.
    ///
    /// # Panics
    /// The engine does not tell.
    pub async fn heap(&self) -> u64 {
        if self.engine() == Engine::Chromium {
            self.devtools("HeapProfiler.collectGarbage", json!({})).await;
            let usage = self.devtools("Runtime.getHeapUsage", json!({})).await;
            let parts = ["usedSize", "embedderHeapUsedSize", "backingStorageSize"];
            return parts.iter().filter_map(|part| usage[part].as_f64()).map(to_bytes).sum();
        }
        // Both are there for tests, and switched on when the browser starts.
        let script = "
            for (let n = 0; n < 3; n++) await TestUtils.gc()
            const { gcBytes, mallocBytes } = performance.mozMemory.gc.zone
            return gcBytes + mallocBytes";
        to_bytes(self.run(script).await)
    }

    /// Has the network go, or come back, for all that the page does. Only Chromium can.
    ///
    /// # Panics
    /// In another engine.
    pub async fn set_offline(&self, offline: bool) {
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// The errors and warnings in the browser's console, such as those of scripts and of requests that failed, since this
    /// was last asked. Only Chromium tells them; elsewhere there are none.
    ///
    /// # Panics
    /// The browser does not tell.
    pub async fn complaints(&self) -> Vec<String> {
        if self.engine() != Engine::Chromium {
            return Vec::new();
        }
        let entries = self.command("se/log", &json!({ "type": "browser" })).await;
        let entries = entries.as_array().expect("a list of what was logged").iter();
        entries.map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// A command of the `DevTools` protocol, which only Chromium's driver takes.
    ///
    /// # Panics
    /// It is refused.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await
    }

    /// A command of a driver's own, beyond those of the standard.
    async fn command(&self, path: &str, body: &Value) -> Value {
        let session = self.client().session_id().await.ok().flatten().expect("a session");
        let url = format!("{}/session/{session}/{path}", self.driver());
        let request = reqwest::Client::new().post(url).json(body);
        let mut answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{path}: {body}: {answer}");
        answer["value"].take()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // no memory is that large, or negative
fn to_bytes(number: f64) -> u64 {
    number as u64
}
