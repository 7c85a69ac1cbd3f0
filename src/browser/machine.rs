//! The session as JavaScript drives it: numbers in, numbers out. `driver.js` has the other half of each table.

use wasm_bindgen::prelude::*;

use crate::session::{
    Backoff, Code, Command, Config, Failure, Head, Input, Millis, Notice, Reconnect, Refresh, RequestId, Session,
    Timer, Token, Verdict,
};

/// One session; not part of the package's interface.
///
/// Nothing but numbers crosses here, and nothing in wasm refers to anything of JavaScript's: so a client can be collected
/// like any other object, an exception of the page's never unwinds through wasm, no call comes back while one is under way,
/// and there is hardly any glue.
#[wasm_bindgen]
pub struct Machine {
    session: Session,
    /// What belongs to the command fetched last.
    fields: [f64; FIELDS],
}

/// Three of the command's own, then code, status, `retryable` and attempt of its failure.
const FIELDS: usize = 7;

/// In the place of a code or a status: there is none.
const NONE: f64 = -1.0;

#[wasm_bindgen]
impl Machine {
    /// A session that has not been asked for anything. The arguments are the fields of [`Config`]; times are in
    /// milliseconds, `reconnect` is the place in `RECONNECT_RULES`, and `seed` is from 0 to 1.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools)] // an object would cost a function for each
    #[must_use]
    pub fn new(
        seed: f64,
        idempotent: bool,
        reconnect: u32,
        max_reconnects: f64,
        initial: f64,
        max: f64,
        factor: f64,
        jitter: f64,
        stable_after: f64,
        connect_timeout: f64,
        idle_timeout: f64,
        asks_token: bool,
        refreshes: bool,
        validates: bool,
        judges: bool,
        watch_network: bool,
        close_when_hidden: bool,
        expects_mark: bool,
        reads_error_bodies: bool,
    ) -> Self {
        let config = Config {
            idempotent,
            reconnect: match reconnect {
                0 => Reconnect::Always,
                1 => Reconnect::OnError,
                2 => Reconnect::Unprocessed,
                _ => Reconnect::Never,
            },
            max_reconnects: max_reconnects.is_finite().then(|| whole(max_reconnects)),
            backoff: Backoff {
                initial: millis(initial),
                max: millis(max),
                factor,
                jitter,
                stable_after: millis(stable_after),
            },
            connect_timeout: millis(connect_timeout),
            idle_timeout: millis(idle_timeout),
            asks_token,
            refreshes,
            watch_network,
            close_when_hidden,
            validates,
            judges,
            expects_mark,
            reads_error_bodies,
            seed: seed.to_bits(),
        };
        Self { session: Session::new(config), fields: [0.0; FIELDS] }
    }

    /// Tells the session what happened at `now`, in milliseconds of a clock that never goes back.
    pub fn handle(&mut self, now: f64, input: u32, request: u32, detail: f64) {
        if let Some(input) = decoded(input, RequestId(request), detail) {
            self.session.handle(floor(now), input);
        }
    }

    /// Tells the session of a response's head; `retry_after` is in milliseconds, and negative if there is none.
    pub fn head(&mut self, now: f64, request: u32, status: u32, event_stream: bool, retry_after: f64) {
        let head = Head {
            status: u16::try_from(status).unwrap_or_default(),
            event_stream,
            retry_after: (retry_after >= 0.0).then(|| floor(retry_after)),
        };
        self.session.handle(floor(now), Input::Head(RequestId(request), head));
    }

    /// The number of the next command; 0 if there is nothing to do. What belongs to it is in [`Machine::field`].
    #[wasm_bindgen(js_name = nextCommand)]
    #[must_use]
    pub fn next_command(&mut self) -> u32 {
        let Some(command) = self.session.next_command() else { return 0 };
        let (number, fields) = encoded(command);
        self.fields = fields;
        number
    }

    /// What belongs to the command fetched last.
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
    #[wasm_bindgen(js_name = retryCount)]
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.session.retry_count()
    }
}

/// The input of this number. `None`: there is none.
fn decoded(input: u32, id: RequestId, detail: f64) -> Option<Input> {
    let detail_index = whole(detail) as usize;
    Some(match input {
        0 => Input::Connect,
        1 => Input::Disconnect,
        2 => Input::Reconnect,
        3 => Input::Abort,
        4 => Input::Pause,
        5 => Input::Resume,
        6 => Input::Overflowed,
        7 => Input::Flowing,
        8 => Input::Offline,
        9 => Input::Online,
        10 => Input::Hidden,
        11 => Input::Visible,
        12 => Input::Frozen,
        13 => Input::Thawed,
        14 => Input::Token(id, if detail > 0.0 { Token::Expired } else { Token::Usable }),
        15 => Input::Refreshed(id, *[Refresh::GaveUp, Refresh::AskAgain, Refresh::Token].get(detail_index)?),
        16 => Input::Sent(id),
        17 => Input::Validated(id, detail > 0.0),
        18 => Input::ErrorBodyRead(id),
        19 => Input::Ended(id),
        20 => Input::Failed(id, *Code::ALL.get(detail_index)?),
        21 => Input::Done(id),
        22 => Input::ReconnectionTime(floor(detail)),
        23 => Input::Resumable(detail > 0.0),
        24 => Input::Judged(verdict(detail)),
        25 => Input::Fired(*Timer::ALL.get(detail_index)?),
        26 => Input::Silence(floor(detail)),
        27 => Input::LastByte(floor(detail)),
        28 => Input::Rejected(id),
        29 => Input::Stopped(id),
        _ => return None,
    })
}

/// The milliseconds to wait, -1 to give up, -2 to retry by the rules, anything else for the rules alone.
#[allow(clippy::float_cmp)] // whole numbers
fn verdict(detail: f64) -> Verdict {
    if detail >= 0.0 {
        Verdict::RetryIn(floor(detail))
    } else if detail == -1.0 {
        Verdict::GiveUp
    } else if detail == -2.0 {
        Verdict::Retry
    } else {
        Verdict::Default
    }
}

/// The number of a command, and what belongs to it.
#[allow(clippy::cast_precision_loss)] // a delay is a day at the longest
fn encoded(command: Command) -> (u32, [f64; FIELDS]) {
    match command {
        Command::Open { request, attempt, fresh } => {
            (1, fields(f64::from(request.0), f64::from(attempt), f64::from(fresh), None))
        }
        Command::AskToken(id) => (2, about(id)),
        Command::RefreshToken(id) => (3, about(id)),
        Command::Send(id) => (4, about(id)),
        Command::Validate(id) => (5, about(id)),
        Command::ReadErrorBody(id) => (6, about(id)),
        Command::Read(id) => (7, about(id)),
        Command::Pause(id) => (8, about(id)),
        Command::Resume(id) => (9, about(id)),
        Command::Cancel(id) => (10, about(id)),
        Command::Judge(failure) => (11, fields(0.0, 0.0, 0.0, Some(failure))),
        Command::SetTimer(timer, delay) => (12, fields(number(timer as u32), delay as f64, 0.0, None)),
        Command::ClearTimer(timer) => (13, fields(number(timer as u32), 0.0, 0.0, None)),
        Command::Tell(notice) => match notice {
            Notice::State { state, previous } => (14, fields(number(previous as u32), number(state as u32), 0.0, None)),
            Notice::Open { previous, attempt } => (15, fields(number(previous as u32), f64::from(attempt), 0.0, None)),
            Notice::Refreshed { attempt } => (16, fields(f64::from(attempt), 0.0, 0.0, None)),
            Notice::Failed(failure) => (17, fields(0.0, 0.0, 0.0, Some(failure))),
            Notice::Retry { attempt, delay, failure } => (18, fields(f64::from(attempt), delay as f64, 0.0, failure)),
            Notice::MaxReconnectsReached { attempts } => (19, fields(f64::from(attempts), 0.0, 0.0, None)),
            Notice::Close { previous, reason, failure } => {
                (20, fields(number(previous as u32), number(reason as u32), 0.0, failure))
            }
        },
    }
}

fn about(id: RequestId) -> [f64; FIELDS] {
    fields(f64::from(id.0), 0.0, 0.0, None)
}

fn fields(first: f64, second: f64, third: f64, failure: Option<Failure>) -> [f64; FIELDS] {
    let Some(Failure { code, status, retryable, attempt, .. }) = failure else {
        return [first, second, third, NONE, NONE, 0.0, 0.0];
    };
    let status = status.map_or(NONE, f64::from);
    [first, second, third, number(code as u32), status, f64::from(retryable), f64::from(attempt)]
}

fn number(index: u32) -> f64 {
    f64::from(index)
}

/// A time as the session counts it: half a millisecond is not none. Saturates.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // saturating is right
fn millis(time: f64) -> Millis {
    let whole = time as Millis;
    whole.saturating_add(u64::from((time - whole as f64) > 0.0))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
fn floor(time: f64) -> Millis {
    time as Millis
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
fn whole(number: f64) -> u32 {
    number as u32
}
