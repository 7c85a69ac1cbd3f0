//! The functions that JavaScript calls: one for each method of the two handles. JavaScript knows a handle by its address. Only
//! numbers cross the border, so `pkg-template/src/wasm/glue.ts` is all that JavaScript needs, and no tool has to write it.
//!
//! A reference is right here, although JavaScript passes a number: `glue.ts` passes only the address that `…_new` has returned, never
//! after `…_free`. And no method calls JavaScript, so none is called while another one runs.

use alloc::boxed::Box;

use sse_fetch::bindings::{ParserHandle, SessionHandle};

/// Exports a constructor, a destructor, and the methods of a handle.
macro_rules! exports {
    ($Handle:ident: $new:ident($($given:ident: $Given:ty),+), $free:ident;
        $($name:ident = $method:ident($($argument:ident: $Type:ty),*) $(-> $Result:ty)?;)+
    ) => {
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn $new($($given: $Given),+) -> Box<$Handle> {
            Box::new($Handle::new($($given),+))
        }

        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn $free(_: Box<$Handle>) {}

        $(
            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            extern "C" fn $name(handle: &mut $Handle $(, $argument: $Type)*) $(-> $Result)? {
                handle.$method($($argument),*)
            }
        )+
    };
}

exports! {
    ParserHandle: parser_new(event_limit: u32, empty_events: bool), parser_free;
    parser_reset = reset();
    parser_release = release();
    parser_name = name(length: u32) -> u32;
    parser_listen = listen() -> u32;
    parser_forget = forget(slot: u32);
    parser_ignored_lines = ignored_lines() -> f64;
    parser_distinguish_explicit_message = distinguish_explicit_message() -> u32;
    parser_want_comments = want_comments(wanted: bool);
    parser_window = window() -> u32;
    parser_reserve = reserve(length: u32) -> u32;
    parser_parse = parse(length: u32) -> u32;
    parser_next_batch = next_batch() -> u32;
    parser_retry = retry() -> f64;
    parser_to_utf16 = to_utf16();
}

exports! {
    SessionHandle: session_new(seed: f64, is_get_or_head: bool), session_free;
    session_set_option = set_option(option: u32, value: f64);
    session_handle = handle(now: f64, input: u32, attempt: u32, detail: f64);
    session_head = head(now: f64, attempt: u32, status: u32, event_stream: bool, retry_after: f64);
    session_wants = wants() -> u32;
    session_poll_event = poll_event() -> u32;
    session_field = field(index: usize) -> f64;
    session_state = state() -> u32;
    session_retry_count = retry_count() -> u32;
}
