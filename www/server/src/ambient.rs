//! What the demo server publishes by itself for the pages to show: notifications, system figures and heartbeats.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::events::{EventLog, unix_milliseconds};
use crate::streams::OpenStreams;

const NOTIFICATIONS: [(&str, &str); 10] = [
    ("Build finished", "main is green again after 4 min 12 s."),
    ("New comment", "Zoé replied: “The second paragraph says it all.”"),
    ("Deploy started", "Version 2.8.1 is on its way to Frankfurt and São Paulo."),
    ("Backup complete", "18.4 GB in 312 files, verified."),
    ("Certificate renewed", "api.example.com is good for another 90 days."),
    ("Mention", "李雷 mentioned you in 设计评审."),
    ("Disk space", "The volume “archive” is 80 % full."),
    ("Payment received", "Invoice 2041 was settled, €1,280.00."),
    ("Reminder", "Stand-up in ten minutes. ☕"),
    ("Deploy finished", "Version 2.8.1 serves all traffic, no errors so far."),
];

/// Publishes until it is aborted, during an outage too: a client that comes back asks for what it missed.
pub(crate) async fn publish(log: Arc<EventLog>, streams: Arc<OpenStreams>) {
    let mut heartbeat = every(Duration::from_secs(5));
    let mut system = every(Duration::from_secs(2));
    let mut notification = every(Duration::from_secs(7));
    let mut notifications = NOTIFICATIONS.iter().cycle();
    let mut seconds = 0_u32;
    loop {
        tokio::select! {
            _ = heartbeat.tick() => {
                log.push("heartbeat", &json!({ "at": unix_milliseconds() }));
            }
            _ = system.tick() => {
                log.push("system", &figures(seconds, streams.count()));
                seconds = seconds.wrapping_add(2);
            }
            _ = notification.tick() => {
                if let Some((title, body)) = notifications.next() {
                    log.notify(title, body);
                }
            }
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    // After the machine slept, one of each is enough.
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Invented, save for the number of open streams: two slow waves that never quite repeat, in percent.
fn figures(seconds: u32, open_streams: usize) -> serde_json::Value {
    let time = f64::from(seconds);
    let cpu = 34.0 + 18.0 * (time / 11.0).sin() + 7.0 * (time / 3.1).sin();
    let memory = 58.0 + 6.0 * (time / 47.0).sin() + 2.0 * (time / 7.3).cos();
    json!({
        "cpu": cpu.round(),
        "memory": memory.round(),
        "connections": open_streams,
        "at": unix_milliseconds(),
    })
}
