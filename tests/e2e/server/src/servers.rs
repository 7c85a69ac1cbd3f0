//! The servers that run, and what the tests can call on each.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use anyhow::{Context, Result, bail};
use demo_server::faulty::{Exchange, FaultServer, Reply};
use demo_server::{Config, DemoServer, Entry};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::calls::{Call, Milliseconds};
use crate::numbered::{NumberedStream, answer_with_kibibytes};
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

/// What a demo server is started with. Times are in milliseconds; see [`Config`] for the defaults.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfigOf {
    pages: PathBuf,
    package: PathBuf,
    benchmarks: Option<PathBuf>,
    examples: Option<PathBuf>,
    access_token_ttl: Option<Milliseconds>,
    retry: Option<Milliseconds>,
    keep_alive: Option<Milliseconds>,
    pace: Option<Milliseconds>,
    #[serde(default)]
    ambient: bool,
    #[serde(default)]
    fault_server: bool,
}

impl From<ConfigOf> for Config {
    fn from(of: ConfigOf) -> Self {
        let mut config = Self {
            pages: of.pages,
            package: of.package,
            ambient: of.ambient,
            fault_server: of.fault_server,
            ..Self::default()
        };
        config.benchmarks = of.benchmarks.unwrap_or(config.benchmarks);
        config.examples = of.examples.unwrap_or(config.examples);
        config.access_token_ttl = of.access_token_ttl.map_or(config.access_token_ttl, Into::into);
        config.retry = of.retry.map_or(config.retry, Into::into);
        config.pace = of.pace.map_or(config.pace, Into::into);
        config.keep_alive = of.keep_alive.map_or(config.keep_alive, Into::into);
        config
    }
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
            "startDemoServer" => self.start_demo_server(number, call.arg::<ConfigOf>()?.into()).await,
            "startFaultServer" => {
                let server = Arc::new(FaultServer::start().await?);
                let url = json!(server.url());
                self.running().insert(number, Server::Faults(server));
                Ok(url)
            }
            "restart" => {
                let Server::Demo(old) = self.server(number)? else { bail!("a fault server is not restarted") };
                let (port, log) = (old.addr().port(), Some(Arc::clone(old.log())));
                let config = Config { port, log, ..call.arg::<ConfigOf>()?.into() };
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
                let (name, answers): (String, Vec<Vec<Call>>) = call.args()?;
                let answers =
                    answers.iter().map(|calls| replies::answer(&self.shared, calls)).collect::<Result<_>>()?;
                server.script(&name, answers);
            }
            "openStreams" => return Ok(json!(server.open_streams())),
            "openStreamsAt" => return Ok(json!(server.open_streams_at(&call.arg::<String>()?))),
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
            "lastId" => return Ok(json!(log.last_id())),
            "logAfter" => return Ok(log.after(call.arg()?).iter().map(|event| records::logged(event)).collect()),
            "faultState" => return Ok(serde_json::to_value(faults.state())?),
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
                let replies: Vec<Reply> =
                    replies.iter().map(|calls| replies::reply(&self.shared, calls)).collect::<Result<_>>()?;
                server.answer(&path, replies);
            }
            "answerBy" => {
                let (path, handler): (String, u32) = call.args()?;
                self.answer_by(server, &path, handler);
            }
            "numbered" => {
                let (path, stream): (String, NumberedStream) = call.args()?;
                server.numbered(&path, stream.into());
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
            "connections" => return Ok(json!(server.connections())),
            "open" => return Ok(json!(server.open())),
            "openOf" => return Ok(json!(server.open_of(&call.arg::<String>()?))),
            "mostOpenOf" => return Ok(json!(server.most_open_of(&call.arg::<String>()?))),
            "mostOpenOfAny" => return Ok(json!(server.most_open_of_any())),
            "waitOpen" => server.wait_open(call.arg()?).await,
            "waitOpenOf" => {
                let (client, count): (String, usize) = call.args()?;
                server.wait_open_of(&client, count).await;
            }
            "waitConnections" => server.wait_connections(call.arg()?).await,
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
