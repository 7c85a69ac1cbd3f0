//! What is measured of sse-fetch beyond right and wrong. Each benchmark is a module here and a subcommand of the
//! program, which prints a table and writes figures and plots.

pub mod browser;
pub mod fleet;
