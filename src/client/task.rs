//! What the current attempt waits for.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::mem::Discriminant;
use core::task::{Context, Poll, ready};

use futures_util::future::{FutureExt, LocalBoxFuture};
use web_sys::{AbortSignal, Response};

use super::auth::Refreshed;
use super::error::Error;
use super::send::Unsent;
use crate::browser::{BodyReader, Head, read_prefix};
use crate::session::{AttemptId, Code, Input, Step};

/// The latest attempt.
pub struct Current {
    pub id: AttemptId,
    pub number: u32,
    /// The step that was taken last.
    pub step: Option<Discriminant<Step>>,
    pub task: Task,
    /// Aborted with the attempt; `None` after that.
    pub signal: Option<AbortSignal>,
    pub response: Option<Response>,
    pub head: Option<Head>,
    /// Why it failed.
    pub cause: Option<String>,
    /// The application's function that failed.
    pub callback: Option<&'static str>,
    /// The beginning of the body that explains the failure.
    pub body: Option<String>,
    pub error: Option<Error>,
}

impl Current {
    pub fn new(id: AttemptId, number: u32) -> Self {
        Self {
            id,
            number,
            step: None,
            task: Task::None,
            signal: None,
            response: None,
            head: None,
            cause: None,
            callback: None,
            body: None,
            error: None,
        }
    }

    /// A reader of the response's body. `None` if there is none, or if it is locked.
    pub fn reader(&self) -> Option<BodyReader> {
        BodyReader::new(&self.response.as_ref()?.body()?).ok()
    }

    /// Notes why the attempt fails. Returns the input for the session.
    pub fn failed(&mut self, code: Code, cause: &str) -> Input {
        self.cause = Some(cause.into());
        Input::Failed(self.id, code)
    }

    /// Drops what an aborted attempt has left.
    pub fn drop_task(&mut self) {
        if let Task::ErrorBody { prefix, .. } = &self.task {
            // If the time for the body of an error response is over, the part that was read explains the error.
            self.body = Some(text(prefix));
        }
        self.task = Task::None;
        (self.signal, self.response) = (None, None);
    }
}

/// What an attempt waits for.
pub enum Task {
    None,
    Token(LocalBoxFuture<'static, Result<Option<String>, String>>),
    Refresh(LocalBoxFuture<'static, Result<Refreshed, String>>),
    Request(LocalBoxFuture<'static, Result<Response, Unsent>>),
    ErrorBody {
        reading: LocalBoxFuture<'static, ()>,
        /// What was read so far.
        prefix: Rc<RefCell<Vec<u8>>>,
    },
    Stream {
        reader: BodyReader,
        /// The body has ended. What has arrived may not be delivered yet.
        has_ended: bool,
    },
}

/// What a task has ended with.
pub enum Answer {
    Token(Result<Option<String>, String>),
    Refresh(Result<Refreshed, String>),
    Response(Result<Response, Unsent>),
    ErrorBody(String),
}

impl Task {
    pub fn error_body(reader: BodyReader) -> Self {
        let prefix = Rc::default();
        Self::ErrorBody { reading: read_prefix(reader, Rc::clone(&prefix)).boxed_local(), prefix }
    }

    /// The answer, if it is there. A stream has none.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        Poll::Ready(match self {
            Self::None | Self::Stream { .. } => return Poll::Pending,
            Self::Token(task) => Answer::Token(ready!(task.poll_unpin(cx))),
            Self::Refresh(task) => Answer::Refresh(ready!(task.poll_unpin(cx))),
            Self::Request(task) => Answer::Response(ready!(task.poll_unpin(cx))),
            Self::ErrorBody { reading, prefix } => {
                ready!(reading.poll_unpin(cx));
                Answer::ErrorBody(text(prefix))
            }
        })
    }
}

fn text(bytes: &RefCell<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes.borrow()).into_owned()
}
