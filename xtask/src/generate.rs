//! `cargo xtask generate`: writes the tables that Rust and TypeScript share as TypeScript.

use std::fmt::Write;
use std::fs;
#[cfg(test)]
use std::path::Path;

use anyhow::{Context, Result};
use sse_fetch::bindings::Constant;
use sse_fetch::bindings::layout::{BATCH, RECORD, SLOTS, WINDOW};
use sse_fetch::bindings::numbers::{
    DECISIONS, EVENTS, EventShape, FieldNumber, InputNumber, OPTIONS, REFRESHES, StepNumber,
};
use sse_fetch::session::{Backoff, CloseReason, Code, Reconnect, State};

use crate::workspace::Workspace;

/// Where the files are, from the root of the repository.
const FOLDER: &str = "pkg-template/src/generated";

/// Writes every file.
pub fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    for (name, text) in files() {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        println!("{FOLDER}/{name}");
    }
    Ok(())
}

/// The name and the text of each file.
fn files() -> [(&'static str, String); 2] {
    [("session.ts", session()), ("parser.ts", parser())]
}

fn session() -> String {
    let mut file = File::new("The numbers and names that a session and its driver share.");
    file.section("What happens to a session.");
    file.numbers(InputNumber::ALL.map(InputNumber::as_str));
    file.section("The answers of the application.");
    file.constants(REFRESHES);
    file.constants(DECISIONS);
    file.section("The steps of an attempt.");
    file.numbers(StepNumber::ALL.map(StepNumber::as_str));
    file.section("The fields of the wants, or of an event.");
    file.numbers(FieldNumber::ALL.map(FieldNumber::as_str));
    file.section("Names, in the order of their numbers.");
    file.names("STATES", State::ALL.map(State::as_str));
    file.names("CLOSE_REASONS", CloseReason::ALL.map(CloseReason::as_str));
    file.names("CODES", Code::ALL.map(Code::as_str));
    file.names("RECONNECT_RULES", Reconnect::ALL.map(Reconnect::as_str));
    let codes = Code::ALL.map(|code| format!("CODE_{}", code.as_str().replace('-', "_").to_uppercase()));
    file.numbers(codes.each_ref().map(String::as_str));
    file.section("The options of a session, in the order of their numbers.");
    let options: Vec<_> = OPTIONS.iter().map(|path| camel_case(path)).collect();
    file.names("SESSION_OPTIONS", options.iter().map(String::as_str));
    let Backoff { initial, max, .. } = Backoff::default();
    file.line(&format!("export const DEFAULT_INITIAL = {initial}"));
    file.line(&format!("export const DEFAULT_MAX = {max}"));
    file.section("The events of a session, in the order of their numbers from 1: the type, and what each field is.");
    file.line("export const NUMBER = 'number'");
    file.line("export const FAILURE = 'failure'");
    file.line("export const EVENTS = [");
    for event in EVENTS {
        file.line(&format!("  {},", shape(event)));
    }
    file.line("] as const");
    file.text
}

fn parser() -> String {
    let mut file = File::new("The layout of what the parser has found, in wasm's memory.");
    file.section("The bits that `parse` and `nextBatch` return.");
    file.constants(BATCH);
    file.section("The window: 32-bit words that say where everything is.");
    file.constants(WINDOW);
    file.section("A record: 32-bit words. A field that is absent has a start below 0.");
    file.constants(RECORD);
    file.section("The first word of a record: the number of its event type, or one of these.");
    file.constants(SLOTS);
    file.text
}

/// An event as a literal.
fn shape(event: &EventShape) -> String {
    let fields =
        event.fields.iter().map(|(name, type_name)| match type_name.replace(char::is_whitespace, "").as_str() {
            "State" => format!("{name}: STATES"),
            "CloseReason" => format!("{name}: CLOSE_REASONS"),
            "Failure" | "Option<Failure>" => format!("{name}: FAILURE"),
            "u32" | "Millis" => format!("{name}: NUMBER"),
            other => panic!("how TypeScript reads a {other} is unknown: add it to `shape` in xtask/src/generate.rs"),
        });
    format!("['{}', {{ {} }}]", event.name, fields.collect::<Vec<_>>().join(", "))
}

/// `backoff.stable_after` is `stableAfter`.
fn camel_case(path: &str) -> String {
    let name = path.rsplit(['.', ' ']).next().unwrap_or(path);
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// A file of TypeScript.
struct File {
    text: String,
}

impl File {
    fn new(about: &str) -> Self {
        let text = format!(
            "// {about}\n// Written by `cargo xtask generate`; the tables are in src/session and src/bindings.\n"
        );
        Self { text }
    }

    fn line(&mut self, line: &str) {
        writeln!(self.text, "{line}").expect("a string takes any text");
    }

    fn section(&mut self, about: &str) {
        self.line(&format!("\n// {about}"));
    }

    fn constants(&mut self, constants: &[Constant]) {
        for Constant { name, value, doc } in constants {
            self.line(&format!("/** {} */", doc.concat().trim()));
            self.line(&format!("export const {name} = {value}"));
        }
    }

    /// Constants that count from 0.
    fn numbers<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for (number, name) in names.into_iter().enumerate() {
            self.line(&format!("export const {name} = {number}"));
        }
    }

    fn names<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<_> = values.into_iter().map(|value| format!("'{value}'")).collect();
        let line = format!("export const {name} = [{}] as const", values.join(", "));
        // As Biome formats it.
        if line.len() <= 130 {
            self.line(&line);
        } else {
            self.line(&format!("export const {name} = [\n  {},\n] as const", values.join(",\n  ")));
        }
    }
}

/// The files in the repository say what the tables say.
#[cfg(test)]
#[test]
fn the_generated_files_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    for (name, text) in files() {
        let found = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(found == text, "{FOLDER}/{name} differs from the tables in src: run `cargo xtask generate`");
    }
}
