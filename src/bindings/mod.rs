//! What the npm package calls: a [`session`](crate::session) and a [`parser`](crate::parser) as handles for JavaScript, and
//! the numbers that both languages use for the same things.
//!
//! The driver and the client of the npm package are TypeScript (`pkg-template/src`). They call two handles here:
//! `SessionHandle`, which decides, and `ParserHandle`, which finds events in bytes. There are two reasons to have the border here:
//!
//! * **Memory.** The garbage collector keeps every object that wasm refers to. Listeners usually refer to their client. If wasm
//!   referred to listeners, no client would ever be collected. So wasm refers to no object of JavaScript.
//! * **Size and speed.** A driver in Rust, on `js-sys` and futures, was measured: it was more than half of the package, because
//!   every property and promise of the browser needs a function in wasm, one in JavaScript, and a name for both. And a chunk
//!   costs only one or two calls into wasm: a loop in TypeScript reads the records of its events from wasm's memory.
//!
//! So no method calls JavaScript. Whatever a listener does, no method is called while another one runs, and no exception of the
//! page unwinds through wasm.
//!
//! Only numbers cross the border. What they mean is in tables, here and in [`session`](crate::session). `cargo xtask generate`
//! writes them as TypeScript to `pkg-template/src/generated`.

pub mod layout;
pub mod numbers;
#[cfg(target_arch = "wasm32")]
mod parser_handle;
#[cfg(target_arch = "wasm32")]
mod session_handle;

#[cfg(target_arch = "wasm32")]
pub use {parser_handle::ParserHandle, session_handle::SessionHandle};

/// A number that both languages know by a name.
#[derive(Debug, Clone, Copy)]
pub struct Constant {
    /// The name in TypeScript, and here.
    pub name: &'static str,
    /// The number.
    pub value: i64,
    /// What it means: lines of text.
    pub doc: &'static [&'static str],
}

/// Declares constants, and a table of them for TypeScript.
macro_rules! constants {
    (
        $(#[$about:meta])*
        $TABLE:ident: $Type:ty {
            $($(#[doc = $doc:literal])+ $NAME:ident = $value:expr,)+
        }
    ) => {
        $($(#[doc = $doc])+ pub const $NAME: $Type = $value;)+

        $(#[$about])*
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless, clippy::cast_possible_wrap)] // small numbers
        pub const $TABLE: &[$crate::bindings::Constant] = &[
            $($crate::bindings::Constant { name: stringify!($NAME), value: $NAME as i64, doc: &[$($doc),+] },)+
        ];
    };
}
use constants;
