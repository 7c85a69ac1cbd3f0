//! How bodies from the network are read, which only the network can show: into the same memory again and again in Chromium,
//! and completely, whoever else reads them.

use e2e::{Engine, Page, lab_server, soon, tests};
use serde_json::{Value, json};

use crate::lab::open_lab;

tests! {
    InPage:
        chromium_reads_into_the_same_memory,
        a_flood_is_complete_however_it_is_paused,
        a_flood_is_complete_when_somebody_reads_a_copy,
        what_a_page_answers_itself_is_read_as_it_is,
}

/// Events of a flood, 150 bytes each: more than all the memory it may be read into.
const EVENTS: u64 = 40_000;

/// Runs a client with `args.options`, and counts: `seen` is what it saw.
const RUN: &str = "
    const seen = { count: 0, inOrder: true, requests: 0, reason: undefined }
    const client = new SSEClient(args.url, { reconnect: 'never', parse: 'text', ...options })
    client.on('state', ({ state }) => { if (state === 'connecting') seen.requests += 1 })
    client.on('message', (text, { id }) => {
      seen.count += 1
      if (Number(id) !== seen.count || !text.startsWith(`{\"n\":${id},`)) seen.inOrder = false
      each(client, seen.count)
    })
    await new Promise((resolve) => {
      client.on('close', ({ reason }) => resolve(seen.reason = reason))
      client.connect()
    })
    return seen";

/// What a client sees of a flood, given what it does at `each` event and its `options`, both JavaScript.
async fn flooded(page: &Page, each: &str, options: &str) -> Value {
    let server = lab_server().await;
    open_lab(page, &server).await;
    let script = format!("const each = {each}\nconst options = {options}\n{RUN}");
    let url = format!("/api/blast?from=1&bytes=150&count={EVENTS}");
    let seen = page.run_with(&script, json!({ "url": url })).await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    seen
}

fn complete() -> Value {
    json!({ "count": EVENTS, "inOrder": true, "requests": 1, "reason": "server" })
}

async fn chromium_reads_into_the_same_memory(page: Page) {
    let options = "(() => {
        globalThis.modes = []
        globalThis.rooms = []
        const { getReader } = ReadableStream.prototype
        ReadableStream.prototype.getReader = function (options) {
          modes.push(options?.mode ?? 'default')
          return getReader.call(this, options)
        }
        const { read } = ReadableStreamBYOBReader.prototype
        ReadableStreamBYOBReader.prototype.read = function (view) {
          rooms.push(view.byteLength)
          return read.call(this, view)
        }
        return {}
      })()";
    assert_eq!(flooded(&page, "() => {}", options).await, complete());
    let modes: Vec<String> = page.run("return modes").await;
    let rooms: Vec<u64> = page.run("return rooms").await;
    if page.engine() == Engine::Firefox {
        assert_eq!((modes, rooms.len()), (vec!["default".to_owned()], 0));
    } else {
        assert_eq!(modes, ["byob"]);
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
    assert_eq!(flooded(&page, each, "{}").await, complete());
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
    assert_eq!(flooded(&page, "() => {}", options).await, complete());
    assert!(page.run::<u64>("return copied").await > 0);
}

async fn what_a_page_answers_itself_is_read_as_it_is(page: Page) {
    let options = "{
        fetch: async (...given) => {
          const response = await fetch(...given)
          const bytes = new Uint8Array(await response.arrayBuffer())
          const start = (controller) => {
            controller.enqueue(bytes)
            controller.close()
          }
          return new Response(new ReadableStream({ type: 'bytes', start }), response)
        },
      }";
    assert_eq!(flooded(&page, "() => {}", options).await, complete());
}
