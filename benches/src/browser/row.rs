//! The figures of a row: what each contestant took, and what makes its figures void.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalogue::{FLOOR, OURS, PARSER, Subject};
use super::statistics::{Spread, median};

/// What a contestant made of a stream.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Outcome {
    /// How many events it reported.
    #[serde(default)]
    pub events: u64,
    /// A number, or text, that depends on what was in them.
    #[serde(default)]
    pub checksum: Value,
}

/// A row, and how each contestant did in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What was read.
    #[serde(flatten)]
    pub subject: Subject,
    /// By whom.
    pub entries: Vec<Entry>,
}

/// How one contestant did in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// Who it is.
    pub name: String,
    /// What it reported when every unit of every event counted.
    pub verified: Option<Outcome>,
    /// What it reported in the timed repetitions, whose checksum is a cheap one.
    pub outcome: Option<Outcome>,
    /// Why its figures say nothing.
    pub void: Option<String>,
    /// Milliseconds, one number for each repetition.
    pub ms: Vec<f64>,
    /// Milliseconds the main thread was busy, where the engine tells.
    pub busy_ms: Vec<f64>,
}

impl Entry {
    /// A contestant that has not run yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Notes what it reported; the same as before, or its figures are void.
    pub fn report(&mut self, outcome: Outcome) {
        match &self.outcome {
            Some(before) if *before != outcome => self.fail(format!(
                "reports {} events with checksum {}, and before {} with {}",
                outcome.events, outcome.checksum, before.events, before.checksum
            )),
            Some(_) => {}
            None => self.outcome = Some(outcome),
        }
    }

    /// Makes its figures void; the first reason stands.
    pub fn fail(&mut self, reason: String) {
        self.void.get_or_insert(reason);
    }
}

/// Compares what the contestants reported: who differs from most of them is void, and where they are evenly divided, who
/// differs from the bare parser. The floor reports nothing that could be compared.
pub fn judge(entries: &mut [Entry]) {
    let Some(right) = right_outcome(entries).cloned() else { return };
    for entry in entries.iter_mut().filter(|entry| entry.name != FLOOR) {
        let reason = match &entry.outcome {
            Some(outcome) if *outcome == right => continue,
            Some(outcome) if outcome.events != right.events => {
                format!("reports {} events where there are {}", outcome.events, right.events)
            }
            Some(_) => "reports the right number of events, with other contents".to_owned(),
            None => "reports nothing".to_owned(),
        };
        entry.fail(reason);
    }
}

fn right_outcome(entries: &[Entry]) -> Option<&Outcome> {
    let compared = || entries.iter().filter(|entry| entry.name != FLOOR && entry.void.is_none());
    let votes = |outcome: &Outcome| compared().filter(|entry| entry.outcome.as_ref() == Some(outcome)).count();
    let weight = |entry: &&Entry| (entry.outcome.as_ref().map_or(0, votes), entry.name == PARSER);
    compared().max_by_key(weight)?.outcome.as_ref()
}

impl Row {
    /// The contestant of this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The times of a contestant, unless its figures are void.
    #[must_use]
    pub fn ms(&self, name: &str) -> Option<Spread> {
        Spread::of(&self.valid(name)?.ms)
    }

    /// How busy a contestant kept the main thread, unless its figures are void.
    #[must_use]
    pub fn busy_ms(&self, name: &str) -> Option<Spread> {
        Spread::of(&self.valid(name)?.busy_ms)
    }

    fn valid(&self, name: &str) -> Option<&Entry> {
        self.entry(name).filter(|entry| entry.void.is_none())
    }

    /// The median of a contestant less that of the floor: what it took itself. `None` where that is lost in the floor.
    #[must_use]
    pub fn net_ms(&self, name: &str) -> Option<f64> {
        let net = self.ms(name)?.median - median(&self.valid(FLOOR)?.ms)?;
        (net > 0.0).then_some(net)
    }

    /// How many times as fast as the other contestant the first one is, both net of the floor.
    #[must_use]
    pub fn times_as_fast(&self, name: &str, other: &str) -> Option<f64> {
        Some(self.net_ms(other)? / self.net_ms(name)?)
    }

    /// The same for the comparison that the bars are set for.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.times_as_fast(OURS, PARSER)
    }

    /// The peer with the least of something, and how much that is.
    pub fn best_peer(&self, of: impl Fn(&Self, &str) -> Option<Spread>) -> Option<(&str, f64)> {
        let peers = self.entries.iter().map(|entry| entry.name.as_str()).filter(|name| ![OURS, FLOOR].contains(name));
        let figures = peers.filter_map(|name| Some((name, of(self, name)?.median)));
        figures.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Outcome, Row, judge};
    use crate::browser::catalogue::{Kind, Subject};
    use serde_json::json;

    fn outcome(events: u64, checksum: u64) -> Outcome {
        Outcome { events, checksum: json!(checksum) }
    }

    fn entries(reported: &[(&str, Outcome)]) -> Vec<Entry> {
        let of = |(name, outcome): &(&str, Outcome)| Entry { outcome: Some(outcome.clone()), ..Entry::new(name) };
        reported.iter().map(of).collect()
    }

    fn void(entries: &[Entry]) -> Vec<&str> {
        entries.iter().filter(|entry| entry.void.is_some()).map(|entry| entry.name.as_str()).collect()
    }

    fn row(medians: &[(&str, f64)]) -> Row {
        let subject = Subject {
            kind: Kind::Parse,
            workload: "chat".to_owned(),
            title: "Chat".to_owned(),
            chunking: "64k".to_owned(),
        };
        let entry = |&(name, ms): &(&str, f64)| Entry { ms: vec![ms - 1.0, ms, ms + 5.0], ..Entry::new(name) };
        Row { subject, entries: medians.iter().map(entry).collect() }
    }

    #[test]
    fn who_differs_from_most_in_count_or_contents_is_void() {
        let mut all = entries(&[
            ("sse-fetch", outcome(9, 1)),
            ("eventsource-parser", outcome(9, 1)),
            ("counts-wrong", outcome(8, 1)),
            ("reads-wrong", outcome(9, 2)),
            ("floor", outcome(0, 0)),
        ]);
        judge(&mut all);
        assert_eq!(void(&all), ["counts-wrong", "reads-wrong"]);
        assert_eq!(all[2].void.as_deref(), Some("reports 8 events where there are 9"));
        assert_eq!(all[3].void.as_deref(), Some("reports the right number of events, with other contents"));
    }

    #[test]
    fn where_opinions_are_evenly_divided_the_bare_parser_is_right() {
        let mut all = entries(&[("eventsource-parser", outcome(9, 1)), ("sse-fetch", outcome(9, 2))]);
        judge(&mut all);
        assert_eq!(void(&all), ["sse-fetch"]);
    }

    #[test]
    fn who_failed_has_no_say_in_what_is_right() {
        let mut all = entries(&[("eventsource-parser", outcome(9, 1)), ("a", outcome(8, 1)), ("b", outcome(8, 1))]);
        all[1].fail("it stopped".to_owned());
        all[2].fail("it stopped".to_owned());
        judge(&mut all);
        assert_eq!(void(&all), ["a", "b"]);
        assert_eq!(all[1].void.as_deref(), Some("it stopped"));
    }

    #[test]
    fn who_reports_something_else_the_next_time_is_void() {
        let mut entry = Entry::new("fickle");
        entry.report(outcome(9, 1));
        entry.report(outcome(9, 1));
        assert_eq!(entry.void, None);
        entry.report(outcome(9, 2));
        assert!(entry.void.is_some());
    }

    #[test]
    fn ratios_are_net_of_the_floor() {
        let row = row(&[("sse-fetch", 30.0), ("eventsource-parser", 50.0), ("floor", 10.0)]);
        assert_eq!(row.ratio(), Some(2.0));
        assert_eq!(row.times_as_fast("eventsource-parser", "sse-fetch"), Some(0.5));
    }

    #[test]
    fn what_is_void_or_lost_in_the_floor_has_no_ratio() {
        let mut row = row(&[("sse-fetch", 30.0), ("eventsource-parser", 50.0), ("floor", 40.0)]);
        assert_eq!(row.ratio(), None, "less than nothing");
        row.entries[2].ms = vec![10.0];
        row.entries[0].fail("differs".to_owned());
        assert_eq!(row.ratio(), None, "void");
    }

    #[test]
    fn the_best_peer_is_neither_the_floor_nor_ourselves_nor_void() {
        let mut row = row(&[("sse-fetch", 1.0), ("floor", 2.0), ("a", 3.0), ("b", 4.0), ("c", 5.0)]);
        row.entries[2].fail("differs".to_owned());
        assert_eq!(row.best_peer(Row::ms), Some(("b", 4.0)));
    }
}
