//! The numbered stream: where each fault strikes, and that resuming reaches every number once.

use std::time::Duration;

use demo_server::faulty::{Done, Fault, FaultServer, LineEnd, Numbered};

use crate::client::{Finish, Raw, Response, fetch, start};

async fn serve(numbered: Numbered) -> FaultServer {
    let server = start().await;
    server.numbered("/n", numbered);
    server
}

async fn first(numbered: Numbered) -> Response {
    fetch(&serve(numbered).await, "/n", "").await
}

async fn after(server: &FaultServer, id: &str) -> Response {
    fetch(server, "/n", &format!("Last-Event-ID: {id}\r\n")).await
}

fn event(n: u64) -> String {
    format!("id: {n}\ndata: {}\n\n", Numbered::data(n))
}

fn events(numbers: std::ops::RangeInclusive<u64>) -> String {
    numbers.map(event).collect()
}

#[tokio::test]
async fn the_numbers_continue_after_the_last_event_id_and_then_204_follows() {
    let server = serve(Numbered::new(4)).await;
    assert_eq!(fetch(&server, "/n", "").await.text(), events(1..=4));
    assert_eq!(after(&server, "2").await.text(), events(3..=4));
    assert_eq!(after(&server, "4").await.status(), "204");
    assert_eq!(after(&server, "18446744073709551615").await.status(), "204");
    assert_eq!(after(&server, "not a number").await.text(), events(1..=4));
}

#[tokio::test]
async fn a_marker_ends_the_numbers() {
    let server = serve(Numbered { done: Done::Marker("[DONE]".to_owned()), ..Numbered::new(2) }).await;
    assert_eq!(after(&server, "1").await.text(), event(2) + "data: [DONE]\n\n");
    assert_eq!(after(&server, "2").await.text(), "data: [DONE]\n\n");
}

#[tokio::test]
async fn a_stream_that_stays_open_is_left_open() {
    let server = serve(Numbered { done: Done::StayOpen, ..Numbered::new(1) }).await;
    let mut raw = Raw::get(&server, "/n", "").await;
    raw.head().await;
    assert_eq!(raw.chunk().await.expect("a chunk"), event(1).as_bytes());
    assert!(server.exchanges_to("/n")[0].is_open());
}

#[tokio::test]
async fn a_stream_begins_with_its_reconnection_time() {
    assert_eq!(
        first(Numbered { retry: Some(20), ..Numbered::new(1) }).await.text(),
        "retry: 20\n\n".to_owned() + &event(1)
    );
}

#[tokio::test]
async fn a_cut_in_a_line_comes_behind_the_next_id() {
    let response = first(Numbered::new(9).schedule([Fault::CutMidLine { after: 2 }])).await;
    assert_eq!(response.finish, Finish::CutOff);
    let text = response.text();
    assert!(text.starts_with(&(events(1..=2) + "id: 3\ndata: {\"n\":3")) && !text.ends_with('\n'), "{text}");
}

#[tokio::test]
async fn a_cut_in_a_character_leaves_a_part_of_it() {
    for events_left in [9, 2] {
        let response = first(Numbered::new(events_left).schedule([Fault::CutMidCharacter { after: 2 }])).await;
        assert_eq!(response.finish, Finish::CutOff);
        let error = String::from_utf8(response.body()).expect_err("a part of a character").utf8_error();
        assert_eq!(error.error_len(), None, "the end is what is missing");
    }
}

#[tokio::test]
async fn a_cut_in_a_line_end_comes_behind_the_cr_of_the_empty_line() {
    let server = serve(Numbered::new(9).schedule([2, 0].map(|after| Fault::CutBetweenCrAndLf { after }))).await;
    let response = fetch(&server, "/n", "").await;
    assert_eq!(response.finish, Finish::CutOff);
    assert_eq!(response.text() + "\n", events(1..=2).replace('\n', "\r\n"));
    assert_eq!(fetch(&server, "/n", "").await.text(), "id: 1\r");
}

#[tokio::test]
async fn a_cut_anywhere_never_ends_the_event_it_cuts() {
    for line_end in [LineEnd::Lf, LineEnd::CrLf, LineEnd::Cr] {
        let cuts = (0..120).map(|byte| Fault::CutAt { after: 0, byte });
        let server = serve(Numbered { line_end, ..Numbered::new(1) }.schedule(cuts)).await;
        for _ in 0..120 {
            let response = fetch(&server, "/n", "").await;
            assert_eq!(response.finish, Finish::CutOff);
            let text = String::from_utf8_lossy(&response.body()).into_owned();
            assert!(!["\n\n", "\r\n\r", "\r\r"].iter().any(|empty_line| text.contains(empty_line)), "{text:?}");
        }
    }
}

#[tokio::test]
async fn a_reset_and_an_early_end_come_behind_whole_events() {
    let schedule = [Fault::Reset { after: 1 }, Fault::End { after: 2 }, Fault::ResetAtOnce];
    let server = serve(Numbered::new(9).schedule(schedule)).await;
    let reset = fetch(&server, "/n", "").await;
    assert_eq!((reset.text(), reset.finish), (event(1), Finish::Reset));
    let end = fetch(&server, "/n", "").await;
    assert_eq!((end.text(), end.finish), (events(1..=2), Finish::Complete));
    assert!(Raw::get(&server, "/n", "").await.rest().await.0.is_empty());
}

#[tokio::test]
async fn a_silent_stream_stays_open_behind_its_events() {
    let server = serve(Numbered::new(9).schedule([Fault::Silence { after: 1 }, Fault::SayNothing])).await;
    let mut raw = Raw::get(&server, "/n", "").await;
    raw.head().await;
    assert_eq!(raw.chunk().await.expect("a chunk"), event(1).as_bytes());
    let silent = Raw::get(&server, "/n", "").await;
    assert!(server.wait_for_requests_to("/n", 2).await.iter().all(|exchange| exchange.is_open()));
    assert!(silent.nothing_arrived(), "there was an answer");
}

#[tokio::test]
async fn statuses_come_instead_of_the_stream() {
    let status = |status, retry_after| Fault::Status { status, retry_after };
    let server = serve(Numbered::new(1).schedule([status(401, None), status(429, Some(0)), status(503, None)])).await;
    assert_eq!(fetch(&server, "/n", "").await.status(), "401");
    assert_eq!(fetch(&server, "/n", "").await.header("Retry-After"), Some("0"));
    assert_eq!(fetch(&server, "/n", "").await.status(), "503");
    assert_eq!(fetch(&server, "/n", "").await.text(), event(1));
}

#[tokio::test]
async fn pieces_put_together_are_the_stream() {
    let server =
        serve(Numbered { pieces: vec![7, 2], ..Numbered::new(3) }.schedule([Fault::Pieces { sizes: vec![1] }])).await;
    let single = fetch(&server, "/n", "").await;
    assert!(single.chunks.iter().all(|chunk| chunk.len() == 1));
    assert_eq!(single.text(), events(1..=3));
    let pieces = fetch(&server, "/n", "").await;
    assert!(pieces.chunks.iter().all(|chunk| chunk.len() <= 7));
    assert_eq!(pieces.text(), events(1..=3));
}

#[tokio::test(start_paused = true)]
async fn events_can_take_their_time() {
    let begin = tokio::time::Instant::now();
    let numbered =
        Numbered { every: Duration::from_secs(1), ..Numbered::new(4) }.schedule([Fault::SlowHead { pause: 10 }]);
    assert_eq!(first(numbered).await.text(), events(1..=4));
    assert!(begin.elapsed() >= Duration::from_secs(3));
}

/// What a client that resumes at the last whole event sees over all of its requests.
#[tokio::test]
async fn whatever_goes_wrong_resuming_reaches_every_number_once() {
    let schedule = [
        Fault::CutMidLine { after: 3 },
        Fault::CutMidCharacter { after: 0 },
        Fault::CutBetweenCrAndLf { after: 2 },
        Fault::CutAt { after: 1, byte: 5 },
        Fault::Reset { after: 2 },
        Fault::End { after: 1 },
        Fault::CutMidLine { after: 100 },
    ];
    let server = serve(Numbered::new(12).schedule(schedule)).await;
    let mut seen: Vec<u64> = Vec::new();
    loop {
        let last = seen.last().map(ToString::to_string).unwrap_or_default();
        let response = after(&server, &last).await;
        if response.status() == "204" {
            break;
        }
        seen.extend(whole_events(&String::from_utf8_lossy(&response.body())));
    }
    assert_eq!(seen, (1..=12).collect::<Vec<u64>>());
    assert_eq!(server.most_open_of("/n"), 1);
}

fn whole_events(text: &str) -> Vec<u64> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (whole, _) = text.rsplit_once("\n\n").unwrap_or_default();
    let ids = whole.lines().filter_map(|line| line.strip_prefix("id: "));
    ids.map(|id| id.parse().expect("a number")).collect()
}
