//! Reads the expiry of tokens that are JWTs.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Date, JSON, Reflect};

use crate::browser::decode_base64;

/// Whether a token is a JWT whose expiry has passed.
pub fn has_expired(token: &str) -> bool {
    expiry(token).is_some_and(|seconds| seconds <= Date::now() / 1000.0)
}

/// The `exp` of a JWT (RFC 7519, 4.1.4), in seconds; `None` for any other token.
fn expiry(token: &str) -> Option<f64> {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    // The signature may be empty: an unsigned JWT.
    let is_jwt =
        parts.next().is_none() && !header.is_empty() && [header, payload, signature].into_iter().all(is_base64url);
    if !is_jwt {
        return None;
    }
    let characters = decode_base64(&payload.replace('-', "+").replace('_', "/")).ok()?;
    let bytes: Vec<u8> = characters.chars().filter_map(|byte| u8::try_from(byte).ok()).collect();
    let claims = JSON::parse(&String::from_utf8(bytes).ok()?).ok()?;
    Reflect::get(&claims, &"exp".into()).ok()?.as_f64().filter(|seconds| seconds.is_finite())
}

fn is_base64url(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
