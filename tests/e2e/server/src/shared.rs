//! What the tests and the servers share: gates, floods, and questions that the servers ask the tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use anyhow::{Context, Result, bail};
use demo_server::Gate;
use demo_server::faulty::Flood;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::calls::{Call, Milliseconds, Text};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gates and floods, by the numbers that the test chose.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    gates: Arc<Mutex<HashMap<u32, Gate>>>,
    floods: Arc<Mutex<HashMap<u32, Flood>>>,
}

/// A flood as the test describes it.
#[derive(Clone, Deserialize)]
pub(crate) struct FloodOf {
    flood: u32,
    pattern: Text,
    /// Without it, the flood is endless.
    total: Option<u64>,
    pause: Milliseconds,
}

impl Shared {
    /// A gate, which is made the first time.
    pub(crate) fn gate(&self, number: u32) -> Gate {
        lock(&self.gates).entry(number).or_default().clone()
    }

    /// A flood, which is made the first time.
    pub(crate) fn flood(&self, of: &FloodOf) -> Result<Flood> {
        let pattern = of.pattern.clone().into_bytes()?;
        let make = || match of.total {
            Some(total) => Flood::new(&pattern, total),
            None => Flood::endless(&pattern),
        };
        Ok(lock(&self.floods).entry(of.flood).or_insert_with(|| make().with_pause(of.pause.into())).clone())
    }

    pub(crate) fn forget(&self) {
        // What waits at a gate may go.
        lock(&self.gates).drain().for_each(|(_, gate)| gate.open());
        lock(&self.floods).clear();
    }

    /// A call that concerns a gate or a flood.
    pub(crate) async fn call(&self, call: &Call) -> Result<Value> {
        let gate = || Ok::<_, anyhow::Error>(self.gate(call.arg()?));
        let flood = |number: u32| lock(&self.floods).get(&number).cloned().context("no reply has this flood");
        let state = |flood: &Flood| json!({ "written": flood.written(), "blocked": flood.is_blocked() });
        match &*call.name {
            "openGate" => gate()?.open(),
            "waitGateReached" => gate()?.reached().await,
            "floodState" => return Ok(state(&flood(call.arg()?)?)),
            "waitFloodBlocked" => return Ok(json!(flood(call.arg()?)?.wait_blocked().await)),
            "waitFloodWritten" => {
                let (number, bytes): (u32, u64) = call.args()?;
                return Ok(json!(flood(number)?.wait_written(bytes).await));
            }
            _ => bail!("there is no such call"),
        }
        Ok(Value::Null)
    }
}

/// Questions that wait for the answer of a test.
pub(crate) struct Questions {
    lines: mpsc::Sender<Value>,
    last_number: AtomicU64,
    open: Mutex<HashMap<u64, mpsc::Sender<Vec<Call>>>>,
}

impl Questions {
    pub(crate) fn new(lines: mpsc::Sender<Value>) -> Self {
        Self { lines, last_number: AtomicU64::default(), open: Mutex::default() }
    }

    /// Asks a handler of the test what to reply to a request, and blocks until it answers. `None`: the test is over.
    pub(crate) fn ask(&self, handler: u32, request: &Value) -> Option<Vec<Call>> {
        let (answer, answered) = mpsc::channel();
        let number = self.last_number.fetch_add(1, Ordering::Relaxed);
        lock(&self.open).insert(number, answer);
        self.lines.send(json!({ "ask": number, "handler": handler, "request": request })).ok()?;
        tokio::task::block_in_place(|| answered.recv()).ok()
    }

    pub(crate) fn answer(&self, number: u64, reply: Vec<Call>) {
        if let Some(answer) = lock(&self.open).remove(&number) {
            let _ = answer.send(reply);
        }
    }

    pub(crate) fn forget(&self) {
        lock(&self.open).clear();
    }
}
