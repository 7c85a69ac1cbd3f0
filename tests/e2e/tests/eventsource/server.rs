//! A server whose answers stand in the address that is asked, so that a test in the page says for itself what it is to get.
//!
//! * `/plan?plan=NUMBER&replies=JSON`: the first request is given the first reply, and so on; the last one again and again
//! * `/open?gate=NAME`: opens a gate at which replies wait
//! * `/requests?…`, with the query of a plan: the requests to it so far
//! * `/over?…`, likewise: answered when all of them are over

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use demo_server::faulty::{Exchange, FaultServer, Reply};
use demo_server::{Entry, Gate};
use e2e::fault_server;
use reqwest::Url;
use serde_json::{Value, json};

/// Starts such a server.
pub(super) async fn start() -> Arc<FaultServer> {
    let server = Arc::new(fault_server().await);
    let gates = Gates::default();
    let (here, there) = (gates.clone(), Arc::downgrade(&server));
    let mut asked: HashMap<String, usize> = HashMap::new();
    server.answer_by("/plan", move |request| {
        let replies = parameter(request, "replies");
        let replies: Vec<Value> = serde_json::from_str(&replies).expect("the page sends JSON");
        let count = asked.entry(request.query.clone()).or_default();
        let reply = replies.get(*count).or(replies.last()).expect("a plan has a reply");
        *count += 1;
        gates.reply(reply)
    });
    server.answer_by("/open", move |request| {
        here.named(&parameter(request, "gate")).open();
        Reply::no_content()
    });
    let seen = Weak::clone(&there);
    server.answer_by("/requests", move |request| {
        let requests: Vec<Value> = exchanges(&seen, request).iter().map(|exchange| told(&exchange.request)).collect();
        Reply::status(200).body("application/json", json!(requests).to_string())
    });
    server.answer_by("/over", move |request| {
        let over = Gate::new();
        tokio::spawn({
            let (over, exchanges) = (over.clone(), exchanges(&there, request));
            async move {
                for exchange in exchanges {
                    exchange.ended().await;
                }
                over.open();
            }
        });
        Reply::no_content().hold_head(&over)
    });
    server
}

fn parameter(request: &Entry, name: &str) -> String {
    let url = Url::parse(&format!("http://server/?{}", request.query)).expect("browsers send good queries");
    let value = url.query_pairs().find_map(|(given, value)| (given == name).then(|| value.into_owned()));
    value.unwrap_or_else(|| panic!("no {name} in {}", request.query))
}

/// What was asked of the plan that has this request's query.
fn exchanges(server: &Weak<FaultServer>, request: &Entry) -> Vec<Arc<Exchange>> {
    let all = server.upgrade().map_or_else(Vec::new, |server| server.exchanges_to("/plan"));
    all.into_iter().filter(|exchange| exchange.request.query == request.query).collect()
}

fn told(request: &Entry) -> Value {
    let headers: Vec<(&str, String)> =
        request.headers.iter().map(|(name, value)| (&**name, String::from_utf8_lossy(value).into_owned())).collect();
    json!({ "method": request.method, "headers": headers, "body": String::from_utf8_lossy(&request.body) })
}

/// The gates, by name. Whoever comes first, the reply or who opens it, makes one.
#[derive(Clone, Default)]
struct Gates(Arc<std::sync::Mutex<HashMap<String, Gate>>>);

impl Gates {
    fn named(&self, name: &str) -> Gate {
        self.0.lock().expect("nobody panics with it").entry(name.to_owned()).or_default().clone()
    }

    /// From what `pages/eventsource.js` makes.
    fn reply(&self, plan: &Value) -> Reply {
        let end = plan["end"].as_str().unwrap_or("proper");
        match end {
            "reset" => return Reply::reset_at_once(),
            "silence" => return Reply::say_nothing(),
            _ => {}
        }
        let mut reply = match plan["status"].as_u64() {
            None | Some(200) => Reply::event_stream(),
            Some(status) => Reply::status(u16::try_from(status).expect("a status")),
        };
        for (name, value) in plan["headers"].as_object().into_iter().flatten() {
            reply = reply.header(name, value.as_str().expect("a header is text"));
        }
        if plan["cors"] == false {
            reply = reply.without_cors();
        }
        if let Some(gate) = plan["head"].as_str() {
            reply = reply.hold_head(&self.named(gate));
        }
        for chunk in plan["chunks"].as_array().into_iter().flatten() {
            reply = self.chunk(reply, chunk);
        }
        match end {
            "hang" => reply.hang(),
            "cut" => reply.cut(),
            _ => reply.end(),
        }
    }

    /// Text, a list of bytes, or `{ wait: GATE }`.
    fn chunk(&self, reply: Reply, chunk: &Value) -> Reply {
        match chunk {
            Value::String(text) => reply.send(text.clone()),
            Value::Array(bytes) => {
                let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
                reply.send(bytes.iter().map(|value| byte(value).expect("a byte")).collect::<Vec<_>>())
            }
            _ => reply.wait(&self.named(chunk["wait"].as_str().expect("a chunk that is known"))),
        }
    }
}
