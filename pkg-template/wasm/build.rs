//! How much memory the wasm begins with.

/// What a page with a few clients needs, in bytes. It costs nothing until it is used, whereas growing costs for good:
/// it detaches the views JavaScript has of the memory, and after the first detached buffer engines check every access to
/// any typed array of the page (measured in Chromium: a third more per event).
const MEMORY: u32 = 2 << 20;

/// The session and the parser do not recurse; the default would be half of the memory.
const STACK: u32 = 64 << 10;

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|target| target == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={MEMORY}");
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}
