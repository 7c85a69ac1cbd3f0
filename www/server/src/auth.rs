//! Login with JSON Web Tokens: short-lived access tokens that are only signed, and refresh tokens that are remembered
//! here and work once.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp};
use serde::{Deserialize, Serialize};

use crate::errors::ApiError;
use crate::extract::JsonBody;

/// The demo accounts' password: any name will do, so that two people can be told apart in a demo.
const PASSWORD: &str = "demo";

/// The longest user name, in bytes.
const LONGEST_NAME: u64 = 256;

/// The most sessions that are kept. When there are more, the oldest ends.
const MOST_SESSIONS: usize = 10_000;

/// What an access token says.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Claims {
    sub: String,
    iat: u64,
    exp: u64,
    jti: String,
    /// How often all tokens had been expired when this one was issued. `iat` cannot tell: it counts whole seconds.
    generation: u64,
}

/// The answer to a login or a refresh.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: u64,
}

struct Session {
    user: String,
    expires: Instant,
}

/// Issues tokens and checks them.
pub(crate) struct Auth {
    encoding: EncodingKey,
    decoding: DecodingKey,
    access_ttl: Duration,
    refresh_ttl: Duration,
    generation: AtomicU64,
    /// By refresh token.
    sessions: Mutex<HashMap<String, Session>>,
}

impl Auth {
    pub(crate) fn new(
        secret: Option<Vec<u8>>,
        access_ttl: Duration,
        refresh_ttl: Duration,
    ) -> Result<Self, getrandom::Error> {
        let secret = match secret {
            Some(secret) => secret,
            None => random_bytes()?.to_vec(),
        };
        Ok(Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
            access_ttl,
            refresh_ttl,
            generation: AtomicU64::new(0),
            sessions: Mutex::default(),
        })
    }

    /// Rejects every access token issued so far; refresh tokens stay good.
    pub(crate) fn expire_tokens(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// How often [`expire_tokens`](Self::expire_tokens) was called.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn issue(&self, user: String) -> Result<Tokens, ApiError> {
        let issued = get_current_timestamp();
        let claims = Claims {
            sub: user.clone(),
            iat: issued,
            exp: issued + self.access_ttl.as_secs(),
            jti: random_text()?,
            generation: self.generation(),
        };
        let access_token = encode(&Header::default(), &claims, &self.encoding).map_err(ApiError::Signing)?;
        Ok(Tokens {
            access_token,
            refresh_token: self.begin_session(user)?,
            token_type: "Bearer",
            expires_in: self.access_ttl.as_secs(),
        })
    }

    fn begin_session(&self, user: String) -> Result<String, ApiError> {
        let refresh_token = random_text()?;
        let now = Instant::now();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.expires > now);
        if sessions.len() >= MOST_SESSIONS {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.expires).map(|(token, _)| token.clone());
            oldest.and_then(|token| sessions.remove(&token));
        }
        sessions.insert(refresh_token.clone(), Session { user, expires: now + self.refresh_ttl });
        Ok(refresh_token)
    }

    /// Takes the session out, so that no refresh token works twice.
    fn end_session(&self, refresh_token: &str) -> Result<String, ApiError> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        match sessions.remove(refresh_token) {
            Some(session) if session.expires > Instant::now() => Ok(session.user),
            _ => Err(ApiError::RefreshTokenRejected),
        }
    }

    fn check(&self, access_token: &str) -> Result<(), ApiError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        // RFC 7519: not to be accepted on or after `exp`; the crate by itself still accepts it on that second.
        validation.reject_tokens_expiring_in_less_than = 1;
        let token = decode::<Claims>(access_token, &self.decoding, &validation).map_err(|_| ApiError::TokenRejected)?;
        if token.claims.generation < self.generation() {
            return Err(ApiError::TokenRejected);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
}

/// `POST /api/login`.
pub(crate) async fn login(
    State(auth): State<Arc<Auth>>,
    JsonBody(credentials): JsonBody<Credentials>,
) -> Result<Json<Tokens>, ApiError> {
    if credentials.username.is_empty() || credentials.password != PASSWORD {
        return Err(ApiError::WrongPassword);
    }
    ApiError::check("The length of the username", credentials.username.len() as u64, LONGEST_NAME)?;
    auth.issue(credentials.username).map(Json)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refresh {
    refresh_token: String,
}

/// `POST /api/refresh`.
pub(crate) async fn refresh(
    State(auth): State<Arc<Auth>>,
    JsonBody(refresh): JsonBody<Refresh>,
) -> Result<Json<Tokens>, ApiError> {
    let user = auth.end_session(&refresh.refresh_token)?;
    auth.issue(user).map(Json)
}

/// Extracted by the endpoints that need an access token; refuses the request with 401 without a good one.
pub(crate) struct Bearer;

impl<S: Sync> FromRequestParts<S> for Bearer
where
    Arc<Auth>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let value = parts.headers.get(header::AUTHORIZATION).ok_or(ApiError::NoToken)?;
        let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(ApiError::NoToken)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::NoToken);
        }
        Arc::<Auth>::from_ref(state).check(token.trim()).map(|()| Self)
    }
}

fn random_bytes() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn random_text() -> Result<String, getrandom::Error> {
    Ok(random_bytes()?.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
