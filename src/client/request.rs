//! A request and its options, until it is opened.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use web_sys::RequestInit;

use super::EventStream;
use super::auth::{Refreshed, SharedAuth, TokenProvider};
use super::options::{Function, HeaderList, Options, Source, function};
use super::types::{Attempt, Body, Credentials, Mode};
use crate::session::{Config, Reconnect};

/// The largest [`Request::max_event_bytes`].
const MOST_EVENT_BYTES: usize = 1 << 30;

/// A GET request, which is repeated after failures and after the end of the stream, as by `EventSource`.
///
/// ```no_run
/// use futures_util::StreamExt as _;
///
/// # async fn run() -> Result<(), sse_fetch::Error> {
/// let mut events = sse_fetch::get("/notifications").open();
/// while let Some(event) = events.next().await {
///     let event = event?;
///     println!("{}: {}", event.event_type, event.data);
/// }
/// # Ok(()) }
/// ```
pub fn get(url: impl Into<String>) -> Request {
    request("GET", url)
}

/// A POST request. By itself it is sent again only if the server cannot have processed it; see [`Request::reconnect`].
///
/// ```no_run
/// let events = sse_fetch::post("/chat").body("What is the capital of France?").until("[DONE]").open();
/// ```
pub fn post(url: impl Into<String>) -> Request {
    request("POST", url)
}

/// A request with any method but CONNECT, TRACE and TRACK.
///
/// ```no_run
/// let events = sse_fetch::request("PUT", "/search").body("rust").open();
/// ```
pub fn request(method: impl Into<String>, url: impl Into<String>) -> Request {
    let method = method.into().to_ascii_uppercase();
    let is_get_or_head = matches!(&*method, "GET" | "HEAD");
    Request {
        options: Options {
            url: Source::Value(url.into()),
            method,
            headers: Vec::new(),
            headers_with: None,
            body: None,
            credentials: None,
            mode: None,
            init_with: None,
            token_provider: None,
            until: None,
            validate: None,
            should_retry: None,
            last_event_id: String::new(),
            max_event_bytes: 16 << 20,
            empty_events: false,
            delivers_unfinished: false,
            config: Config::new(is_get_or_head),
        },
        reconnect: None,
        tokens: TokenProvider::default(),
        wrong: None,
    }
}

/// A request for a stream of events, with its options.
///
/// Functions are async closures that are called for every attempt. If one of them returns an error, the attempt fails with
/// [`ErrorCode::Callback`](crate::ErrorCode::Callback) (functions for tokens: [`ErrorCode::Auth`](crate::ErrorCode::Auth)), and
/// another attempt follows. When the attempt is over, their futures are dropped.
///
/// A wrong option is the first item of the stream, as an error of code [`ErrorCode::Callback`](crate::ErrorCode::Callback).
#[must_use = "a request is sent when `open` is called and the stream is polled"]
pub struct Request {
    pub(super) options: Options,
    pub(super) reconnect: Option<Reconnect>,
    /// The functions of `token_with` and `refresh_with`.
    tokens: TokenProvider,
    /// The first option that is wrong.
    wrong: Option<String>,
}

impl Request {
    /// The URL of every attempt, instead of the one given at first.
    ///
    /// ```no_run
    /// # async fn ticket() -> Result<String, std::io::Error> { Ok("ticket".into()) }
    /// let events = sse_fetch::get("").url_with(async |_| ticket().await.map(|it| format!("/events?ticket={it}"))).open();
    /// ```
    pub fn url_with<F, T, E>(mut self, url: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<T, E> + 'static,
        T: Into<String> + 'static,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        self.options.url = Source::Function(function(url, Into::into));
        self
    }

    /// Adds a header. A `Last-Event-ID` has the same effect as [`Request::last_event_id`]. `Accept` is `text/event-stream`
    /// unless it is set.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.push((name.into(), value.into()));
        self
    }

    /// Adds headers that are asked for before every attempt. They replace those of [`Request::header`] that have the same name.
    ///
    /// ```no_run
    /// # use std::convert::Infallible;
    /// let events = sse_fetch::get("/events")
    ///     .headers_with(async |attempt| Ok::<_, Infallible>([("X-Attempt", attempt.number.to_string())]))
    ///     .open();
    /// ```
    pub fn headers_with<F, H, N, V, E>(mut self, headers: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<H, E> + 'static,
        H: IntoIterator<Item = (N, V)> + 'static,
        N: Into<String>,
        V: Into<String>,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        let list = |headers: H| headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.options.headers_with = Some(function::<_, _, HeaderList, _>(headers, list));
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.options.body = Some(Source::Value(body.into()));
        self
    }

    /// A body that is made for every attempt.
    pub fn body_with<F, T, E>(mut self, body: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<T, E> + 'static,
        T: Into<Body> + 'static,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        self.options.body = Some(Source::Function(function(body, Into::into)));
        self
    }

    /// A body that is the JSON of this value, sent as `application/json` unless there is another `Content-Type`.
    ///
    /// ```no_run
    /// # #[derive(serde::Serialize)]
    /// # struct Prompt { text: String }
    /// let events = sse_fetch::post("/chat").json(&Prompt { text: "Hello".into() }).open();
    /// ```
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(mut self, value: &T) -> Self {
        match Body::json(value) {
            Ok(body) => self.options.body = Some(Source::Value(body)),
            Err(cause) => self.refuse(format!("json: the body cannot be converted to JSON: {cause}")),
        }
        self
    }

    /// Whether cookies are sent. Default: to the origin of the page.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.options.credentials = Some(credentials);
        self
    }

    /// Whether a request to another origin is allowed. Default: if that origin allows it.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.options.mode = Some(mode);
        self
    }

    /// Is called with the second argument of `fetch` before every request, to set what has no option here. This is the only
    /// function of the crate that takes a JavaScript type.
    ///
    /// ```no_run
    /// let events = sse_fetch::get("/events").init_with(|init| init.set_referrer("/")).open();
    /// ```
    pub fn init_with(mut self, init: impl Fn(&RequestInit) + 'static) -> Self {
        self.options.init_with = Some(Box::new(init));
        self
    }

    // Tokens.

    /// A token that is sent as `Authorization: Bearer …`. No error contains it.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        let function: Function<Option<String>> = Rc::new(move |_| {
            let token = token.clone();
            Box::pin(async move { Ok(Some(token)) })
        });
        self.tokens.token = Some(function);
        self
    }

    /// A token that is asked for before every attempt. `None` means that the request has none.
    ///
    /// ```no_run
    /// # async fn load() -> Result<String, std::io::Error> { Ok("token".into()) }
    /// # async fn renew() -> Result<String, std::io::Error> { Ok("newer token".into()) }
    /// let events = sse_fetch::get("/events").token_with(async |_| load().await).refresh_with(async |_| renew().await).open();
    /// ```
    pub fn token_with<F, T, E>(mut self, token: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<T, E> + 'static,
        T: Into<Option<String>> + 'static,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        self.tokens.token = Some(function(token, Into::into));
        self
    }

    /// Gets a new token after a 401, or before the request if the token is a JWT that has expired; at most once in an attempt.
    /// The request is then sent again, as part of the same attempt. Without this function, a 401 ends the stream.
    pub fn refresh_with<F, T, E>(mut self, refresh: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<T, E> + 'static,
        T: Into<Refreshed> + 'static,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        self.tokens.refresh = Some(function(refresh, Into::into));
        self
    }

    /// Tokens that several streams share, instead of [`Request::token_with`] and [`Request::refresh_with`].
    pub fn auth(mut self, auth: &SharedAuth) -> Self {
        self.options.token_provider = Some(auth.provider());
        self
    }

    /// Opens the stream. The request is sent when the stream is polled for the first time.
    #[must_use = "a stream does nothing unless it is polled"]
    pub fn open(mut self) -> EventStream {
        let config = &mut self.options.config;
        if let Some(reconnect) = self.reconnect {
            config.reconnect = reconnect;
        }
        if self.tokens.token.is_some() || self.tokens.refresh.is_some() {
            if self.options.token_provider.is_some() {
                self.refuse("auth must not be given beside bearer, token_with and refresh_with".into());
            } else {
                self.options.token_provider = Some(Rc::new(core::mem::take(&mut self.tokens)));
            }
        }
        let provider = self.options.token_provider.as_ref();
        self.options.config.has_token_provider = provider.is_some();
        self.options.config.can_refresh_token = provider.is_some_and(|provider| provider.refresh.is_some());
        self.options.config.seed = js_sys::Math::random().to_bits();
        self.check();
        EventStream::new(self.options, self.wrong)
    }

    fn check(&mut self) {
        let method = &self.options.method;
        if !crate::browser::is_token(method) || ["CONNECT", "TRACE", "TRACK"].contains(&&**method) {
            self.refuse(format!("'{method}' must be an HTTP method other than CONNECT, TRACE and TRACK"));
        }
        if self.options.config.is_get_or_head && self.options.body.is_some() {
            self.refuse("a GET or HEAD request cannot have a body".into());
        }
        // Once, as in `EventSource`: the page may change its address between two attempts.
        if let Source::Value(url) = &self.options.url {
            match crate::browser::resolve(url) {
                Ok(absolute) => self.options.url = Source::Value(absolute),
                Err(wrong) => self.refuse(wrong),
            }
        }
        if self.options.last_event_id.contains(['\0', '\r', '\n']) {
            self.refuse("last_event_id must not contain NUL, CR and LF".into());
        }
        if !(1..=MOST_EVENT_BYTES).contains(&self.options.max_event_bytes) {
            self.refuse(format!("max_event_bytes must be from 1 to {MOST_EVENT_BYTES}"));
        }
    }

    /// Notes that an option is wrong.
    pub(super) fn refuse(&mut self, wrong: String) {
        self.wrong.get_or_insert(wrong);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers, body and URL may hold a token.
        f.debug_struct("Request").field("method", &self.options.method).finish_non_exhaustive()
    }
}
