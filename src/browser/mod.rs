//! Floor 2: carries out what the session asks, with `fetch`, streams and timers, and tells it what happens to the page.
//!
//! The decisions are the session's, in Rust ([`Machine`] is its border). Carrying them out is JavaScript, in
//! `pkg-template/src/driver/`: `driver.js` and, for it, `request.js`, `body.js`, `page.js`. That was measured: the same driver in
//! Rust on `js-sys` and futures was more than half of the package, since for every property and promise of the browser's it
//! needs a function in wasm, one in JavaScript and a name for both; and the floor above has to be JavaScript in any case.
//! Everything is reached through `globalThis`, so it works alike in pages, workers and Node.

mod machine;

pub use machine::Machine;
