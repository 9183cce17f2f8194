//! Names, paths and values of others never reach a terminal as what it would obey, and forge no lines.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Titles, colours, lines of their own, and text that runs the other way.
const HOSTILE: &str =
    "a\u{1b}]0;pwned\u{7}\u{1b}[2J\nerror: forged\r\tb\u{7f}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}c";

fn is_obeyed(letter: char) -> bool {
    let marks = "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}";
    letter.is_control() || marks.contains(letter) || ('\u{2066}'..='\u{2069}').contains(&letter)
}

/// A name of the same length that is refused where the other is.
fn harmless() -> String {
    HOSTILE.chars().map(|letter| if is_obeyed(letter) { '!' } else { letter }).collect()
}

/// Three nodes, one of them named `name`, which fails and comes back.
fn scenario(name: &str) -> Value {
    json!({
        "version": 1, "name": "small", "intent": format!("Is {name} shown?"), "ticks": 60, "warmup_ticks": 10,
        "topology": {
            "name": name, "nodes": [{"id": name}, {"id": "b"}, {"id": "c"}],
            "links": [{"ends": [name, "b"]}, {"ends": ["b", "c"]}]
        },
        "workloads": [{"kind": "gravity", "accesses_per_tick": 0.6}],
        "wormholes": {"carrier": {"kind": "own_medium", "transit_ratio": 0.8},
            "policy": "fixed", "initial": [[name, "c"]]},
        "events": [
            {"tick": 20, "fail_link": [name, "b"]}, {"tick": 30, "fail_node": name}, {"tick": 40, "restore_node": name},
            {"tick": 50, "restore_link": [name, "b"]}
        ],
        "persistence": {"checkpoint_every_ticks": 20}
    })
}

/// A field of a scenario, and what stands there instead, by a name.
type Change = (&'static str, fn(&str) -> Value);

/// A folder with a scenario, and a run and an experiment of it, all named `name`.
struct Place {
    folder: TempDir,
    name: String,
}

impl Place {
    fn new(name: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), name: name.to_owned() };
        place.write("s.json", &scenario(name));
        place.write(&format!("{name}.json"), &scenario(name));
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, content: &Value) {
        fs::write(self.path().join(file), content.to_string()).unwrap();
    }

    /// Exit code, standard output and standard error; `@` in an argument stands for the name.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let arguments = arguments.iter().map(|argument| OsString::from(argument.replace('@', &self.name)));
        let output = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(self.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// Two folders that differ in the name only.
struct Twins([Place; 2]);

impl Twins {
    fn new() -> Self {
        Self([HOSTILE, &harmless()].map(Place::new))
    }

    /// Both give the same exit code and the same number of lines, none with anything to obey. Returns what the hostile
    /// one says.
    fn check(&self, code: i32, arguments: &[&str]) -> (String, String) {
        let [hostile, harmless] = self.0.each_ref().map(|place| place.run(arguments));
        let what = format!("{arguments:?}\n{hostile:?}\n{harmless:?}");
        assert_eq!((hostile.0, harmless.0), (code, code), "{what}");
        for (hostile, harmless) in [(&hostile.1, &harmless.1), (&hostile.2, &harmless.2)] {
            assert!(!hostile.contains(|letter| is_obeyed(letter) && letter != '\n'), "{what}");
            assert_eq!(hostile.lines().count(), harmless.lines().count(), "{what}");
            assert!(!hostile.lines().any(|line| line.trim_start().starts_with("error: forged")), "{what}");
        }
        (hostile.1, hostile.2)
    }

    /// The same with an error on one line that shows the name.
    fn refused(&self, arguments: &[&str]) {
        let (_, errors) = self.check(2, arguments);
        assert!(errors.starts_with("error: ") && errors.contains("pwned"), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
}

#[test]
fn arguments_that_are_refused_are_shown_harmlessly() {
    let twins = Twins::new();
    for arguments in [
        ["@"].as_slice(),
        &["run"],
        &["run", "--@"],
        &["run", "s.json", "--ticks", "@"],
        &["run", "s.json", "--set", "@"],
        &["run", "s.json", "@"],
        &["schema", "@"],
        &["analyze", "s.json", "--tick-ms", "@"],
        &["route", "s.json", "b", "c", "--cost", "@"],
        &["compare", "s.json", "--half-width", "@"],
        &["compare", "s.json", "--warmup", "@"],
        &["compare", "s.json", "--arm", "a:@"],
        &["sweep", "s.json", "--vary", "@"],
    ] {
        let (output, errors) = twins.check(2, arguments);
        assert!(output.is_empty() && errors.contains("Usage:") | errors.contains("--help"), "{errors}");
        assert!(arguments == ["run"] || errors.contains("pwned"), "{errors}");
    }
    for arguments in [
        ["run", "@"].as_slice(),
        &["validate", "@"],
        &["run", "s.json", "--set", "@=1"],
        &["run", "s.json", "--set", "router.kind=@"],
        &["run", "s.json", "--set", "name=@"],
        &["compare", "s.json", "--baseline", "@"],
        &["sweep", "s.json", "--vary", "@=1,2"],
        &["sweep", "s.json", "--vary", "router.kind=@"],
        &["resume", "@"],
        &["verify", "@"],
        &["report", "@"],
        &["advise", "@"],
        &["analyze", "@"],
        &["route", "@", "b", "c"],
        &["fork", "@", "--at", "3", "--out", "x"],
    ] {
        twins.refused(arguments);
    }
}

#[test]
fn scenarios_that_are_refused_are_shown_harmlessly() {
    let twins = Twins::new();
    let changes: [Change; 8] = [
        ("name", |name| json!(name)),
        ("topology", |name| json!({"file": format!("{name}.graphml")})),
        ("router", |name| json!({ "kind": name })),
        ("workloads", |name| json!([{"kind": "uniform", "accesses_per_tick": 1, "name": name}])),
        ("workloads", |name| json!([{"kind": "gravity", "accesses_per_tick": 1, "masses": {format!("{name}x"): 1}}])),
        ("workloads", |name| json!([{"kind": "trace", "path": format!("{name}.csv")}])),
        (
            "wormholes",
            |name| json!({"carrier": {"kind": "own_medium", "transit_ratio": 0.8}, "initial": [[name, name]]}),
        ),
        ("events", |name| json!([{"tick": 1, "fail_link": ["c", name]}])),
    ];
    for (field, value) in changes {
        for place in &twins.0 {
            let mut changed = scenario(&place.name);
            changed[field] = value(&place.name);
            place.write("wrong.json", &changed);
        }
        twins.refused(&["validate", "wrong.json"]);
        twins.refused(&["run", "wrong.json"]);
    }
    for place in &twins.0 {
        let mut changed = scenario(&place.name);
        changed["experiment"] = json!({ "baseline": place.name });
        place.write("wrong.json", &changed);
    }
    twins.refused(&["compare", "wrong.json"]);
}

#[test]
fn runs_and_what_is_made_of_them_are_shown_harmlessly() {
    let twins = Twins::new();
    let (output, _) = twins.check(0, &["validate", "@.json"]);
    assert!(
        output.contains("\\u001b]0;pwned\\u0007") && output.contains("\\nerror: forged\\u000d\\tb\\u007f"),
        "{output}"
    );
    let (output, _) = twins.check(0, &["validate", "@.json", "--json"]);
    let read: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&read["file"], &read["intent"]),
        (&json!(format!("{HOSTILE}.json")), &json!(format!("Is {HOSTILE} shown?")))
    );

    let (output, _) = twins.check(0, &["run", "@.json", "--out", "@"]);
    assert!(output.contains("results     a\\u001b]0;"), "{output}");
    let (_, errors) = twins.check(0, &["-vvv", "run", "s.json", "--out", "logged"]);
    assert!(errors.lines().any(|line| line.contains("node failed") && line.contains("pwned")), "{errors}");
    twins.check(0, &["run", "s.json", "--out", "plain", "--json"]);
    twins.refused(&["run", "s.json", "--out", "@"]);
    for verb in [
        ["verify", "@"].as_slice(),
        &["verify", "@", "--quick"],
        &["advise", "@", "--replications", "2"],
        &["analyze", "@"],
    ] {
        let (output, _) = twins.check(0, verb);
        assert!(verb[0] == "advise" || output.contains("pwned"), "{output}");
    }
    let (output, _) = twins.check(0, &["analyze", "@", "--json"]);
    let read: Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&read["network"]["name"], &read["nodes"][0]["name"]), (&json!(HOSTILE), &json!(HOSTILE)));
    twins.check(0, &["route", "@", "@", "c"]);
    twins.check(0, &["route", "@", "@", "c", "--json"]);
    twins.check(1, &["route", "@", "@", "c", "--disjoint"]);
    twins.refused(&["route", "@", "b", "@x"]);
    let (_, errors) = twins.check(1, &["resume", "@"]);
    assert_eq!(errors.lines().count(), 1, "{errors}");
    twins.check(0, &["resume", "@", "--ticks", "80"]);
    twins.check(0, &["fork", "@", "--at", "40", "--out", "@ too", "--set", "router.kind=shortest_path"]);
    twins.refused(&["fork", "@", "--at", "900", "--out", "x"]);
    twins.check(0, &["report", "@", "@ too"]);
    twins.check(0, &["report", "@", "--json", "--out", "@ report"]);
    twins.refused(&["report", "@", "--out", "@ report"]);

    for place in &twins.0 {
        fs::write(place.path().join(&place.name).join("plots/map.svg"), "").unwrap();
    }
    twins.check(5, &["verify", "@", "--quick"]);
    for place in &twins.0 {
        let manifest = place.path().join("plain/manifest.json");
        let text = fs::read_to_string(&manifest).unwrap();
        let version = serde_json::to_string(&place.name).unwrap();
        fs::write(&manifest, text.replace(&format!("{:?}", wormsim::VERSION), &version)).unwrap();
    }
    for verb in [["resume", "plain"], ["verify", "plain"], ["report", "plain"]] {
        let (_, errors) = twins.check(1, &verb);
        assert!(errors.contains("pwned"), "{errors}");
    }
}

#[test]
fn experiments_are_shown_harmlessly() {
    let twins = Twins::new();
    let compare = [
        "compare",
        "s.json",
        "--out",
        "@",
        "--replications",
        "2",
        "--arm",
        "one",
        "--arm",
        "two:router.kind=multipath",
    ];
    let (output, _) = twins.check(0, &[&compare[..], &["--no-report"]].concat());
    assert!(output.contains("result: a\\u001b]0;"), "{output}");
    let sweep = [
        "sweep",
        "s.json",
        "--out",
        "@ swept",
        "--replications",
        "1",
        "--no-report",
        "--vary",
        "workloads.0.masses.@=1,2",
    ];
    let (output, _) = twins.check(0, &sweep);
    assert!(output.contains("workloads.0.masses.a\\u001b]0;"), "{output}");
    let (output, _) = twins.check(0, &[&sweep[..], &["--json"]].concat());
    let read: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(read["factors"][0]["path"], format!("workloads.0.masses.{HOSTILE}"));
    twins.check(0, &["report", "@ swept"]);
    // Another plan, a line of no run, and a line that is none.
    twins.refused(&[&sweep[..8], &["workloads.0.masses.@=1,3"]].concat());
    for place in &twins.0 {
        let path = place.path().join(format!("{} swept/experiment.json", place.name));
        let mut plan: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        plan[&place.name] = json!(1);
        fs::write(path, plan.to_string()).unwrap();
    }
    let (_, errors) = twins.check(2, &sweep);
    assert!(errors.contains("differs in a\\u001b]0;") || errors.contains("differs in a\u{fffd}]0;"), "{errors}");
}
