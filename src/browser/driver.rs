//! The session of a stream, with what must happen at once when something happens to it.

use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::task::{Context, Poll, Waker};

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, AbortSignal, ReadableStreamDefaultReader};

use super::clock::{Activity, Alarm};
use super::page::{self, Page};
use crate::session::{AttemptId, Config, Event, Input, Millis, Session, State, Step, Wants};

/// Runs one session. A stream, its handles and the listeners of the page share it.
///
/// No borrow of `inner` is held while a function of the application or of the page is called, so each may call any method.
#[derive(Debug)]
pub struct Driver {
    inner: RefCell<Inner>,
}

#[derive(Debug)]
struct Inner {
    session: Session,
    alarm: Alarm,
    /// The alarm rang, and the session does not know yet.
    has_rung: bool,
    request: Option<LiveRequest>,
    page: Option<Page>,
    activity: Activity,
    /// A read of the stream has begun and has not ended.
    is_reading: bool,
    /// The task that polls the stream; `None` while it is polled.
    poller: Option<Waker>,
    /// The tasks that wait for another state, and the state of which they know.
    watchers: Vec<Waker>,
    watched: State,
    /// The stream was dropped.
    is_gone: bool,
}

/// The request of the current attempt.
#[derive(Debug)]
struct LiveRequest {
    id: AttemptId,
    controller: AbortController,
    reader: Option<ReadableStreamDefaultReader>,
}

/// What is left to do when no borrow is held any more.
#[derive(Default)]
struct Aftermath {
    request: Option<LiveRequest>,
    page: Option<Page>,
    wakers: Vec<Waker>,
}

impl Driver {
    pub fn new(config: Config) -> Rc<Self> {
        Rc::new_cyclic(|this| {
            let this: Weak<Self> = this.clone();
            let alarm = Alarm::new(move || {
                if let Some(driver) = this.upgrade() {
                    driver.rang();
                }
            });
            Self {
                inner: RefCell::new(Inner {
                    session: Session::new(config),
                    alarm,
                    has_rung: false,
                    request: None,
                    page: None,
                    activity: Activity::default(),
                    is_reading: false,
                    poller: None,
                    watchers: Vec::new(),
                    watched: State::Idle,
                    is_gone: false,
                }),
            }
        })
    }

    /// The application wants a stream. `input` is [`Input::Connect`] or [`Input::Reconnect`].
    pub fn begin(self: &Rc<Self>, input: Input) {
        if self.inner.borrow().is_gone {
            return;
        }
        if self.inner.borrow().page.is_none() {
            let this = Rc::downgrade(self);
            let page = page::watch(
                &(Rc::new(move |input| {
                    if let Some(driver) = this.upgrade() {
                        driver.page_changed(input);
                    }
                }) as page::Report),
            );
            self.inner.borrow_mut().page = Some(page);
        }
        self.handle(input);
    }

    /// Reports to the session what happened. Aborts the request if the session no longer wants it.
    pub fn handle(&self, input: Input) {
        let aftermath = {
            let mut inner = self.inner.borrow_mut();
            let now = inner.alarm.now();
            inner.session.handle(now, input);
            if matches!(input, Input::Resume) {
                // Nothing was read during the pause.
                inner.activity.restart();
            }
            inner.adjust()
        };
        aftermath.carry_out();
    }

    fn page_changed(&self, input: Input) {
        let (idle, since_last_byte) = {
            let inner = self.inner.borrow();
            (inner.idle_time(), inner.activity.time_since_last_byte())
        };
        // The computer may have been asleep, and timers stop during that.
        if matches!(input, Input::Online | Input::Visible) {
            self.handle(Input::Silence(idle));
        }
        // Bytes from before the network was lost must not count as a sign that the connection still works.
        if matches!(input, Input::Online | Input::Offline) {
            self.handle(Input::LastByte(since_last_byte));
        }
        self.handle(input);
    }

    fn rang(&self) {
        let poller = {
            let mut inner = self.inner.borrow_mut();
            inner.alarm.rang();
            inner.has_rung = true;
            inner.poller.take()
        };
        if let Some(poller) = poller {
            poller.wake();
        }
    }

    /// The stream is being polled: until [`Driver::wait`], nothing needs to wake it.
    pub fn enter(&self) {
        self.inner.borrow_mut().poller = None;
    }

    /// The stream has nothing more to do: this task is woken when that changes.
    pub fn wait(&self, cx: &Context<'_>) {
        self.inner.borrow_mut().poller = Some(cx.waker().clone());
    }

    /// Wakes the session if its time has come. Returns whether it has.
    pub fn wake_if_due(&self) -> bool {
        let idle = {
            let mut inner = self.inner.borrow_mut();
            if !core::mem::take(&mut inner.has_rung) {
                return false;
            }
            inner.idle_time()
        };
        self.handle(Input::Wake { silence: idle });
        true
    }

    pub fn wants(&self) -> Wants {
        self.inner.borrow().session.wants()
    }

    pub fn poll_event(&self) -> Option<Event> {
        let (event, wakers) = {
            let mut inner = self.inner.borrow_mut();
            let event = inner.session.poll_event();
            (event, inner.wakers_of_state())
        };
        wakers.into_iter().for_each(Waker::wake);
        event
    }

    pub fn state(&self) -> State {
        self.inner.borrow().session.state()
    }

    /// How long it is until the next attempt, in milliseconds, if one is waited for.
    pub fn retry_in(&self) -> Option<Millis> {
        let inner = self.inner.borrow();
        let Wants { attempt, wake_at, .. } = inner.session.wants();
        wake_at.filter(|_| attempt.is_none()).map(|at| at.saturating_sub(inner.alarm.now()))
    }

    pub fn retry_count(&self) -> u32 {
        self.inner.borrow().session.retry_count()
    }

    /// Waits for a state that differs from `known`. `None` when the stream was dropped.
    pub fn poll_state(&self, known: Option<State>, cx: &Context<'_>) -> Poll<Option<State>> {
        let mut inner = self.inner.borrow_mut();
        let state = inner.session.state();
        if known != Some(state) {
            return Poll::Ready(Some(state));
        }
        if inner.is_gone {
            return Poll::Ready(None);
        }
        if !inner.watchers.iter().any(|waker| waker.will_wake(cx.waker())) {
            inner.watchers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    // The request of an attempt.

    /// A request for this attempt begins. Its signal is aborted when the session no longer wants it.
    pub fn begin_request(&self, id: AttemptId) -> Result<AbortSignal, JsValue> {
        let controller = AbortController::new()?;
        let signal = controller.signal();
        self.inner.borrow_mut().request = Some(LiveRequest { id, controller, reader: None });
        Ok(signal)
    }

    /// Whether this attempt is under way.
    pub fn is_live(&self, id: AttemptId) -> bool {
        self.inner.borrow().request.as_ref().is_some_and(|request| request.id == id)
    }

    /// Whether events of this attempt may be delivered now.
    pub fn may_deliver(&self, id: AttemptId) -> bool {
        let inner = self.inner.borrow();
        inner.request.as_ref().is_some_and(|request| request.id == id) && inner.session.wants().reading
    }

    /// The body of the response is read by this reader, which is cancelled with the request.
    pub fn read_with(&self, reader: &ReadableStreamDefaultReader) {
        if let Some(request) = &mut self.inner.borrow_mut().request {
            request.reader = Some(reader.clone());
        }
    }

    // The bytes of the stream.

    /// A stream begins.
    pub fn stream_begins(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.is_reading = false;
        inner.activity.begin();
    }

    /// A read begins: from now on bytes can arrive.
    pub fn read_begins(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.is_reading = true;
        inner.activity.restart();
    }

    /// Bytes have arrived, and nothing more is read for now.
    pub fn bytes_arrived(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.is_reading = false;
        inner.activity.mark();
    }

    /// The stream was dropped: aborts the request, and removes the timer and the listeners.
    pub fn shut_down(&self) {
        self.inner.borrow_mut().is_gone = true;
        self.handle(Input::Disconnect);
        let watchers = core::mem::take(&mut self.inner.borrow_mut().watchers);
        watchers.into_iter().for_each(Waker::wake);
    }
}

impl Inner {
    /// For how long the stream has been silent while it was read.
    fn idle_time(&self) -> Millis {
        if self.is_reading { self.activity.idle_time() } else { 0 }
    }

    /// Compares what the session wants with what there is.
    fn adjust(&mut self) -> Aftermath {
        let Wants { attempt, wake_at, .. } = self.session.wants();
        self.alarm.set(wake_at);
        // A failed attempt is aborted before the application is asked whether to retry.
        let wanted = attempt.filter(|attempt| !matches!(attempt.step, Step::Decide(_))).map(|attempt| attempt.id);
        let mut aftermath = Aftermath::default();
        if self.request.as_ref().is_some_and(|request| Some(request.id) != wanted) {
            aftermath.request = self.request.take();
            self.is_reading = false;
        }
        if self.session.state() == State::Closed {
            aftermath.page = self.page.take();
        }
        aftermath.wakers = self.wakers_of_state();
        aftermath.wakers.extend(self.poller.take());
        aftermath
    }

    /// The tasks that wait for another state, if there is one.
    fn wakers_of_state(&mut self) -> Vec<Waker> {
        let state = self.session.state();
        if core::mem::replace(&mut self.watched, state) == state {
            return Vec::new();
        }
        core::mem::take(&mut self.watchers)
    }
}

impl Aftermath {
    fn carry_out(self) {
        if let Some(LiveRequest { controller, reader, .. }) = self.request {
            if let Some(reader) = reader {
                // The body that a `fetch` of the page returned may ignore the signal. A rejection is no error of the page:
                // `allSettled` takes it.
                let _ = Promise::all_settled(&Array::of1(&reader.cancel()));
            }
            controller.abort();
        }
        drop(self.page);
        self.wakers.into_iter().for_each(Waker::wake);
    }
}
