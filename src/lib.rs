//! Server-sent events over `fetch`: POST bodies, headers, tokens, reconnection and cancellation, where the browser's
//! `EventSource` knows GET alone.
//!
//! In a page or worker (Leptos, Yew, Dioxus, plain wasm), [`get`], [`post`] and [`request`] make a [`Request`], whose
//! [`open`](Request::open) gives an [`EventStream`]. Dropping the stream cancels the request.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`parser`] | bytes in, events out: the event-stream grammar |
//! | [`session`] | the life of one connection as a state machine, without I/O or clock |
//!
//! The parser and the session do not know each other. They compile and test on every target. The client exists on wasm32.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `browser` (default) | the client for pages and workers |
//! | `json` | `Request::json`, `Body::json` and `Event::json` |
//! | `serde` | [`Event`] can be serialized and deserialized |
//! | `npm` | the handles that the npm package calls |

#![no_std]
// Most links lead to the client. `cargo xtask test` builds the documentation where it exists, and checks them there.
#![cfg_attr(not(all(target_arch = "wasm32", feature = "browser")), allow(rustdoc::broken_intra_doc_links))]

extern crate alloc;

#[cfg(feature = "npm")]
pub mod bindings;
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
mod client;
pub mod parser;
pub mod session;

#[cfg(all(target_arch = "wasm32", feature = "browser", doctest))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(all(target_arch = "wasm32", feature = "browser"))]
pub use client::*;
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
pub use session::{CloseReason, Reconnect, State};
