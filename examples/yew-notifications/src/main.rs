//! A list of notifications in Yew.
//!
//! `trunk serve --proxy-backend=http://127.0.0.1:8080/events` shows it, with the demo server of this repository
//! (`cargo xtask demo`) behind it.

use futures_util::StreamExt as _;
use serde::Deserialize;
use sse_fetch::{Handle, State};
use yew::platform::spawn_local;
use yew::prelude::*;

#[derive(Clone, PartialEq, Deserialize)]
struct Notification {
    title: String,
    body: String,
}

#[component]
fn Notifications() -> Html {
    let notifications = use_state(Vec::<Notification>::new);
    let state = use_state(|| State::Idle);
    {
        let (notifications, state) = (notifications.clone(), state.clone());
        use_effect_with((), move |()| {
            let mut events = sse_fetch::get("/events").open();
            let (mut states, handle): (_, Handle) = (events.states(), events.handle());
            spawn_local(async move {
                while let Some(now) = states.next().await {
                    state.set(now);
                }
            });
            spawn_local(async move {
                let mut list = Vec::new();
                while let Some(Ok(event)) = events.next().await {
                    if event.event_type == "notification" {
                        list.extend(event.json::<Notification>().ok());
                        notifications.set(list.clone());
                    }
                }
            });
            // The component is gone: the stream ends, and with it both tasks.
            move || handle.close()
        });
    }
    html! {
        <>
            <p>{ state.as_str() }</p>
            <ul>
                { for notifications.iter().map(|it| html! { <li><b>{ &it.title }</b>{ " " }{ &it.body }</li> }) }
            </ul>
        </>
    }
}

fn main() {
    yew::Renderer::<Notifications>::new().render();
}
