//! The declarations of the package's types. `tsc` makes them of the sources, doc comments included. The package gets those that its
//! entries need, in the folder `types`, and for each entry a file that exports them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{GLOBAL, MODULES, files, frameworks, internal_names};
use crate::step::{Console, Step};
use crate::workspace::Workspace;

/// The declarations of the global `SSEFetch`, which lie in a folder below.
const OF_GLOBAL: &str = "\
export * from '../index.js'
export * from '../eventsource.js'
export * from '../fetch-event-source.js'
export as namespace SSEFetch
";

/// The file whose declarations an entry exports. For the default entry it is not the entry's own: there the class is the result
/// of a call, which TypeScript declares as a constant, not as a class.
fn source_of(entry: &str) -> String {
    if entry == "index" { "client/api".to_owned() } else { format!("entries/{entry}") }
}

/// Checks the types of the sources, and writes the declarations to `folder`, which has to be there.
pub fn write(workspace: &Workspace, console: &mut Console, folder: &Path) -> Result<()> {
    let emitted = workspace.scratch("declarations-of-sources");
    files::start_empty(&emitted)?;
    let mut tsc = workspace.command("node");
    tsc.args(["node_modules/typescript/bin/tsc", "--project", "pkg-template", "--noEmit", "false"])
        .args([
            "--declaration",
            "--emitDeclarationOnly",
            "--stripInternal",
            "--rootDir",
            "pkg-template/src",
            "--outDir",
        ])
        .arg(&emitted);
    console
        .run(Step::new("declarations", "Checking the types of the package's sources, and writing declarations"), tsc)?;

    files::start_empty(&folder.join("types"))?;
    let mut copied = BTreeSet::new();
    for module in MODULES.iter().filter(|module| module.is_entry) {
        let source = source_of(module.name);
        fs::write(folder.join(format!("{}.d.ts", module.name)), format!("export * from './types/{source}.js'\n"))?;
        copy(&emitted, &folder.join("types"), &PathBuf::from(source), &mut copied)?;
    }
    let (global, _) = GLOBAL;
    let global = folder.join(global).with_extension("d.ts");
    fs::create_dir_all(global.parent().context("a file is in a folder")?)?;
    fs::write(global, OF_GLOBAL)?;
    Ok(())
}

/// Copies the declarations from the package to its folder of another form.
pub fn repeat(package: &Path, folder: &Path) -> Result<()> {
    for module in MODULES.iter().filter(|module| module.is_entry) {
        let file = format!("{}.d.ts", module.name);
        fs::copy(package.join(&file), folder.join(&file))?;
    }
    files::copy_directory(&package.join("types"), &folder.join("types"))?;
    Ok(())
}

/// Copies the declarations of a source, and of all that they import. `source` is its path without an extension.
fn copy(emitted: &Path, types: &Path, source: &Path, copied: &mut BTreeSet<PathBuf>) -> Result<()> {
    if !copied.insert(source.to_path_buf()) {
        return Ok(());
    }
    let file = PathBuf::from(format!("{}.d.ts", source.display()));
    let text = fs::read_to_string(emitted.join(&file)).with_context(|| format!("reading {}", file.display()))?;
    let code = text.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
    let internal = internal_names::found_in(&code.collect::<Vec<_>>().join("\n"));
    ensure!(internal.is_none(), "the internal name {} is public in {}", internal.unwrap_or_default(), file.display());
    let target = types.join(&file);
    fs::create_dir_all(target.parent().context("a file is in a folder")?)?;
    fs::write(&target, published(&text))?;
    for specifier in specifiers(&text) {
        let Some(relative) = specifier.strip_suffix(".ts").or(specifier.strip_suffix(".js")) else {
            ensure!(
                frameworks::is_framework(specifier),
                "the declarations in {} import {specifier}. If applications install it, add it to FRAMEWORKS in \
                 xtask/src/package/frameworks.rs",
                file.display()
            );
            continue;
        };
        copy(emitted, types, &joined(source, relative), copied)?;
    }
    Ok(())
}

/// The declarations as they are published:
///
/// - Without the mark that a class has private fields: each form of the package has its own copy of these files, and TypeScript
///   would not accept an object of one copy's class for that of the other.
/// - With properties instead of accessors, as in TypeScript's own declarations of `EventSource`: a subclass may declare a field only
///   in place of a property.
fn published(text: &str) -> String {
    let mut published = String::new();
    let mut lines = text.lines().filter(|line| line.trim() != "#private;").peekable();
    while let Some(line) = lines.next() {
        let mut line = line.replace(".ts'", ".js'").replace(".ts\"", ".js\"");
        if let Some(setter) = setter_of(&line) {
            let is_writable = lines.next_if(|next| next.trim_start().starts_with(&setter)).is_some();
            let modifier = if is_writable { "" } else { "readonly " };
            line = line.replacen("get ", modifier, 1).replacen("(): ", ": ", 1);
        }
        published += &line;
        published.push('\n');
    }
    published
}

/// The beginning of the setter that may follow a getter, `get name(): T;`. `None` for any other line.
fn setter_of(getter: &str) -> Option<String> {
    let (name, _) = getter.trim_start().strip_prefix("get ")?.split_once("(): ")?;
    Some(format!("set {name}("))
}

/// The modules that declarations import.
fn specifiers(text: &str) -> impl Iterator<Item = &str> {
    let starts = ["from '", "from \"", "import(\""];
    starts.into_iter().flat_map(|start| text.split(start).skip(1)).filter_map(|rest| rest.split(['\'', '"']).next())
}

/// The path of a module, as `source` imports it.
fn joined(source: &Path, relative: &str) -> PathBuf {
    let mut path = source.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in Path::new(relative).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{joined, published, specifiers};

    const DECLARATIONS: &str = "import type { A } from '../client/a.ts';\nexport { B } from './b.js';\n\
        export declare class C {\n    #private;\n    a: import(\"vue\").Ref<A>;\n}\n";

    #[test]
    fn imports_are_found_and_resolved() {
        let mut found: Vec<_> = specifiers(DECLARATIONS).collect();
        found.sort_unstable();
        assert_eq!(found, ["../client/a.ts", "./b.js", "vue"]);
        assert_eq!(joined(Path::new("entries/index"), "../client/a"), PathBuf::from("client/a"));
        assert_eq!(joined(Path::new("entries/index"), "./b"), PathBuf::from("entries/b"));
    }

    #[test]
    fn published_declarations_import_scripts_and_have_no_private_mark() {
        let published = published(DECLARATIONS);
        assert!(published.contains("from '../client/a.js'") && !published.contains("#private"), "{published}");
    }

    #[test]
    fn published_declarations_have_properties_instead_of_accessors() {
        let emitted = "export declare class C {
    /** Where it listens. */
    get url(): string;
    /** Called with each event. */
    get onevent(): ((event: Event) => any) | null;
    set onevent(listener: ((event: Event) => any) | null);
    get [Symbol.toStringTag](): string;
    get(): string;
    set(value: string): void;
}
";
        let expected = "export declare class C {
    /** Where it listens. */
    readonly url: string;
    /** Called with each event. */
    onevent: ((event: Event) => any) | null;
    readonly [Symbol.toStringTag]: string;
    get(): string;
    set(value: string): void;
}
";
        assert_eq!(published(emitted), expected);
    }
}
