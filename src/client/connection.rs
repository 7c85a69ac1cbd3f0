//! Carries out what the session of a stream wants, each time the stream is polled.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::cell::{Cell, RefCell};
use core::task::{Context, Poll};

use super::auth::Refreshed;
use super::credentials::TokenSource;
use super::error::{Details, Error, ErrorCode};
use super::event::Event;
use super::handle::Shared;
use super::options::{Options, Source};
use super::position::Position;
use super::receiver::Receiver;
use super::send::{Sending, Unsent};
use super::task::{Answer, Current, Task};
use super::types::{self, Attempt};
use crate::browser::{Driver, Head, text_of};
use crate::session::{self, AttemptId, Code, Failure, Input, State, Step, Wants};

type Item = Option<Result<Event, Error>>;

pub struct Connection {
    pub(super) options: Rc<Options>,
    pub(super) shared: Rc<Shared>,
    pub(super) receiver: Receiver,
    /// The latest attempt, until the connection is closed.
    pub(super) attempt: Option<Current>,
    /// The head of the attempt before the current one, for a failure with its status.
    previous_head: Option<Head>,
    /// The error that `until` has ended the stream with, or that says which option is wrong.
    pub(super) own_error: Option<Error>,
    /// The stream was polled.
    has_begun: bool,
}

impl Connection {
    pub fn new(options: Options, wrong: Option<String>) -> Self {
        let own_error = wrong.map(|wrong| Error::new(ErrorCode::Callback, wrong));
        let url = match &options.url {
            Source::Value(url) => url.clone(),
            Source::Function(_) => String::new(),
        };
        let mut position = Position::default();
        position.start_from(&options.last_event_id);
        let shared = Rc::new(Shared {
            driver: Driver::new(options.config.clone()),
            position: RefCell::new(position),
            tokens: RefCell::new(TokenSource::new(options.token_provider.clone())),
            error: RefCell::default(),
            close_reason: Cell::new(None),
            url: RefCell::new(url),
        });
        let receiver = Receiver::new(options.max_event_bytes, options.empty_events);
        let options = Rc::new(options);
        Self { options, shared, receiver, attempt: None, previous_head: None, own_error, has_begun: false }
    }

    pub fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// Does what there is to do, until an item is there or only waiting is left.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        self.shared.driver.enter();
        self.begin();
        loop {
            self.drop_what_is_over();
            // What has arrived counts before the time does: the application may poll late.
            match self.poll_task(cx) {
                Progress::Event(event) => return Poll::Ready(Some(Ok(event))),
                Progress::Made => continue,
                Progress::None => {}
            }
            if self.shared.driver.wake_if_due() {
                continue;
            }
            if let Some(event) = self.shared.driver.poll_event() {
                if let Some(item) = self.report(event) {
                    return Poll::Ready(item);
                }
                continue;
            }
            if self.advance() {
                continue;
            }
            if self.shared.driver.state() == State::Closed {
                return Poll::Ready(None);
            }
            self.shared.driver.wait(cx);
            return Poll::Pending;
        }
    }

    /// The first poll connects.
    fn begin(&mut self) {
        if core::mem::replace(&mut self.has_begun, true) {
            return;
        }
        // A handle may have closed the stream before, or made it connect.
        if self.shared.driver.state() == State::Idle {
            match self.own_error {
                Some(_) => self.shared.driver.handle(Input::Disconnect),
                None => self.shared.driver.begin(Input::Connect),
            }
        }
    }

    /// Drops the futures and bytes of an attempt that was aborted.
    fn drop_what_is_over(&mut self) {
        if let Some(attempt) = &mut self.attempt
            && attempt.signal.is_some()
            && !self.shared.driver.is_live(attempt.id)
        {
            attempt.drop_task();
            self.receiver.discard();
        }
    }

    /// Takes the step that the session wants. Returns false if it was taken before.
    fn advance(&mut self) -> bool {
        let Wants { attempt: Some(wanted), .. } = self.shared.driver.wants() else { return false };
        let Some(attempt) = self.attempt.as_mut().filter(|attempt| attempt.id == wanted.id) else {
            self.begin_attempt(wanted);
            return true;
        };
        let step = core::mem::discriminant(&wanted.step);
        if attempt.step == Some(step) {
            return false;
        }
        attempt.step = Some(step);
        self.take(wanted.step);
        true
    }

    fn begin_attempt(&mut self, wanted: session::Attempt) {
        let session::Attempt { id, number, fresh, .. } = wanted;
        if let Some(head) = self.attempt.take().and_then(|attempt| attempt.head) {
            self.previous_head = Some(head);
        }
        if fresh {
            self.shared.position.borrow_mut().start_from(&self.options.last_event_id);
        }
        self.shared.close_reason.set(None);
        let mut attempt = Current::new(id, number);
        match self.shared.driver.begin_request(id) {
            Ok(signal) => attempt.signal = Some(signal),
            Err(cause) => {
                attempt.cause = Some(text_of(&cause));
                self.shared.driver.handle(Input::Failed(id, Code::Callback));
            }
        }
        self.attempt = Some(attempt);
    }

    fn take(&mut self, step: Step) {
        let context = self.context();
        let Some(attempt) = &mut self.attempt else { return };
        let driver = &self.shared.driver;
        let id = attempt.id;
        match step {
            Step::Token => {
                let asked = self.shared.tokens.borrow_mut().ask(context);
                attempt.task = asked.map_or(Task::None, Task::Token);
            }
            Step::Refresh => {
                let asked = self.shared.tokens.borrow().refresh(context);
                attempt.task = asked.map_or(Task::None, Task::Refresh);
            }
            Step::Request => {
                let Some(signal) = attempt.signal.clone() else { return };
                let (options, shared) = (Rc::clone(&self.options), Rc::clone(&self.shared));
                let authorization = shared.tokens.borrow().authorization();
                let sending = Sending { options, shared, id, attempt: context, signal, authorization };
                attempt.task = Task::Request(Box::pin(sending.send()));
            }
            Step::Validate => {
                let refusal = match (&self.options.validate, &attempt.head) {
                    (Some(validate), Some(head)) => validate(&head.into()).err(),
                    _ => None,
                };
                let is_accepted = refusal.is_none();
                (attempt.cause, attempt.callback) = (refusal, (!is_accepted).then_some("validate"));
                driver.handle(Input::Validated(id, is_accepted));
            }
            Step::ErrorBody => match attempt.reader() {
                Some(reader) => {
                    driver.read_with(reader.raw());
                    attempt.task = Task::error_body(reader);
                }
                None => driver.handle(Input::ErrorBodyRead(id)),
            },
            Step::Stream => match attempt.reader() {
                Some(reader) => {
                    driver.read_with(reader.raw());
                    driver.stream_begins();
                    attempt.task = Task::Stream { reader, has_ended: false };
                }
                None => driver.handle(Input::Ended(id)),
            },
            Step::Decide(failure) => self.decide(id, failure),
        }
    }

    /// The argument of the application's functions.
    fn context(&self) -> Attempt {
        let number = self.attempt.as_ref().map_or(0, |attempt| attempt.number);
        let error = if number > 0 { self.shared.error.borrow().clone() } else { None };
        Attempt { number, last_event_id: self.shared.position.borrow().id().to_string(), error }
    }

    fn decide(&mut self, id: AttemptId, failure: Failure) {
        let error = self.error_of(failure);
        let context = Attempt { number: failure.attempt, error: Some(error.clone()), ..self.context() };
        let decision = match &self.options.should_retry {
            Some(decide) => decide.borrow_mut()(&error, &context),
            None => types::RetryDecision::Default,
        };
        self.shared.driver.handle(Input::Decided(id, decision.into()));
    }

    /// The error for a failure. It is created once in an attempt.
    fn error_of(&mut self, failure: Failure) -> Error {
        let Some(attempt) = &mut self.attempt else {
            return Error::new(failure.code.into(), failure.code.to_string());
        };
        if attempt.error.is_none() {
            let tokens = self.shared.tokens.borrow();
            // If this attempt failed with the status of the previous one (a 401, and there is no new token), that is described.
            let head = attempt.head.as_ref().or(self.previous_head.as_ref().filter(|_| failure.status.is_some()));
            let details = Details {
                head,
                url: &self.shared.url.borrow(),
                cause: attempt.cause.as_deref(),
                callback: attempt.callback,
                body: attempt.body.as_deref(),
                secrets: tokens.secrets(),
            };
            attempt.error = Some(Error::of_failure(failure, &details));
        }
        let error = attempt.error.clone();
        (*self.shared.error.borrow_mut()).clone_from(&error);
        error.unwrap_or_else(|| Error::new(failure.code.into(), failure.code.to_string()))
    }

    /// Reports an event of the session. Returns the item that it is for the application, if it is one.
    fn report(&mut self, event: session::Event) -> Option<Item> {
        match event {
            session::Event::Open { .. } => {
                self.receiver.begin();
                self.shared.position.borrow_mut().opened();
                None
            }
            session::Event::Failed { error } => {
                self.error_of(error);
                None
            }
            session::Event::Close { reason, error, .. } => {
                let failure = error.map(|failure| self.error_of(failure));
                let own = self.own_error.take();
                self.receiver.release();
                self.shared.tokens.borrow_mut().forget();
                self.shared.close_reason.set(Some(reason));
                (self.attempt, self.previous_head) = (None, None);
                Some(failure.or(own).map(Err))
            }
            session::Event::State { .. }
            | session::Event::Refreshed { .. }
            | session::Event::Retry { .. }
            | session::Event::MaxReconnectsReached { .. } => None,
        }
    }

    // What an attempt waits for.

    fn poll_task(&mut self, cx: &mut Context<'_>) -> Progress {
        let Some(attempt) = &mut self.attempt else { return Progress::None };
        if matches!(attempt.task, Task::Stream { .. }) {
            return self.poll_stream(cx);
        }
        let Poll::Ready(answer) = attempt.task.poll(cx) else { return Progress::None };
        attempt.task = Task::None;
        self.answered(answer);
        Progress::Made
    }

    fn answered(&mut self, answer: Answer) {
        let Some(attempt) = &mut self.attempt else { return };
        let id = attempt.id;
        // A function of the application may have ended the attempt.
        if !self.shared.driver.is_live(id) {
            return;
        }
        let input = match answer {
            Answer::Token(Ok(token)) => {
                let answered = self.shared.tokens.borrow_mut().answered(token);
                answered.map_or_else(|wrong| attempt.failed(Code::Callback, wrong), |token| Input::Token(id, token))
            }
            Answer::Refresh(Ok(refreshed)) => self.refreshed(refreshed),
            Answer::Token(Err(cause)) | Answer::Refresh(Err(cause)) => attempt.failed(Code::Auth, &cause),
            Answer::Response(Ok(response)) => {
                let head = Head::of(&response);
                let input = Input::Head(id, head.for_session());
                (attempt.head, attempt.response) = (Some(head), Some(response));
                input
            }
            Answer::Response(Err(Unsent::Over)) => return,
            Answer::Response(Err(Unsent::Threw(callback, cause))) => {
                (attempt.callback, attempt.cause) = (Some(callback), Some(cause));
                Input::CallbackThrew(id)
            }
            Answer::Response(Err(Unsent::Unusable(cause))) => attempt.failed(Code::Callback, &cause),
            Answer::Response(Err(Unsent::Network(cause))) => attempt.failed(Code::Network, &cause),
            Answer::ErrorBody(body) => {
                attempt.body = Some(body);
                Input::ErrorBodyRead(id)
            }
        };
        self.shared.driver.handle(input);
    }

    fn refreshed(&mut self, refreshed: Refreshed) -> Input {
        let answered = self.shared.tokens.borrow_mut().refreshed(refreshed);
        match (answered, &mut self.attempt) {
            (Ok(refresh), Some(attempt)) => Input::Refreshed(attempt.id, refresh),
            (Err(wrong), Some(attempt)) => attempt.failed(Code::Callback, wrong),
            (_, None) => Input::Disconnect,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.driver.shut_down();
    }
}

/// What polling a task has brought.
pub enum Progress {
    Event(Event),
    Made,
    None,
}
