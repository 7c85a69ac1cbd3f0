//! Who takes part and in what, as the page tells it, and the rows that come of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The contestant this is all about.
pub const OURS: &str = "sse-fetch";
/// The one it is compared with, row by row: the fastest parser there is in JavaScript.
pub const PARSER: &str = "eventsource-parser";
/// Reads the same stream and throws the bytes away.
pub const FLOOR: &str = "floor";

/// Everything the page offers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Catalogue {
    /// Who takes part.
    pub contestants: Vec<Contestant>,
    /// In what.
    pub workloads: Vec<Workload>,
}

/// A client or parser, at a fixed version.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Contestant {
    /// By this name it is called.
    pub name: String,
    /// The version that was bundled.
    #[serde(default)]
    pub version: String,
    /// The kinds of runs it can take part in.
    pub kinds: Vec<String>,
    /// The workloads it has no part in, and why.
    #[serde(default)]
    pub skips: BTreeMap<String, String>,
}

/// A stream, and the ways it is cut.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Workload {
    /// By this name it is asked for.
    pub name: String,
    /// What a person calls it.
    pub title: String,
    /// The ways it is cut.
    pub chunkings: Vec<Chunking>,
}

/// A way to cut a stream.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Chunking {
    /// By this name it is asked for.
    pub name: String,
    /// Whether what is cut so is measured as JSON, too.
    #[serde(default)]
    pub json: bool,
}

/// What a row measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// From bytes in memory to the listener, which gets text.
    Parse,
    /// The same, and the listener gets what the JSON stands for.
    Json,
    /// From a server to the listener.
    Network,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Json => "json",
            Self::Network => "network",
        }
    }
}

/// One stream, cut in one way, that every contestant reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// What is measured.
    pub kind: Kind,
    /// The name of the workload; over the network that of the way it is sent.
    pub workload: String,
    /// What a person calls the workload.
    pub title: String,
    /// The way it is cut.
    pub chunking: String,
}

impl Subject {
    /// What tables and plots call it: `chat 64k`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.workload, self.chunking).trim_end().to_owned()
    }
}

impl Catalogue {
    /// The rows from memory, all there are.
    #[must_use]
    pub fn subjects(&self, kind: Kind) -> Vec<Subject> {
        let fits = |chunking: &&Chunking| kind != Kind::Json || chunking.json;
        let cut = |workload: &Workload, chunking: &Chunking| Subject {
            kind,
            workload: workload.name.clone(),
            title: workload.title.clone(),
            chunking: chunking.name.clone(),
        };
        let of = |workload: &Workload| -> Vec<Subject> {
            workload.chunkings.iter().filter(fits).map(|chunking| cut(workload, chunking)).collect()
        };
        self.workloads.iter().flat_map(of).collect()
    }

    /// The contestants of a row.
    #[must_use]
    pub fn of(&self, subject: &Subject) -> Vec<&str> {
        let takes_part = |contestant: &&Contestant| {
            contestant.kinds.iter().any(|kind| kind == subject.kind.name())
                && !contestant.skips.contains_key(&subject.workload)
        };
        self.contestants.iter().filter(takes_part).map(|contestant| contestant.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, Kind};
    use serde_json::json;

    fn catalogue() -> Catalogue {
        serde_json::from_value(json!({
            "contestants": [
                { "name": "sse-fetch", "version": "1", "kinds": ["parse", "json", "network"] },
                { "name": "plain", "version": "2", "kinds": ["parse"], "skips": { "drips": "never ends" } },
            ],
            "workloads": [
                { "name": "chat", "title": "Chat", "chunkings": [{ "name": "64k", "bytes": 65536, "json": true }] },
                { "name": "drips", "title": "Drips", "chunkings": [{ "name": "4", "bytes": 4 }, { "name": "8" }] },
            ],
        }))
        .expect("it is what the page says")
    }

    #[test]
    fn a_row_is_a_workload_cut_in_one_way() {
        let names: Vec<_> = catalogue().subjects(Kind::Parse).iter().map(super::Subject::name).collect();
        assert_eq!(names, ["chat 64k", "drips 4", "drips 8"]);
        assert_eq!(catalogue().subjects(Kind::Json).len(), 1, "what is no JSON is not parsed as such");
    }

    #[test]
    fn nobody_takes_part_where_it_cannot() {
        let catalogue = catalogue();
        let rows = catalogue.subjects(Kind::Parse);
        assert_eq!(catalogue.of(&rows[0]), ["sse-fetch", "plain"]);
        assert_eq!(catalogue.of(&rows[1]), ["sse-fetch"]);
        assert_eq!(catalogue.of(&catalogue.subjects(Kind::Json)[0]), ["sse-fetch"]);
    }
}
