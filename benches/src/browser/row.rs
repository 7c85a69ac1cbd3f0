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

    /// The milliseconds of its repetitions.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.ms
    }

    /// The milliseconds that the main thread was busy with them.
    #[must_use]
    pub fn busy_times(&self) -> &[f64] {
        &self.busy_ms
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

/// What is compared: [`Entry::times`] or [`Entry::busy_times`].
pub type Samples = fn(&Entry) -> &[f64];

/// The scaled times of those the bars are set for, round by round.
struct Scaled {
    ours: Vec<f64>,
    parser: Vec<f64>,
    floor: Vec<f64>,
}

impl Scaled {
    /// The medians of sse-fetch and of the bare parser less that of the floor, unless one of them is lost in it.
    fn net(&self) -> Option<(f64, f64)> {
        let floor = median(&self.floor)?;
        let (ours, parser) = (median(&self.ours)? - floor, median(&self.parser)? - floor);
        (ours > 0.0 && parser > 0.0).then_some((ours, parser))
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

    /// The contestant of this name, unless its figures are void.
    #[must_use]
    pub fn valid(&self, name: &str) -> Option<&Entry> {
        self.entry(name).filter(|entry| entry.void.is_none())
    }

    /// Milliseconds that all repetitions took.
    #[must_use]
    pub fn measured_ms(&self) -> f64 {
        self.entries.iter().flat_map(|entry| &entry.ms).sum()
    }

    /// The median of a contestant less that of the floor: what it took itself. `None` where that is lost in the floor.
    #[must_use]
    pub fn net_ms(&self, name: &str) -> Option<f64> {
        let net = self.ms(name)?.median - median(&self.valid(FLOOR)?.ms)?;
        (net > 0.0).then_some(net)
    }

    /// How many times as fast as the bare parser sse-fetch is, both net of the floor: what the bars are set for. `None`
    /// where one of them is void or lost in the floor.
    ///
    /// The times of each round are scaled to what a round takes: a machine that is slower for some seconds is so for all
    /// three. (So garbage that one of them leaves to be collected in the middle of a round counts a little less.)
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let (ours, parser) = self.scaled()?.net()?;
        Some(parser / ours)
    }

    /// The relative standard error of that ratio. What makes one of them slower in a round makes the other's scaled time
    /// smaller, so it is that of their difference, round by round.
    #[must_use]
    pub fn ratio_error(&self) -> Option<f64> {
        let scaled = self.scaled()?;
        let (ours, parser) = scaled.net()?;
        let rounds = scaled.ours.iter().zip(&scaled.parser).zip(&scaled.floor);
        let differences: Vec<f64> =
            rounds.map(|((one, other), floor)| (other - floor) / parser - (one - floor) / ours).collect();
        Some(Spread::of(&differences)?.median_error())
    }

    fn scaled(&self) -> Option<Scaled> {
        let ms = |name: &str| Some(self.valid(name)?.ms.as_slice());
        let (ours, parser, floor) = (ms(OURS)?, ms(PARSER)?, ms(FLOOR)?);
        let sums: Vec<f64> = ours.iter().zip(parser).zip(floor).map(|((a, b), c)| a + b + c).collect();
        let usual = median(&sums)?;
        let scaled = |ms: &[f64]| ms.iter().zip(&sums).map(|(ms, sum)| ms * usual / sum).collect();
        Some(Scaled { ours: scaled(ours), parser: scaled(parser), floor: scaled(floor) })
    }

    /// How many times as much of something one contestant took as another, round by round: a machine that is slower for
    /// some seconds is so for both. (Who is slow is not measured in every round, but from the first one on.)
    #[must_use]
    pub fn quotients(&self, one: &str, other: &str, samples: Samples) -> Option<Spread> {
        let pairs = samples(self.valid(one)?).iter().zip(samples(self.valid(other)?));
        Spread::of(&pairs.map(|(one, other)| one / other).collect::<Vec<_>>())
    }

    /// The peer with the least of something, of those that were measured most often: who was left out was slower.
    #[must_use]
    pub fn best_peer(&self, samples: Samples) -> Option<&str> {
        let peers = self.entries.iter().filter(|entry| entry.void.is_none() && ![OURS, FLOOR].contains(&&*entry.name));
        let most = peers.clone().map(|entry| samples(entry).len()).max()?;
        let names = peers.filter(|entry| samples(entry).len() == most).map(|entry| entry.name.as_str());
        let figures = names.filter_map(|name| Some((name, self.quotients(name, OURS, samples)?.median)));
        figures.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(name, _)| name)
    }

    /// Whether a peer takes surely more than so many times as long as the fastest one, by two standard errors, and keeps the
    /// main thread busy for as much longer than the best one in that, where that is known.
    #[must_use]
    pub fn is_slower(&self, peer: &str, times: f64) -> bool {
        let measures: [Samples; 2] = [Entry::times, Entry::busy_times];
        measures.into_iter().all(|samples| {
            let best = self.best_peer(samples);
            let quotients = best.and_then(|best| self.quotients(peer, best, samples));
            quotients.is_none_or(|quotients| quotients.median - 2.0 * quotients.median_error() > times)
        })
    }

    /// The relative standard error of what sse-fetch takes as a part of what the fastest peer does.
    #[must_use]
    pub fn wall_error(&self) -> Option<f64> {
        let quotients = self.quotients(OURS, self.best_peer(Entry::times)?, Entry::times)?;
        Some(quotients.median_error() / quotients.median)
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
    }

    #[test]
    fn a_machine_that_is_slower_for_a_while_does_not_show() {
        let mut row = row(&[("sse-fetch", 0.0), ("eventsource-parser", 0.0), ("floor", 0.0)]);
        for (entry, ms) in row.entries.iter_mut().zip([30.0, 50.0, 10.0]) {
            entry.ms = [1.0, 3.0, 1.5, 2.0, 1.0].map(|slower| slower * ms).to_vec();
        }
        assert!((row.ratio().expect("a ratio") - 2.0).abs() < 1e-12);
        assert!(row.ratio_error().expect("an error") < 1e-12);
        row.entries[0].ms[0] += 10.0;
        assert!(row.ratio_error().expect("an error") < 0.1, "one of five says little");
        row.entries[0].ms[1] -= 30.0;
        row.entries[0].ms[2] += 20.0;
        assert!(row.ratio_error().expect("an error") > 0.1);
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
    fn who_is_slow_is_compared_in_the_rounds_it_was_in() {
        let mut row = row(&[("sse-fetch", 0.0), ("slow", 0.0)]);
        row.entries[0].ms = vec![10.0, 20.0, 10.0, 50.0, 50.0];
        row.entries[1].ms = vec![40.0, 80.0, 40.0];
        let quotients = row.quotients("slow", "sse-fetch", Entry::times).expect("quotients");
        assert_eq!((quotients.samples, quotients.min, quotients.max), (3, 4.0, 4.0));
        assert_eq!(row.quotients("slow", "nobody", Entry::times), None);
        assert_eq!(row.quotients("slow", "sse-fetch", Entry::busy_times), None);
    }

    #[test]
    fn the_best_peer_is_neither_the_floor_nor_ourselves_nor_void() {
        let mut row = row(&[("sse-fetch", 1.0), ("floor", 2.0), ("a", 3.0), ("b", 4.0), ("c", 5.0)]);
        row.entries[2].fail("differs".to_owned());
        assert_eq!(row.best_peer(Entry::times), Some("b"));
    }

    #[test]
    fn who_was_left_out_is_not_the_best_peer() {
        let mut row = row(&[("sse-fetch", 10.0), ("a", 10.0), ("lucky", 2.0)]);
        row.entries[2].ms.pop();
        assert_eq!(row.best_peer(Entry::times), Some("a"));
    }

    #[test]
    fn who_may_be_as_fast_is_not_slower() {
        let mut row = row(&[("sse-fetch", 100.0), ("fast", 0.0), ("slow", 0.0), ("unsteady", 0.0)]);
        let all = [[100.0, 100.0, 100.0], [100.0, 100.0, 100.0], [119.0, 120.0, 121.0], [60.0, 120.0, 190.0]];
        row.entries.iter_mut().zip(all).for_each(|(entry, ms)| entry.ms = ms.to_vec());
        let slower = |name| row.is_slower(name, 1.1);
        assert!(slower("slow") && slower("nobody"));
        assert!(!slower("fast") && !slower("unsteady"));
        row.entries.iter_mut().for_each(|entry| entry.busy_ms = vec![10.0; 3]);
        assert!(!row.is_slower("slow", 1.1), "but no more busy");
    }

    #[test]
    fn how_well_the_wall_time_is_known_is_told_of_the_fastest_peer() {
        let mut row = row(&[("sse-fetch", 10.0), ("fast", 0.0), ("slow", 0.0)]);
        for (entry, ms) in row.entries.iter_mut().zip([[20.0, 20.0, 20.0], [10.0, 10.0, 10.0], [50.0, 90.0, 500.0]]) {
            entry.ms = ms.to_vec();
        }
        assert_eq!(row.wall_error(), Some(0.0));
        row.entries[0].ms[0] = 30.0;
        assert!(row.wall_error().is_some_and(|error| error > 0.05));
        row.entries.truncate(1);
        assert_eq!(row.wall_error(), None);
    }
}
