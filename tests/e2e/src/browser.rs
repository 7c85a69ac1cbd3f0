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

    /// A command of the `DevTools` protocol, which only Chromium's driver takes.
    ///
    /// # Panics
    /// It is refused.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let session = self.client().session_id().await.ok().flatten().expect("a session");
        let url = format!("{}/session/{session}/goog/cdp/execute", self.driver());
        let request = reqwest::Client::new().post(url).json(&json!({ "cmd": command, "params": parameters }));
        let mut answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].take()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // no memory is that large, or negative
fn to_bytes(number: f64) -> u64 {
    number as u64
}
