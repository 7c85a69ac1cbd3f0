//! A session as JavaScript drives it: numbers in, numbers out.

use super::numbers::{self, FieldNumber, Fields};
use crate::session::{AttemptId, Config, Head, Input, Session};

/// One session; not part of the package's interface. `pkg-template/src/driver/driver` is its driver.
pub struct SessionHandle {
    session: Session,
    /// The fields of the wants or of the event that was returned last.
    fields: Fields,
}

impl SessionHandle {
    /// A session with the default options for a GET or HEAD, or for another method. `seed` is from 0 to 1.
    #[must_use]
    pub fn new(seed: f64, is_get_or_head: bool) -> Self {
        let config = Config { seed: seed.to_bits(), ..Config::new(is_get_or_head) };
        Self { session: Session::new(config), fields: [0.0; FieldNumber::ALL.len()] }
    }

    /// Sets the option of this number. Must be called before the first input.
    pub fn set_option(&mut self, option: u32, value: f64) {
        numbers::set_option(self.session.config_mut(), option, value);
    }

    /// Handles what happened at `now`, in milliseconds of a clock that never goes back.
    pub fn handle(&mut self, now: f64, input: u32, attempt: u32, detail: f64) {
        if let Some(input) = numbers::input(input, AttemptId(attempt), detail) {
            self.session.handle(numbers::floor(now), input);
        }
    }

    /// Handles the head of a response. `retry_after` is in milliseconds, and negative if there is none.
    pub fn head(&mut self, now: f64, attempt: u32, status: u32, event_stream: bool, retry_after: f64) {
        let head = Head {
            status: u16::try_from(status).unwrap_or_default(),
            event_stream,
            retry_after: (retry_after >= 0.0).then(|| numbers::floor(retry_after)),
        };
        self.session.handle(numbers::floor(now), Input::Head(AttemptId(attempt), head));
    }

    /// The number of the step that the attempt should be at. The fields have the rest of what the session wants.
    #[must_use]
    pub fn wants(&mut self) -> u32 {
        numbers::wants(self.session.wants(), &mut self.fields) as u32
    }

    /// The number of the next event, 0 if there is none. The fields are those of the event.
    #[must_use]
    pub fn poll_event(&mut self) -> u32 {
        let Some(event) = self.session.poll_event() else { return 0 };
        numbers::event(event, &mut self.fields)
    }

    /// A field of what the last call of `wants` or `pollEvent` returned. Each call overwrites the fields of the one before.
    #[must_use]
    pub fn field(&self, index: usize) -> f64 {
        self.fields.get(index).copied().unwrap_or_default()
    }

    /// The number of the state.
    #[must_use]
    pub fn state(&self) -> u32 {
        self.session.state() as u32
    }

    /// Consecutive reconnects so far.
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.session.retry_count()
    }
}
