//! Prints the table of opening policies (`docs/src/results.md`): all of them as arms on every shipped scenario with
//! wormholes, with their regrets in the direct-use model.
//!
//! `cargo run --release --example rivals [-- SCENARIO…]`. Each block is one `wormsim compare`, ten replications an arm.

mod shipped;

use std::error::Error;
use std::path::Path;

use shipped::{SCENARIOS, replications};
use wormsim::cli;
use wormsim::experiment::statistics::Interval;
use wormsim::simulation::kinds;
use wormsim::store::reading::{Subject, read_subject};

/// What an arm does beyond choosing its policy.
fn more(policy: &str, scenario: &str) -> &'static str {
    // All pairs of ten thousand nodes are too many to look at.
    if policy == "static" && scenario == "scale-10k" { ",wormholes.policy.from=past" } else { "" }
}

fn main() -> Result<(), Box<dyn Error>> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let out = tempfile::tempdir()?;
    println!("| scenario | policy | gain, % | net, ticks an access | verdict | regret at most, % of doing nothing |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for name in SCENARIOS.into_iter().filter(|name| only.is_empty() || only.iter().any(|only| only == name)) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.json"));
        let target = out.path().join(name);
        let (file, target) = (file.display().to_string(), target.display().to_string());
        let mut words =
            ["wormsim", "compare", &file, "--replications", replications(name), "--quiet", "--no-break-even"]
                .map(str::to_owned)
                .to_vec();
        words.extend(["--no-report", "--out", &target, "--arm", "none:wormholes.enabled=false"].map(str::to_owned));
        for policy in kinds().policies().iter().map(|kind| kind.name()).filter(|&kind| kind != "fixed") {
            let more = more(policy, name);
            words.extend(["--arm".to_owned(), format!("{policy}:wormholes.policy.kind={policy}{more}")]);
        }
        cli::main_with(&kinds(), words.iter().map(Into::into).collect());
        let Subject::Comparison { comparison, .. } = read_subject(&[target.into()])? else { continue };
        let bound = comparison.bound.as_ref();
        for arm in &comparison.arms[1..] {
            let of = |interval: Option<Interval>, factor: f64| {
                interval.map_or("–".to_owned(), |interval| format!("{:.1}", factor * interval.mean + 0.0))
            };
            let nothing = bound.map_or(f64::NAN, |bound| bound.nothing);
            let cells = [of(arm.gain, 100.0), of(arm.net_per_access, 1.0), arm.verdict.words().to_owned()];
            println!("| {name} | {} | {} | {} |", arm.name, cells.join(" | "), of(arm.regret, 100.0 / nothing));
        }
        if let Some(bound) = bound {
            let share = |cost: f64| 100.0 * (bound.nothing - cost) / bound.nothing;
            let (least, most) = (share(bound.upper), share(bound.lower));
            println!("| {name} | *nobody saves more than* | | | {least:.1} to {most:.1} % in direct use | 0 |");
        }
    }
    Ok(())
}
