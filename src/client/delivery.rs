//! Reads an open stream, and delivers its events.

use core::task::{Context, Poll};

use super::connection::{Connection, Progress};
use super::event::Event;
use super::receiver::Received;
use super::task::Task;
use super::types::{Until, text_of};
use crate::browser;
use crate::session::{Code, Input};

impl Connection {
    /// The next event of the stream. Reads only if everything that has arrived was delivered.
    pub(super) fn poll_stream(&mut self, cx: &mut Context<'_>) -> Progress {
        loop {
            let Some(attempt) = &mut self.attempt else { return Progress::None };
            let Task::Stream { reader, has_ended } = &mut attempt.task else { return Progress::None };
            let driver = &self.shared.driver;
            if !driver.may_deliver(attempt.id) {
                // If the attempt is over, the session has something else to do.
                return Progress::None;
            }
            match self.receiver.next() {
                Received::Event(event) => return self.deliver(event),
                Received::Id(id) => {
                    self.move_on_to(&id);
                    continue;
                }
                Received::ReconnectionTime(time) => {
                    driver.handle(Input::ReconnectionTime(time));
                    continue;
                }
                Received::TooLarge => {
                    driver.handle(Input::Failed(attempt.id, Code::TooLarge));
                    return Progress::Made;
                }
                Received::Nothing => {}
            }
            if *has_ended {
                attempt.body = self.receiver.foreign_text();
                let is_foreign = attempt.body.is_some();
                let (id, code) = (attempt.id, Code::Format);
                driver.handle(if is_foreign { Input::Failed(id, code) } else { Input::Ended(id) });
                return Progress::Made;
            }
            if !reader.is_reading() {
                driver.read_begins();
            }
            match reader.poll_chunk(cx) {
                Poll::Pending => return Progress::None,
                Poll::Ready(Ok(Some(chunk))) => {
                    driver.bytes_arrived();
                    self.receiver.take(chunk);
                }
                Poll::Ready(Ok(None)) => {
                    *has_ended = true;
                    if self.options.delivers_unfinished {
                        self.receiver.complete();
                    }
                }
                Poll::Ready(Err(cause)) => {
                    let input = attempt.failed(Code::Network, &browser::text_of(&cause));
                    driver.handle(input);
                    return Progress::Made;
                }
            }
        }
    }

    /// Asks `until` about an event.
    fn deliver(&mut self, event: Event) -> Progress {
        if let Some(id) = &event.id {
            self.move_on_to(id);
        }
        let Some(until) = &self.options.until else { return Progress::Event(event) };
        let decision = until.borrow_mut()(&event);
        let (Some(attempt), driver) = (&self.attempt, &self.shared.driver) else { return Progress::Made };
        if !driver.is_live(attempt.id) {
            // `until` has closed the stream or requested it again.
            return Progress::Made;
        }
        match decision {
            Until::Continue => Progress::Event(event),
            Until::End => {
                driver.handle(Input::Done(attempt.id));
                Progress::Made
            }
            Until::Deliver => {
                driver.handle(Input::Done(attempt.id));
                Progress::Event(event)
            }
            Until::Fail(error) => {
                self.own_error = Some(super::Error::new(super::ErrorCode::Callback, text_of(&*error)));
                driver.handle(Input::UntilError(attempt.id));
                Progress::Made
            }
        }
    }

    /// The stream has come to this id.
    fn move_on_to(&mut self, id: &str) {
        let resumable = self.shared.position.borrow_mut().advance(id);
        if let Some(resumable) = resumable {
            self.shared.driver.handle(Input::Resumable(resumable));
        }
    }
}
