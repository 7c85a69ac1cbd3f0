//! The server all clients share: up, down for a while, and up again.

use std::ops::Range;

use sse_fetch::session::Millis;

/// Answers requests by the clock.
#[derive(Debug)]
pub struct Server {
    down: Range<Millis>,
    opens_per_second: Option<u32>,
    /// The second since the return that `opened` counts.
    second: Millis,
    opened: u32,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A stream.
    Stream,
    /// 503.
    Busy,
    /// No connection.
    Refused,
}

impl Server {
    pub fn new(down: Range<Millis>, opens_per_second: Option<u32>) -> Self {
        Self { down, opens_per_second, second: 0, opened: 0 }
    }

    /// Answers a request that arrives `now`.
    pub fn answer(&mut self, now: Millis) -> Answer {
        if self.down.contains(&now) {
            return Answer::Refused;
        }
        match self.opens_per_second {
            Some(limit) if self.is_up_again(now) => self.open_one_of(limit, now),
            _ => Answer::Stream,
        }
    }

    pub fn is_up_again(&self, now: Millis) -> bool {
        now >= self.down.end
    }

    fn open_one_of(&mut self, limit: u32, now: Millis) -> Answer {
        let second = (now - self.down.end) / 1000;
        if second != self.second {
            self.second = second;
            self.opened = 0;
        }
        if self.opened == limit {
            return Answer::Busy;
        }
        self.opened += 1;
        Answer::Stream
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Server};

    #[test]
    fn connections_are_refused_from_the_loss_until_just_before_the_return() {
        let mut server = Server::new(100..200, None);
        let answers = [99, 100, 199, 200].map(|now| server.answer(now));
        assert_eq!(answers, [Answer::Stream, Answer::Refused, Answer::Refused, Answer::Stream]);
    }

    #[test]
    fn a_busy_server_opens_so_many_streams_in_each_second_after_its_return() {
        let mut server = Server::new(0..500, Some(2));
        let answers = [500, 500, 500, 1499, 1500, 1500, 1501].map(|now| server.answer(now));
        let [stream, busy] = [Answer::Stream, Answer::Busy];
        assert_eq!(answers, [stream, stream, busy, busy, stream, stream, busy]);
    }
}
