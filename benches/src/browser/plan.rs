//! How much is measured: everything, or as much as shows within minutes that all of it works.

use serde::Serialize;

use super::catalogue::{Catalogue, FLOOR, Kind, OURS, PARSER, Subject};
use super::row::{Entry, Row};

/// Rows of a quick run: large chunks and small ones, text that is not ASCII, and the two hard cases.
const QUICK: [(&str, &str); 5] =
    [("chat", "64k"), ("tokens", "4k"), ("chinese", "64k"), ("one-per-chunk", ""), ("chunks-8", "")];

/// Where the server sends events of the chat, by the least number of their bytes.
pub(super) const CHAT: &str = "/api/blast?payload=chat&bytes=200";

/// How many events a repetition over the network has.
const NETWORK_EVENTS: u64 = 200_000;

/// In how many orders three contestants are run.
const ORDERS: usize = 6;
/// After so many rounds both three and four of them, which is how many are fast over the network, have had all their orders.
const ORDERS_OVER_NETWORK: usize = 12;

/// A peer that surely takes more than so many times as long as the fastest one need not be known any better.
const SLOWER: f64 = 1.1;

/// How often is measured, and what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Only some of the rows.
    pub quick: bool,
    /// Repetitions of a row from memory that do not count yet: an engine makes its fastest code of what has run long enough,
    /// and not for all contestants at the same time.
    pub unmeasured_rounds: usize,
    /// The least number of repetitions of a row.
    pub rounds: usize,
    /// The most of those that the bars are set for: as many as it takes until their ratio is known well enough.
    pub most_rounds: usize,
    /// How well, as its relative standard error.
    pub precision: f64,
    /// Milliseconds after which it has to be good enough.
    pub row_ms: f64,
    /// What is not good enough even then: the row is lost in the noise, and goes on.
    pub noise: f64,
    /// Milliseconds after which a noisy row ends all the same.
    pub noisy_row_ms: f64,
    /// The repetitions over the network of those that are fast: as many, and then until their wall time is known well enough.
    pub network_rounds: usize,
    /// How well, as the relative standard error of what sse-fetch takes as a part of what the fastest peer does.
    pub network_precision: f64,
    /// Milliseconds after which a row over the network has no more than those.
    pub network_row_ms: f64,
    /// The least number of repetitions of a row from memory for a peer whose time is up.
    pub least_rounds: usize,
    /// The same over the network, where peers have bars of their own.
    pub least_network_rounds: usize,
    /// Milliseconds a peer may take in one row, but for the least number of repetitions; the bare parser, the floor and
    /// sse-fetch are never cut short.
    pub patience_ms: f64,
    /// The same over the network, where whoever is fast is measured often.
    pub network_patience_ms: f64,
    /// The number of events over the network is divided by this.
    pub fewer_events: u64,
    /// Samples of the start.
    pub starts: usize,
    /// Events that memory is watched over.
    pub memory_events: u64,
}

impl Plan {
    /// The figures that count.
    pub const FULL: Self = Self {
        quick: false,
        unmeasured_rounds: 4,
        rounds: 9,
        most_rounds: 299,
        precision: 0.015,
        row_ms: 9_000.0,
        noise: 0.05,
        noisy_row_ms: 60_000.0,
        network_rounds: 36,
        network_precision: 0.03,
        network_row_ms: 240_000.0,
        least_rounds: 3,
        least_network_rounds: 12,
        patience_ms: 300.0,
        network_patience_ms: 3_000.0,
        fewer_events: 1,
        starts: 20,
        memory_events: 1_000_000,
    };
    /// A look whether everything runs.
    pub const QUICK: Self = Self {
        quick: true,
        unmeasured_rounds: 0,
        rounds: 3,
        most_rounds: 3,
        precision: 1.0,
        row_ms: 0.0,
        noise: 1.0,
        noisy_row_ms: 0.0,
        network_rounds: 2,
        network_precision: 1.0,
        network_row_ms: 0.0,
        least_rounds: 1,
        least_network_rounds: 2,
        patience_ms: 100.0,
        network_patience_ms: 100.0,
        fewer_events: 4,
        starts: 5,
        memory_events: 100_000,
    };

    /// The rows from memory.
    #[must_use]
    pub fn subjects(&self, catalogue: &Catalogue) -> Vec<Subject> {
        let parse = catalogue.subjects(Kind::Parse).into_iter().filter(|subject| !self.quick || is_quick(subject));
        let json = catalogue.subjects(Kind::Json).into_iter();
        let json = json.filter(|subject| !self.quick || is_quick(subject) && subject.workload == "chat");
        parse.chain(json).collect()
    }

    /// The rows over the network, with what their address asks the server for.
    #[must_use]
    pub fn network_subjects(&self) -> Vec<(Subject, u64, String)> {
        let count = NETWORK_EVENTS / self.fewer_events;
        let ways =
            [("as-fast-as-they-go", "As fast as they go", ""), ("50-per-write", "50 per write", "&per_write=50")];
        ways.iter()
            .map(|(name, title, parameter)| {
                let subject = Subject {
                    kind: Kind::Network,
                    workload: (*name).to_owned(),
                    title: (*title).to_owned(),
                    chunking: String::new(),
                };
                (subject, count, format!("{CHAT}&count={count}{parameter}"))
            })
            .collect()
    }

    /// Who takes turns with whom, by their places in the row.
    ///
    /// From memory, those the bars are set for are among themselves: the others leave so much garbage that whoever comes
    /// next is measured by it, and to collect it each time would empty the engine's nursery, so that all of them would be
    /// measured by page faults. Over the network everybody has a bar.
    #[must_use]
    pub fn heats(&self, row: &Row) -> Vec<Vec<usize>> {
        let all = 0..row.entries.len();
        if row.subject.kind == Kind::Network {
            return vec![all.collect()];
        }
        let (first, others) = all.partition(|&place| is_measured_by(&row.entries[place].name));
        vec![first, others]
    }

    /// How many rounds do not count for these.
    #[must_use]
    pub fn unmeasured_rounds(&self, row: &Row, heat: &[usize]) -> usize {
        let is_for_bars = heat.iter().all(|&place| is_measured_by(&row.entries[place].name));
        if is_for_bars && row.subject.kind != Kind::Network { self.unmeasured_rounds } else { 0 }
    }

    /// Whether a row is to have this round.
    #[must_use]
    pub fn has_round(&self, row: &Row, round: usize) -> bool {
        if row.subject.kind == Kind::Network {
            let is_unknown = || row.wall_error().is_some_and(|error| error > self.network_precision);
            let may_go_on = || !round.is_multiple_of(ORDERS_OVER_NETWORK) || is_unknown();
            return round < self.network_rounds || (row.measured_ms() < self.network_row_ms && may_go_on());
        }
        if round < self.rounds {
            return true;
        }
        let ms = row.measured_ms();
        if round >= self.most_rounds || ms >= self.noisy_row_ms {
            return false;
        }
        let wanted = if ms < self.row_ms { self.precision } else { self.noise };
        // Not looked at more often than all orders have had their turn: the oftener, the more will chance look like
        // precision.
        !round.is_multiple_of(ORDERS) || row.ratio_error().is_none_or(|error| error > wanted)
    }

    /// Whether a contestant is measured in this round too. Who is left out once stays out: times are compared round by round.
    #[must_use]
    pub fn goes_on(&self, row: &Row, entry: &Entry, round: usize) -> bool {
        if is_measured_by(&entry.name) {
            return true;
        }
        let spent = entry.ms.iter().sum::<f64>();
        if row.subject.kind == Kind::Network {
            let may_be_fastest = || !row.is_slower(&entry.name, SLOWER);
            let is_patient = round < self.network_rounds && spent < self.network_patience_ms;
            return entry.ms.len() == round && (round < self.least_network_rounds || is_patient || may_be_fastest());
        }
        let count = entry.ms.len();
        count < self.least_rounds || (count < self.rounds && spent < self.patience_ms)
    }
}

/// Whether the bars for what comes from memory are set for this one.
fn is_measured_by(contestant: &str) -> bool {
    [OURS, PARSER, FLOOR].contains(&contestant)
}

fn is_quick(subject: &Subject) -> bool {
    let fits = |&(workload, chunking): &(&str, &str)| {
        subject.workload == workload && (chunking.is_empty() || subject.chunking == chunking)
    };
    QUICK.iter().any(fits)
}

/// The order of `count` contestants in a round. After `count` rounds, or twice as many where that is odd, each has begun a
/// round, and followed each of the others within one, equally often (Williams' design): whoever comes next is measured by the
/// garbage one leaves.
#[must_use]
pub fn order(round: usize, count: usize) -> Vec<usize> {
    let zigzag = (0..count).map(|place| if place % 2 == 0 { place / 2 } else { count - place.div_ceil(2) });
    let mut order: Vec<usize> = zigzag.map(|place| (place + round) % count).collect();
    if count % 2 == 1 && round / count % 2 == 1 {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Kind, Plan, order};
    use crate::browser::catalogue::{FLOOR, OURS, PARSER, Subject};
    use crate::browser::row::{Entry, Row};

    #[test]
    fn everyone_runs_once_in_each_round_and_begins_and_follows_the_others_equally_often() {
        for count in [1, 2, 3, 8, 9] {
            let rounds = if count % 2 == 0 { count } else { 2 * count };
            let orders: Vec<_> = (0..rounds).map(|round| order(round, count)).collect();
            for all in &orders {
                let mut all = all.clone();
                all.sort_unstable();
                assert_eq!(all, (0..count).collect::<Vec<_>>());
            }
            let begins = |one: usize| orders.iter().filter(|order| order[0] == one).count();
            assert!((0..count).all(|one| begins(one) == rounds / count), "{count}");
            let follows = |pair: [usize; 2]| {
                orders.iter().flat_map(|order| order.windows(2)).filter(|next| **next == pair).count()
            };
            for pair in (0..count).flat_map(|one| (0..count).map(move |other| [one, other])) {
                assert_eq!(follows(pair), if pair[0] == pair[1] { 0 } else { rounds / count }, "{count}: {pair:?}");
            }
        }
    }

    #[test]
    fn a_row_is_measured_until_its_ratio_is_known() {
        let limits = Plan { row_ms: 1000.0, noise: 1.0, noisy_row_ms: 2000.0, ..Plan::FULL };
        let plan = Plan { rounds: 2, most_rounds: 13, precision: 0.01, ..limits };
        let row = |ms: &[f64]| {
            let entry = |(name, offset): &(&str, f64)| Entry {
                ms: ms.iter().map(|ms| ms + offset).collect(),
                ..Entry::new(name)
            };
            let subject =
                Subject { kind: Kind::Parse, workload: String::new(), title: String::new(), chunking: String::new() };
            Row { subject, entries: [(OURS, 10.0), (PARSER, 20.0), (FLOOR, 0.0)].iter().map(entry).collect() }
        };
        assert!(plan.has_round(&row(&[]), 0));
        let steady = row(&[5.0; 6]);
        assert!(!plan.has_round(&steady, 6), "always the same");
        assert!(plan.has_round(&steady, 5), "but not in every order");
        let mut noisy = row(&[5.0; 6]);
        noisy.entries[0].ms = vec![15.0, 30.0, 22.0, 15.0, 31.0, 18.0];
        assert!(plan.has_round(&noisy, 6));
        assert!(!plan.has_round(&noisy, 13), "often enough");
        noisy.entries[2].ms.push(1000.0);
        assert!(!plan.has_round(&noisy, 6), "long enough");
        let plan = Plan { noise: 0.05, ..plan };
        assert!(plan.has_round(&noisy, 6), "but lost in the noise");
        noisy.entries[2].ms.push(1000.0);
        assert!(!plan.has_round(&noisy, 6), "as long as it may take");
    }

    #[test]
    fn only_those_the_bars_are_set_for_are_warmed_up_by_whole_rounds() {
        let row = |kind| Row {
            subject: Subject { kind, workload: String::new(), title: String::new(), chunking: String::new() },
            entries: [OURS, "peer", PARSER, FLOOR].map(Entry::new).to_vec(),
        };
        let rounds = |kind| {
            let row = row(kind);
            Plan::FULL.heats(&row).iter().map(|heat| Plan::FULL.unmeasured_rounds(&row, heat)).collect::<Vec<_>>()
        };
        assert_eq!(rounds(Kind::Parse), [Plan::FULL.unmeasured_rounds, 0]);
        assert_eq!(rounds(Kind::Network), [0]);
    }

    #[test]
    fn a_slow_peer_is_cut_short_and_those_the_bars_are_set_for_are_not() {
        let plan = Plan {
            least_rounds: 2,
            least_network_rounds: 3,
            patience_ms: 100.0,
            network_patience_ms: 1000.0,
            ..Plan::FULL
        };
        let goes_on = |kind, name: &str, ms: &[f64]| {
            let peer = Entry { ms: ms.to_vec(), ..Entry::new(name) };
            let others = [OURS, PARSER].map(|name| Entry { ms: vec![100.0; ms.len()], ..Entry::new(name) });
            let row = network_row(kind, [others.to_vec(), vec![peer.clone()]].concat());
            plan.goes_on(&row, &peer, ms.len())
        };
        assert!(goes_on(Kind::Parse, "peer", &[400.0]));
        assert!(!goes_on(Kind::Parse, "peer", &[400.0, 400.0]));
        assert!(goes_on(Kind::Parse, "peer", &[40.0, 40.0]));
        assert!(goes_on(Kind::Parse, "eventsource-parser", &[400.0, 400.0]));
        assert!(goes_on(Kind::Network, "peer", &[600.0, 600.0]));
        assert!(!goes_on(Kind::Network, "peer", &[600.0; 3]));
        assert!(goes_on(Kind::Network, "peer", &[130.0; 7]), "it is fast");
        assert!(!goes_on(Kind::Network, "peer", &[130.0; 8]), "but not fast enough");
        assert!(goes_on(Kind::Network, "peer", &[105.0; 100]), "it may be the fastest");
        assert!(goes_on(Kind::Network, "eventsource-parser", &[600.0; 100]));
    }

    #[test]
    fn a_peer_that_was_left_out_over_the_network_stays_out() {
        let [ours, peer] =
            [(OURS, 6), ("peer", 5)].map(|(name, count)| Entry { ms: vec![10.0; count], ..Entry::new(name) });
        let row = network_row(Kind::Network, vec![ours, peer.clone()]);
        assert!(Plan::FULL.goes_on(&row, &peer, 5));
        assert!(!Plan::FULL.goes_on(&row, &peer, 6));
    }

    #[test]
    fn over_the_network_is_measured_until_it_is_known_who_is_faster() {
        let plan = Plan { network_rounds: 6, network_row_ms: 5000.0, ..Plan::FULL };
        let row = |ms: &[f64]| {
            let peer = Entry { ms: vec![100.0; ms.len()], ..Entry::new(PARSER) };
            network_row(Kind::Network, vec![Entry { ms: ms.to_vec(), ..Entry::new(OURS) }, peer])
        };
        let steady = row(&[100.0; 12]);
        let unsteady = row(&[60.0, 150.0, 70.0, 140.0, 80.0, 130.0, 60.0, 150.0, 70.0, 140.0, 80.0, 130.0]);
        assert!(plan.has_round(&steady, 5));
        assert!(!plan.has_round(&steady, 12));
        assert!(plan.has_round(&steady, 13), "all orders have their turn");
        assert!(plan.has_round(&unsteady, 12));
        assert!(!plan.has_round(&row(&[unsteady.entries[0].ms.clone(), vec![5000.0]].concat()), 13), "long enough");
    }

    fn network_row(kind: Kind, entries: Vec<Entry>) -> Row {
        let subject = Subject { kind, workload: String::new(), title: String::new(), chunking: String::new() };
        Row { subject, entries }
    }
}
