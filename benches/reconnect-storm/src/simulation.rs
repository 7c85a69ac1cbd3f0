//! Runs all clients through an outage, with one queue of what is due and one clock in milliseconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sse_fetch::session::Millis;

use crate::client::{Client, Sent};
use crate::outage::{Outage, Policy};
use crate::server::Server;

/// When the server goes down. By then every stream has been open for long enough to count as stable.
const LOSS: Millis = 60_000;
/// The simulation ends then, with or without clients that are not back.
const LONGEST_RETURN: Millis = 3_600_000;

/// What the clients did, counted from the loss of the server on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// How long the server was down.
    pub outage: Millis,
    /// Requests sent in each millisecond after the loss; nothing was sent after the last of these.
    pub requests: Vec<u32>,
    /// Clients that have a stream again.
    pub back: u32,
    /// From the return of the server until the last of them had its stream.
    pub all_back_after: Millis,
    /// Requests sent by a client that had one open already.
    pub overlapping: u32,
}

/// Takes every client through the outage, until all have a stream again.
#[must_use]
pub fn simulate(outage: &Outage, policy: Policy) -> Run {
    let mut storm = Storm::new(outage, policy);
    storm.connect();
    storm.run_until(LOSS - 1);
    storm.run = Run { requests: Vec::new(), ..storm.run };
    storm.lose_server();
    storm.run_until(storm.return_time() + LONGEST_RETURN);
    storm.run
}

struct Storm {
    clients: Vec<Client>,
    server: Server,
    /// When a client is due, and its index. Entries of a client that is due at another time by now are skipped.
    queue: BinaryHeap<Reverse<(Millis, usize)>>,
    run: Run,
}

impl Storm {
    fn new(outage: &Outage, policy: Policy) -> Self {
        let client = |index: u32| {
            let config = policy.config(outage.seed.wrapping_add(u64::from(index)));
            Client::new(config, round_trip(outage, index))
        };
        Self {
            clients: (0..outage.clients).map(client).collect(),
            server: Server::new(LOSS..LOSS + outage.length, outage.opens_per_second),
            queue: BinaryHeap::new(),
            run: Run { outage: outage.length, requests: Vec::new(), back: 0, all_back_after: 0, overlapping: 0 },
        }
    }

    fn return_time(&self) -> Millis {
        LOSS + self.run.outage
    }

    fn connect(&mut self) {
        for index in 0..self.clients.len() {
            let sent = self.clients[index].connect(0, &mut self.server);
            self.note(0, index, sent);
        }
    }

    fn lose_server(&mut self) {
        for index in 0..self.clients.len() {
            self.clients[index].lose_stream(LOSS);
            self.note(LOSS, index, Sent::default());
        }
    }

    fn run_until(&mut self, end: Millis) {
        while let Some(&Reverse((now, index))) = self.queue.peek()
            && now <= end
        {
            self.queue.pop();
            if self.clients[index].next_due() == Some(now) {
                let had_stream = self.clients[index].has_stream();
                let sent = self.clients[index].step(&mut self.server);
                self.note(now, index, sent);
                self.note_return(now, !had_stream && self.clients[index].has_stream());
            }
        }
    }

    /// Counts what the client sent, and queues what it waits for.
    fn note(&mut self, now: Millis, index: usize, sent: Sent) {
        if sent.requests > 0 {
            let since_loss = usize::try_from(now.saturating_sub(LOSS)).expect("a run is shorter than that");
            if self.run.requests.len() <= since_loss {
                self.run.requests.resize(since_loss + 1, 0);
            }
            self.run.requests[since_loss] += sent.requests;
            self.run.overlapping += sent.overlapping;
        }
        self.queue.extend(self.clients[index].next_due().map(|due| Reverse((due, index))));
    }

    fn note_return(&mut self, now: Millis, opened: bool) {
        if opened && self.server.is_up_again(now) {
            self.run.back += 1;
            self.run.all_back_after = now - self.return_time();
        }
    }
}

/// Spreads the clients evenly over the range of round trips.
fn round_trip(outage: &Outage, index: u32) -> Millis {
    let (shortest, longest) = (outage.round_trip.start(), outage.round_trip.end());
    shortest + (longest - shortest) * u64::from(index) / u64::from(outage.clients)
}
