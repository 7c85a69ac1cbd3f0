//! Where tokens come from, and one refresh for many streams.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;
use core::fmt;

use futures_util::future::{FutureExt, LocalBoxFuture, Shared, WeakShared, ready};

use super::options::{Function, function};
use super::types::Attempt;

/// What the function of [`refresh_with`](crate::Request::refresh_with) has got.
///
/// A `String` is a new token, and `None` means that there is none.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refreshed {
    /// This is the new token.
    Token(String),
    /// There is a new token: the function of `token_with` returns it.
    AskAgain,
    /// There is no new token: the stream ends with [`ErrorCode::Auth`](crate::ErrorCode::Auth).
    GaveUp,
}

impl fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::AskAgain => "AskAgain",
            Self::GaveUp => "GaveUp",
        })
    }
}

impl From<String> for Refreshed {
    fn from(token: String) -> Self {
        Self::Token(token)
    }
}

impl From<Option<String>> for Refreshed {
    fn from(token: Option<String>) -> Self {
        token.map_or(Self::GaveUp, Self::Token)
    }
}

/// Tokens that several streams share. If the server answers several of them with 401, one refresh serves all.
///
/// ```
/// # async fn load() -> Result<String, std::io::Error> { Ok("token".into()) }
/// # async fn renew() -> Result<String, std::io::Error> { Ok("newer token".into()) }
/// use sse_fetch::SharedAuth;
///
/// let auth = SharedAuth::new(async |_| load().await).refresh_with(async |_| renew().await);
/// let chat = sse_fetch::post("/chat").auth(&auth);
/// let news = sse_fetch::get("/news").auth(&auth);
/// ```
#[derive(Clone)]
#[must_use]
pub struct SharedAuth {
    provider: Rc<TokenProvider>,
}

impl SharedAuth {
    /// `token` is called before every attempt. After a refresh it must return the new token. `None` means that the request has
    /// no token. If it fails, the attempt fails with [`ErrorCode::Auth`](crate::ErrorCode::Auth), and another one follows.
    pub fn new<F, T, E>(token: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<T, E> + 'static,
        T: Into<Option<String>> + 'static,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        let provider = TokenProvider { token: Some(function(token, Into::into)), ..TokenProvider::default() };
        Self { provider: Rc::new(provider) }
    }

    /// `refresh` is called once for all streams that got a 401, or whose token is a JWT that has expired. When no stream waits
    /// for it any more, its future is dropped. If it fails, the attempts fail with [`ErrorCode::Auth`](crate::ErrorCode::Auth), and
    /// others follow.
    pub fn refresh_with<F, T, E>(self, refresh: F) -> Self
    where
        F: AsyncFn(Attempt) -> Result<T, E> + 'static,
        T: Into<Refreshed> + 'static,
        E: Into<Box<dyn core::error::Error>> + 'static,
    {
        let provider = TokenProvider {
            token: self.provider.token.clone(),
            refresh: Some(function(refresh, Into::into)),
            state: RefCell::default(),
        };
        Self { provider: Rc::new(provider) }
    }

    pub(super) fn provider(&self) -> Rc<TokenProvider> {
        Rc::clone(&self.provider)
    }
}

impl fmt::Debug for SharedAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedAuth").finish_non_exhaustive()
    }
}

/// The functions for tokens. Either may be missing: without `token`, tokens come only from refreshes; without `refresh`,
/// nothing is refreshed.
#[derive(Clone, Default)]
pub(super) struct TokenProvider {
    pub token: Option<Function<Option<String>>>,
    pub refresh: Option<Function<Refreshed>>,
    state: RefCell<State>,
}

type Refresh = LocalBoxFuture<'static, Result<Refreshed, String>>;

#[derive(Clone, Default)]
struct State {
    /// The refresh that is under way. The streams that wait for it own it.
    refresh: Option<WeakShared<Refresh>>,
    /// The last token that a refresh returned.
    refreshed: Option<String>,
    /// The number of successful refreshes. It tells whether a refused token is older than the last refresh.
    generation: u64,
}

impl TokenProvider {
    pub fn generation(&self) -> u64 {
        self.state.borrow().generation
    }

    pub fn token(&self, attempt: Attempt) -> LocalBoxFuture<'static, Result<Option<String>, String>> {
        match &self.token {
            Some(token) => token(attempt),
            None => ready(Ok(self.state.borrow().refreshed.clone())).boxed_local(),
        }
    }

    /// Refreshes the token, or joins the refresh that is under way. `generation` is that of the refused token.
    pub fn refresh(self: &Rc<Self>, attempt: Attempt, generation: u64) -> Refresh {
        let mut state = self.state.borrow_mut();
        if let Some(refresh) = state.refresh.as_ref().and_then(WeakShared::upgrade)
            && refresh.peek().is_none()
        {
            return refresh.boxed_local();
        }
        if generation < state.generation {
            // Another stream has refreshed the token since then.
            return ready(Ok(self.newest(&state))).boxed_local();
        }
        let provider = Rc::clone(self);
        let refresh: Shared<Refresh> = async move {
            // The function is called in here, because it may call methods of streams.
            let Some(refresh) = &provider.refresh else { return Ok(Refreshed::GaveUp) };
            let answer = refresh(attempt).await;
            provider.note(&answer);
            answer
        }
        .boxed_local()
        .shared();
        state.refresh = refresh.downgrade();
        refresh.boxed_local()
    }

    fn newest(&self, state: &State) -> Refreshed {
        match (&self.token, &state.refreshed) {
            (None, Some(token)) => Refreshed::Token(token.clone()),
            _ => Refreshed::AskAgain,
        }
    }

    fn note(&self, answer: &Result<Refreshed, String>) {
        let mut state = self.state.borrow_mut();
        match answer {
            Ok(Refreshed::Token(token)) if !token.is_empty() => state.refreshed = Some(token.clone()),
            Ok(Refreshed::AskAgain) => {}
            _ => return,
        }
        state.generation += 1;
    }
}
