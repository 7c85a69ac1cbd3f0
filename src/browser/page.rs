//! What happens to the page a connection lives in; the listeners themselves are in `page.js`.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::sys;
use crate::session::Input;

/// Listens to the page while a connection lives.
#[derive(Default)]
pub(super) struct Page {
    watching: RefCell<Option<Watching>>,
}

struct Watching {
    stop: Function,
    // Not `FnMut`, which must not be called while it is: a listener that is told may cause the next event.
    _tell: Closure<dyn Fn(u32)>,
}

impl Page {
    /// Tells how things are with the page, and whenever that changes.
    pub fn watch(&self, told: impl Fn(Input) + 'static) {
        if self.watching.borrow().is_some() {
            return;
        }
        let tell = Closure::<dyn Fn(u32)>::new(move |what| {
            if let Some(input) = input(what) {
                told(input);
            }
        });
        // A page that cannot be listened to is as good as none.
        if let Ok(stop) = sys::watch(tell.as_ref()) {
            self.watching.replace(Some(Watching { stop, _tell: tell }));
        }
    }

    /// Leaves no listener behind.
    pub fn release(&self) {
        let watching = self.watching.take();
        if let Some(watching) = watching {
            watching.stop.call0(&JsValue::UNDEFINED).ok();
        }
    }
}

/// The numbers of `page.js`.
fn input(what: u32) -> Option<Input> {
    const INPUTS: [Input; 6] =
        [Input::Offline, Input::Online, Input::Hidden, Input::Visible, Input::Frozen, Input::Thawed];
    INPUTS.get(what as usize).copied()
}
