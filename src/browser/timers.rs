//! The session's timers, on `setTimeout`.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::sys;
use crate::session::{Millis, Timer};

/// The longest delay of `setTimeout`, in milliseconds: 24 days. A longer one would fire at once.
const LONGEST: Millis = i32::MAX as Millis;

/// One `setTimeout` and one callback for each [`Timer`]. The callbacks are made once per connection, not per wait.
#[derive(Default)]
pub(super) struct Timers {
    slots: RefCell<[Slot; Timer::ALL.len()]>,
}

#[derive(Default)]
struct Slot {
    handle: Option<JsValue>,
    wake: Option<Closure<dyn FnMut()>>,
}

impl Timers {
    #[allow(clippy::cast_precision_loss)]
    pub fn set(&self, timer: Timer, delay: Millis, fired: impl Fn(Timer) + 'static) {
        self.clear(timer);
        let wake = self.wake(timer, fired);
        // Without a timer there is nothing to wait with; whoever made `setTimeout` throw wanted it so.
        let handle = sys::set_timeout(&wake, delay.min(LONGEST) as f64).ok();
        self.slots.borrow_mut()[timer as usize].handle = handle;
    }

    /// The callback of this timer.
    fn wake(&self, timer: Timer, fired: impl Fn(Timer) + 'static) -> Function {
        let slot = &mut self.slots.borrow_mut()[timer as usize];
        let wake = slot.wake.get_or_insert_with(|| Closure::new(move || fired(timer)));
        wake.as_ref().unchecked_ref::<Function>().clone()
    }

    pub fn clear(&self, timer: Timer) {
        let handle = self.slots.borrow_mut()[timer as usize].handle.take();
        if let Some(handle) = handle {
            sys::clear_timeout(&handle).ok();
        }
    }

    /// Clears all timers and lets go of their callbacks.
    pub fn release(&self) {
        for timer in Timer::ALL {
            self.clear(timer);
        }
        drop(self.slots.take());
    }
}
