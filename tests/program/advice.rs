//! What `advise` recommends: what was tried and helped, the best first, and nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use wormsim::experiment::advice::{Advice, Tried};
use wormsim::experiment::diagnosis::PartOfLatency;
use wormsim::experiment::statistics::holm;
use wormsim::store::json;
use wormsim::store::manifest::{Manifest, Status};

/// Four nodes in a line; the link in the middle carries one access per tick, the others as many as there are.
fn line(rate: f64) -> Value {
    let link =
        |ends: [&str; 2], capacity: Value| json!({"ends": ends, "latency_ticks": 5, "capacity_per_tick": capacity});
    json!({
        "version": 1, "name": "line", "intent": "What is in the way?", "seed": 1, "ticks": 6000, "warmup_ticks": 500,
        "topology": {
            "nodes": (["a", "b", "c", "d"].map(|id| json!({"id": id}))),
            "links": [link(["a", "b"], Value::Null), link(["b", "c"], json!(1)), link(["c", "d"], json!(100))]
        },
        "nodes": {"service_per_tick": 100, "queue_limit": null, "link_queue_limit": null},
        "workloads": [{"kind": "uniform", "accesses_per_tick": rate}],
        "router": {"kind": "shortest_path"}
    })
}

fn wormsim(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(cargo_bin!("wormsim")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a run of a scenario.
fn with_run(scenario: &Value, code: i32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("line.json"), scenario.to_string()).unwrap();
    let (found, _, errors) = wormsim(folder.path(), &["run", "line.json", "--out", "run", "--quiet"]);
    assert_eq!(found, code, "{errors}");
    folder
}

/// Of the twelve pairs, four cross the middle in either direction: at 2.4 accesses per tick, 0.8 on a link that carries
/// 1, which wait 0.8 / (2 · 0.2) = 2 ticks (VALIDATION.md 2). That is 8/12 · 2 = 4/3 ticks of every access, beside a
/// mean way of (6 · 1 + 4 · 2 + 2 · 3)/12 links of 5 ticks, which are 25/3: no change of capacity gains more than 4/29.
#[test]
fn the_narrow_link_is_named_first_with_what_it_gains() {
    let folder = with_run(&line(2.4), 0);
    let options = ["advise", "run", "--replications", "4", "--json"];
    let (code, text, errors) = wormsim(folder.path(), &[&options[..], &["--threads", "2"]].concat());
    assert_eq!((code, &*errors), (0, ""));
    let place = folder.path().join("run/report/advice.json");
    assert_eq!(fs::read_to_string(&place).unwrap(), text);
    let advice: Advice = json::read(&place).unwrap();
    let first = &advice.tried[0];
    assert_eq!(first.change, "raise the capacity of b–c from 1 to 2");
    assert_eq!(first.set, [("topology.links.1.capacity_per_tick".to_owned(), json!(2))].into());
    let gain = first.gain.unwrap();
    assert!(first.helped && gain.low > 0.0, "{first:?}");
    assert!(gain.mean > 0.5 * 4.0 / 29.0 && gain.low < 4.0 / 29.0, "{gain:?}");
    // Nothing is opened: the net benefit is the latency saved.
    let net = first.net_per_access.unwrap();
    assert!(net.low > 0.0 && net.low < 4.0 / 3.0, "{net:?}");
    // The other change counts: the smaller of two p values is doubled.
    let p_value = first.p_value.unwrap();
    assert!(p_value > 0.0 && first.p_adjusted == Some(2.0 * p_value) && 2.0 * p_value < 0.05, "{first:?}");
    // There is one way only, which Q-routing has to learn.
    let others: Vec<(&str, bool)> = advice.tried[1..].iter().map(|tried| (&*tried.change, tried.helped)).collect();
    assert_eq!(others, [("route by Q-routing", false)]);
    assert_eq!(wormsim(folder.path(), &[&options[..], &["--threads", "1"]].concat()), (0, text, String::new()));

    let (code, text, _) = wormsim(folder.path(), &["advise", "run", "--replications", "4"]);
    assert!(
        code == 0 && text.contains("of 2 changes that were tried with 4 replications each, one shortens"),
        "{text}"
    );
    assert!(text.contains("raise the capacity of b–c from 1 to 2  ") && !text.contains("Q-routing"), "{text}");
    what_it_worked_from_stands_before(&text, &advice, folder.path());
    assert_eq!(wormsim(folder.path(), &["report", "run", "--quiet"]).0, 0);
    let page = fs::read_to_string(folder.path().join("run/report/report.html")).unwrap();
    let section = page.split_once("<section id=\"advice\"").unwrap().1.split_once("</section>").unwrap().0;
    assert!(section.contains("2 changes were tried, 1 of them helped."), "{section}");
    let percent = format!("{:.1} %", gain.mean * 100.0);
    assert!(section.contains("raise the capacity of b–c from 1 to 2") && section.contains(&percent), "{section}");
    assert!(section.contains("corrected by Holm") && !section.contains("Q-routing"), "{section}");
    // What is beside the run does not make it another one.
    assert_eq!(wormsim(folder.path(), &["verify", "run", "--quiet"]).0, 0);
}

/// The parts of the mean latency, 25/3 ticks in transit and 4/3 waiting, and both directions of the narrow link, at
/// which all of that is waited, are printed before the advice, as they are kept.
fn what_it_worked_from_stands_before(text: &str, advice: &Advice, folder: &Path) {
    let diagnosis = &advice.diagnosis;
    let summary: Value = json::read(&folder.join("run/summary.json")).unwrap();
    assert_eq!(json!(diagnosis.latency_ticks), summary["latency_ticks"]["mean"]);
    let parts: Vec<PartOfLatency> = diagnosis.parts.iter().map(|part| part.part).collect();
    assert_eq!(parts, [PartOfLatency::Propagation, PartOfLatency::LinkWait]);
    assert_eq!(json!(diagnosis.parts[1].ticks), summary["latency_parts_ticks"]["link_wait"]);
    assert!((diagnosis.parts[1].share - 4.0 / 29.0).abs() < 0.03, "{diagnosis:?}");
    assert!((diagnosis.parts[0].share + diagnosis.parts[1].share - 1.0).abs() < 1e-9, "{diagnosis:?}");
    let bottlenecks: Value = json::read(&folder.join("run/wormholes/analytics/bottlenecks.json")).unwrap();
    assert_eq!(json!(diagnosis.links), json!(bottlenecks["links"].as_array().unwrap()[..2]));
    assert_eq!(diagnosis.links.iter().map(|link| link.waited_ticks).sum::<u64>(), diagnosis.waited_ticks);
    assert!(diagnosis.nodes.is_empty(), "{diagnosis:?}");

    let (before, _) = text.split_once("line: of 2 changes").unwrap();
    let [in_transit, waiting] = [0, 1].map(|part| &diagnosis.parts[part]);
    let row = |words: &[&str]| before.lines().any(|line| line.split_whitespace().eq(words.iter().copied()));
    let shares = [in_transit.share, waiting.share, diagnosis.links[0].share_of_waiting];
    let percent = shares.map(|share| format!("{:.1}", share * 100.0));
    assert!(row(&["propagation", &format!("{:.3}", in_transit.ticks), &percent[0], "%"]), "{before}");
    assert!(row(&["link", "wait", &format!("{:.3}", waiting.ticks), &percent[1], "%"]), "{before}");
    let link = &diagnosis.links[0];
    let waited = link.waited_ticks.to_string();
    assert!(row(&["link", &link.from, "to", &link.to, &waited, &percent[2], "%"]), "{before}");
}

/// A generator whose network depends on the seed: all replications are of the network of the run.
#[test]
fn a_generated_network_is_the_same_in_all_replications() {
    let mut scenario = line(0.8);
    let generator = json!({"kind": "random_geometric", "nodes": 12, "radius": 0.4});
    scenario["topology"] = json!({"generator": generator, "capacity_per_tick": 1});
    scenario["ticks"] = json!(1500);
    let folder = with_run(&scenario, 0);
    let (code, text, errors) = wormsim(folder.path(), &["advise", "run", "--replications", "3", "--json"]);
    assert_eq!((code, &*errors), (0, ""));
    let advice: Advice = serde_json::from_str(&text).unwrap();
    let links: Vec<_> = advice.tried.iter().filter(|tried| tried.set.contains_key("events")).collect();
    assert!(!links.is_empty() && links.iter().all(|tried| tried.gain.is_some()), "{text}");
}

#[test]
fn what_makes_an_unstable_run_stable_helps_though_no_number_says_how_much() {
    let folder = with_run(&line(4.0), 4);
    let (code, text, _) = wormsim(folder.path(), &["advise", "run", "--replications", "2", "--json"]);
    let advice: Advice = serde_json::from_str(&text).unwrap();
    let first = &advice.tried[0];
    assert_eq!((code, &*first.change, first.helped), (0, "raise the capacity of b–c from 1 to 2", true));
    assert_eq!(first.gain, None);
    assert!(advice.tried[1..].iter().all(|tried| !tried.helped), "{text}");
}

#[test]
fn where_nobody_waits_and_nothing_carries_wormholes_there_is_nothing_to_advise() {
    let mut scenario = line(2.4);
    scenario["topology"]["links"][1]["capacity_per_tick"] = Value::Null;
    let folder = with_run(&scenario, 0);
    let (code, text, errors) = wormsim(folder.path(), &["advise", "run"]);
    let advised = text.ends_with(
        "\nline: nothing to advise: none of the changes that are tried could save 0.5 % of the mean latency\n",
    );
    assert!(code == 0 && advised && errors.is_empty(), "{text} {errors}");
    assert!(text.contains("100.0 %") && !text.contains("most waited for"), "{text}");
    let advice: Advice = json::read(&folder.path().join("run/report/advice.json")).unwrap();
    assert!(advice.tried.is_empty() && advice.diagnosis.waited_ticks == 0);
}

/// Wormholes of half the latency save half of it at the most, less the pairs without one and the time before they open.
#[test]
fn wormholes_are_advised_where_nobody_waits() {
    let mut scenario = line(2.4);
    scenario["topology"]["links"][1]["capacity_per_tick"] = Value::Null;
    scenario["wormholes"] = json!({"enabled": false, "carrier": {"kind": "own_medium", "transit_ratio": 0.5}});
    let folder = with_run(&scenario, 0);
    let (code, text, errors) = wormsim(folder.path(), &["advise", "run", "--replications", "3", "--json"]);
    assert_eq!((code, &*errors), (0, ""));
    let advice: Advice = serde_json::from_str(&text).unwrap();
    assert_eq!(advice.tried.len(), 3);
    for tried in &advice.tried {
        assert!(tried.change.starts_with("open wormholes by ") && tried.set["wormholes.enabled"] == true, "{tried:?}");
        let gain = tried.gain.unwrap();
        assert!(tried.helped && gain.low > 0.2 && gain.high < 0.5, "{tried:?}");
    }
    let of = |p: fn(&Tried) -> Option<f64>| advice.tried.iter().map(p).collect::<Vec<_>>();
    let p_values = of(|tried| tried.p_value);
    assert!(p_values.iter().all(Option::is_some), "{p_values:?}");
    assert_eq!(of(|tried| tried.p_adjusted), holm::adjusted(&p_values));
}

/// Older files have neither a diagnosis nor p values.
#[test]
fn older_advice_is_still_shown() {
    let folder = with_run(&line(2.4), 0);
    let place = folder.path().join("run/report/advice.json");
    assert_eq!(wormsim(folder.path(), &["advise", "run", "--replications", "2", "--quiet"]).0, 0);
    let mut advice: Value = json::read(&place).unwrap();
    advice.as_object_mut().unwrap().remove("diagnosis").unwrap();
    for tried in advice["tried"].as_array_mut().unwrap() {
        let tried = tried.as_object_mut().unwrap();
        assert!(tried.remove("p_value").is_some() && tried.remove("p_adjusted").is_some());
    }
    fs::write(&place, advice.to_string()).unwrap();
    assert_eq!(wormsim(folder.path(), &["report", "run", "--quiet"]), (0, String::new(), String::new()));
    let page = fs::read_to_string(folder.path().join("run/report/report.html")).unwrap();
    assert!(page.contains("2 changes were tried"));
}

#[test]
fn advice_that_cannot_be_kept_is_printed() {
    let folder = with_run(&line(2.4), 0);
    let kept = |arguments: &[&str]| {
        let arguments = [&["advise", "run", "--replications", "2"], arguments].concat();
        let (code, text, errors) = wormsim(folder.path(), &arguments);
        assert_eq!((code, &*errors), (0, ""));
        text
    };
    let (words, numbers) = (kept(&[]), kept(&["--json"]));
    fs::remove_dir_all(folder.path().join("run/report")).unwrap();
    // Root may write into any folder, but there is none.
    fs::write(folder.path().join("run/report"), "").unwrap();
    let not_kept = |arguments: &[&str]| {
        let arguments = [&["advise", "run", "--replications", "2"], arguments].concat();
        let (code, text, errors) = wormsim(folder.path(), &arguments);
        assert!(code == 1 && errors.starts_with("error: cannot write run/report/advice.json: "), "{code} {errors}");
        assert_eq!(errors.lines().count(), 1);
        text
    };
    assert_eq!(not_kept(&["--json"]), numbers);
    assert_eq!(not_kept(&["--quiet"]), "");
    let (advice, place) = words.rsplit_once("all that was tried").unwrap();
    assert_eq!((not_kept(&[]), place), (advice.to_owned(), " is in run/report/advice.json\n"));
}

#[test]
fn what_there_can_be_no_advice_on_is_refused() {
    let folder = with_run(&line(2.4), 0);
    let run = folder.path().join("run");
    let refused = |code: i32, expected: &str| {
        let (found, _, text) = wormsim(folder.path(), &["advise", "run"]);
        assert!(found == code && text.contains(expected), "{found} {text}");
        assert!(!run.join("report").exists());
    };
    assert!(wormsim(folder.path(), &["advise", "nowhere"]).2.contains("nowhere is no run directory of wormsim"));
    assert_eq!(wormsim(folder.path(), &["advise", "run", "--replications", "1"]).0, 2);

    let mut manifest = Manifest::read(&run).unwrap();
    let whole = manifest.to_text();
    for (status, code, expected) in [
        (Status::Partial, 2, "DIR: run is not allowed; expected a run of which all ticks are simulated"),
        (Status::Running, 1, "run: the run is not over"),
    ] {
        manifest.status = status;
        fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
        refused(code, expected);
    }
    manifest.status = Status::Complete;
    manifest.program_version = "0.0.1".to_owned();
    fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
    refused(1, "is of version 0.0.1; this is wormsim");
    fs::write(run.join("manifest.json"), &whole).unwrap();

    let change = |path: &str, from: &str, to: &str| {
        let text = fs::read_to_string(run.join(path)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(run.join(path), text.replacen(from, to, 1)).unwrap();
    };
    let bottlenecks = "wormholes/analytics/bottlenecks.json";
    change(bottlenecks, "\"b\"", "\"a\"");
    refused(1, "bottlenecks.json is not what the run wrote");
    change("scenario.json", "\"seed\": 1", "\"seed\": 2");
    refused(1, "scenario.json was changed since the run began");
}
