//! Tests of a class written for JavaScript are written in JavaScript: as its users would. Each topic is a pair of files,
//! the scenarios (`topic.js`, one exported function each) and the list of their names (`topic.rs`).

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::page;

#[wasm_bindgen(module = "/tests/browser/bed/entry.js")]
extern "C" {
    /// Runs a scenario; see the module itself.
    fn perform(topic: &str, scenario: &str, engine: &JsValue, given: &JsValue) -> Promise;
}

/// Makes a test of each of a topic's scenarios, and one that none of them is forgotten.
macro_rules! scenarios {
    ($module:literal $($name:ident)+) => {
        crate::page::serve! { $module }

        $(
            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn $name() {
                crate::scenario::run($module, stringify!($name), &wasm_bindgen::JsValue::UNDEFINED).await;
            }
        )+

        #[wasm_bindgen_test::wasm_bindgen_test]
        fn no_scenario_is_forgotten() {
            let source = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), $module));
            let listed = [$(stringify!($name)),+];
            assert_eq!(crate::scenario::forgotten(source, &listed), Vec::<&str>::new());
        }
    };
}
pub(crate) use scenarios;

/// Runs one scenario on a bed of its own. It is given a value, and may return one.
pub async fn run(module: &str, scenario: &str, given: &JsValue) -> JsValue {
    let topic = module.trim_start_matches("/tests");
    match JsFuture::from(perform(topic, scenario, &page::engine(), given)).await {
        Ok(outcome) => outcome,
        Err(error) => panic!("{}", told(&error)),
    }
}

/// The scenarios of a module that are not in the list.
pub fn forgotten<'a>(source: &'a str, listed: &[&str]) -> Vec<&'a str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("export async function ")?.split('(').next())
        .filter(|name| !listed.contains(name))
        .collect()
}

/// What happened, and where.
fn told(error: &JsValue) -> String {
    let Some(error) = error.dyn_ref::<js_sys::Error>() else { return format!("{error:?}") };
    let stack = js_sys::Reflect::get(error, &"stack".into()).ok().and_then(|stack| stack.as_string());
    format!("{}\n{}", String::from(error.to_string()), stack.unwrap_or_default())
}
