//! `wormsim report` as a user runs it: what it writes, what it says of what is missing, and every bad input.

mod experiments;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use experiments::{comparison, judged_sweep, sweep};
use serde_json::{Value, json};
use tempfile::TempDir;
use wormsim::store::manifest::Manifest;

/// Exit code, standard output and standard error.
fn wormsim(arguments: &[&str]) -> (i32, String, String) {
    let command = &mut Command::new(cargo_bin!("wormsim"));
    let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A short run of a scenario, in `folder/name`.
fn run(folder: &Path, name: &str, set: &[&str]) -> PathBuf {
    let target = folder.join(name);
    let mut arguments = vec!["run", "scenarios/nsfnet-hotspot.json", "--quiet", "--set", "ticks=4000", "--out"];
    arguments.push(target.to_str().unwrap());
    set.iter().for_each(|set| arguments.extend(["--set", set]));
    assert_eq!(wormsim(&arguments).0, 0);
    target
}

/// Lets the manifest of a run speak of a file as it is.
fn seal(run: &Path, path: &str) {
    let mut manifest = Manifest::read(run).unwrap();
    let hash = blake3::hash(&fs::read(run.join(path)).unwrap()).to_hex().to_string();
    manifest.outputs.insert(path.to_owned(), hash);
    fs::write(run.join("manifest.json"), manifest.to_text()).unwrap();
}

/// Reports on directories; the page.
fn page(directories: &[&Path]) -> String {
    let mut arguments = vec!["report", "--quiet"];
    arguments.extend(directories.iter().map(|path| path.to_str().unwrap()));
    let (code, output, errors) = wormsim(&arguments);
    assert_eq!((code, output.as_str(), errors.as_str()), (0, "", ""));
    fs::read_to_string(directories[0].join("report/report.html")).unwrap()
}

/// What is said of directories that no report can be made of; nothing is written.
fn refused(directories: &[&Path]) -> String {
    let files = || directories.iter().map(|path| path.join("report").exists()).collect::<Vec<_>>();
    let before = files();
    let mut arguments = vec!["report"];
    arguments.extend(directories.iter().map(|path| path.to_str().unwrap()));
    let (code, output, errors) = wormsim(&arguments);
    assert!(code != 0 && output.is_empty(), "{directories:?}: {output}");
    assert_eq!(files(), before);
    errors
}

/// The text between two parts of a text.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start}")).1;
    rest.split_once(end).unwrap().0
}

fn section<'a>(page: &'a str, id: &str) -> &'a str {
    between(page, &format!("<section id=\"{id}\""), "</section>")
}

#[test]
fn a_run_becomes_one_page_and_figures_of_both_kinds() {
    let folder = TempDir::new().unwrap();
    let target = run(folder.path(), "run", &[]);
    let (code, output, errors) = wormsim(&["report", "--json", target.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let said: Value = serde_json::from_str(&output).unwrap();
    let files: Vec<&str> = said["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    let report = target.join("report");
    let mut found: Vec<String> =
        fs::read_dir(&report).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(files, found);
    for name in ["map", "time-latency", "latency-parts", "link-load"] {
        assert!(fs::read_to_string(report.join(format!("{name}.svg"))).unwrap().starts_with("<svg"));
        assert!(fs::read(report.join(format!("{name}.png"))).unwrap().starts_with(b"\x89PNG\r\n"));
    }
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
    let own =
        page.replace(wormsim::report::figure::chart::SCRIPT, "").replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(
        !own.contains("src=") && !own.contains("http:") && !own.contains("@import"),
        "the page asks for other files"
    );
    let summary: Value = serde_json::from_str(&fs::read_to_string(target.join("summary.json")).unwrap()).unwrap();
    let mean = summary["latency_ticks"]["mean"].as_f64().unwrap();
    let said = between(section(&page, "result"), "Mean latency</dt><dd><strong>", "<");
    // A tick of the scenario is half a millisecond.
    assert!((2.0 * said.parse::<f64>().unwrap() - mean).abs() < 0.05 * mean, "{said} is not half of {mean}");
}

#[test]
fn what_a_run_assumed_is_listed_once_and_with_its_run_where_others_did_not() {
    let folder = TempDir::new().unwrap();
    let target = run(folder.path(), "run", &[]);
    let assumptions = Manifest::read(&target).unwrap().assumptions;
    let listed = |page: &str| -> Vec<String> {
        let list = between(section(page, "result"), "<ul class=\"assumed\">", "</ul>");
        list.split("<li>").skip(1).map(|item| item.replace("</li>", "")).collect()
    };
    assert!(!assumptions.is_empty());
    let texts: Vec<String> = assumptions.iter().map(|assumption| assumption.text.clone()).collect();
    assert_eq!(listed(&page(&[&target])), texts);
    let other = run(folder.path(), "other", &["tick_ms=1"]);
    let both = listed(&page(&[&target, &other]));
    let ends = |end: &str| both.iter().filter(|text| text.ends_with(end)).count();
    assert_eq!([ends(" (only in run)"), ends(" (only in other)"), ends("without capacity: unlimited")], [2, 1, 1]);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let target = run(folder.path(), "run", &[]);
    let first = page(&[&target]);
    assert_eq!(page(&[&target]), first);
}

#[test]
fn what_is_missing_is_said() {
    let folder = TempDir::new().unwrap();
    let target = run(folder.path(), "run", &["wormholes.enabled=false", "record.every_ticks=null"]);
    let page = page(&[&target]);
    assert!(section(&page, "time").contains("No frames were recorded"));
    assert!(section(&page, "wormholes").contains("Wormholes are disabled"));
    assert!(section(&page, "map").contains("Nothing about the network changed"));
}

#[test]
fn what_happened_to_the_network_is_marked_and_replayed() {
    let folder = TempDir::new().unwrap();
    let link = json!(["WA", "IL"]);
    let events = json!([
        {"tick": 500, "fail_link": link}, {"tick": 1500, "restore_link": link}, {"tick": 2000, "fail_node": "UT"},
        {"tick": 2500, "restore_node": "UT"}, {"tick": 3000, "set_capacity": {"link": link, "capacity_per_tick": 5}},
        {"tick": 3500, "set_capacity": {"link": link, "capacity_per_tick": null}},
        {"tick": 3600, "set_capacity": {"link": ["IL", "WA"], "capacity_per_tick": 6, "one_way": true}},
        {"tick": 3700, "set_capacity": {"link": link, "capacity_per_tick": 8, "back": {"capacity_per_tick": 9}}}
    ]);
    let target = run(folder.path(), "run", &[&format!("events={events}")]);
    let page = page(&[&target]);
    for why in ["node UT is restored", "capacity of link WA–IL from IL becomes 6 per tick"] {
        assert!(section(&page, "phases").contains(why), "{why}");
    }
    let map = section(&page, "map");
    let mut said =
        vec!["WA–IL fails", "WA–IL restored", "UT fails", "UT restored", "WA–IL carries 5", "WA–IL unlimited"];
    said.extend(["IL→WA carries 6", "WA→IL carries 8, IL→WA carries 9"]);
    let time = section(&page, "time");
    for said in said {
        assert!(map.contains(said) && time.contains(said), "{said}");
    }
}

/// The data of a figure on a page.
fn data(page: &str, figure: &str) -> Value {
    let figure = between(page, &format!("<figure class=\"plot\" id=\"{figure}\""), "</figure>");
    serde_json::from_str(between(figure, "<script type=\"application/json\">", "</script>")).unwrap()
}

/// The table of a heat map on a page.
fn heat<'a>(page: &'a str, figure: &str) -> &'a str {
    between(page, &format!("<figure class=\"heat\" id=\"{figure}\""), "</figure>")
}

#[test]
fn moves_of_the_hot_spot_are_on_every_chart_over_time_and_in_the_warm_up_too() {
    let folder = TempDir::new().unwrap();
    let set = ["workloads.0.hot_spot.dwell_ticks=1000", "warmup_ticks=1500"];
    let page = page(&[&run(folder.path(), "run", &set)]);
    for figure in ["latency", "throughput", "in-flight", "wormholes", "strength", "entropy"] {
        let data = data(&page, &format!("time-{figure}"));
        let moves = data["marks"].as_array().unwrap().iter().filter(|mark| !mark[1].to_string().contains("peak"));
        let marks: Vec<_> = moves.filter_map(|mark| mark[0].as_f64()).collect();
        assert_eq!(marks, [1000.0, 2000.0, 3000.0], "{figure}");
        let labels = data["marks"].to_string();
        assert!(["IL", "NY"].iter().all(|to| labels.contains(&format!("hot spot moves to {to}"))), "{labels}");
    }
}

#[test]
fn a_fork_is_shown_beside_its_parent_from_the_fork_on() {
    let folder = TempDir::new().unwrap();
    let parent = run(folder.path(), "parent", &[]);
    let fork = folder.path().join("fork");
    let [from, to] = [&parent, &fork].map(|path| path.to_str().unwrap());
    let set = ["--set", "workloads.0.accesses_per_tick=24"];
    let arguments = ["fork", from, "--at", "3000", "--out", to, "--quiet"];
    assert_eq!(wormsim(&[&arguments[..], &set].concat()).0, 0);
    let page = page(&[&fork]);
    assert!(between(&page, "<h1>", "</h1>") == "fork: a fork of parent");
    let answer = between(&page, "<p class=\"answer\">", "</p>");
    assert!(answer.starts_with("Since fork was forked from parent after 3,000 ticks: mean latency "), "{answer}");
    let difference = data(&page, "time-difference");
    let ticks = &difference["series"][0]["x"];
    assert!(difference["series"].as_array().unwrap().len() == 1 && ticks[0].as_u64().unwrap() > 3000, "{ticks}");
    assert!(data(&page, "time-throughput")["marks"].to_string().contains("\"fork\""));
}

#[test]
fn how_far_a_mean_can_be_trusted_is_said() {
    let folder = TempDir::new().unwrap();
    let short = run(folder.path(), "short", &["ticks=2", "warmup_ticks=0"]);
    assert!(section(&page(&[&short]), "result").contains("it is too short to say whether queues stay bounded"));
    let target = folder.path().join("unstable");
    let out = target.to_str().unwrap();
    let demand = r#"workloads.0={"kind":"gravity","accesses_per_tick":12}"#;
    let set = ["--set", "nodes.service_per_tick=1", "--set", "nodes.queue_limit=null", "--set", demand];
    let arguments = ["run", "scenarios/nsfnet-hotspot.json", "--quiet", "--out", out, "--ticks", "4000"];
    assert_eq!(wormsim(&[&arguments[..], &set].concat()).0, 4);
    assert!(section(&page(&[&target]), "result").contains("the run is unstable: queues grew without bound"));
}

#[test]
fn a_distribution_and_waits_are_shown_where_they_were_kept() {
    let folder = TempDir::new().unwrap();
    let target = run(folder.path(), "run", &[]);
    fs::write(target.join("latencies.csv"), "latency_ticks,accesses\n3,6\n5,3\n9,1\n").unwrap();
    seal(&target, "latencies.csv");
    let waits = json!({"version": 1, "tick": 3999, "measured_ticks": 3600, "waited_ticks": 160, "links": [
        {"ends": ["WA", "IL"], "kind": "space", "from": "WA", "to": "IL", "capacity_per_tick": 2,
         "carried_per_tick": 1.5, "utilisation": 0.75, "waited_ticks": 60, "share_of_waiting": 0.375}],
        "links_left_out": 7, "nodes": [
        {"node": "IL", "service_per_tick": 4, "served_per_tick": 3.0, "utilisation": 0.75, "waited_ticks": 80,
         "share_of_waiting": 0.5},
        {"node": "UT", "service_per_tick": 4, "served_per_tick": 3.0, "utilisation": 0.75, "waited_ticks": 20,
         "share_of_waiting": 0.125},
        {"node": "MD", "service_per_tick": 4, "served_per_tick": 3.0, "utilisation": 0.75, "waited_ticks": 0,
         "share_of_waiting": 0.0}], "nodes_left_out": 3});
    fs::write(target.join("wormholes/analytics/bottlenecks.json"), waits.to_string()).unwrap();
    seal(&target, "wormholes/analytics/bottlenecks.json");
    let page = page(&[&target]);
    // 6, 9 and 10 of 10 accesses within 3, 5 and 9 ticks; 4 and 1 beyond 3 and 5.
    assert_eq!(data(&page, "latency-cdf")["series"][0]["y"], json!([0.6, 0.9, 1]));
    assert_eq!(data(&page, "latency-tail")["series"][0]["y"], json!([0.4, 0.1]));
    let load = section(&page, "load");
    // Links and nodes together, by their waiting; where nothing waited is no row.
    let rows = ["node IL", "WA → IL", "node UT"].map(|place| load.find(place));
    assert!(rows.is_sorted() && rows[0].is_some() && !load.contains("node MD"), "{rows:?}");
    assert!(load.contains("37.5 %") && load.contains(">30<") && load.contains("7 more rows"));
}

#[test]
fn a_comparison_begins_with_its_verdict_in_a_sentence() {
    let folder = TempDir::new().unwrap();
    let page = page(&[&comparison(folder.path(), wormsim::VERSION)]);
    let header = between(&page, "<header>", "</header>");
    let answer = "</h1><p class=\"answer\">Yes, with both: mean latency 12.5 → 7.0 ms (−43 %, −45 to −40), \
                  +3.75 ms an access net of costs (+3.50 to +3.88); worth it up to an upkeep of 17; \
                  best rival policy, rival, −43 %, −45 to −40.</p>";
    assert!(header.contains(answer), "{}", between(header, "<h1>", "<nav"));
    let result = section(&page, "result");
    let assumed = ["<dd>own medium</dd>", "2,500 ms (5,000 ticks)", "22 links without capacity", "1 link from a node"];
    for said in assumed.into_iter().chain(["1 tick = 0.5 ms"]) {
        assert!(result.contains(said), "{said}");
    }
    // What was assumed, then the table with the best arm first, then the rest.
    let places = ["own medium", "the best arm first", "id=\"net\"", "Why each verdict"].map(|said| result.find(said));
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
    let table = between(result, "<tbody", "</tbody>");
    let rows = ["both", "rival", "static", "flooded"].map(|arm| table.find(&format!("</span>{arm}<")));
    assert!(rows.is_sorted() && rows[0].is_some(), "{rows:?}");
}

#[test]
fn the_terminal_begins_with_the_answer_of_the_page() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("compared");
    let arguments =
        ["compare", "scenarios/nsfnet-hotspot.json", "--ticks", "3000", "--replications", "2", "--no-bound"];
    let (code, output, errors) =
        wormsim(&[&arguments[..], &["--no-break-even", "--out", target.to_str().unwrap()]].concat());
    assert_eq!((code, errors.as_str()), (0, ""));
    let answer = output.lines().next().unwrap();
    assert!(answer.contains(": mean latency ") && answer.contains(" ms an access net of costs ("), "{answer}");
    let page = fs::read_to_string(target.join("report/report.html")).unwrap();
    assert_eq!(between(&page, "<p class=\"answer\">", "</p>"), answer);
    // Arms that lie on each other are told apart, and so is what differs from the baseline.
    let dashes = |figure: &str| -> Vec<Value> {
        data(&page, figure)["series"].as_array().unwrap().iter().map(|arm| arm["dash"].clone()).collect()
    };
    let all = [json!([]), json!([9.0, 5.0]), json!([3.0, 3.0]), json!([14.0, 4.0])];
    assert_eq!(dashes("time-latency"), all);
    assert_eq!(dashes("time-difference"), all[..3]);
}

#[test]
fn a_comparison_has_its_arms_in_milliseconds() {
    let folder = TempDir::new().unwrap();
    let target = comparison(folder.path(), wormsim::VERSION);
    let page = page(&[&target]);
    let result = section(&page, "result");
    let numbers = ["43.2 % <small>40.0 to 45.0 %", "+3.75 <small>+3.50 to +3.88", "7.00 <small>6.75 to 7.12"];
    for said in numbers.into_iter().chain(["The reason of both.", "6,543.00", "same accesses"]) {
        assert!(result.contains(said), "{said}");
    }
    assert!(between(result, "<li class=\"unstable\">", "</li>").contains("unstable"));
    assert!(between(result, "<li class=\"pays\">", "</li>").contains("both"));
    // The parts of both arms that have means: (14 − 3 and 1, 1, 1) / 2.
    assert!(
        section(&page, "parts")
            .contains("both 7 ms: propagation 5.5, processing 0, node wait 0.5, link wait 0.5, set-up 0.5")
    );
    assert!(section(&page, "provenance").contains("400 ticks, found by the MSER-5 rule"));
    let phases = section(&page, "phases");
    assert!(phases.contains("link &lt;a&gt;–b fails"), "{phases}");
    assert!(phases.contains("16.5 ms (33 ticks), in 2 of 3 runs"), "{phases}");
}

#[test]
fn sweeps_have_curves_heat_maps_and_all_cells() {
    let folder = TempDir::new().unwrap();
    let once = page(&[&sweep(folder.path(), false)]);
    let curve = data(&once, "sweep-latency-mean-1");
    assert_eq!(curve["series"][0]["y"], json!([5, 10, null]));
    assert_eq!(curve["series"][1]["x"], json!([3]));
    assert_eq!((&curve["series"][2]["name"], &curve["series"][2]["y"]), (&json!("grid, reference"), &json!([6.25])));
    assert!(section(&once, "sweep").contains("queues grow") && section(&once, "provenance").contains(">7<"));

    let twice = page(&[&sweep(folder.path(), true)]);
    let row = between(heat(&twice, "sweep-heat-latency-mean-1"), "<tbody>", "</tr>");
    let cells: Vec<&str> = row.split("</td>").filter_map(|cell| Some(cell.rsplit_once('>')?.1)).collect();
    assert_eq!(cells, ["5", "10", "unstable"], "{row}");
    assert!(row.contains("class=\"none\"") && row.matches("style=\"background:#").count() == 2, "{row}");
    assert!(twice.contains("id=\"sweep-latency-mean-2\""), "no marginal plot over the second factor");
}

#[test]
fn a_sweep_begins_with_net_gain_and_where_the_net_is_nothing() {
    let folder = TempDir::new().unwrap();
    let once = page(&[&judged_sweep(folder.path(), false)]);
    let answer = "Better than none: grid at 1 of 3 points, by +0.50 ms an access at most \
                  (workloads.0.accesses_per_tick = 1.0).";
    assert_eq!(between(&once, "<p class=\"answer\">", "</p>"), answer);
    let net = data(&once, "sweep-net-per-access-1");
    assert_eq!(net["series"][0]["y"], json!([0.5, -1, null]));
    assert!(net["marks"].to_string().contains("grid: 0 at 1.33"), "{}", net["marks"]);
    let swept = section(&once, "sweep");
    let places = ["<strong>1.33</strong>, between 1 and 2", "sweep-net-per-access-1", "sweep-latency-mean-1"];
    let places = places.map(|said| swept.find(said));
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");

    let twice = page(&[&judged_sweep(folder.path(), true)]);
    let net = heat(&twice, "sweep-heat-net-per-access-1");
    assert_eq!(net.matches("class=\"turn-right\"").count(), 2, "{net}");
}

#[test]
fn directories_that_do_not_go_together_are_refused() {
    let folder = TempDir::new().unwrap();
    let (run, swept) = (run(folder.path(), "run", &[]), sweep(folder.path(), false));
    assert!(refused(&[&run, &swept]).contains("does not go with other directories"));
    assert!(refused(&[&swept, &swept]).contains("does not go with other directories"));
    let (empty, other) = (folder.path().join("empty"), folder.path().join("other"));
    fs::create_dir(&empty).unwrap();
    assert!(refused(&[&empty]).contains("empty is no run directory of wormsim"));
    assert!(refused(&[&run, &empty]).contains("empty is no run directory of wormsim"));
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.txt"), "mine").unwrap();
    assert!(refused(&[&other]).contains("is no run directory of wormsim"));
    assert!(refused(&[&folder.path().join("nowhere")]).contains("nowhere is no run directory of wormsim"));
    assert!(refused(&[&other.join("notes.txt")]).contains("notes.txt is no run directory of wormsim"));
}

#[test]
fn other_versions_and_unfinished_experiments_are_refused() {
    let folder = TempDir::new().unwrap();
    let compared = comparison(folder.path(), "0.0.1");
    assert!(refused(&[&compared]).contains("comparison.json is of version 0.0.1"));
    fs::remove_file(compared.join("comparison.json")).unwrap();
    assert!(refused(&[&compared]).contains("has no results yet"));
    let run = run(folder.path(), "run", &[]);
    let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
    fs::write(run.join("manifest.json"), manifest.replace("\"seed\": 42", "\"seed\": 43")).unwrap();
    assert!(refused(&[&run]).contains("was edited"));
    fs::write(run.join("manifest.json"), manifest.replace(wormsim::VERSION, "0.0.1")).unwrap();
    assert!(refused(&[&run]).contains("is of version 0.0.1"));
}

#[test]
fn a_damaged_run_leaves_the_report_before_as_it_was() {
    let folder = TempDir::new().unwrap();
    let run = run(folder.path(), "run", &[]);
    let before = page(&[&run]);
    fs::write(run.join("metrics.csv"), "tick,injected\n1,many\n").unwrap();
    for (expected, why) in [(1, "is not what the run wrote"), (2, "invalid digit")] {
        let (code, output, errors) = wormsim(&["report", run.to_str().unwrap()]);
        assert_eq!((code, output.as_str()), (expected, ""), "{errors}");
        assert!(errors.contains("metrics.csv") && errors.contains(why), "{errors}");
        seal(&run, "metrics.csv");
    }
    assert_eq!(fs::read_to_string(run.join("report/report.html")).unwrap(), before);
}

#[test]
fn a_folder_of_others_is_not_written_into_unasked() {
    let folder = TempDir::new().unwrap();
    let run = run(folder.path(), "run", &[]);
    let out = folder.path().join("mine");
    fs::create_dir(&out).unwrap();
    let arguments = ["report", run.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet"];
    let (code, _, errors) = wormsim(&arguments);
    assert!(code == 2 && errors.contains("exists"), "{errors}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
    assert_eq!(wormsim(&[&arguments[..], &["--force"]].concat()).0, 0);
    assert!(out.join("report.html").is_file());
}
