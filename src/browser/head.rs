//! The head of a response, for the session and for error messages.

use alloc::string::{String, ToString};

use web_sys::Response;

use super::clock::wall_clock;
use crate::session::{self, Millis};

/// What is needed of a response's head.
#[derive(Debug, Clone)]
pub struct Head {
    pub status: u16,
    pub content_type: String,
    /// The final URL.
    pub url: String,
    retry_after: Option<Millis>,
}

impl Head {
    pub fn of(response: &Response) -> Self {
        let headers = response.headers();
        let text = |name: &str| headers.get(name).ok().flatten().unwrap_or_default();
        Self {
            status: response.status(),
            content_type: text("content-type"),
            url: response.url(),
            retry_after: retry_after(text("retry-after").trim(), wall_clock()),
        }
    }

    /// As the session needs it.
    pub fn for_session(&self) -> session::Head {
        session::Head {
            status: self.status,
            event_stream: essence(&self.content_type).as_deref() == Some("text/event-stream"),
            retry_after: self.retry_after,
        }
    }
}

/// The MIME type without its parameters, in lower case. If there are several values: the last one that is a MIME type and no
/// wildcard (Fetch, "extract a MIME type").
fn essence(content_type: &str) -> Option<String> {
    values(content_type).filter_map(mime_type).rfind(|essence| essence != "*/*")
}

/// The values between commas. Commas inside quotes do not split.
fn values(list: &str) -> impl DoubleEndedIterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let mut starts = alloc::vec![0];
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => starts.push(at + 1),
            _ => {}
        }
    }
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([list.len()]).collect::<alloc::vec::Vec<_>>();
    starts.into_iter().zip(ends).map(|(start, end)| list.get(start..end).unwrap_or_default())
}

fn mime_type(value: &str) -> Option<String> {
    let essence = value.split(';').next()?.trim_matches(['\t', '\n', '\r', ' ']);
    let (kind, subkind) = essence.split_once('/')?;
    (is_token(kind) && is_token(subkind)).then(|| essence.to_ascii_lowercase())
}

/// Whether a text is a token, as the names of HTTP are.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `Retry-After` is a number of seconds or an HTTP date (RFC 9110 § 10.2.3). Servers send fractions too, which are rounded up to
/// whole seconds. A date in the past means 0. Anything else is ignored.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // casts saturate
fn retry_after(text: &str, now: f64) -> Option<Millis> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if [whole, fraction].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())) {
        // By hand: parsing as `f64` would add 20 KB of tables and code to the application.
        let seconds = whole.parse().unwrap_or(Millis::MAX);
        let rest = Millis::from(fraction.bytes().any(|digit| digit != b'0'));
        return Some(seconds.saturating_add(rest).saturating_mul(1000));
    }
    Some((http_date(text, now)? - now).max(0.0) as Millis)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An HTTP date in milliseconds: `Sun, 06 Nov 1994 08:49:37 GMT`, or one of two forms that are obsolete (RFC 9110 § 5.6.7).
fn http_date(text: &str, now: f64) -> Option<f64> {
    let (day, month, year, time) = if let Some((_, rest)) = text.split_once(", ") {
        let (date, time) = rest.strip_suffix(" GMT")?.rsplit_once(' ')?;
        let separator = if date.contains('-') { '-' } else { ' ' };
        let mut parts = date.split(separator);
        (parts.next()?, parts.next()?, parts.next()?, time)
    } else {
        let mut parts = text.split_ascii_whitespace().skip(1);
        let (month, day, time) = (parts.next()?, parts.next()?, parts.next()?);
        (day, month, parts.next()?, time)
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let day: i32 = digits(day, 1..=2)?;
    let year = full_year(digits(year, 2..=4)?, year.len(), now);
    let mut clock = time.split(':').map(|part| digits(part, 2..=2));
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let month = i32::try_from(month).ok()?;
    let iso = alloc::format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1);
    let date = js_sys::Date::parse(&iso);
    // `Date.parse` may read 31 February as a day in March.
    let is_real = js_sys::Date::new(&date.into()).get_utc_date().to_string() == day.to_string();
    (!date.is_nan() && is_real).then_some(date)
}

fn digits(text: &str, length: core::ops::RangeInclusive<usize>) -> Option<i32> {
    let are_digits = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}

/// A year of two digits that would be more than 50 years in the future belongs to the last century (RFC 9110 § 5.6.7).
#[allow(clippy::cast_possible_wrap)] // a year
fn full_year(year: i32, length: usize, now: f64) -> i32 {
    if length > 2 {
        return year;
    }
    let this = js_sys::Date::new(&now.into()).get_utc_full_year() as i32;
    let full = this - this % 100 + year;
    if full > this + 50 { full - 100 } else { full }
}
