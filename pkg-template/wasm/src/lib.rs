//! The wasm of the npm package: everything `sse-fetch` exports to JavaScript.
//!
//! It is a crate of its own for what only a final artefact may have, and what is worth some 20 KB there: no standard
//! library, hence none of its formatting, and a small allocator.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
extern crate sse_fetch;

#[cfg(target_arch = "wasm32")]
mod runtime {
    use core::alloc::{GlobalAlloc, Layout};
    use core::panic::PanicInfo;

    use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};
    use wasm_bindgen::prelude::wasm_bindgen;

    // A page's wasm has one thread: what is built here has no shared memory.
    #[allow(unsafe_code)]
    #[global_allocator]
    static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
        unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

    /// The granularity of the allocator, in bytes.
    const UNIT: usize = 8;

    /// Bytes of a wasm page.
    const PAGE: usize = 64 << 10;

    #[allow(unsafe_code)]
    unsafe extern "C" {
        /// Where the linker's own data ends: an address, there is nothing to read.
        static __heap_base: u8;
    }

    /// Gives the allocator the memory the module begins with (see `build.rs`). It would start by growing.
    ///
    /// Called once, before anything is allocated.
    #[wasm_bindgen(start)]
    fn start() {
        let heap = (&raw const __heap_base as usize).next_multiple_of(UNIT);
        let size = core::arch::wasm32::memory_size(0) * PAGE - heap;
        if let Ok(layout) = Layout::from_size_align(size, UNIT) {
            // Nothing else uses what lies behind the heap's base, and freeing is how the allocator comes by what it grows, too.
            #[allow(unsafe_code)]
            unsafe {
                ALLOCATOR.dealloc(heap as *mut u8, layout);
            }
        }
    }

    /// No panic is reachable (fuzzed and tested). A message about one would drag the formatting of all of them in.
    #[panic_handler]
    fn panic(_: &PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
