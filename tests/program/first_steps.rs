//! What a newcomer tries first: the demo, manual pages, completions, and a log that somebody else wrote.

use std::fs;

use serde_json::{Value, json};

use crate::command::wormsim;

#[test]
fn the_demo_needs_nothing_but_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, errors) = wormsim(folder.path(), &["demo"]);
    assert_eq!((code, &*errors), (0, ""));
    assert!(
        text.contains("page: output/demo/report/report.html\nnext: wormsim compare output/demo/scenario.json"),
        "{text}"
    );
    assert!(fs::metadata(folder.path().join("output/demo/report/report.html")).unwrap().len() > 100_000);
    let (code, _, errors) = wormsim(folder.path(), &["demo"]);
    assert!(code == 2 && errors.contains("output/demo"), "{errors}");
    assert_eq!(wormsim(folder.path(), &["demo", "--force", "--quiet"]).0, 0);
    // The next step that it names works.
    let next =
        ["compare", "output/demo/scenario.json", "--ticks=3000", "--replications=2", "--quiet", "--no-break-even"];
    assert_eq!(wormsim(folder.path(), &next).0, 0);
}

#[test]
fn manual_pages_and_completions_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (code, page, _) = wormsim(folder.path(), &["man"]);
    assert!(code == 0 && page.contains(".TH wormsim") && page.contains("compare"), "{page}");
    let (code, page, _) = wormsim(folder.path(), &["man", "compare"]);
    assert!(code == 0 && page.contains("relevant"), "{page}");
    let (code, _, errors) = wormsim(folder.path(), &["man", "compote"]);
    assert!(code == 2 && errors.contains("compare"), "{errors}");
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = wormsim(folder.path(), &["completions", shell]);
        assert!(code == 0 && script.contains("breakeven"), "{shell}");
    }
    assert_eq!(wormsim(folder.path(), &["completions", "teletype"]).0, 2);
}

/// Other columns, another order, CRLF, a byte order mark, an access at its own target, and rows after the end.
#[test]
fn what_of_a_log_is_not_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = json!({
        "version": 2, "name": "log", "ticks": 100, "warmup_ticks": 10,
        "topology": {"nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
            "links": [{"ends": ["a", "b"]}, {"ends": ["b", "c"]}]},
        "workloads": [{"kind": "trace", "path": "log.csv"}],
        "wormholes": {"enabled": false}, "router": {"kind": "shortest_path"}
    });
    fs::write(folder.path().join("log.json"), format!("\u{feff}{scenario}")).unwrap();
    let rows = "\u{feff}target,bytes,origin,tick\r\nb,10,a,1\r\nb,10,b,2\r\nc,10,a,30\r\na,1,c,100\r\na,1,c,400\r\n";
    fs::write(folder.path().join("log.csv"), rows).unwrap();
    let (code, text, errors) = wormsim(folder.path(), &["validate", "log.json", "--json"]);
    assert_eq!((code, &*errors), (0, ""));
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["log"], json!({"rows": 5, "used": 2, "after_end": 2, "self": 1, "unknown": 0}));
    assert!(found["assumptions"].as_array().unwrap().iter().all(|it| it["kind"].is_string() && it["count"].is_u64()));
    let said = [
        "2 of 5 rows lie at or after tick 100",
        "1 of 5 rows are at their own target: skipped",
        "columns not used: bytes",
    ];
    let (code, text, _) = wormsim(folder.path(), &["validate", "log.json"]);
    assert!(code == 0 && said.iter().all(|said| text.contains(said)), "{text}");
    let (code, text, errors) = wormsim(folder.path(), &["run", "log.json", "--json"]);
    assert!(code == 0 && said.iter().all(|said| errors.contains(said)), "{errors}");
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["accesses"]["injected"], 2);
    assert_eq!(wormsim(folder.path(), &["verify", "output/log"]).0, 0);
}
