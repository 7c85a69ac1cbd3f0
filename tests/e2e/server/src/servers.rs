//! The servers that run, and what the tests can call on each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use anyhow::{Context, Result, bail};
use demo_server::faulty::{Exchange, FaultServer, Numbered, Reply};
use demo_server::{Config, DemoServer, Entry};
use serde_json::{Value, json};

use crate::calls::{Call, Milliseconds};
use crate::shared::{Questions, Shared};
use crate::{records, replies};

/// The servers, by the numbers that the test chose.
pub(crate) struct Servers {
    shared: Shared,
    questions: Arc<Questions>,
    running: Mutex<HashMap<u32, Server>>,
}

#[derive(Clone)]
enum Server {
    Demo(Arc<DemoServer>),
    Faults(Arc<FaultServer>),
}

impl Servers {
    pub(crate) fn new(lines: mpsc::Sender<Value>) -> Self {
        Self { shared: Shared::default(), questions: Arc::new(Questions::new(lines)), running: Mutex::default() }
    }

    pub(crate) fn questions(&self) -> &Questions {
        &self.questions
    }

    pub(crate) async fn call(&self, to: Option<u32>, call: &Call) -> Result<Value> {
        let Some(number) = to else {
            return match &*call.name {
                "forget" => {
                    self.forget();
                    Ok(Value::Null)
                }
                _ => self.shared.call(call).await,
            };
        };
        match &*call.name {
            "startDemoServer" => self.start_demo_server(number, call.arg()?).await,
            "startFaultServer" => {
                let server = Arc::new(FaultServer::start().await?);
                let url = json!(server.url());
                self.running().insert(number, Server::Faults(server));
                Ok(url)
            }
            "restart" => {
                let Server::Demo(old) = self.server(number)? else { bail!("a fault server is not restarted") };
                let (port, log) = (old.addr().port(), Some(Arc::clone(old.log())));
                let config = Config { port, log, ..call.arg()? };
                self.start_demo_server(number, config).await
            }
            _ => match self.server(number)? {
                Server::Demo(server) => self.call_demo_server(&server, call).await,
                Server::Faults(server) => self.call_fault_server(&server, call).await,
            },
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<u32, Server>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn server(&self, number: u32) -> Result<Server> {
        self.running().get(&number).cloned().with_context(|| format!("there is no server {number}"))
    }

    async fn start_demo_server(&self, number: u32, config: Config) -> Result<Value> {
        let server = Arc::new(DemoServer::start(config).await?);
        let beside = server.fault_server().map(FaultServer::url);
        let value = json!({ "url": server.url(), "faultServer": beside });
        self.running().insert(number, Server::Demo(server));
        Ok(value)
    }

    /// A test is over: its servers stop, and what waits is let go.
    fn forget(&self) {
        self.running().clear();
        self.questions.forget();
        self.shared.forget();
    }

    async fn call_demo_server(&self, server: &DemoServer, call: &Call) -> Result<Value> {
        let (journal, log, faults) = (server.journal(), server.log(), server.faults());
        let entries = |entries: Vec<Arc<Entry>>| Ok(entries.iter().map(|entry| records::request(entry)).collect());
        match &*call.name {
            "stop" => server.stop().await,
            "script" => {
                let (name, replies): (String, Vec<Vec<Call>>) = call.args()?;
                server.script(&name, replies::replies(&self.shared, &replies)?);
            }
            "openStreams" => return Ok(json!(server.open_streams())),
            "mostOpenStreams" => return Ok(json!(server.most_open_streams())),
            "mostOpenStreamsAt" => return Ok(json!(server.most_open_streams_at(&call.arg::<String>()?))),
            "waitOpenStreams" => server.wait_open_streams(call.arg()?).await,
            "waitOpenStreamsAt" => {
                let (path, count): (String, usize) = call.args()?;
                server.wait_open_streams_at(&path, count).await;
            }
            "requests" => return entries(journal.entries()),
            "requestsTo" => return entries(journal.requests_to(&call.arg::<String>()?)),
            "waitForRequestsTo" => {
                let (path, count): (String, usize) = call.args()?;
                return entries(journal.wait_for_requests_to(&path, count).await);
            }
            "clearRequests" => journal.clear(),
            "push" => {
                let (kind, data): (String, Value) = call.args()?;
                return Ok(json!(log.push(&kind, &data)));
            }
            "notify" => {
                let (title, body): (String, String) = call.args()?;
                return Ok(json!(log.notify(&title, &body)));
            }
            "dropStreams" => return Ok(json!(faults.drop_streams().await)),
            "unavailable" => {
                let (count, retry_after): (u32, Option<u32>) = call.args()?;
                faults.unavailable(count, retry_after);
            }
            "hurry" => server.hurry(call.arg()?),
            "silent" => faults.silent(call.arg()?),
            "expireTokens" => faults.expire_tokens(),
            "outage" => faults.outage(call.arg::<Milliseconds>()?.into()).await,
            "waitListening" => faults.wait_listening(call.arg()?).await,
            "resetFaults" => faults.reset().await?,
            "faultServer" => {
                let beside = server.fault_server().context("there is no fault server beside it")?;
                let (name, args): (String, Vec<Value>) = call.args()?;
                return self.call_fault_server(beside, &Call { name, args }).await;
            }
            _ => bail!("a demo server has no such call"),
        }
        Ok(Value::Null)
    }

    async fn call_fault_server(&self, server: &FaultServer, call: &Call) -> Result<Value> {
        match &*call.name {
            "stop" => server.stop().await,
            "answer" => {
                let (path, replies): (String, Vec<Vec<Call>>) = call.args()?;
                server.answer(&path, replies::replies(&self.shared, &replies)?);
            }
            "answerBy" => {
                let (path, handler): (String, u32) = call.args()?;
                self.answer_by(server, &path, handler);
            }
            "numbered" => {
                let (path, numbered): (String, Numbered) = call.args()?;
                server.numbered(&path, numbered);
            }
            "kibibytes" => {
                let (path, total): (String, usize) = call.args()?;
                answer_with_kibibytes(server, &path, total);
            }
            "exchanges" => return Ok(all(&server.exchanges(), None)),
            "exchangesTo" => return Ok(all(&server.exchanges(), Some(&call.arg::<String>()?))),
            "waitForRequestsTo" => {
                let (path, count): (String, usize) = call.args()?;
                server.wait_for_requests_to(&path, count).await;
                return Ok(all(&server.exchanges(), Some(&path)));
            }
            "waitEnded" => {
                let exchange = server.exchanges().get(call.arg::<usize>()?).cloned();
                return Ok(records::ended(exchange.context("there is no such exchange")?.ended().await));
            }
            "open" => return Ok(json!(server.open())),
            "mostOpenOf" => return Ok(json!(server.most_open_of(&call.arg::<String>()?))),
            "mostOpenOfAny" => return Ok(json!(server.most_open_of_any())),
            "waitOpen" => server.wait_open(call.arg()?).await,
            "waitOpenOf" => {
                let (client, count): (String, usize) = call.args()?;
                server.wait_open_of(&client, count).await;
            }
            _ => bail!("a fault server has no such call"),
        }
        Ok(Value::Null)
    }

    /// Answers the requests to `path` as a handler in the test decides.
    fn answer_by(&self, server: &FaultServer, path: &str, handler: u32) {
        let questions = Arc::clone(&self.questions);
        let shared = self.shared.clone();
        server.answer_by(path, move |request| {
            let calls = questions.ask(handler, &records::request(request));
            // Without an answer the test is over; with a wrong one, the test fails by itself.
            calls.and_then(|calls| replies::reply(&shared, &calls).ok()).unwrap_or_else(Reply::close_at_once)
        });
    }
}

/// The exchanges of a path, preflights included; or all.
fn all(exchanges: &[Arc<Exchange>], path: Option<&str>) -> Value {
    let numbered = exchanges.iter().enumerate();
    let of_path = numbered.filter(|(_, exchange)| path.is_none_or(|path| exchange.request.path == path));
    of_path.map(|(number, exchange)| records::exchange(number, exchange)).collect()
}

/// Answers the requests to `path` with all events after the last that was seen, of `total` events of 1 KiB each, at once;
/// then the stream stays open.
fn answer_with_kibibytes(faults: &FaultServer, path: &str, total: usize) {
    let events: Vec<u8> = (1..=total).flat_map(|n| format!("id: {n:05}\ndata: {n:1005}\n\n").into_bytes()).collect();
    faults.answer_by(path, move |request| {
        let seen = request.header_str("last-event-id").and_then(|id| id.parse::<usize>().ok()).unwrap_or(0);
        Reply::event_stream().send(events[events.len() / total * seen..].to_vec()).hang()
    });
}
