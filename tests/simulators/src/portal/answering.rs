//! How a call is taken, what befalls it, and how its answer goes out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::data::{Desk, Inner};
use super::faults::{Down, Lot};
use super::services::{Asked, Said, operation, said, serve};
use super::time::now;

/// Any call that is not for the control.
pub(crate) async fn answer(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(operation) = operation(uri.path()).filter(|_| method == Method::POST) else {
        return page(StatusCode::NOT_FOUND);
    };
    let (lot, over, seconds) = {
        let mut inner = desk.inner();
        *inner.calls.entry(operation).or_default() += 1;
        let over = is_over(&mut inner, operation);
        let (lot, seconds) = lot(&mut inner, operation);
        (lot, over, seconds)
    };
    match lot.down {
        Down::No => {}
        Down::Closed => return waiting(StatusCode::SERVICE_UNAVAILABLE, seconds),
        Down::Broken => return page(StatusCode::BAD_GATEWAY),
        Down::Silent => return cut_off(),
    }
    if over || lot.is_busy {
        let in_body = desk.inner().faults.is_busy_in_body;
        return match in_body {
            true => sent(&said(json!({"maKetQua": "429", "thongDiep": "Too many requests"})), &Lot::default()),
            false => waiting(StatusCode::TOO_MANY_REQUESTS, seconds),
        };
    }
    let failed = || said(json!({"maKetQua": "500", "thongDiep": "Có lỗi hệ thống xảy ra trong quá trình xử lý!"}));
    if lot.is_failed {
        return sent(&failed(), &Lot::default());
    }
    let asked = asked(&uri, &headers, &body);
    let done = {
        let mut inner = desk.inner();
        if lot.is_signed_out {
            inner.sessions.clear();
        }
        serve(&mut inner, operation, &asked)
    };
    if lot.slow_milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(lot.slow_milliseconds)).await;
    }
    if lot.is_lost {
        return cut_off();
    }
    if lot.is_failed_after { sent(&failed(), &lot) } else { sent(&done, &lot) }
}

/// The faults that were put first in line, else those that stand.
fn lot(inner: &mut Inner, operation: &str) -> (Lot, u32) {
    let concerns = |only: &str| only.is_empty() || only == operation;
    let number = inner.calls.values().sum();
    let first = inner.next.iter().position(|faults| concerns(&faults.only));
    let faults = match first.and_then(|place| inner.next.remove(place)) {
        Some(faults) => faults,
        None => inner.faults.clone(),
    };
    let lot = if concerns(&faults.only) { faults.lot(number) } else { Lot::default() };
    (lot, faults.busy_seconds)
}

/// Whether this second has had all its calls.
fn is_over(inner: &mut Inner, operation: &str) -> bool {
    let most = inner.faults.most_per_second;
    if most == 0 || !(inner.faults.only.is_empty() || inner.faults.only == operation) {
        return false;
    }
    let now = now();
    let (second, count) = inner.second;
    inner.second = if second == now { (now, count + 1) } else { (now, 1) };
    inner.second.1 > most
}

fn asked(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Asked {
    let text = |name: &header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let query = uri.query().unwrap_or_default();
    let body = if text(&header::CONTENT_TYPE).starts_with("application/json") {
        let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        object.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
    } else {
        form_urlencoded::parse(body).into_owned().collect()
    };
    let named = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    Asked {
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: headers.iter().filter_map(named).collect::<BTreeMap<_, _>>(),
        body,
    }
}

/// An answer in its form.
fn sent(said: &Said, lot: &Lot) -> Response {
    let status = StatusCode::from_u16(said.status).expect("the services know their statuses");
    let text = said.value.as_ref().map(Value::to_string).unwrap_or_default();
    if let Some(choice) = lot.garbled {
        return match choice % 5 {
            0 => page(StatusCode::OK),
            1 => page(StatusCode::BAD_GATEWAY),
            2 => (StatusCode::OK, "").into_response(),
            3 => (StatusCode::GATEWAY_TIMEOUT, "upstream timed out").into_response(),
            _ => written(status, text.get(..text.len() / 2).unwrap_or_default().to_owned()),
        };
    }
    let Some(choice) = lot.odd.filter(|_| said.value.is_some()) else {
        return written(status, text);
    };
    let renamed = |rename: &dyn Fn(&str) -> String| {
        let object = said.value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        let object: Map<String, Value> = object.into_iter().map(|(name, value)| (rename(&name), value)).collect();
        Value::Object(object).to_string()
    };
    let text = match choice % 5 {
        0 => renamed(&|name| format!("{}{}", name[..1].to_uppercase(), &name[1..])),
        1 => renamed(&str::to_lowercase),
        // Numbers for texts, and something new.
        2 => {
            let mut object = said.value.clone().unwrap_or_default();
            object["phienBan"] = json!({"so": 3, "moi": [true, null]});
            let number = object["maKetQua"].as_str().and_then(|code| code.parse::<u64>().ok());
            if let Some(number) = number {
                object["maKetQua"] = json!(number);
            }
            object.to_string()
        }
        3 => format!("\u{feff}\r\n{text}\r\n"),
        _ => Value::String(text).to_string(),
    };
    written(status, text)
}

fn written(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], text).into_response()
}

fn waiting(status: StatusCode, seconds: u32) -> Response {
    let mut response = page(status);
    if seconds > 0 {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// What stands before a portal answers with pages.
fn page(status: StatusCode) -> Response {
    let text = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>");
    (status, Html(text)).into_response()
}

/// The connection ends before a byte of an answer went out.
fn cut_off() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, std::io::Error>(std::io::Error::other("the connection is to end"))
    });
    Response::new(Body::from_stream(broken))
}
