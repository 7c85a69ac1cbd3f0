//! The harness of the end-to-end tests: it starts browsers and demo servers, runs every test once in each engine, and
//! lets a test look at both sides, the page and the server.
//!
//! The tests themselves are in `tests/`. `SSE_FETCH_ENGINES=chromium,firefox` chooses the engines.

mod browser;
mod driver;
mod engine;
mod harness;
mod node;
mod page;
mod peer;
mod raw;
mod repository;
mod servers;
mod tabs;

pub use engine::Engine;
pub use harness::{Body, Test, main};
pub use node::node;
pub use page::Page;
pub use peer::fetch_event_source;
pub use raw::{RawConnection, RawServer};
pub use repository::{artefacts, package, root};
pub use servers::{demo_config, demo_server, fault_server, lab_config, lab_server, restart, said, soon};
pub use tabs::Tab;
