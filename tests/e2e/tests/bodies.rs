//! How bodies from the network are read, which only the network can show: in Chromium into memory of ours, and completely,
//! whoever else reads them.

use e2e::{Engine, Page, lab_server, soon, tests};
use serde::Deserialize;
use serde_json::json;

use crate::lab::open_lab;

tests! {
    InPage:
        chromium_reads_into_memory_of_ours,
        a_flood_is_complete_however_it_is_paused,
        a_flood_is_complete_when_somebody_reads_a_copy,
        what_a_page_answers_itself_is_read_as_it_is,
}

/// Events of a flood, 150 bytes each: more than all the memory it may be read into.
const EVENTS: u64 = 40_000;

/// What a test adds: what a client does at `each` event, what `options` it is given.
struct Reading {
    each: &'static str,
    options: &'static str,
}

/// What a client saw of a flood.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    count: u64,
    in_order: bool,
    reason: String,
    requests: u64,
    /// How readers were asked for.
    modes: Vec<String>,
    /// How much memory was given to each read.
    rooms: Vec<u64>,
}

/// Runs a client, and counts.
const RUN: &str = "
    const seen = { count: 0, inOrder: true, requests: 0, modes: [], rooms: [] }
    const { getReader } = ReadableStream.prototype
    ReadableStream.prototype.getReader = function (options) {
      seen.modes.push(options?.mode ?? 'default')
      return getReader.call(this, options)
    }
    const { read } = ReadableStreamBYOBReader.prototype
    ReadableStreamBYOBReader.prototype.read = function (view) {
      seen.rooms.push(view.byteLength)
      return read.call(this, view)
    }
    const client = new SSEClient(args.url, { reconnect: 'never', parse: 'text', ...options })
    client.on('state', ({ state }) => { if (state === 'connecting') seen.requests += 1 })
    client.on('message', (text, { id }) => {
      seen.count += 1
      if (Number(id) !== seen.count || !text.startsWith(`{\"n\":${id},`)) seen.inOrder = false
      each(client, seen.count)
    })
    return new Promise((resolve) => {
      client.on('close', ({ reason }) => resolve({ ...seen, reason }))
      client.connect()
    })";

impl Reading {
    /// What the client sees, if it is all there.
    async fn whole(self, page: &Page) -> Seen {
        let server = lab_server().await;
        open_lab(page, &server).await;
        let script = format!("const each = {}\nconst options = {}\n{RUN}", self.each, self.options);
        let url = format!("/api/blast?from=1&bytes=150&count={EVENTS}");
        let seen: Seen = page.run_with(&script, json!({ "url": url })).await;
        soon("the stream is closed", server.wait_open_streams(0)).await;
        assert_eq!((seen.count, seen.in_order, seen.reason.as_str()), (EVENTS, true, "server"), "{seen:?}");
        seen
    }
}

const fn by_default(page_engine: Engine) -> &'static str {
    if matches!(page_engine, Engine::Firefox) { "default" } else { "byob" }
}

async fn chromium_reads_into_memory_of_ours(page: Page) {
    let Seen { requests, modes, rooms, .. } = Reading { each: "() => {}", options: "{}" }.whole(&page).await;
    assert_eq!((requests, modes), (1, vec![by_default(page.engine()).to_owned()]));
    if page.engine() == Engine::Firefox {
        assert_eq!(rooms, Vec::<u64>::new());
    } else {
        assert_eq!(rooms[0], 64 * 1024);
        assert!(rooms.is_sorted() && rooms.iter().all(|room| [65_536, 262_144, 1_048_576].contains(room)), "{rooms:?}");
    }
}

async fn a_flood_is_complete_however_it_is_paused(page: Page) {
    let each = "(client, n) => {
        if (n % 997 > 0) return
        client.pause()
        setTimeout(() => client.resume())
      }";
    // In Firefox a late timer may let it let go of a flood that it can have again: that is another matter.
    Reading { each, options: "{}" }.whole(&page).await;
}

async fn a_flood_is_complete_when_somebody_reads_a_copy(page: Page) {
    let options = "{
        fetch: async (...given) => {
          const response = await fetch(...given)
          const reader = response.clone().body.getReader()
          globalThis.copied = 0
          // Until the client is done, and aborts the request.
          const read = () => reader.read().then(({ done, value }) => done || ((copied += value.length), read()), () => {})
          read()
          return response
        },
      }";
    let Seen { requests, modes, .. } = Reading { each: "() => {}", options }.whole(&page).await;
    assert_eq!(
        (requests, modes),
        (1, vec!["default".to_owned(), by_default(page.engine()).to_owned()]),
        "the copy's first"
    );
    assert!(page.run::<u64>("return copied").await > 0);
}

async fn what_a_page_answers_itself_is_read_as_it_is(page: Page) {
    let options = "{
        fetch: async (...given) => {
          const response = await fetch(...given)
          const bytes = new Uint8Array(await response.arrayBuffer())
          const parts = [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]
          // It closes while a read is under way, and does not answer that.
          const pull = (controller) => {
            const part = parts.shift()
            if (part) controller.enqueue(part.slice())
            else controller.close()
          }
          return new Response(new ReadableStream({ type: 'bytes', pull }), response)
        },
      }";
    let Seen { requests, rooms, .. } = Reading { each: "() => {}", options }.whole(&page).await;
    assert_eq!((requests, rooms), (1, Vec::new()));
}
