//! Events of the page: network, visibility, back/forward cache. Workers get only those of the network, and only in Firefox.

use alloc::rc::Rc;
use alloc::vec::Vec;

use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, EventTarget, PageTransitionEvent, VisibilityState};

use super::global::{field, global_object};
use crate::session::Input;

/// Is called with an input of the session.
pub type Report = Rc<dyn Fn(Input)>;

/// The listeners of a page or worker, which are removed when this is dropped.
#[derive(Debug)]
pub struct Page {
    _listeners: Vec<Listener>,
}

#[derive(Debug)]
struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    fn new(target: &EventTarget, name: &'static str, listener: impl FnMut(JsValue) + 'static) -> Self {
        let closure = Closure::new(listener);
        // A target that cannot be listened to reports nothing.
        let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), name, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}

/// Reports the state of the page, and every change of it.
pub fn watch(report: &Report) -> Page {
    let global: EventTarget = js_sys::global().unchecked_into();
    let mut listeners = Vec::new();
    watch_network(&global, report, &mut listeners);
    if let Some(page) = global_object("document").and_then(|page| page.dyn_into::<Document>().ok()) {
        watch_page(&global, &page, report, &mut listeners);
    }
    Page { _listeners: listeners }
}

fn is_online() -> Option<bool> {
    field(&global_object("navigator")?, "onLine")?.as_bool()
}

fn network(online: bool) -> Input {
    if online { Input::Online } else { Input::Offline }
}

fn watch_network(global: &EventTarget, report: &Report, listeners: &mut Vec<Listener>) {
    // Chromium's workers have `navigator.onLine`, but get no events. They would never notice that they are online again.
    let has_events = js_sys::Reflect::has(global, &JsValue::from_str("ononline")).unwrap_or(false);
    let Some(online) = is_online().filter(|_| has_events) else { return };
    for (name, is_online) in [("offline", false), ("online", true)] {
        let report = Rc::clone(report);
        listeners.push(Listener::new(global, name, move |_| report(network(is_online))));
    }
    report(network(online));
}

fn visibility(page: &Document) -> Input {
    if page.visibility_state() == VisibilityState::Hidden { Input::Hidden } else { Input::Visible }
}

fn watch_page(global: &EventTarget, page: &Document, report: &Report, listeners: &mut Vec<Listener>) {
    let (look, leave, come_back) = (Rc::clone(report), Rc::clone(report), Rc::clone(report));
    let (looked_at, returned_to) = (page.clone(), page.clone());
    listeners.push(Listener::new(page, "visibilitychange", move |_| look(visibility(&looked_at))));
    listeners.push(Listener::new(global, "pagehide", move |event| {
        // If it is false, the page is destroyed, and there is nothing to report.
        if is_persisted(&event) {
            leave(Input::EnteredBfcache);
        }
    }));
    listeners.push(Listener::new(global, "pageshow", move |event| {
        if is_persisted(&event) {
            // A page in the back/forward cache gets no events, so its whole state is reported when it leaves.
            come_back(network(is_online().unwrap_or(true)));
            come_back(visibility(&returned_to));
            come_back(Input::LeftBfcache);
        }
    }));
    report(Input::LeftBfcache);
    report(visibility(page));
}

fn is_persisted(event: &JsValue) -> bool {
    event.unchecked_ref::<PageTransitionEvent>().persisted()
}
