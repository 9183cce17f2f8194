//! What three routers make of a link that fails and comes back, from the frames of their runs.
//!
//! `cargo run --release --example link_failure`. Shows how to run a scenario as a library, change it, and read what was
//! recorded.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use wormsim::recorder::frame::Frame;
use wormsim::simulation::load;
use wormsim::simulation::{Happened, Simulation};

/// Arms: name, and what is set.
const ARMS: [(&str, &str); 3] = [
    ("Q-routing", "router.full_echo=false"),
    ("Q-routing, full echo", "router.full_echo=true"),
    ("shortest path", "router.kind=shortest_path"),
];

/// Periods of `link-failure.json`, whose link fails at tick 8000 and is restored at 14000.
const PERIODS: [(&str, u32, u32); 4] = [
    ("before", 2000, 8000),
    ("just failed", 8000, 9000),
    ("failed for long", 12_000, 14_000),
    ("restored", 18_000, 20_000),
];

/// Mean latency, ticks, of the accesses delivered from tick `from` until before `until`.
fn mean_latency(frames: &[Frame], from: u32, until: u32) -> f64 {
    let inside = frames.iter().filter(|frame| (from..until).contains(&frame.tick));
    let (count, sum) = inside.fold((0.0, 0.0), |(count, sum), frame| {
        let delivered = frame.delivered as f64;
        (count + delivered, sum + delivered * frame.latency_mean_ticks.unwrap_or(0.0))
    });
    sum / count
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/link-failure.json");
    println!("| router | {} | dropped |", PERIODS.map(|(name, ..)| name).join(" | "));
    println!("| --- | --- | --- | --- | --- | --- |");
    for (arm, change) in ARMS {
        let scenario = load(&file, &[change.parse()?])?.scenario;
        let ticks = scenario.ticks;
        let mut simulation = Simulation::new(scenario.into())?;
        let mut frames = Vec::new();
        let mut gather = |_: &Simulation, happened: &Happened| {
            frames.extend(happened.frame.as_deref().cloned());
            ControlFlow::Continue(())
        };
        simulation.run_until(ticks, &mut gather)?;
        let means = PERIODS.map(|(_, from, until)| format!("{:.1}", mean_latency(&frames, from, until)));
        let dropped: u64 = simulation.summary().accesses.dropped.values().sum();
        println!("| {arm} | {} | {dropped} |", means.join(" | "));
    }
    Ok(())
}
