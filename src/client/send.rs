//! Makes the request of an attempt: from the options to a call of `fetch`.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Headers, RequestCache, RequestCredentials, RequestInit, RequestMode, Response};

use super::handle::Shared;
use super::options::{Function, HeaderList, Options, Source};
use super::position::id_of_header;
use super::types::{Attempt, Body, Content, Credentials, Mode};
use crate::browser::{fetch, resolve, text_of};
use crate::session::{AttemptId, Input};

/// A request that is about to be made.
pub struct Sending {
    pub options: Rc<Options>,
    pub shared: Rc<Shared>,
    pub id: AttemptId,
    pub attempt: Attempt,
    pub signal: AbortSignal,
    pub authorization: Option<String>,
}

/// Why there is no response.
pub enum Unsent {
    /// The attempt is over: nothing is to be reported.
    Over,
    /// This function of the application has returned an error.
    Threw(&'static str, String),
    /// An option, or what a function returned, cannot be used.
    Unusable(String),
    /// The request failed.
    Network(String),
}

impl Sending {
    /// Sends the request and waits for the head of the response.
    pub async fn send(self) -> Result<Response, Unsent> {
        let url = match &self.options.url {
            Source::Value(url) => url.clone(),
            Source::Function(url) => {
                resolve(&self.ask("the function of url_with", url).await?).map_err(Unsent::Unusable)?
            }
        };
        self.shared.set_url(&url);
        let asked_for = match &self.options.headers_with {
            Some(headers) => self.ask("the function of headers_with", headers).await?,
            None => HeaderList::new(),
        };
        let headers = self.headers(&asked_for)?;
        let body = match &self.options.body {
            None => None,
            Some(Source::Value(body)) => Some(body.clone()),
            Some(Source::Function(body)) => Some(self.ask("the function of body_with", body).await?),
        };
        let init = self.init(&headers, body)?;
        // A function of the application may have ended the attempt. Then the server must not get the request.
        if !self.shared.driver.is_live(self.id) {
            return Err(Unsent::Over);
        }
        self.shared.sent(headers.get("authorization").ok().flatten());
        self.shared.driver.handle(Input::Sent(self.id));
        let network = |cause: JsValue| Unsent::Network(text_of(&cause));
        let response = JsFuture::from(fetch(&url, &init).map_err(network)?).await.map_err(network)?;
        response.dyn_into().map_err(|_| Unsent::Unusable("fetch returned something else than a Response".into()))
    }

    async fn ask<T>(&self, name: &'static str, function: &Function<T>) -> Result<T, Unsent> {
        let answer = function(self.attempt.clone()).await.map_err(|cause| Unsent::Threw(name, cause))?;
        if self.shared.driver.is_live(self.id) { Ok(answer) } else { Err(Unsent::Over) }
    }

    fn headers(&self, asked_for: &HeaderList) -> Result<Headers, Unsent> {
        let headers = Headers::new().map_err(|cause| Unsent::Unusable(text_of(&cause)))?;
        for (name, value) in &self.options.headers {
            // The browser's own errors are replaced, because some contain the value, which may be a token.
            headers.append(name, value).map_err(|_| unusable_header(name))?;
        }
        for (name, value) in asked_for {
            headers.set(name, value).map_err(|_| unusable_header(name))?;
        }
        let has = |name: &str| headers.has(name).unwrap_or(false);
        if !has("accept") {
            headers.set("accept", "text/event-stream").map_err(|_| unusable_header("accept"))?;
        }
        if let Some(authorization) = &self.authorization {
            let wrong = || Unsent::Unusable("the token contains a character that a header cannot have".into());
            headers.set("authorization", authorization).map_err(|_| wrong())?;
        }
        let given = headers.get("last-event-id").ok().flatten().unwrap_or_default();
        let _ = headers.delete("last-event-id");
        if let Some(position) = self.shared.position_after(&id_of_header(&given)) {
            headers.set("last-event-id", &position).map_err(|_| unusable_header("last-event-id"))?;
        }
        Ok(headers)
    }

    fn init(&self, headers: &Headers, body: Option<Body>) -> Result<RequestInit, Unsent> {
        let options = &*self.options;
        let init = RequestInit::new();
        init.set_cache(RequestCache::NoStore);
        init.set_method(&options.method);
        if let Some(body) = body {
            if let Some(content_type) = body.content_type
                && !headers.has("content-type").unwrap_or(false)
            {
                headers.set("content-type", content_type).map_err(|_| unusable_header("content-type"))?;
            }
            init.set_body(&match body.content {
                Content::Text(text) => JsValue::from(text),
                Content::Bytes(bytes) => Uint8Array::from(&*bytes).into(),
            });
        }
        if let Some(credentials) = options.credentials {
            init.set_credentials(match credentials {
                Credentials::Omit => RequestCredentials::Omit,
                Credentials::SameOrigin => RequestCredentials::SameOrigin,
                Credentials::Include => RequestCredentials::Include,
            });
        }
        if let Some(mode) = options.mode {
            init.set_mode(match mode {
                Mode::Cors => RequestMode::Cors,
                Mode::SameOrigin => RequestMode::SameOrigin,
            });
        }
        init.set_headers(headers);
        if let Some(set) = &options.init_with {
            set(&init);
        }
        init.set_signal(Some(&self.signal));
        Ok(init)
    }
}

fn unusable_header(name: &str) -> Unsent {
    Unsent::Unusable(format!("the header '{name}' has a name or value that a header cannot have"))
}
