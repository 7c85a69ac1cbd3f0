//! The demo server over real HTTP: what its endpoints promise to the pages, and what its switches do to a client.

mod auth;
mod chat;
mod client;
mod events;
mod faults;
mod files;
mod journal;
mod load;
mod restart;
mod script;
mod streams;
mod writes;
