//! The parser alone, without Python: a document as it arrives, and a whole one.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use headrace_core::json::{Container, Number, Options, Parser, Sink, ValueSink};

/// Counts events: what is left is the parser's own time.
#[derive(Default)]
struct Count(usize);

impl Count {
    #[expect(clippy::unnecessary_wraps, reason = "what every method of a sink returns")]
    fn one_more(&mut self) -> Result<(), Infallible> {
        self.0 += 1;
        Ok(())
    }
}

impl Sink for Count {
    type Error = Infallible;

    fn restart(&mut self) -> Result<(), Infallible> {
        self.one_more()
    }
    fn begin(&mut self, _: Container) -> Result<(), Infallible> {
        self.one_more()
    }
    fn end(&mut self) -> Result<(), Infallible> {
        self.one_more()
    }
    fn key(&mut self, _: &[u8]) -> Result<(), Infallible> {
        self.one_more()
    }
    fn null(&mut self) -> Result<(), Infallible> {
        self.one_more()
    }
    fn boolean(&mut self, _: bool) -> Result<(), Infallible> {
        self.one_more()
    }
    fn number(&mut self, _: Number<'_>) -> Result<(), Infallible> {
        self.one_more()
    }
    fn string(&mut self, _: &[u8]) -> Result<(), Infallible> {
        self.one_more()
    }
    fn open_number(&mut self, _: Number<'_>) -> Result<(), Infallible> {
        self.one_more()
    }
    fn open_string(&mut self) -> Result<(), Infallible> {
        self.one_more()
    }
    fn append(&mut self, _: &[u8]) -> Result<(), Infallible> {
        self.one_more()
    }
    fn close_string(&mut self) -> Result<(), Infallible> {
        self.one_more()
    }
}

/// A list of countries of about so many bytes.
fn document(size: usize) -> String {
    let mut text = String::from("[");
    let mut number = 0_usize;
    while text.len() < size {
        let comma = if number > 0 { ", " } else { "" };
        let _ = write!(
            text,
            r#"{comma}{{"name": "Country {number}", "population": {}, "area": {}.25, "member": {}}}"#,
            number * 7919,
            number * 31,
            number.is_multiple_of(2),
        );
        number += 1;
    }
    text.push(']');
    text
}

fn stream(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream of 4-byte pieces");
    for size in [2_800, 47_000, 1_500_000] {
        let text = document(size);
        group.throughput(Throughput::Elements(text.len().div_ceil(4) as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &text, |bencher, text| {
            bencher.iter(|| {
                let (mut parser, mut count) = (Parser::new(Options::default()), Count::default());
                for piece in text.as_bytes().chunks(4) {
                    let _ = parser.feed_characters(black_box(piece), &mut count);
                }
                count.0
            });
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let text = document(47_000);
    let mut group = criterion.benchmark_group("whole text");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("events alone", |bencher| {
        bencher.iter(|| {
            let (mut parser, mut count) = (Parser::new(Options::default()), Count::default());
            let _ = parser.feed_characters(black_box(text.as_bytes()), &mut count);
            count.0
        });
    });
    group.bench_function("as a value", |bencher| {
        bencher.iter(|| {
            let (mut parser, mut sink) = (Parser::new(Options::default()), ValueSink::default());
            let _ = parser.feed_characters(black_box(text.as_bytes()), &mut sink);
            sink.into_value()
        });
    });
    group.bench_function("serde_json, as a value", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(&text)));
    });
    group.finish();
}

criterion_group!(benches, stream, whole);
criterion_main!(benches);
