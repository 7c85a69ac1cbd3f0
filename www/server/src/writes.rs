//! Which pages may change something here: only those of this server. A page of any other origin can send text or a form by
//! POST without a preflight, so a request that changes something must have a JSON body. A page of another origin could send
//! that after a preflight, and this server's preflights allow everything, so the `Origin` is checked too.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::errors::ApiError;

/// The layer of all routes that change something. Requests that only read pass it.
pub(crate) async fn guard(State(port): State<u16>, request: Request, next: Next) -> Result<Response, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        check(request.headers(), port)?;
    }
    Ok(next.run(request).await)
}

fn check(headers: &HeaderMap, port: u16) -> Result<(), ApiError> {
    // Only browsers send an origin, and they send it with every POST.
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        if !is_own(&origin, port) {
            return Err(ApiError::ForeignOrigin { origin: origin.into_owned(), port });
        }
    }
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    if content_type.as_deref().is_some_and(is_json) { Ok(()) } else { Err(ApiError::NoJson) }
}

/// Whether a page of this origin was served here. The server listens on 127.0.0.1, which is also called localhost.
fn is_own(origin: &str, port: u16) -> bool {
    let Some(authority) = origin.strip_prefix("http://") else { return false };
    let (host, given) = authority.split_once(':').unwrap_or((authority, "80"));
    matches!(host, "127.0.0.1" | "localhost") && given.parse() == Ok(port)
}

/// Whether this content type is `application/json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_server_are_its_own() {
        for own in ["http://127.0.0.1:8080", "http://localhost:8080"] {
            assert!(is_own(own, 8080), "{own}");
        }
        assert!(is_own("http://localhost", 80));
        for foreign in [
            "null",
            "",
            "http://localhost",
            "http://localhost:8081",
            "https://localhost:8080",
            "http://127.0.0.1.example.com:8080",
            "http://example.com:8080",
            "http://localhost:8080@example.com",
        ] {
            assert!(!is_own(foreign, 8080), "{foreign}");
        }
    }

    #[test]
    fn json_may_have_parameters_and_capitals() {
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/json;x=y"] {
            assert!(is_json(json), "{json}");
        }
        for other in ["", "text/plain", "text/plain; application/json", "application/jsonp", "application/problem+json"]
        {
            assert!(!is_json(other), "{other}");
        }
    }
}
