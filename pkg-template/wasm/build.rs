//! How much memory the wasm begins with, and the module that it imports from.

use std::path::Path;
use std::{env, fs};

/// What a page with a few clients needs, in bytes. It costs nothing until it is used, whereas growing costs for good:
/// it detaches the views JavaScript has of the memory, and after the first detached buffer engines check every access to
/// any typed array of the page (measured in Chromium: a third more per event).
const MEMORY: u32 = 2 << 20;

/// The session and the parser do not recurse; the default would be half of the memory.
const STACK: u32 = 64 << 10;

/// The module that the wasm imports from. `cargo xtask` gives it a name with the version of the package.
const MODULE: &str = "SSE_FETCH_MODULE";

fn main() {
    println!("cargo::rerun-if-env-changed={MODULE}");
    let module = env::var(MODULE).unwrap_or_else(|_| "sse_fetch".to_owned());
    let import = format!(
        "#[allow(unsafe_code)]\n#[link(wasm_import_module = {module:?})]\nunsafe extern \"C\" {{\n    fn version();\n}}\n"
    );
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("version.rs"), import).expect("the folder can be written");
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|target| target == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={MEMORY}");
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK}");
    }
}
