//! A server that breaks HTTP on purpose. It writes to the bare socket, since an HTTP library would not let it cut a
//! response in the middle of a character, and it watches the client all the while: when it leaves, and whether it
//! ever has two requests open at once.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use demo_server::faulty::{Fault, FaultServer, Numbered, Reply};
//!
//! let server = FaultServer::start().await?;
//! server.answer("/news", [Reply::unavailable().retry_after(1), Reply::event_stream().send("data: a\n\n").cut()]);
//! server.numbered("/numbers", Numbered::new(100).schedule([Fault::CutMidLine { after: 3 }, Fault::SayNothing]));
//! # Ok::<_, demo_server::StartError>(()) }).unwrap();
//! ```

mod flood;
mod incoming;
mod numbered;
mod outgoing;
mod play;
pub(crate) mod reply;
mod run;
mod server;
mod tries;
mod watch;

pub use flood::Flood;
pub use numbered::{Done, Fault, Numbered};
pub use reply::Reply;
pub use run::LineEnd;
pub use server::FaultServer;
pub use watch::{End, Ended, Exchange};

pub use crate::gate::Gate;
