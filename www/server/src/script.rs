//! Scripted answers at `/api/script/:name`: a test says to the byte what the server answers, when it waits, and how
//! the answer ends.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};

use crate::connections::Connection;
use crate::errors::ApiError;
use crate::gate::Gate;
use crate::stream_request::{StreamRequest, event_stream_headers};

#[derive(Clone, Debug)]
enum Step {
    Chunk(Bytes),
    Wait(Gate),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The response ends as it should.
    Clean,
    /// The connection is reset.
    Dropped,
    /// Nothing more comes, and the connection stays open.
    Hanging,
}

#[derive(Clone, Debug)]
struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

/// What the server answers to one scripted request. An answer begins as an event stream that ends cleanly; the methods
/// change that and add to its body.
///
/// ```
/// use demo_server::{Answer, Gate};
///
/// let gate = Gate::new();
/// let lost = Answer::new(200).chunk("id: 1\ndata: a\n\n").wait(&gate).drop_connection();
/// let resumed = Answer::new(200).chunk("id: 2\ndata: b\n\n").end();
/// # let _ = (lost, resumed);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    /// `None` when the request is never answered.
    head: Option<Head>,
    before_head: Vec<Gate>,
    steps: Vec<Step>,
    ending: Ending,
}

impl Answer {
    /// An answer with this status. It has the headers of an event stream if the status is 200, else none.
    ///
    /// # Panics
    /// The status is not one of HTTP (100 to 999).
    pub fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status between 100 and 999");
        let headers = if status == StatusCode::OK { event_stream_headers() } else { HeaderMap::new() };
        Self::with_head(Some(Head { status, headers }), Ending::Clean)
    }

    /// The request is accepted and never answered; the client waits for a head that does not come.
    pub fn unanswered() -> Self {
        Self::with_head(None, Ending::Hanging)
    }

    /// The connection is reset instead of an answer. A browser that had kept the connection from an earlier request
    /// asks once more by itself before it gives up.
    pub fn refused() -> Self {
        Self::with_head(None, Ending::Dropped)
    }

    fn with_head(head: Option<Head>, ending: Ending) -> Self {
        Self { head, before_head: Vec::new(), steps: Vec::new(), ending }
    }

    /// Sets a header, in place of one of the same name.
    ///
    /// # Panics
    /// The name or the value cannot be sent in HTTP.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header value");
        if let Some(head) = &mut self.head {
            head.headers.insert(name, value);
        }
        self
    }

    /// Takes a header away, such as the `content-type` an event stream has.
    pub fn without_header(mut self, name: &str) -> Self {
        if let Some(head) = &mut self.head {
            head.headers.remove(name);
        }
        self
    }

    /// The head, too, waits until the gate is opened.
    pub fn hold_head(mut self, gate: &Gate) -> Self {
        self.before_head.push(gate.clone());
        self
    }

    /// Sends text, as one chunk of its own.
    pub fn chunk(self, text: impl Into<String>) -> Self {
        self.chunk_bytes(text.into().into_bytes())
    }

    /// Sends bytes, as one chunk of its own.
    pub fn chunk_bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.steps.push(Step::Chunk(bytes.into()));
        self
    }

    /// Waits until the gate is opened, with all that comes before already sent.
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Wait(gate.clone()));
        self
    }

    /// Ends with the connection being reset, once all that comes before was sent.
    pub fn drop_connection(mut self) -> Self {
        self.ending = Ending::Dropped;
        self
    }

    /// Does not end: nothing more is said and the connection stays open.
    pub fn hang(mut self) -> Self {
        self.ending = Ending::Hanging;
        self
    }

    /// Ends cleanly. This is the default.
    pub fn end(mut self) -> Self {
        self.ending = Ending::Clean;
        self
    }
}

/// The registered scripts, by name.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
}

impl Scripts {
    pub(crate) fn register(&self, name: &str, answers: Vec<Answer>) {
        assert!(!answers.is_empty(), "the script {name:?} has no answer");
        let mut scripts = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        scripts.insert(name.to_owned(), answers.into());
    }

    /// The answer for this request: the next one, or the last one again.
    fn next(&self, name: &str) -> Option<Answer> {
        let mut scripts = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = scripts.get_mut(name)?;
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    }
}

/// `/api/script/:name`, by any method.
pub(crate) async fn play(
    request: StreamRequest,
    State(scripts): State<Arc<Scripts>>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let Some(answer) = scripts.next(&name) else {
        return Err(ApiError::NoScript(name));
    };
    for gate in &answer.before_head {
        gate.pass().await;
    }
    let Some(Head { status, headers }) = answer.head else {
        return end_badly(answer.ending, &request.connection).await;
    };
    if answer.steps.is_empty() && answer.ending == Ending::Clean {
        // A response known to be empty is sent with its length, as 204 and redirects are by other servers.
        return Ok((status, headers).into_response());
    }
    let connection = Arc::clone(&request.connection);
    Ok(request.respond_with(status, headers, body(answer.steps.into(), answer.ending, connection)))
}

fn body(steps: VecDeque<Step>, ending: Ending, connection: Arc<Connection>) -> impl Stream<Item = Bytes> {
    stream::unfold((steps, connection), move |(mut steps, connection)| async move {
        loop {
            // A body that is not ready makes hyper send what it has, so each chunk leaves on its own and before
            // whatever comes next happens.
            tokio::task::yield_now().await;
            match steps.pop_front() {
                Some(Step::Chunk(bytes)) => return Some((bytes, (steps, connection))),
                Some(Step::Wait(gate)) => gate.pass().await,
                None if ending == Ending::Clean => return None,
                None => end_badly(ending, &connection).await,
            }
        }
    })
}

/// Resets the connection or leaves it hanging; never returns, as the connection's end takes its caller with it.
async fn end_badly<T>(ending: Ending, connection: &Connection) -> T {
    if ending == Ending::Dropped {
        connection.cut();
    }
    std::future::pending().await
}
