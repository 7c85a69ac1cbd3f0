//! One client: a session, its timers, and the network between it and the server.

use sse_fetch::session::{Code, Command, Config, Head, Input, Millis, RequestId, Session, State, Timer};

use crate::server::{Answer, Server};

/// A session and what it waits for.
#[derive(Debug)]
pub struct Client {
    session: Session,
    timers: [Option<Millis>; Timer::ALL.len()],
    /// What the network brings next, and when.
    incoming: Option<(Millis, Input)>,
    /// The request that is open.
    open: Option<RequestId>,
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
        Self { session: Session::new(config), timers: [None; Timer::ALL.len()], incoming: None, open: None, round_trip }
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
        match input {
            Input::Fired(timer) => self.timers[timer as usize] = None,
            _ => self.incoming = None,
        }
        self.take_in(now, input, server)
    }

    fn next(&self) -> Option<(Millis, Input)> {
        let fired = |timer: Timer| Some((self.timers[timer as usize]?, Input::Fired(timer)));
        self.incoming.into_iter().chain(Timer::ALL.into_iter().filter_map(fired)).min_by_key(|&(due, _)| due)
    }

    fn take_in(&mut self, now: Millis, input: Input, server: &mut Server) -> Sent {
        let mut sent = Sent::default();
        self.session.handle(now, input);
        while let Some(command) = self.session.next_command() {
            self.carry_out(now, command, server, &mut sent);
        }
        sent
    }

    /// All that depends on the session's vocabulary. What a client without an application is not asked, or need not
    /// do, is left out.
    fn carry_out(&mut self, now: Millis, command: Command, server: &mut Server, sent: &mut Sent) {
        match command {
            Command::Send(request) => {
                sent.requests += 1;
                sent.overlapping += u32::from(self.open.is_some());
                self.open = Some(request);
                self.incoming = Some((now + self.round_trip, in_input(request, server.answer(now))));
            }
            Command::ReadErrorBody(request) => self.incoming = Some((now, Input::ErrorBodyRead(request))),
            Command::Cancel(_) => {
                self.open = None;
                self.incoming = None;
            }
            Command::SetTimer(timer, span) => self.timers[timer as usize] = Some(now + span),
            Command::ClearTimer(timer) => self.timers[timer as usize] = None,
            _ => {}
        }
    }
}

fn in_input(request: RequestId, answer: Answer) -> Input {
    match answer {
        Answer::Stream => Input::Head(request, Head { status: 200, event_stream: true, retry_after: None }),
        Answer::Busy => Input::Head(request, Head { status: 503, event_stream: false, retry_after: None }),
        Answer::Refused => Input::Failed(request, Code::Network),
    }
}
