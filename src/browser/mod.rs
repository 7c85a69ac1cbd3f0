//! Runs a [`session`](crate::session) in a page or worker: `fetch`, bodies, one timer, and the events of the page. (wasm32)
//!
//! Nothing here decides anything. [`Driver`] holds the session and does what must happen at once, also outside of a poll: it sets the
//! timer, and aborts a request that the session no longer wants. The futures of an attempt belong to `client::connection`, because
//! they make progress only when the application polls its stream.

mod body;
mod clock;
mod driver;
mod global;
mod head;
mod page;
mod url;

pub use body::{BodyReader, PREFIX_BYTES, read_prefix};
pub use driver::Driver;
pub use global::{decode_base64, fetch, percent_encoded, text_of};
pub use head::{Head, is_token};
pub use url::resolve;
