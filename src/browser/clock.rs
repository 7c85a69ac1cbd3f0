//! The clocks of the platform, and the timer of a session.

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::global::{clear_timeout, performance_now, set_timeout};
use crate::session::Millis;

/// The longest delay of `setTimeout` in milliseconds: 24 days. With a longer delay, the timer would fire at once.
const LONGEST: Millis = (1 << 31) - 1;

/// Milliseconds by a clock that never goes back, if the platform has one.
pub fn now() -> f64 {
    performance_now().unwrap_or_else(|_| wall_clock())
}

/// Milliseconds by the computer's clock. It does not stop while the computer sleeps, but the user may set it.
pub fn wall_clock() -> f64 {
    js_sys::Date::now()
}

/// A span or moment in whole milliseconds, rounded down.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a cast saturates
pub fn whole(milliseconds: f64) -> Millis {
    milliseconds as Millis
}

/// One timer, and the clock by which it is set.
#[derive(Debug)]
pub struct Alarm {
    ring: Closure<dyn FnMut()>,
    timer: Option<JsValue>,
    at: Option<Millis>,
    /// When the timer fires. This is earlier than `at` if the delay is longer than a timer allows.
    due: Millis,
    /// This clock is not earlier: when a timer fires, its time has come, even if the platform's clock is rounded down.
    earliest: Millis,
}

impl Alarm {
    /// An alarm that calls `ring`, which must call [`Alarm::rang`].
    pub fn new(ring: impl FnMut() + 'static) -> Self {
        Self { ring: Closure::new(ring), timer: None, at: None, due: 0, earliest: 0 }
    }

    pub fn now(&self) -> Millis {
        whole(now()).max(self.earliest)
    }

    /// Sets the alarm to another time, or to none.
    pub fn set(&mut self, at: Option<Millis>) {
        if at == self.at {
            return;
        }
        self.stop();
        self.at = at;
        if let Some(at) = at {
            let now = self.now();
            let delay = at.saturating_sub(now).min(LONGEST);
            self.due = now.saturating_add(delay).min(at);
            #[allow(clippy::cast_precision_loss)] // at most LONGEST
            let timer = set_timeout(self.ring.as_ref().unchecked_ref(), delay as f64);
            self.timer = timer.ok();
        }
    }

    /// The timer has fired.
    pub fn rang(&mut self) {
        self.earliest = self.earliest.max(self.due);
        (self.at, self.timer) = (None, None);
    }

    fn stop(&mut self) {
        if let Some(timer) = self.timer.take() {
            // If it throws, the timer fires without effect.
            let _ = clear_timeout(&timer);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.stop();
    }
}

/// When the last bytes of a stream arrived. Each moment is stored by two clocks, because one may stand still while the computer
/// sleeps, and the user may set the other.
#[derive(Debug, Default, Clone, Copy)]
pub struct Activity {
    active: Moment,
    byte: Moment,
}

#[derive(Debug, Default, Clone, Copy)]
struct Moment {
    at: f64,
    on: f64,
}

impl Moment {
    fn now() -> Self {
        Self { at: now(), on: wall_clock() }
    }

    fn elapsed(self) -> Millis {
        whole((now() - self.at).max(wall_clock() - self.on))
    }
}

impl Activity {
    /// A stream begins.
    pub fn begin(&mut self) {
        self.mark();
    }

    /// Resets the idle clock: until now nothing was read.
    pub fn restart(&mut self) {
        self.active = Moment::now();
    }

    /// Bytes have arrived.
    pub fn mark(&mut self) {
        self.active = Moment::now();
        self.byte = self.active;
    }

    /// For how long the stream has been silent while it was read.
    pub fn idle_time(&self) -> Millis {
        self.active.elapsed()
    }

    /// How long ago the last bytes arrived, or the stream began.
    pub fn time_since_last_byte(&self) -> Millis {
        self.byte.elapsed()
    }
}
