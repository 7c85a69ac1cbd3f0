//! One client: a session, its timer, and the network between it and the server.

use sse_fetch::session::{Attempt, AttemptId, Code, Config, Head, Input, Millis, Session, State, Step};

use crate::server::{Answer, Server};

/// A session and its driver.
#[derive(Debug)]
pub struct Client {
    session: Session,
    /// The step that was taken last.
    taken: Option<(AttemptId, Step)>,
    /// What the network brings next, and when.
    incoming: Option<(Millis, Input)>,
    /// The request that is open.
    open: Option<AttemptId>,
    round_trip: Millis,
}

/// What a client did to the server in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub requests: u32,
    /// Requests sent while an earlier one was open, which must not be.
    pub overlapping: u32,
}

impl Client {
    pub fn new(config: Config, round_trip: Millis) -> Self {
        Self { session: Session::new(config), taken: None, incoming: None, open: None, round_trip }
    }

    pub fn has_stream(&self) -> bool {
        self.session.state() == State::Open
    }

    pub fn connect(&mut self, now: Millis, server: &mut Server) -> Sent {
        self.take_in(now, Input::Connect, server)
    }

    /// The server is gone, which the client learns half a round trip later.
    pub fn lose_stream(&mut self, now: Millis) {
        if let Some(request) = self.open {
            self.incoming = Some((now + self.round_trip / 2, Input::Failed(request, Code::Network)));
        }
    }

    /// When something will next happen to the client.
    pub fn next_due(&self) -> Option<Millis> {
        self.next().map(|(due, _)| due)
    }

    /// What is due next happens.
    pub fn step(&mut self, server: &mut Server) -> Sent {
        let Some((now, input)) = self.next() else { return Sent::default() };
        if !matches!(input, Input::Wake { .. }) {
            self.incoming = None;
        }
        self.take_in(now, input, server)
    }

    fn next(&self) -> Option<(Millis, Input)> {
        let wake = self.session.wants().wake_at.map(|due| (due, Input::Wake { silence: 0 }));
        self.incoming.into_iter().chain(wake).min_by_key(|&(due, _)| due)
    }

    fn take_in(&mut self, now: Millis, input: Input, server: &mut Server) -> Sent {
        let mut sent = Sent::default();
        self.session.handle(now, input);
        // The events have no listeners.
        while self.session.poll_event().is_some() {}
        let wanted = self.session.wants().attempt;
        if self.open.is_some_and(|open| wanted.is_none_or(|attempt| attempt.id != open)) {
            self.open = None;
            self.incoming = None;
        }
        if let Some(Attempt { id, step, .. }) = wanted
            && self.taken != Some((id, step))
        {
            self.taken = Some((id, step));
            match step {
                Step::Request => {
                    sent.requests += 1;
                    sent.overlapping += u32::from(self.open.is_some());
                    self.open = Some(id);
                    self.incoming = Some((now + self.round_trip, in_input(id, server.answer(now))));
                }
                Step::ErrorBody => self.incoming = Some((now, Input::ErrorBodyRead(id))),
                // The application of this client is asked for nothing else.
                _ => {}
            }
        }
        sent
    }
}

fn in_input(request: AttemptId, answer: Answer) -> Input {
    match answer {
        Answer::Stream => Input::Head(request, Head { status: 200, event_stream: true, retry_after: None }),
        Answer::Busy => Input::Head(request, Head { status: 503, event_stream: false, retry_after: None }),
        Answer::Refused => Input::Failed(request, Code::Network),
    }
}
