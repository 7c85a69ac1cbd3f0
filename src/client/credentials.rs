//! The token of one stream. It is requested before each attempt, refreshed when the server refuses it, and kept out of errors.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use futures_util::future::LocalBoxFuture;

use super::auth::{Refreshed, TokenProvider};
use super::jwt::has_expired;
use super::types::Attempt;
use crate::session::{Refresh, Token};

/// How many of the latest tokens are removed from the text of errors.
const SECRETS: usize = 4;

#[derive(Default)]
pub struct TokenSource {
    provider: Option<Rc<TokenProvider>>,
    /// The token of the current attempt, and the provider's count of refreshes when it was requested.
    token: Option<String>,
    generation: u64,
    secrets: Vec<String>,
}

/// An answer of the application that cannot be used.
const EMPTY: &str = "the token is empty: return None if there is none";

impl TokenSource {
    pub fn new(provider: Option<Rc<TokenProvider>>) -> Self {
        Self { provider, ..Self::default() }
    }

    /// Asks for a token. The session asks only if there is a provider.
    pub fn ask(&mut self, attempt: Attempt) -> Option<LocalBoxFuture<'static, Result<Option<String>, String>>> {
        let provider = self.provider.as_ref()?;
        self.token = None;
        self.generation = provider.generation();
        Some(provider.token(attempt))
    }

    /// The answer to [`TokenSource::ask`]. The error says why it cannot be used.
    pub fn answered(&mut self, token: Option<String>) -> Result<Token, &'static str> {
        let Some(token) = token else { return Ok(Token::Usable) };
        let has_expired = has_expired(&token);
        self.use_token(token)?;
        Ok(if has_expired { Token::Expired } else { Token::Usable })
    }

    /// Refreshes the token.
    pub fn refresh(&self, attempt: Attempt) -> Option<LocalBoxFuture<'static, Result<Refreshed, String>>> {
        Some(self.provider.as_ref()?.refresh(attempt, self.generation))
    }

    /// The answer to [`TokenSource::refresh`]. The error says why it cannot be used.
    pub fn refreshed(&mut self, refreshed: Refreshed) -> Result<Refresh, &'static str> {
        Ok(match refreshed {
            Refreshed::Token(token) => {
                self.use_token(token)?;
                self.generation = self.provider.as_ref().map_or(0, |provider| provider.generation());
                Refresh::Token
            }
            Refreshed::AskAgain => Refresh::AskAgain,
            Refreshed::GaveUp => Refresh::GaveUp,
        })
    }

    /// The value of the header `Authorization`.
    pub fn authorization(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    /// A request was sent with this `Authorization`.
    pub fn sent(&mut self, authorization: &str) {
        let secret = authorization.split_once(' ').map_or(authorization, |(_, secret)| secret);
        self.keep_secret(secret.trim().to_string());
    }

    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The connection has ended.
    pub fn forget(&mut self) {
        self.token = None;
        self.secrets.clear();
    }

    fn use_token(&mut self, token: String) -> Result<(), &'static str> {
        if token.is_empty() {
            return Err(EMPTY);
        }
        self.keep_secret(token.clone());
        self.token = Some(token);
        Ok(())
    }

    /// After a refresh the old token stays secret too, because a server may quote it.
    fn keep_secret(&mut self, secret: String) {
        if !secret.trim().is_empty() {
            self.secrets.retain(|other| *other != secret);
            self.secrets.insert(0, secret);
            self.secrets.truncate(SECRETS);
        }
    }
}
