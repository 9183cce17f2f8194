use std::fs;

use super::*;
use crate::scenario::log_format::LogColumns;
use crate::topology::{Rules, read_topology};

const TOPOLOGY: &str = r#"{"version":1,"name":"t","nodes":[{"id":"WA"},{"id":"NY"}],"links":[{"ends":["WA","NY"]}]}"#;

fn read(trace: &[u8]) -> Result<Vec<TraceRecord>, String> {
    let directory = tempfile::tempdir().unwrap();
    let network = directory.path().join("t.json");
    fs::write(&network, TOPOLOGY).unwrap();
    let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
    let path = directory.path().join("t.csv");
    fs::write(&path, trace).unwrap();
    let records =
        TraceReader::open(&path, &LogFormat::default(), &topology, 1.0, 2.0, None).and_then(Iterator::collect);
    records.map_err(|error| error.to_string().rsplit_once("t.csv").unwrap().1.to_owned())
}

#[test]
fn records_have_their_own_size_or_the_workloads() {
    let record = |tick, origin, target, size| TraceRecord { tick, origin, target, size };
    let (wa, ny) = (NodeId(0), NodeId(1));
    assert_eq!(
        read(b"tick,origin,target\n0,WA,NY\n0,NY,WA\n7,NY,WA\n"),
        Ok(vec![record(0, wa, ny, 2.0), record(0, ny, wa, 2.0), record(7, ny, wa, 2.0)])
    );
    assert_eq!(read(b"tick,origin,target,size\n3,\"WA\",NY,0.5\n"), Ok(vec![record(3, wa, ny, 0.5)]));
    assert_eq!(read(b"tick,origin,target\n"), Ok(vec![]));
}

#[test]
fn every_defect_is_named_with_its_line() {
    let cases: [(&[u8], &str); 13] = [
        (b"", ":1: \"\" is not allowed; expected columns named tick (or time), origin (or source)"),
        (b"tick,a,b\n", ":1: \"tick,a,b\" is not allowed; expected columns named tick (or time), origin"),
        (b"tick,origin,target,tick\n", ":1: \"tick,origin,target,tick\" is not allowed; expected columns"),
        (b"tick,origin,target\n5,WA,NY\n4,WA,NY\n", ":3: \"4\" is not allowed; expected a tick from 5"),
        (b"tick,origin,target\n5,WA,NYC\n", ":2: 1 of 1 rows are of no node: \"NYC\" (1 row; did you mean \"NY\"?)"),
        (b"tick,origin,target\r\n5,WA,NY\r\n6,NY,WA\r\n7,WA,Z\r\n", ":4: 1 of 3 rows are of no node: \"Z\" (1 row)"),
        (b"tick,origin,target\n5,WA\n", ":2: a line of 2 fields is not allowed; expected 3 fields"),
        (b"tick,origin,target\n-5,WA,NY\n", ":2: \"-5\" is not allowed; expected a whole number from 0"),
        (b"tick,origin,target,size\n5,WA,NY,NaN\n", ":2: \"NaN\" is not allowed; expected a number from"),
        (b"tick,origin,target,size\n5,WA,NY,1e999\n", ":2: \"1e999\" is not allowed"),
        (b"tick,origin,target,size\n5,WA,NY,0\n", ":2: \"0\" is not allowed"),
        (b"tick,origin,target\n5,W\xff,NY\n", ":2: a field is not allowed; expected UTF-8"),
        (b"tick,origin,target\n5,WA,NY\n6,WA,N", ":3: 1 of 2 rows are of no node: \"N\" (1 row; did you mean \"NY\"?)"),
    ];
    for (trace, expected) in cases {
        let found = read(trace).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
}

/// As others write logs: columns in another order beside more, CRLF and a byte order mark, accesses at their own
/// target, and no line break at the end.
#[test]
fn what_is_out_of_the_ordinary_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let network = directory.path().join("t.json");
    fs::write(&network, TOPOLOGY).unwrap();
    let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
    let path = directory.path().join("t.csv");
    fs::write(&path, "\u{feff}target,note,origin,tick\r\nNY,a,WA,1\r\nWA,\"b,c\",WA,1\r\nWA,,NY,3").unwrap();
    let mut reader = TraceReader::open(&path, &LogFormat::default(), &topology, 1.0, 2.0, None).unwrap();
    let records: Vec<TraceRecord> = reader.by_ref().collect::<Result<_, _>>().unwrap();
    let (wa, ny) = (NodeId(0), NodeId(1));
    let record = |tick, origin, target| TraceRecord { tick, origin, target, size: 2.0 };
    assert_eq!(records, [record(1, wa, ny), record(3, ny, wa)]);
    let counts = TraceCounts { after_end: 1, ..reader.counts().clone() };
    assert_eq!(
        counts.said(3).into_iter().map(|(.., text)| text).collect::<Vec<_>>(),
        [
            "1 of 3 rows lie at or after tick 3",
            "1 of 3 rows are at their own target: skipped",
            "columns not used: note",
            "the last line has no line break: it may be truncated"
        ]
    );
}

#[test]
fn a_record_without_end_is_refused_before_it_fills_the_memory() {
    let mut trace = b"tick,origin,target\n1,\"".to_vec();
    trace.resize(trace.len() + 1_000_000, b'\n');
    assert!(read(&trace).unwrap_err().contains("does not end within 256 KiB"));
}

#[test]
fn nothing_follows_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let network = directory.path().join("t.json");
    fs::write(&network, TOPOLOGY).unwrap();
    let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
    let path = directory.path().join("t.csv");
    fs::write(&path, "tick,origin,target\nx,WA,NY\n2,WA,NY\n").unwrap();
    let mut reader = TraceReader::open(&path, &LogFormat::default(), &topology, 1.0, 1.0, None).unwrap();
    assert!(reader.next().is_some_and(|record| record.is_err()));
    assert!(reader.next().is_none());
}

fn opened(bytes: &[u8], format: &LogFormat, tick_ms: f64) -> Result<(Vec<TraceRecord>, TraceCounts), String> {
    let directory = tempfile::tempdir().unwrap();
    let network = directory.path().join("t.json");
    fs::write(&network, TOPOLOGY).unwrap();
    let (topology, _) = read_topology(&network, &Rules::default()).unwrap();
    let path = directory.path().join("t.csv");
    fs::write(&path, bytes).unwrap();
    let text = |error: ScenarioError| error.to_string();
    let mut reader = TraceReader::open(&path, format, &topology, tick_ms, 1.0, None).map_err(text)?;
    let records = reader.by_ref().collect::<Result<Vec<_>, _>>().map_err(text)?;
    // What was read before is read the same once more.
    let content = reader.content();
    let again = TraceReader::open(&path, format, &topology, tick_ms, 1.0, Some(&content)).map_err(text)?;
    assert_eq!(again.collect::<Result<Vec<_>, _>>().map_err(text)?, records);
    Ok((records, reader.counts().clone()))
}

const SECONDS: &str = "when;who;asks;bytes\n10.0;WA;NY;5\n10.5;NY;WA;5\n12.25;WA;NY;5\n";

/// As others write logs: another separator, other names, seconds, packed.
#[test]
fn logs_of_others_are_read() {
    use std::io::Write;
    let name = |name: &str| Some(name.to_owned());
    let columns = LogColumns { time: name("when"), origin: name("who"), target: name("asks"), size: None };
    let format = LogFormat { columns, ..LogFormat::default() };
    let (records, counts) = opened(SECONDS.as_bytes(), &format, 250.0).unwrap();
    assert_eq!(records.iter().map(|record| record.tick).collect::<Vec<_>>(), [0, 2, 9]);
    assert_eq!((counts.end, counts.unused_columns), (10, vec!["bytes".to_owned()]));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(SECONDS.as_bytes()).unwrap();
    let zstandard = ruzstd::encoding::compress_to_vec(SECONDS.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let twice = [
        &zstandard[..],
        &ruzstd::encoding::compress_to_vec(&b"13.0;WA;NY;5\n"[..], ruzstd::encoding::CompressionLevel::Fastest),
    ]
    .concat();
    for packed in [gzip.finish().unwrap(), zstandard] {
        assert_eq!(opened(&packed, &format, 250.0).unwrap().0, records);
        let cut = opened(&packed[..packed.len() - 9], &format, 250.0);
        assert!(cut.is_err(), "{cut:?}");
    }
    assert_eq!(opened(&twice, &format, 250.0).unwrap().0.len(), 4);
}

#[test]
fn rows_may_be_late_as_far_as_is_said() {
    let log = b"timestamp_ms,src,dst\n100,WA,NY\n300,NY,WA\n250,WA,NY\n90,NY,WA\n400,WA,NY\n";
    let late = |late_ticks| LogFormat { late_ticks, ..LogFormat::default() };
    let (records, _) = opened(log, &late(21), 10.0).unwrap();
    assert_eq!(records.iter().map(|record| record.tick).collect::<Vec<_>>(), [0, 1, 16, 21, 31]);
    let refused = opened(log, &late(20), 10.0).unwrap_err();
    assert!(refused.contains(":5: \"90\" is not allowed; expected a time that is not earlier"), "{refused}");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.csv");
    fs::write(&path, log).unwrap();
    let found = survey(&path, &LogFormat::default(), 10.0).unwrap();
    assert_eq!(found, Survey { end: 32, late_ticks: 21, span_ms: Some(310), step_ticks: 1 });
}

#[test]
fn all_unknown_names_are_told_at_once_or_skipped() {
    let log = b"tick,origin,target\n0,WA,NY\n1,X,NY\n2,X,Y\n3,NYY,WA\n";
    let refused = opened(log, &LogFormat::default(), 1.0).unwrap_err();
    let expected =
        ":3: 3 of 4 rows are of no node: \"X\" (2 rows), \"NYY\" (1 row; did you mean \"NY\"?), \"Y\" (1 row";
    assert!(refused.contains(expected), "{refused}");
    let skips = LogFormat { unknown_nodes: UnknownNodes::Skip, ..LogFormat::default() };
    let (records, counts) = opened(log, &skips, 1.0).unwrap();
    assert_eq!((records.len(), counts.unknown, counts.rows), (1, 3, 4));
}
