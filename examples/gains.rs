//! Prints the table of what wormholes gain (`docs/src/results.md`): every shipped scenario that has some, with what
//! carries them.
//!
//! `cargo run --release --example gains [-- SCENARIO…]`. Each row is `wormsim compare` of the scenario with wormholes
//! and without, ten replications with the same accesses.

mod shipped;

use std::error::Error;
use std::path::Path;

use shipped::{SCENARIOS, replications};
use wormsim::cli;
use wormsim::experiment::statistics::Interval;
use wormsim::simulation::kinds;
use wormsim::store::reading::{Subject, read_subject};

/// A mean with the ends of its 95 % interval.
fn shown(interval: Option<Interval>, factor: f64) -> String {
    let Some(Interval { mean, low, high }) = interval else { return "–".to_owned() };
    format!("{:.1} ({:.1} to {:.1})", factor * mean, factor * low, factor * high)
}

fn main() -> Result<(), Box<dyn Error>> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let out = tempfile::tempdir()?;
    println!("| scenario | what carries wormholes, and what that assumes | gain, % | net, ticks an access | verdict |");
    println!("| --- | --- | --- | --- | --- |");
    for name in SCENARIOS.into_iter().filter(|name| only.is_empty() || only.iter().any(|only| only == name)) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.json"));
        let target = out.path().join(name);
        let (file, target) = (file.display().to_string(), target.display().to_string());
        let words = ["wormsim", "compare", &file, "--replications", replications(name), "--quiet", "--out", &target];
        let quick = ["--no-bound", "--no-break-even", "--no-report"];
        let arms = ["--arm", "without:wormholes.enabled=false", "--arm", "with:"];
        cli::main_with(&kinds(), words.iter().chain(&quick).chain(&arms).map(Into::into).collect());
        let Subject::Comparison { comparison, .. } = read_subject(&[target.into()])? else { continue };
        let with = &comparison.arms[1];
        let (gain, net) = (shown(with.gain, 100.0), shown(with.net_per_access, 1.0));
        let carrier = with.carrier.as_deref().unwrap_or("–");
        println!("| {name} | {carrier} | {gain} | {net} | {} |", with.verdict.words());
    }
    Ok(())
}
