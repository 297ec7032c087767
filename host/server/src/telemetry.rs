//! Logs on standard error; traces and metrics by OTLP when an endpoint is named. No patient data in any of them.

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, FromEnvError, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use vienphi_web::Quoted;

/// The standard name for where a collector listens.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Where one stops and the next begins, in seconds: a quote takes tenths of a millisecond.
const DURATION_BOUNDS: [f64; 12] =
    [0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];

/// What is sent to a collector; whatever is left is sent when this is dropped.
#[must_use = "traces and metrics are sent until this is dropped"]
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Why telemetry could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter of log lines is no filter.
    #[error("RUST_LOG: {0}")]
    Filter(#[from] FromEnvError),
    /// The collector's address is no address.
    #[error("the OTLP exporter: {0}")]
    Exporter(#[from] ExporterBuildError),
    /// Nothing is sent by TLS.
    #[error("the OTLP exporter sends by http only: name a collector on this machine, which may send on by https")]
    Https,
    /// It was started before.
    #[error(transparent)]
    Again(#[from] TryInitError),
}

/// Starts logging, and exporting when `otlp_endpoint` or the standard variable names a collector such as
/// `http://127.0.0.1:4318`. A server tells more than a command that a person watches.
pub fn start_with(is_server: bool, otlp_endpoint: Option<&str>) -> Result<Telemetry, TelemetryError> {
    let level = if is_server { LevelFilter::INFO } else { LevelFilter::WARN };
    let telemetry = Telemetry::exporting(otlp_endpoint)?;
    // Only our own spans: the exporter's requests would be traced, and then exported, without end.
    let ours = Targets::new()
        .with_target("vienphi_server", LevelFilter::INFO)
        .with_target("vienphi_service", LevelFilter::INFO)
        .with_target("vienphi_web", LevelFilter::INFO);
    let exported = telemetry.traces.as_ref().map(|traces| {
        let tracer = traces.tracer("vienphi");
        tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false).with_filter(ours)
    });
    tracing_subscriber::registry().with(printed(level)?).with(exported).try_init()?;
    if is_server {
        std::panic::set_hook(Box::new(report_panic));
    }
    Ok(telemetry)
}

/// Lines for people on a terminal, JSON for whoever collects them elsewhere.
fn printed<S>(level: LevelFilter) -> Result<Box<dyn Layer<S> + Send + Sync>, FromEnvError>
where
    S: tracing::Subscriber + for<'s> LookupSpan<'s>,
{
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env()?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    Ok(if io::stderr().is_terminal() {
        lines.with_filter(filter).boxed()
    } else {
        lines.with_ansi(false).json().flatten_event(true).with_span_list(false).with_filter(filter).boxed()
    })
}

/// A panic's message may repeat what was sent; its place says enough.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "a thread panicked");
}

impl Telemetry {
    fn exporting(endpoint: Option<&str>) -> Result<Telemetry, TelemetryError> {
        let standard = std::env::var(ENDPOINT).unwrap_or_default();
        let named = endpoint.unwrap_or(&standard);
        if named.is_empty() {
            return Ok(Telemetry::default());
        }
        if named.starts_with("https:") {
            return Err(TelemetryError::Https);
        }
        let mut spans = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        let mut numbers = MetricExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        // From the environment the exporters take it themselves, each with its own path.
        if let Some(endpoint) = endpoint.map(|endpoint| endpoint.trim_end_matches('/')) {
            spans = spans.with_endpoint(format!("{endpoint}/v1/traces"));
            numbers = numbers.with_endpoint(format!("{endpoint}/v1/metrics"));
        }
        let resource = Resource::builder()
            .with_service_name(std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "vienphi".into()))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let traces =
            SdkTracerProvider::builder().with_batch_exporter(spans.build()?).with_resource(resource.clone()).build();
        let metrics =
            SdkMeterProvider::builder().with_periodic_exporter(numbers.build()?).with_resource(resource).build();
        global::set_meter_provider(metrics.clone());
        Ok(Telemetry { traces: Some(traces), metrics: Some(metrics) })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let traces = self.traces.take().map(|traces| traces.shutdown());
        let metrics = self.metrics.take().map(|metrics| metrics.shutdown());
        for failed in [traces, metrics].into_iter().flatten().filter_map(Result::err) {
            tracing::warn!(error = %failed, "the last traces or metrics were not sent");
        }
    }
}

/// What is counted about quotes. Without a collector counting does nothing.
#[derive(Debug)]
pub struct Meters {
    quotes: Counter<u64>,
    duration: Histogram<f64>,
    plugin_failures: Counter<u64>,
}

impl Meters {
    /// The meters of this process; to be made after [`start_with`].
    pub fn new() -> Meters {
        let meter = global::meter("vienphi");
        Meters {
            quotes: meter
                .u64_counter("vienphi.quotes")
                .with_unit("{quote}")
                .with_description("Quotes asked for, by outcome")
                .build(),
            duration: meter
                .f64_histogram("vienphi.quote.duration")
                .with_unit("s")
                .with_description("From the whole document to the statement")
                .with_boundaries(DURATION_BOUNDS.to_vec())
                .build(),
            plugin_failures: meter
                .u64_counter("vienphi.plugin.failures")
                .with_unit("{failure}")
                .with_description("Calls in which a tariff plugin gave no usable answer, by kind")
                .build(),
        }
    }

    /// Counts one quote.
    pub fn count(&self, quoted: &Quoted) {
        let outcome = quoted.outcome.trim_start_matches("urn:vienphi:problem:");
        let attributes = [KeyValue::new("outcome", outcome)];
        self.quotes.add(1, &attributes);
        self.duration.record(quoted.duration.as_secs_f64(), &attributes);
        if let Some(kind) = outcome.strip_prefix("plugin-") {
            self.plugin_failures.add(1, &[KeyValue::new("kind", kind)]);
        }
    }
}

impl Default for Meters {
    fn default() -> Meters {
        Meters::new()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    use opentelemetry::trace::{Span, Tracer};

    use super::*;

    /// Takes one export, answers it and returns its path and what was sent.
    fn receive(collector: &TcpListener) -> (String, String) {
        let (mut connection, _) = collector.accept().unwrap();
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().to_owned(), String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn what_is_left_is_sent_at_the_end() {
        let collector = TcpListener::bind("127.0.0.1:0").unwrap();
        // A slash at the end is as good as none.
        let endpoint = format!("http://{}/", collector.local_addr().unwrap());
        let received = std::thread::spawn(move || [receive(&collector), receive(&collector)]);
        let telemetry = Telemetry::exporting(Some(&endpoint)).unwrap();
        telemetry.traces.as_ref().unwrap().tracer("test").start("POST /v1/quotes").end();
        let duration = Duration::from_micros(150);
        let meters = Meters::new();
        meters.count(&Quoted { outcome: "priced", duration });
        meters.count(&Quoted { outcome: "urn:vienphi:problem:plugin-trapped", duration });
        drop(telemetry);
        let [(traces, spans), (metrics, numbers)] = received.join().unwrap();
        assert_eq!((traces.as_str(), metrics.as_str()), ("/v1/traces", "/v1/metrics"));
        assert!(spans.contains("POST /v1/quotes"));
        for expected in ["vienphi.quotes", "vienphi.quote.duration", "vienphi.plugin.failures", "priced", "trapped"] {
            assert!(numbers.contains(expected), "{expected} is not in {numbers:?}");
        }
    }

    #[test]
    fn a_collector_that_cannot_be_reached_so_is_refused_at_the_start() {
        assert!(matches!(Telemetry::exporting(Some("https://127.0.0.1:4318")), Err(TelemetryError::Https)));
        assert!(matches!(Telemetry::exporting(Some("no address")), Err(TelemetryError::Exporter(_))));
    }
}
