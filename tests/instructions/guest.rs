//! The parser as a wasm module that counts what it executes, and an interpreter to run it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use wasmi::{CompilationMode, Config, Engine, Instance, Linker, Module, Store};

use crate::meter::{self, COUNTER};

const PACKAGE: &str = "instructions-guest";
const TARGET: &str = "wasm32-unknown-unknown";

/// Several times what any stream here takes, in the interpreter's coarse measure: what is quadratic fails instead of hanging.
const FUEL: u64 = 1_500_000_000;

/// What parsing a stream took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Wasm instructions executed, and one more for every 16 bytes that one of them copied or filled.
    pub instructions: u64,
    /// Records the parser gave out.
    pub records: usize,
}

/// Parses `stream` in chunks of `chunk` bytes with a parser of its own.
pub fn count(stream: &[u8], chunk: usize, utf16: bool) -> Count {
    let module = module();
    let mut store = Store::new(module.engine(), ());
    store.set_fuel(FUEL).expect("fuel is metered");
    let instance = Linker::new(module.engine()).instantiate_and_start(&mut store, module).expect("it has no imports");
    write(&mut store, instance, stream);
    let parse = instance.get_typed_func::<(u32, u32), u32>(&store, "parse").expect("`parse` is exported");
    let before = counted(&store, instance);
    let records =
        parse.call(&mut store, (size(chunk), u32::from(utf16))).expect("the parser neither traps nor goes on and on");
    Count { instructions: counted(&store, instance) - before, records: records as usize }
}

/// What the module has executed since it was instantiated.
fn counted(store: &Store<()>, instance: Instance) -> u64 {
    let counter = instance.get_global(store, COUNTER).expect("the counter is exported").get(store);
    counter.i64().expect("the counter is an i64").cast_unsigned()
}

/// Puts the stream into the module's memory.
fn write(store: &mut Store<()>, instance: Instance, stream: &[u8]) {
    let room = instance.get_typed_func::<u32, u32>(&*store, "stream").expect("`stream` is exported");
    let place = room.call(&mut *store, size(stream.len())).expect("there is memory for the stream");
    let memory = instance.get_memory(&*store, "memory").expect("the memory is exported");
    memory.write(store, place as usize, stream).expect("the room is as large as was asked");
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("streams are far below 4 GiB")
}

/// The module, built and translated once for all tests.
fn module() -> &'static Module {
    static MODULE: OnceLock<Module> = OnceLock::new();
    MODULE.get_or_init(|| {
        let wasm = std::fs::read(build()).expect("cargo has written the module");
        let metered = meter::metered(&wasm).expect("the module is valid");
        // Fuel is there to end what would take minutes. Translating lazily would use some of it.
        let config = Config::default().consume_fuel(true).compilation_mode(CompilationMode::Eager).clone();
        Module::new(&Engine::new(&config), metered).expect("the interpreter knows all that the module uses")
    })
}

/// Builds the module as the package's is built: with the workspace's profile and flags for wasm.
fn build() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--profile", "wasm", "--package", PACKAGE, "--target", TARGET, "--target-dir"])
        .arg(&directory)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    for (variable, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(changes_the_code)) {
        cargo.env_remove(variable);
    }
    let output = cargo.output().expect("cargo starts");
    assert!(
        output.status.success(),
        "the parser could not be built for {TARGET} (`rustup target add {TARGET}` if it is missing):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    directory.join(TARGET).join("wasm").join("instructions_guest.wasm")
}

/// Variables that would compile the parser otherwise than the repository says.
fn changes_the_code(variable: &str) -> bool {
    variable.ends_with("RUSTFLAGS") || variable.starts_with("CARGO_PROFILE_")
}
