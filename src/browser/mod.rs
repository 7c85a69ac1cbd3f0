//! Floor 2: carries out what the session asks, with `fetch`, streams and timers, and tells it what happens to the page.
//!
//! Everything is reached through `globalThis`, so it works alike in pages, workers and Node. The decisions are the
//! session's: this floor does what it is told and reports what happened. What belongs to the application (its
//! callbacks, its listeners) is behind the [`Application`] trait, which the floor above implements.

mod application;
mod body;
mod driver;
mod head;
mod page;
mod request;
mod sys;
mod timers;

pub use application::{Application, Problem};
pub use driver::Driver;
pub use request::RequestPlan;
pub use sys::reads_ahead;
