//! The options of a stream as the rest of the client reads them.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use futures_util::future::LocalBoxFuture;
use web_sys::RequestInit;

use super::auth::TokenProvider;
use super::types::{self, Attempt, Body, Credentials, Mode, ResponseHead, RetryDecision, Until};
use super::{Error, Event};
use crate::session::Config;

/// A function of the application that is called for an attempt. Its error is a text.
pub type Function<T> = Rc<dyn Fn(Attempt) -> LocalBoxFuture<'static, Result<T, String>>>;

/// An async closure as a [`Function`].
pub fn function<F, T, U, E>(closure: F, convert: fn(T) -> U) -> Function<U>
where
    F: AsyncFn(Attempt) -> Result<T, E> + 'static,
    T: 'static,
    U: 'static,
    E: Into<Box<dyn core::error::Error>> + 'static,
{
    let closure = Rc::new(closure);
    Rc::new(move |attempt| {
        let closure = Rc::clone(&closure);
        Box::pin(async move {
            let answer = closure(attempt).await;
            answer.map(convert).map_err(|error| types::text_of(&*error.into()))
        })
    })
}

/// A value, or a function that returns it for an attempt.
#[derive(Clone)]
pub enum Source<T> {
    Value(T),
    Function(Function<T>),
}

/// Names and values of headers.
pub type HeaderList = Vec<(String, String)>;

type UntilFunction = RefCell<Box<dyn FnMut(&Event) -> Until>>;
type SetInit = Box<dyn Fn(&RequestInit)>;
type Validate = Box<dyn Fn(&ResponseHead) -> Result<(), String>>;
type ShouldRetry = RefCell<Box<dyn FnMut(&Error, &Attempt) -> RetryDecision>>;

/// All options.
pub struct Options {
    pub url: Source<String>,
    pub method: String,
    pub headers: HeaderList,
    pub headers_with: Option<Function<HeaderList>>,
    pub body: Option<Source<Body>>,
    pub credentials: Option<Credentials>,
    pub mode: Option<Mode>,
    pub init_with: Option<SetInit>,
    pub token_provider: Option<Rc<TokenProvider>>,
    pub until: Option<UntilFunction>,
    pub validate: Option<Validate>,
    pub should_retry: Option<ShouldRetry>,
    pub last_event_id: String,
    pub max_event_bytes: usize,
    pub empty_events: bool,
    pub delivers_unfinished: bool,
    pub config: Config,
}
