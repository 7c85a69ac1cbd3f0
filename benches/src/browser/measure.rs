//! Measures in one engine: row by row, every contestant once in each round, garbage collected between rows.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Engine;
use super::catalogue::{Catalogue, FLOOR, Kind, Subject};
use super::page::Page;
use super::plan::{CHAT, Plan, order};
use super::row::{Entry, Outcome, Row, judge};

/// What is run before any figure counts, as a part of the stream: enough for the engine to compile what runs often.
const WARM_UP: f64 = 0.2;
/// Events after which the memory has found its size.
const FIRST_EVENTS: u64 = 1000;

/// Everything that was measured in one engine.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// In which.
    pub engine: Engine,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Who took part, at which version.
    pub catalogue: Catalogue,
    /// The rows from memory and over the network.
    pub rows: Vec<Row>,
    /// How many events a repetition over the network has.
    pub network_events: u64,
    /// Milliseconds from the evaluated import to the constructed client.
    pub start_ms: Vec<f64>,
    /// What a long stream leaves behind.
    pub memory: Option<Memory>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

/// Bytes held before and after a long stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Memory {
    /// How many events the stream had.
    pub events: u64,
    /// The memory of wasm after the first thousand.
    pub wasm_after_first: f64,
    /// The memory of wasm at the end.
    pub wasm_after: f64,
    /// What scripts held after the first thousand, garbage collected; `None` where the engine does not tell.
    pub heap_before: Option<f64>,
    /// The same at the end.
    pub heap_after: Option<f64>,
}

/// Measures in this engine what the plan holds. What fails is told among the figures, unless no browser starts at all.
pub(super) async fn measure(engine: Engine, origin: &str, plan: &Plan) -> Result<Measured> {
    let address = format!("{origin}/bench/");
    let page = Page::open(engine, &address).await?;
    let mut run = Run { engine, plan, address, page: Some(page), failures: Vec::new() };
    let measured = run.everything().await;
    if let Some(page) = run.page.take() {
        let _ = page.close().await;
    }
    measured
}

/// What a repetition tells.
#[derive(Deserialize)]
struct Repetition {
    ms: f64,
    #[serde(default)]
    events: u64,
    #[serde(default)]
    checksum: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WasmMemory {
    events: u64,
    wasm_after_first: f64,
    wasm_after: f64,
}

struct Run<'a> {
    engine: Engine,
    plan: &'a Plan,
    address: String,
    page: Option<Page>,
    failures: Vec<String>,
}

impl Run<'_> {
    async fn everything(&mut self) -> Result<Measured> {
        let page = self.page().await?;
        let (catalogue, user_agent) = (page.call::<Catalogue>("list", json!(null)).await?, page.user_agent.clone());
        let mut rows = Vec::new();
        for subject in self.plan.subjects(&catalogue) {
            let job = Job::from_memory(&subject);
            rows.push(self.row(&catalogue, subject, job).await);
        }
        let mut network_events = 0;
        for (subject, count, path) in self.plan.network_subjects() {
            network_events = count;
            rows.push(self.row(&catalogue, subject, Job::from_network(&path, count)).await);
        }
        let start_ms = self.start().await;
        let start_ms = self.noted("start", start_ms).await.unwrap_or_default();
        let memory = self.memory().await;
        let memory = self.noted("memory", memory).await;
        let failures = std::mem::take(&mut self.failures);
        Ok(Measured { engine: self.engine, user_agent, catalogue, rows, network_events, start_ms, memory, failures })
    }

    /// The page, in a new browser if the last one had to be given up.
    async fn page(&mut self) -> Result<&Page> {
        if self.page.is_none() {
            self.page = Some(Page::open(self.engine, &self.address).await?);
        }
        self.page.as_ref().context("there is a page")
    }

    /// Keeps a failure for the report, and gives the browser up that it happened in.
    async fn noted<T>(&mut self, what: &str, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let told = format!("{what}: {}", first_line(&error));
                eprintln!("  {:<9} {told}", self.engine);
                self.failures.push(told);
                if let Some(page) = self.page.take() {
                    let _ = page.close().await;
                }
                None
            }
        }
    }

    /// Measures a row, and tells of it.
    async fn row(&mut self, catalogue: &Catalogue, subject: Subject, job: Job) -> Row {
        let entries = catalogue.of(&subject).into_iter().map(Entry::new).collect();
        let mut row = Row { subject, entries };
        let measured = self.fill(&mut row, &job).await;
        let name = row.subject.name();
        if self.noted(&name, measured).await.is_none() {
            row.entries.iter_mut().for_each(|entry| entry.fail("the row was not measured to its end".to_owned()));
        }
        let told = match (row.ratio(), row.ratio_error()) {
            (Some(ratio), Some(error)) => format!("{ratio:.2} × eventsource-parser ± {:.1} %", error * 100.0),
            _ => "no ratio".to_owned(),
        };
        eprintln!("  {:<9} {:<8} {name:<24} {told}", self.engine, format!("{:?}", row.subject.kind).to_lowercase());
        row
    }

    async fn fill(&mut self, row: &mut Row, job: &Job) -> Result<()> {
        let plan = *self.plan;
        let page = self.page().await?;
        page.refresh().await?;
        for entry in &mut row.entries {
            match page.call::<Outcome>(job.verification, job.short(&entry.name)).await {
                Ok(outcome) => entry.verified = Some(outcome),
                Err(error) => entry.fail(first_line(&error)),
            }
        }
        // What was verified is judged first, so that nobody who reads wrongly is measured at all.
        row.entries.iter_mut().for_each(|entry| entry.outcome = entry.verified.clone());
        judge(&mut row.entries);
        row.entries.iter_mut().for_each(|entry| entry.outcome = None);

        for entry in row.entries.iter_mut().filter(|entry| entry.void.is_none()) {
            if let Err(error) = page.call::<Repetition>(job.function, job.short(&entry.name)).await {
                entry.fail(first_line(&error));
            }
        }
        let (function, argument) = job.preparation();
        page.call::<Value>(function, argument).await?;
        for heat in plan.heats(row) {
            for round in 0..plan.unmeasured_rounds(row, &heat) {
                for place in order(round, heat.len()) {
                    let entry = &mut row.entries[heat[place]];
                    if entry.void.is_none()
                        && let Err(error) = page.call::<Repetition>(job.function, job.whole(&entry.name)).await
                    {
                        entry.fail(first_line(&error));
                    }
                }
            }
            page.collect_garbage().await?;
            let mut round = 0;
            while plan.has_round(row, round) {
                let goes_on = |entry: &Entry| entry.void.is_none() && plan.goes_on(row, entry, round);
                let left: Vec<usize> = heat.iter().copied().filter(|&place| goes_on(&row.entries[place])).collect();
                if left.is_empty() {
                    break;
                }
                for place in order(round, left.len()) {
                    repeat(page, job, &mut row.entries[left[place]]).await?;
                }
                round += 1;
            }
        }
        // Who was void before it ran has reported nothing, and keeps its reason.
        judge(&mut row.entries);
        let floor = row.entry(FLOOR).and_then(|floor| floor.void.clone());
        floor.map_or(Ok(()), |reason| Err(anyhow::anyhow!("the floor: {reason}")))
    }

    async fn start(&mut self) -> Result<Vec<f64>> {
        let samples = self.plan.starts;
        let page = self.page().await?;
        page.refresh().await?;
        let mut all = Vec::new();
        for _ in 0..samples {
            all.push(page.call::<Repetition>("start", json!(null)).await?.ms);
        }
        Ok(all)
    }

    async fn memory(&mut self) -> Result<Memory> {
        let events = self.plan.memory_events;
        let page = self.page().await?;
        page.refresh().await?;
        let of = |events: u64| json!({ "events": events, "url": format!("{CHAT}&count={events}") });
        let first: WasmMemory = page.call("memory", of(FIRST_EVENTS)).await?;
        let heap_before = page.heap().await?;
        let last: WasmMemory = page.call("memory", of(events)).await?;
        let heap_after = page.heap().await?;
        ensure!(last.events == events, "{} events came where {events} were asked for", last.events);
        let (wasm_after_first, wasm_after) = (first.wasm_after_first, last.wasm_after);
        Ok(Memory { events, wasm_after_first, wasm_after, heap_before, heap_after })
    }
}

/// One repetition that counts.
async fn repeat(page: &Page, job: &Job, entry: &mut Entry) -> Result<()> {
    let before = if job.is_network() { page.busy().await? } else { None };
    match page.call::<Repetition>(job.function, job.whole(&entry.name)).await {
        Ok(Repetition { ms, events, checksum }) => {
            entry.ms.push(ms);
            if let (Some(before), Some(after)) = (before, page.busy().await?) {
                entry.busy_ms.push(after - before);
            }
            entry.report(Outcome { events, checksum });
        }
        Err(error) => entry.fail(first_line(&error)),
    }
    Ok(())
}

/// How a row is asked for in the page.
struct Job {
    function: &'static str,
    verification: &'static str,
    argument: Value,
    /// The address is asked for a part of its events when it is only to warm up.
    network: Option<(String, u64)>,
}

impl Job {
    fn from_memory(subject: &Subject) -> Self {
        let argument = json!({
            "workload": subject.workload,
            "chunking": subject.chunking,
            "json": subject.kind == Kind::Json,
        });
        Self { function: "parse", verification: "verify", argument, network: None }
    }

    fn from_network(path: &str, count: u64) -> Self {
        Self {
            function: "network",
            verification: "verifyNetwork",
            argument: json!({}),
            network: Some((path.to_owned(), count)),
        }
    }

    fn is_network(&self) -> bool {
        self.network.is_some()
    }

    fn whole(&self, contestant: &str) -> Value {
        let mut argument = self.argument.clone();
        argument["contestant"] = contestant.into();
        if let Some((path, count)) = &self.network {
            argument["url"] = path.as_str().into();
            argument["count"] = (*count).into();
        }
        argument
    }

    /// The beginning of it.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn short(&self, contestant: &str) -> Value {
        let mut argument = self.whole(contestant);
        if let Some((path, count)) = &self.network {
            let part = (*count as f64 * WARM_UP) as u64;
            argument["url"] = path.replace(&format!("count={count}"), &format!("count={part}")).into();
            argument["count"] = part.into();
        } else {
            argument["scale"] = WARM_UP.into();
        }
        argument
    }

    /// What has the stream made ahead, in the page or by the server, so that it is not the first one's loss.
    fn preparation(&self) -> (&'static str, Value) {
        if self.is_network() { (self.function, self.whole(FLOOR)) } else { ("prepare", self.argument.clone()) }
    }
}

fn first_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn a_short_run_over_the_network_asks_for_as_many_events_as_it_waits_for() {
        let job = Job::from_network("/api/blast?count=1000&per_write=50", 1000);
        assert_eq!(job.whole("native")["url"], "/api/blast?count=1000&per_write=50");
        assert_eq!(job.short("native")["url"], "/api/blast?count=200&per_write=50");
        assert_eq!(job.short("native")["count"], 200);
    }
}
