//! Runs one session: carries its commands out and tells it what became of them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Error, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal, Response};

use super::application::{Application, Problem};
use super::page::Page;
use super::request::{self, Attempt};
use super::sys::{Beginning, Pump};
use super::timers::Timers;
use super::{body, head, sys};
use crate::session::{
    Code, Command, Config, Failure, Input, Millis, Notice, Refresh, RequestId, Session, State, Timer, Token, Verdict,
};

/// How much of an error response's body is kept, in bytes.
const ERROR_BODY: u32 = 64 * 1024;

/// A session and what it has under way in the browser.
///
/// No borrow is held while JavaScript runs: every call out of here may come back in.
pub struct Driver {
    session: RefCell<Session>,
    /// Held only while there is something to do for it: the callbacks and listeners behind it may refer to the object
    /// that owns this driver, and would otherwise keep each other alive for ever.
    application: RefCell<Option<Rc<dyn Application>>>,
    request: RefCell<Option<Request>>,
    timers: Timers,
    page: Page,
    /// What is known of the latest failure, and the error value made of it.
    problem: RefCell<Problem>,
    error: RefCell<Option<(RequestId, JsValue)>>,
    /// The latest request, which the latest failure belongs to.
    latest: Cell<RequestId>,
    /// Commands are being carried out further up the stack.
    busy: Cell<bool>,
}

/// The request under way.
struct Request {
    id: RequestId,
    controller: AbortController,
    /// What the application's callbacks are given.
    context: JsValue,
    response: Option<Response>,
    reading: Option<Reading>,
}

/// A body being read, and the callback for its end.
struct Reading {
    pump: Pump,
    _over: body::Over,
    /// What an error response's body has said so far.
    beginning: Option<Beginning>,
}

impl Driver {
    /// A driver whose session has not been asked for anything.
    #[must_use]
    pub fn new(config: Config) -> Rc<Self> {
        Rc::new(Self {
            session: RefCell::new(Session::new(config)),
            application: RefCell::default(),
            request: RefCell::default(),
            timers: Timers::default(),
            page: Page::default(),
            problem: RefCell::default(),
            error: RefCell::default(),
            latest: Cell::default(),
            busy: Cell::new(false),
        })
    }

    /// Does what `application` itself wants: connect, reconnect, disconnect, abort.
    pub fn serve(self: &Rc<Self>, application: Rc<dyn Application>, wish: Input) {
        if matches!(wish, Input::Connect | Input::Reconnect) {
            // Before the application is taken in: what the page tells at once is an input to a closed session, and after
            // each of those `work` lets go of whatever application there is.
            let driver = Rc::downgrade(self);
            self.page.watch(move |input| {
                if let Some(driver) = driver.upgrade() {
                    driver.page_is(input);
                }
            });
        }
        self.application.replace(Some(application));
        self.handle(wish);
    }

    /// The state the application sees.
    #[must_use]
    pub fn state(&self) -> State {
        self.session.borrow().state()
    }

    /// Consecutive reconnects so far.
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.session.borrow().retry_count()
    }

    /// Tells the session, and does what it says.
    pub fn handle(self: &Rc<Self>, input: Input) {
        let now = now(); // before the borrow: it is a call into JavaScript
        self.session.borrow_mut().handle(now, input);
        self.work();
    }

    /// Tells the session something about the request under way.
    pub fn handle_current(self: &Rc<Self>, input: impl FnOnce(RequestId) -> Input) {
        let id = self.request.borrow().as_ref().map(|request| request.id);
        if let Some(id) = id {
            self.handle(input(id));
        }
    }

    fn set_timer(self: &Rc<Self>, timer: Timer, delay: Millis) {
        let driver = Rc::downgrade(self);
        self.timers.set(timer, delay, move |timer| {
            if let Some(driver) = driver.upgrade() {
                driver.fired(timer);
            }
        });
    }

    /// A timer fired.
    fn fired(self: &Rc<Self>, timer: Timer) {
        if timer == Timer::Idle {
            self.tell_silence();
        } else {
            self.handle(Input::Fired(timer));
        }
    }

    /// Something happened to the page.
    fn page_is(self: &Rc<Self>, input: Input) {
        // It may have slept, and its timers with it.
        if matches!(input, Input::Online | Input::Visible) {
            self.tell_silence();
        }
        if let Some(application) = self.application().filter(|_| input == Input::Online) {
            self.handle(Input::LastByte(application.last_byte()));
        }
        self.handle(input);
    }

    fn tell_silence(self: &Rc<Self>) {
        if let Some(application) = self.application() {
            self.handle(Input::Silence(application.silence()));
        }
    }

    fn application(&self) -> Option<Rc<dyn Application>> {
        self.application.borrow().clone()
    }

    fn work(self: &Rc<Self>) {
        if self.busy.replace(true) {
            return; // a listener called back: whoever called it goes on with what is to do now
        }
        while let Some(command) = self.next_command() {
            self.carry_out(command);
        }
        self.busy.set(false);
        if matches!(self.state(), State::Closed) {
            self.timers.release();
            self.page.release();
            // All of the application's that could keep it alive from here.
            drop((self.application.take(), self.error.take(), self.problem.take()));
        }
    }

    // A function of its own, so that the borrow ends before the command is carried out.
    fn next_command(&self) -> Option<Command> {
        self.session.borrow_mut().next_command()
    }

    fn carry_out(self: &Rc<Self>, command: Command) {
        let Some(application) = self.application() else { return };
        match command {
            Command::Open { request, attempt, fresh } => self.open(&*application, request, attempt, fresh),
            Command::AskToken(id) => self.ask_token(&*application, id),
            Command::RefreshToken(id) => self.refresh_token(&*application, id),
            Command::Send(id) => self.send(&*application, id),
            Command::Validate(id) => self.validate(&*application, id),
            Command::ReadErrorBody(id) => self.read_error_body(id),
            Command::Read(id) => self.read(&*application, id),
            Command::Pause(_) => application.pause(),
            Command::Resume(_) => application.resume(),
            Command::Cancel(id) => self.cancel(&*application, id),
            Command::Judge(failure) => self.judge(&*application, failure),
            Command::SetTimer(timer, delay) => self.set_timer(timer, delay),
            Command::ClearTimer(timer) => self.timers.clear(timer),
            Command::Tell(notice) => self.tell(&*application, notice),
        }
    }

    fn open(self: &Rc<Self>, application: &dyn Application, id: RequestId, attempt: u32, fresh: bool) {
        self.problem.take();
        self.latest.set(id);
        let controller = match AbortController::new() {
            Ok(controller) => controller,
            Err(missing) => {
                self.problem.replace(missing.into());
                return self.handle(Input::Failed(id, Code::Callback));
            }
        };
        let why = self.error.borrow().clone().filter(|_| attempt > 0).map(|(_, error)| error);
        let context = application.begin(attempt, fresh, why.as_ref(), &controller.signal());
        self.request.replace(Some(Request { id, controller, context, response: None, reading: None }));
    }

    fn ask_token(self: &Rc<Self>, application: &dyn Application, id: RequestId) {
        let Some((context, signal)) = self.asking(id) else { return };
        self.ask(id, sys::during(&signal, &application.token(&context)), move |answer| {
            let token = if answer.is_truthy() { Token::Expired } else { Token::Usable };
            Input::Token(id, token)
        });
    }

    fn refresh_token(self: &Rc<Self>, application: &dyn Application, id: RequestId) {
        let Some((context, signal)) = self.asking(id) else { return };
        self.ask(id, sys::during(&signal, &application.refresh(&context)), move |answer| {
            let refresh = match answer.as_bool() {
                None => Refresh::Token,
                Some(true) => Refresh::AskAgain,
                Some(false) => Refresh::GaveUp,
            };
            Input::Refreshed(id, refresh)
        });
    }

    /// Waits for the application's answer about a token, and passes on what it says.
    fn ask(self: &Rc<Self>, id: RequestId, answer: Promise, input: impl FnOnce(&JsValue) -> Input + 'static) {
        let driver = Rc::clone(self);
        spawn_local(async move {
            match JsFuture::from(answer).await {
                _ if !driver.is_current(id) => {} // given up meanwhile
                Ok(mistake) if mistake.is_instance_of::<Error>() => driver.fail(id, Code::Callback, mistake.into()),
                Ok(answer) => driver.handle(input(&answer)),
                Err(cause) => driver.fail(id, Code::Auth, cause.into()),
            }
        });
    }

    /// What a callback of the application's is given, and how long it may take.
    fn asking(&self, id: RequestId) -> Option<(JsValue, AbortSignal)> {
        let request = self.request.borrow();
        let request = request.as_ref().filter(|request| request.id == id)?;
        Some((request.context.clone(), request.controller.signal()))
    }

    fn send(self: &Rc<Self>, application: &dyn Application, id: RequestId) {
        let Some((context, signal)) = self.asking(id) else { return };
        let attempt = Attempt {
            context,
            last_event_id: application.last_event_id(),
            authorization: application.authorization(),
            signal,
        };
        let (driver, plan) = (Rc::clone(self), application.plan());
        spawn_local(async move {
            if !driver.is_current(id) {
                return; // given up before it began
            }
            let answer = request::send(plan, attempt, || driver.handle(Input::Sent(id))).await;
            driver.answered(id, answer);
        });
    }

    fn answered(self: &Rc<Self>, id: RequestId, answer: Result<Response, (Code, Problem)>) {
        match answer {
            Ok(response) if self.is_current(id) => {
                let head = head::of(&response);
                if let Some(request) = &mut *self.request.borrow_mut() {
                    request.response = Some(response);
                }
                self.handle(Input::Head(id, head));
            }
            // Too late, by a hair: while the answer was on its way here.
            Ok(response) => sys::discard(&response),
            Err((code, problem)) => self.fail(id, code, problem),
        }
    }

    fn validate(self: &Rc<Self>, application: &dyn Application, id: RequestId) {
        let (Some(response), Some(signal)) = (self.response(id), self.signal()) else { return };
        let verdict = JsFuture::from(sys::during(&signal, &application.validate(&response)));
        let driver = Rc::clone(self);
        spawn_local(async move {
            let verdict = verdict.await;
            if driver.is_current(id) {
                let accepted = verdict.is_ok();
                driver.problem.borrow_mut().cause = verdict.err().unwrap_or_default();
                driver.handle(Input::Validated(id, accepted));
            }
        });
    }

    fn read_error_body(self: &Rc<Self>, id: RequestId) {
        let beginning = Beginning::new(ERROR_BODY);
        let driver = Rc::downgrade(self);
        let over = body::over(move |_, _| {
            if let Some(driver) = driver.upgrade() {
                driver.handle(Input::ErrorBodyRead(id));
            }
        });
        if self.pump(id, &beginning, over).is_err() {
            return self.handle(Input::ErrorBodyRead(id)); // no body to read
        }
        if let Some(Request { reading: Some(reading), .. }) = &mut *self.request.borrow_mut() {
            reading.beginning = Some(beginning);
        }
    }

    fn read(self: &Rc<Self>, application: &dyn Application, id: RequestId) {
        let driver = Rc::downgrade(self);
        let over = body::over(move |error, is_ours| {
            let Some(driver) = driver.upgrade() else { return };
            match (error.is_undefined(), is_ours) {
                (true, _) => driver.handle(Input::Ended(id)),
                (false, true) => driver.fail(id, Code::Callback, error.into()),
                (false, false) => driver.fail(id, Code::Network, error.into()),
            }
        });
        match self.pump(id, &application.sink(), over) {
            Ok(()) => {}
            Err(missing) if missing.is_undefined() => self.handle(Input::Ended(id)),
            Err(error) => self.fail(id, Code::Callback, error.into()),
        }
    }

    /// Starts to read the body of the response. `Err(undefined)`: there is none.
    fn pump(&self, id: RequestId, sink: &JsValue, over: body::Over) -> Result<(), JsValue> {
        let response = self.response(id).ok_or(JsValue::UNDEFINED)?;
        // Not `Response::body`: what a `fetch` of the application's own returns may have anything there.
        let body = Reflect::get(&response, &"body".into())?;
        if body.is_undefined() || body.is_null() {
            return Err(JsValue::UNDEFINED);
        }
        let pump = Pump::new(&body, sink, over.as_ref())?;
        if let Some(request) = &mut *self.request.borrow_mut() {
            request.reading = Some(Reading { pump, _over: over, beginning: None });
        }
        Ok(())
    }

    fn cancel(&self, application: &dyn Application, id: RequestId) {
        if !self.is_current(id) {
            return;
        }
        let Some(request) = self.request.take() else { return };
        application.released();
        match (request.reading, request.response) {
            (Some(reading), _) => {
                reading.pump.stop();
                // All that came of it, even if time ran out.
                if let Some(text) = reading.beginning.map(|beginning| beginning.text()) {
                    self.problem.borrow_mut().body = Some(text);
                }
            }
            (None, Some(response)) => sys::discard(&response),
            (None, None) => {}
        }
        request.controller.abort();
    }

    fn judge(self: &Rc<Self>, application: &dyn Application, failure: Failure) {
        let error = self.error_for(application, &failure);
        // The attempt is over, and so its signal says.
        let context = application.context(failure.attempt, &error, &AbortSignal::abort());
        let verdict: Verdict = application.judge(&error, &context);
        self.handle(Input::Judged(verdict));
    }

    fn tell(&self, application: &dyn Application, notice: Notice) {
        let failure = match &notice {
            Notice::Failed(failure) => Some(*failure),
            Notice::Retry { failure, .. } | Notice::Close { failure, .. } => *failure,
            _ => None,
        };
        let error = failure.map(|failure| self.error_for(application, &failure));
        let response = match notice {
            Notice::Open { .. } => self.request.borrow().as_ref().and_then(|request| request.response.clone()),
            _ => None,
        };
        application.tell(&notice, error.as_ref(), response.as_ref());
    }

    /// The one error value for this failure: `error`, `retry` and `close` give the same.
    fn error_for(&self, application: &dyn Application, failure: &Failure) -> JsValue {
        let latest = self.latest.get();
        if let Some((request, error)) = self.error.borrow().clone()
            && request == latest
        {
            return error;
        }
        let problem = self.problem.borrow().clone();
        let error = application.error(failure, &problem);
        self.error.replace(Some((latest, error.clone())));
        error
    }

    fn fail(self: &Rc<Self>, id: RequestId, code: Code, problem: Problem) {
        if self.is_current(id) {
            self.problem.replace(problem);
            self.handle(Input::Failed(id, code));
        }
    }

    fn is_current(&self, id: RequestId) -> bool {
        self.request.borrow().as_ref().is_some_and(|request| request.id == id)
    }

    fn signal(&self) -> Option<AbortSignal> {
        self.request.borrow().as_ref().map(|request| request.controller.signal())
    }

    fn response(&self, id: RequestId) -> Option<Response> {
        let request = self.request.borrow();
        request.as_ref().filter(|request| request.id == id)?.response.clone()
    }
}

/// The session's clock.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positive, and small for the next million years
fn now() -> Millis {
    sys::performance_now().unwrap_or_else(|_| js_sys::Date::now()) as Millis
}
