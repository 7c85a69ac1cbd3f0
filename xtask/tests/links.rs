//! The links between the Markdown files of the repository: each must lead to a file, and to a heading, that exist.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no documents of this repository.
const SKIPPED: [&str; 5] = [".git", "node_modules", "pkg", "target", "corpus"];

/// npm shows this file at the root of the package, where `docs/` is beside it. So its links count from the root.
const PACKAGE_README: &str = "pkg-template/README.md";

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let root = root();
    let mut dead = Vec::new();
    let documents = documents(&root);
    assert!(documents.contains(&root.join("README.md")), "{documents:?}");
    for document in documents {
        let text = fs::read_to_string(&document).expect("a document is UTF-8");
        let folder = if document.ends_with(PACKAGE_README) { &root } else { document.parent().expect("a folder") };
        for link in links(&text).filter(|link| !is_elsewhere(link)) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.clone() } else { folder.join(path) };
            if !target.exists() || !(heading.is_empty() || has_heading(&target, heading)) {
                dead.push(format!("{}: {link}", document.strip_prefix(&root).unwrap_or(&document).display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the repository").to_owned()
}

/// All Markdown files below a folder.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            let is_skipped = path.file_name().is_some_and(|name| SKIPPED.iter().any(|skipped| name == *skipped));
            if !is_skipped {
                documents.extend(self::documents(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    documents
}

/// The targets of `[text](target)`, outside of code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link))
}

fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

fn has_heading(document: &Path, heading: &str) -> bool {
    let Ok(text) = fs::read_to_string(document) else { return false };
    prose(&text).any(|line| line.starts_with('#') && anchor(line) == heading)
}

/// The lines of a document without its code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// What GitHub puts behind the `#` of a link to this heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Folders of the repository. A code span that begins with one of them is a path.
const FOLDERS: [&str; 7] = ["benches/", "docs/", "pkg-template/", "src/", "tests/", "www/", "xtask/"];

/// These documents name files in code spans, which must exist. (Those for users name files of their own projects.)
fn is_for_contributors(document: &Path, root: &Path) -> bool {
    let name = document.strip_prefix(root).unwrap_or(document).to_string_lossy().replace('\\', "/");
    name == "README.md"
        || name == "CONTRIBUTING.md"
        || name == "docs/architecture.md"
        || name.starts_with("docs/decisions/")
}

#[test]
fn every_path_in_documents_for_contributors_exists() {
    let root = root();
    let mut missing = Vec::new();
    for document in documents(&root).iter().filter(|document| is_for_contributors(document, &root)) {
        let text = fs::read_to_string(document).expect("a document is UTF-8");
        for path in paths(&text).filter(|path| !root.join(path).exists()) {
            missing.push(format!("{}: {path}", document.strip_prefix(&root).unwrap_or(document).display()));
        }
    }
    assert!(missing.is_empty(), "paths that do not exist:\n{}", missing.join("\n"));
}

/// The code spans that are paths in the repository, without those that have a placeholder.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let spans = prose(text).flat_map(|line| line.split('`').skip(1).step_by(2));
    spans.filter(|span| FOLDERS.iter().any(|folder| span.starts_with(folder)) && !span.contains("NAME"))
}

#[test]
fn links_in_code_do_not_count() {
    let text = "[a](one.md)\n```js\n[b](two.md)\n```\nand [c](three.md#d), [e](four)";
    assert_eq!(links(text).collect::<Vec<_>>(), ["one.md", "three.md#d", "four"]);
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(anchor("## An AI chat: POST with a body"), "an-ai-chat-post-with-a-body");
    assert_eq!(anchor("### `sse-fetch/slim`"), "sse-fetchslim");
}
