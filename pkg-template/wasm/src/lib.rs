//! The wasm of the npm package: everything `sse-fetch` exports to JavaScript.
//!
//! It is a crate of its own, because only a final artefact may choose its allocator and its panic handler. Without the standard
//! library and its formatting, and with a small allocator, the wasm is some 20 KB smaller.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod exports;

#[cfg(target_arch = "wasm32")]
mod runtime {
    use core::alloc::{GlobalAlloc, Layout};
    use core::panic::PanicInfo;

    use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

    // The wasm has one thread, because it is built without shared memory.
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
        /// Its address is the end of the linker's own data. It has no value.
        static __heap_base: u8;
    }

    // `build.rs` writes it: the function `version` of the module that is named after the version of the package.
    include!(concat!(env!("OUT_DIR"), "/version.rs"));

    /// Gives the allocator the initial memory of the module (see `build.rs`). Without this, the first allocation would grow the
    /// memory.
    ///
    /// Called once, before anything is allocated.
    #[allow(unsafe_code)]
    #[unsafe(no_mangle)]
    extern "C" fn start() {
        // It does nothing. A wasm that needs it links only with a script of the same version.
        unsafe { version() };
        let heap = (&raw const __heap_base as usize).next_multiple_of(UNIT);
        let size = core::arch::wasm32::memory_size(0) * PAGE - heap;
        if let Ok(layout) = Layout::from_size_align(size, UNIT) {
            // Nothing else uses the memory behind the heap's base. The allocator adds grown memory by the same call.
            unsafe {
                ALLOCATOR.dealloc(heap as *mut u8, layout);
            }
        }
    }

    /// No panic is reachable (fuzzed and tested). A message would add all of the formatting code to the wasm.
    #[panic_handler]
    fn panic(_: &PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
