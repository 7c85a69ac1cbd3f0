//! What happens to the clients, and how they reconnect.

use std::ops::RangeInclusive;

use sse_fetch::session::{Backoff, Config, Millis};

/// When clients reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The defaults of this library: growing delays with jitter.
    SseFetch,
    /// One second after each failure, as `fetch-event-source` does.
    EverySecond,
}

impl Policy {
    /// Every policy that is compared.
    pub const ALL: [Self; 2] = [Self::SseFetch, Self::EverySecond];

    /// What tables and plots call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SseFetch => "sse-fetch",
            Self::EverySecond => "after 1 s",
        }
    }

    /// The rules of one client. Both policies run on the same state machine, so that they differ in nothing else.
    #[must_use]
    pub fn config(self, seed: u64) -> Config {
        let defaults = Config { seed, ..Config::new(true) };
        match self {
            Self::SseFetch => defaults,
            Self::EverySecond => {
                let backoff = Backoff { initial: 1000, max: 1000, factor: 1.0, jitter: 0.0, ..defaults.backoff };
                Config { backoff, ..defaults }
            }
        }
    }
}

/// What happens to the clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// What tables and plots call it.
    pub title: &'static str,
    /// How many clients have a stream when the server goes down.
    pub clients: u32,
    /// How long the server refuses every connection.
    pub length: Millis,
    /// From a request to its answer, or its refusal; the clients are spread evenly over it.
    pub round_trip: RangeInclusive<Millis>,
    /// How many streams the server opens in each second after its return, answering 503 to the rest; `None`: any
    /// number.
    pub opens_per_second: Option<u32>,
    /// Seeds the random numbers of the clients.
    pub seed: u64,
}

impl Outage {
    /// A minute without a server that refuses, and later answers, at once.
    #[must_use]
    pub fn of(clients: u32) -> Self {
        Self {
            title: "A server that accepts every client",
            clients,
            length: 60_000,
            round_trip: 0..=0,
            opens_per_second: None,
            seed: 1,
        }
    }

    /// The same over networks of different speed, which spread the fixed delays a little.
    #[must_use]
    pub fn with_round_trips(self) -> Self {
        Self { title: "The same with round trips of 20 to 300 ms", round_trip: 20..=300, ..self }
    }

    /// The same with a server that can open streams for a fiftieth of the clients in each second.
    #[must_use]
    pub fn with_a_busy_server(self) -> Self {
        let limit = (self.clients / 50).max(1);
        Self {
            title: "A server that opens 2 % a second and answers 503 to the rest",
            opens_per_second: Some(limit),
            ..self
        }
    }
}
