//! Clocks and lines: what is measured, how many times as fast that is as something else, and whether it is as required.

use std::time::{Duration, Instant};

use crate::network::Network;

/// Calls that one sample is the mean of where one call takes less than the clock tells apart.
pub const CALLS: usize = 100;

/// A value and how long it took to make, ns.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub fn timed<T>(make: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let made = make();
    (made, start.elapsed().as_nanos() as f64)
}

/// Nanoseconds.
#[derive(Clone, Copy)]
pub struct Times {
    pub median: f64,
    pub p99: f64,
    pub mean: f64,
}

impl Times {
    pub fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_unstable_by(f64::total_cmp);
        let at = |share: usize| samples[samples.len() * share / 100];
        Self { median: at(50), p99: at(99), mean: samples.iter().sum::<f64>() / samples.len() as f64 }
    }

    pub fn scaled(self, by: f64) -> Self {
        Self { median: self.median * by, p99: self.p99 * by, mean: self.mean * by }
    }
}

/// What is required at 10,000 nodes, of the median and of the 99th percentile.
#[derive(Clone, Copy)]
pub enum Limit {
    /// At most so many ns.
    Under(f64),
    /// At least so many times as fast.
    TimesAsFast(f64),
}

/// Prints the heading of lines that are compared with `rival`.
pub fn heading(group: &str, rival: &str) {
    println!("\n{group:<44} {:>10} {:>10} {:>10}   times as fast as {rival}: median, p99", "median", "p99", "mean");
}

/// Prints what was measured.
pub fn line(network: &Network, label: &str, times: Times, rival: Option<Times>, limit: Option<Limit>) {
    let show = |ns: f64| format!("{:.2?}", Duration::from_nanos(ns.round() as u64));
    print!("{label:<44} {:>10} {:>10} {:>10}", show(times.median), show(times.p99), show(times.mean));
    let ratios = rival.map(|rival| [rival.median / times.median, rival.p99 / times.p99]);
    match ratios {
        Some([median, p99]) => print!(" {median:>10.2} {p99:>10.2}"),
        None => print!(" {:>21}", ""),
    }
    if let Some(limit) = limit.filter(|_| network.nodes == 10_000) {
        let (text, met) = match limit {
            Limit::Under(ns) => (format!("< {}", show(ns)), [times.median < ns, times.p99 < ns]),
            Limit::TimesAsFast(least) => {
                (format!(">= {least}x"), ratios.expect("what it is compared with").map(|ratio| ratio >= least))
            }
        };
        let verdict = match met {
            [true, true] => "MET",
            [true, false] => "MET at the median, MISSED at p99",
            _ => "MISSED",
        };
        print!("   {text} {verdict}");
    }
    println!();
}

/// Prints what is prepared once.
pub fn once<T>(label: &str, make: impl FnOnce() -> T) -> T {
    let (made, ns) = timed(make);
    println!("{label:<44} {:>10} once", format!("{:.2?}", Duration::from_nanos(ns as u64)));
    made
}

/// Prints memory.
pub fn memory(network: &Network, label: &str, bytes: usize) {
    let (nodes, links) = (f64::from(network.nodes), network.links.len() as f64);
    println!("{label:<44} {:>10.1} B a node {:>10.1} B a link", bytes as f64 / nodes, bytes as f64 / links);
}
