//! A session's inputs, events and options as numbers.

use super::constants;
use crate::session::event::events;
use crate::session::{
    Attempt, AttemptId, CloseReason, Code, Config, Event, Failure, Input, Millis, Reconnect, Refresh, RetryDecision,
    State, Step, Token, Wants, named, options,
};

// Inputs.

named! {
    /// What can happen to a session: the variants of [`Input`], but for the head of a response.
    #[allow(missing_docs)]
    pub enum InputNumber {
        Connect = "INPUT_CONNECT",
        Disconnect = "INPUT_DISCONNECT",
        Reconnect = "INPUT_RECONNECT",
        Abort = "INPUT_ABORT",
        Pause = "INPUT_PAUSE",
        Resume = "INPUT_RESUME",
        BufferFull = "INPUT_BUFFER_FULL",
        BufferDrained = "INPUT_BUFFER_DRAINED",
        /// The detail is the silence in milliseconds.
        Wake = "INPUT_WAKE",
        /// The detail is in milliseconds.
        Silence = "INPUT_SILENCE",
        /// The detail is in milliseconds.
        LastByte = "INPUT_LAST_BYTE",
        Offline = "INPUT_OFFLINE",
        Online = "INPUT_ONLINE",
        Hidden = "INPUT_HIDDEN",
        Visible = "INPUT_VISIBLE",
        EnteredBfcache = "INPUT_ENTERED_BFCACHE",
        LeftBfcache = "INPUT_LEFT_BFCACHE",
        /// The detail is in milliseconds.
        ReconnectionTime = "INPUT_RECONNECTION_TIME",
        /// The detail is 1 if the stream can be resumed.
        Resumable = "INPUT_RESUMABLE",
        /// The detail is 1 if the token has expired.
        Token = "INPUT_TOKEN",
        /// The detail is one of the `REFRESH` constants.
        Refreshed = "INPUT_REFRESHED",
        Sent = "INPUT_SENT",
        /// The detail is 1 if the response was accepted.
        Validated = "INPUT_VALIDATED",
        ErrorBodyRead = "INPUT_ERROR_BODY_READ",
        Ended = "INPUT_ENDED",
        /// The detail is one of the `CODE` constants.
        Failed = "INPUT_FAILED",
        CallbackThrew = "INPUT_CALLBACK_THREW",
        Done = "INPUT_DONE",
        UntilError = "INPUT_UNTIL_ERROR",
        /// The detail is a number of milliseconds to wait, or one of the `DECISION` constants.
        Decided = "INPUT_DECIDED",
    }
}

constants! {
    /// The application's answers when its token is to be refreshed.
    REFRESHES: u32 {
        /// There is no new token.
        REFRESH_GAVE_UP = 0,
        /// There is a new token: ask for it.
        REFRESH_ASK_AGAIN = 1,
        /// This is the new token.
        REFRESH_TOKEN = 2,
    }
}

constants! {
    /// The application's decisions about a failure. A number from 0 up is the milliseconds to wait before the retry.
    DECISIONS: i32 {
        /// Do not retry.
        DECISION_GIVE_UP = -1,
        /// Retry, after the usual delay.
        DECISION_RETRY = -2,
        /// Follow the rules.
        DECISION_DEFAULT = -3,
    }
}

/// The input of this number, about this attempt. `None` if there is no such input.
#[must_use]
pub fn input(number: u32, id: AttemptId, detail: f64) -> Option<Input> {
    Some(match *InputNumber::ALL.get(number as usize)? {
        InputNumber::Connect => Input::Connect,
        InputNumber::Disconnect => Input::Disconnect,
        InputNumber::Reconnect => Input::Reconnect,
        InputNumber::Abort => Input::Abort,
        InputNumber::Pause => Input::Pause,
        InputNumber::Resume => Input::Resume,
        InputNumber::BufferFull => Input::BufferFull,
        InputNumber::BufferDrained => Input::BufferDrained,
        InputNumber::Wake => Input::Wake { silence: floor(detail) },
        InputNumber::Silence => Input::Silence(floor(detail)),
        InputNumber::LastByte => Input::LastByte(floor(detail)),
        InputNumber::Offline => Input::Offline,
        InputNumber::Online => Input::Online,
        InputNumber::Hidden => Input::Hidden,
        InputNumber::Visible => Input::Visible,
        InputNumber::EnteredBfcache => Input::EnteredBfcache,
        InputNumber::LeftBfcache => Input::LeftBfcache,
        InputNumber::ReconnectionTime => Input::ReconnectionTime(floor(detail)),
        InputNumber::Resumable => Input::Resumable(detail > 0.0),
        InputNumber::Token => Input::Token(id, if detail > 0.0 { Token::Expired } else { Token::Usable }),
        InputNumber::Refreshed => Input::Refreshed(
            id,
            match whole(detail) {
                REFRESH_ASK_AGAIN => Refresh::AskAgain,
                REFRESH_TOKEN => Refresh::Token,
                _ => Refresh::GaveUp,
            },
        ),
        InputNumber::Sent => Input::Sent(id),
        InputNumber::Validated => Input::Validated(id, detail > 0.0),
        InputNumber::ErrorBodyRead => Input::ErrorBodyRead(id),
        InputNumber::Ended => Input::Ended(id),
        InputNumber::Failed => Input::Failed(id, *Code::ALL.get(whole(detail) as usize)?),
        InputNumber::CallbackThrew => Input::CallbackThrew(id),
        InputNumber::Done => Input::Done(id),
        InputNumber::UntilError => Input::UntilError(id),
        InputNumber::Decided => Input::Decided(id, decision(detail)),
    })
}

#[allow(clippy::cast_possible_truncation)] // whole numbers
fn decision(detail: f64) -> RetryDecision {
    match detail as i32 {
        _ if detail >= 0.0 => RetryDecision::RetryIn(floor(detail)),
        DECISION_GIVE_UP => RetryDecision::GiveUp,
        DECISION_RETRY => RetryDecision::Retry,
        _ => RetryDecision::Default,
    }
}

// Wants and events.

/// The fields of the wants or of the event that was returned last.
pub type Fields = [f64; FieldNumber::ALL.len()];

named! {
    /// The places of [`Fields`]. Those of an event are in their order from the first place on; its failure has places of its own.
    pub enum FieldNumber {
        /// The attempt that is wanted.
        Id = "FIELD_ID",
        /// Its number.
        Number = "FIELD_NUMBER",
        /// 1 if it starts at the position that the application gave.
        Fresh = "FIELD_FRESH",
        /// The code of the failure, -1 if there is none.
        Code = "FIELD_CODE",
        /// The status of the failed response, -1 if there is none.
        Status = "FIELD_STATUS",
        /// 1 if another attempt may succeed.
        Retryable = "FIELD_RETRYABLE",
        /// The number of the attempt that failed.
        FailedAttempt = "FIELD_FAILED_ATTEMPT",
        /// 1 if the stream should be read.
        Reading = "FIELD_READING",
        /// When to wake the session, -1 for never.
        WakeAt = "FIELD_WAKE_AT",
    }
}

named! {
    /// The steps of an attempt: the variants of [`Step`].
    #[allow(missing_docs)]
    pub enum StepNumber {
        /// There is no attempt.
        None = "STEP_NONE",
        Token = "STEP_TOKEN",
        Refresh = "STEP_REFRESH",
        Request = "STEP_REQUEST",
        Validate = "STEP_VALIDATE",
        ErrorBody = "STEP_ERROR_BODY",
        Stream = "STEP_STREAM",
        Decide = "STEP_DECIDE",
    }
}

/// The number for a code, a status or a time that does not exist.
const NONE: f64 = -1.0;

/// Writes the fields of the wants, and returns the number of the wanted step.
pub fn wants(wants: Wants, fields: &mut Fields) -> StepNumber {
    let mut fields = Writer::new(fields);
    fields.set(FieldNumber::Reading, f64::from(wants.reading));
    fields.set(FieldNumber::WakeAt, wants.wake_at.map_or(NONE, to_f64));
    let Some(Attempt { id, number, fresh, step }) = wants.attempt else { return StepNumber::None };
    id.0.write(&mut fields);
    number.write(&mut fields);
    u32::from(fresh).write(&mut fields);
    match step {
        Step::Token => StepNumber::Token,
        Step::Refresh => StepNumber::Refresh,
        Step::Request => StepNumber::Request,
        Step::Validate => StepNumber::Validate,
        Step::ErrorBody => StepNumber::ErrorBody,
        Step::Stream => StepNumber::Stream,
        Step::Decide(failure) => {
            failure.write(&mut fields);
            StepNumber::Decide
        }
    }
}

/// An event as TypeScript knows it. Its number is its place in [`EVENTS`], from 1.
#[derive(Debug, Clone, Copy)]
pub struct EventShape {
    /// The name.
    pub name: &'static str,
    /// The names of the fields, and their types in Rust.
    pub fields: &'static [(&'static str, &'static str)],
}

macro_rules! encode {
    ($($(#[$doc:meta])* $Event:ident = $name:literal { $($(#[$field_doc:meta])* $field:ident: $Type:ty,)+ },)+) => {
        /// Every event, in the order of their numbers.
        pub const EVENTS: &[EventShape] = &[
            $(EventShape { name: $name, fields: &[$((stringify!($field), stringify!($Type)),)+] },)+
        ];

        /// Writes the fields of an event, and returns its number.
        pub fn event(event: Event, fields: &mut Fields) -> u32 {
            let mut fields = Writer::new(fields);
            let mut number = 0;
            $(
                number += 1;
                if let Event::$Event { $($field),+ } = event {
                    $($field.write(&mut fields);)+
                    return number;
                }
            )+
            0
        }
    };
}
events!(encode);

/// Writes fields in their order, and a failure to the places of its own.
struct Writer<'a> {
    fields: &'a mut Fields,
    next: usize,
}

impl<'a> Writer<'a> {
    fn new(fields: &'a mut Fields) -> Self {
        *fields = Fields::default();
        fields[FieldNumber::Code as usize] = NONE;
        Self { fields, next: 0 }
    }

    fn set(&mut self, field: FieldNumber, value: f64) {
        self.fields[field as usize] = value;
    }

    fn push(&mut self, value: f64) {
        if let Some(field) = self.fields.get_mut(self.next) {
            *field = value;
        }
        self.next += 1;
    }
}

/// A value that an event may have.
trait Field {
    fn write(self, writer: &mut Writer);
}

impl Field for u32 {
    fn write(self, writer: &mut Writer) {
        writer.push(f64::from(self));
    }
}

impl Field for Millis {
    fn write(self, writer: &mut Writer) {
        writer.push(to_f64(self));
    }
}

impl Field for State {
    fn write(self, writer: &mut Writer) {
        (self as u32).write(writer);
    }
}

impl Field for CloseReason {
    fn write(self, writer: &mut Writer) {
        (self as u32).write(writer);
    }
}

impl Field for Failure {
    fn write(self, writer: &mut Writer) {
        writer.set(FieldNumber::Code, f64::from(self.code as u32));
        writer.set(FieldNumber::Status, self.status.map_or(NONE, f64::from));
        writer.set(FieldNumber::Retryable, f64::from(self.retryable));
        writer.set(FieldNumber::FailedAttempt, f64::from(self.attempt));
        writer.next += 1;
    }
}

impl Field for Option<Failure> {
    fn write(self, writer: &mut Writer) {
        match self {
            Some(failure) => failure.write(writer),
            None => writer.next += 1,
        }
    }
}

// Options.

macro_rules! set {
    ($($($path:ident).+,)+) => {
        /// The paths in [`Config`] of every option, in the order of their numbers.
        pub const OPTIONS: &[&str] = &[$(stringify!($($path).+)),+];

        /// Sets the option of this number.
        pub fn set_option(config: &mut Config, option: u32, value: f64) {
            let mut number = 0;
            $(
                if option == number {
                    config.$($path).+ = OptionValue::from_number(value);
                }
                number += 1;
            )+
            debug_assert!(option < number, "there is no option {option}");
        }
    };
}
options!(set);

/// A value that an option may have.
trait OptionValue {
    fn from_number(number: f64) -> Self;
}

impl OptionValue for bool {
    fn from_number(number: f64) -> Self {
        number > 0.0
    }
}

impl OptionValue for f64 {
    fn from_number(number: f64) -> Self {
        number
    }
}

impl OptionValue for Millis {
    /// Rounds up: 0.5 must not become 0, which means no limit.
    #[inline(never)]
    #[allow(clippy::cast_precision_loss)] // only times above 2^53 ms lose precision
    fn from_number(number: f64) -> Self {
        let whole = floor(number);
        whole.saturating_add(u64::from(number - whole as f64 > 0.0))
    }
}

impl OptionValue for Option<u32> {
    fn from_number(number: f64) -> Self {
        number.is_finite().then(|| whole(number))
    }
}

impl OptionValue for Reconnect {
    fn from_number(number: f64) -> Self {
        Self::ALL.get(whole(number) as usize).copied().unwrap_or(Self::Never)
    }
}

/// A time in whole milliseconds. Saturates.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
pub fn floor(time: f64) -> Millis {
    time as Millis
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
fn whole(number: f64) -> u32 {
    number as u32
}

#[allow(clippy::cast_precision_loss)] // only times above 2^53 ms lose precision
fn to_f64(time: Millis) -> f64 {
    time as f64
}
