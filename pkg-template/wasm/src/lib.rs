//! The wasm of the npm package: everything `sse-fetch` exports to JavaScript.
//!
//! It is a crate of its own for what only a final artefact may have, and what is worth some 20 KB there: no standard
//! library, hence none of its formatting, and a small allocator.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
extern crate sse_fetch;

#[cfg(target_arch = "wasm32")]
mod runtime {
    use core::panic::PanicInfo;

    use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

    // A page's wasm has one thread: what is built here has no shared memory.
    #[allow(unsafe_code)]
    #[global_allocator]
    static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
        unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

    /// No panic is reachable (fuzzed and tested). A message about one would drag the formatting of all of them in.
    #[panic_handler]
    fn panic(_: &PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
