//! The URL of a request: absolute, with a scheme that `fetch` accepts, and without user name and password.

use alloc::format;
use alloc::string::String;

use web_sys::Url;

use super::global::{field, global_object};

/// The absolute URL, resolved against the page or worker. The error says what is accepted.
pub fn resolve(given: &str) -> Result<String, String> {
    // For the message: without the query and without anything before an @, because both may hold a token.
    let shown = given.split(['?', '#']).next().unwrap_or_default();
    let shown = shown.rsplit_once('@').map_or(shown, |(_, rest)| rest);
    let parsed = base().and_then(|base| Url::new_with_base(given, &base).ok()).or_else(|| Url::new(given).ok());
    let Some(url) = parsed else {
        return Err(format!("the URL '{shown}' must be absolute, or relative to the page or worker"));
    };
    if !(url.username().is_empty() && url.password().is_empty()) {
        return Err("the URL holds a user name or password, which fetch refuses: send an Authorization header".into());
    }
    let scheme = url.protocol();
    // Pages of apps and browser extensions have their own scheme, which `fetch` accepts there.
    if ["http:", "https:", "blob:", "data:"].contains(&&*scheme) || own_scheme().as_deref() == Some(&*scheme) {
        Ok(url.href())
    } else {
        Err(format!("the URL '{shown}' must have the scheme http:, https:, blob: or data:, and not {scheme}"))
    }
}

fn base() -> Option<String> {
    let text = |object: &str, name: &str| field(&global_object(object)?, name)?.as_string();
    text("document", "baseURI").or_else(|| text("location", "href"))
}

fn own_scheme() -> Option<String> {
    let scheme = field(&global_object("location")?, "protocol")?.as_string()?;
    (!["file:", "about:"].contains(&&*scheme)).then_some(scheme)
}
