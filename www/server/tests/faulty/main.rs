//! The fault server, down to the bytes it sends: each fault is the one it claims to be, and what the server says about
//! its clients is true.

mod client;
mod floods;
mod numbers;
mod replies;
mod tries;
mod watching;
