//! Whether an arm pays, in a word and a sentence, by where the interval of its net benefit lies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Runs;
use super::statistics::Interval;

/// Whether an arm pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is what the others are compared with.
    Baseline,
    /// The interval of its net benefit is above nothing.
    Pays,
    /// The interval is not above nothing anywhere; or it is unstable where the baseline is not.
    #[serde(rename = "does not pay")]
    DoesNotPay,
    /// The interval holds 0 or there is none; or what the net leaves out, drops and openings of the warm-up, speaks
    /// against it.
    Undecided,
    /// It changes no wormhole and is faster; or it is stable where the baseline is not.
    Better,
    /// It changes no wormhole and is slower; or it is unstable where the baseline is not.
    Worse,
    /// It changes no wormhole, and no difference is seen.
    #[serde(rename = "no different")]
    NoDifferent,
    /// The interval is within what does not matter.
    #[serde(rename = "no difference that matters")]
    NoMatter,
}

impl Verdict {
    /// As it is written.
    pub fn words(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Pays => "pays",
            Self::DoesNotPay => "does not pay",
            Self::Undecided => "undecided",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifferent => "no different",
            Self::NoMatter => "no difference that matters",
        }
    }
}

/// What is to say of a baseline.
pub(super) fn of_baseline(runs: Runs) -> String {
    if runs.unstable > 0 {
        format!("queues grow without bound in {} of {} runs", runs.unstable, total(runs))
    } else {
        "what the others are compared with".to_owned()
    }
}

/// What the replications of an arm say beside those of the baseline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// Net benefit, ticks an access.
    pub net: Option<Interval>,
    /// Openings during the warm-up, which are not in it, ticks an access.
    pub warmup: Option<Interval>,
    /// Differences of all metrics.
    pub differences: &'a BTreeMap<String, Option<Interval>>,
    /// Whether its wormholes are others than those of the baseline.
    pub changes_wormholes: bool,
    /// Differences up to this do not matter, ticks an access.
    pub relevant: f64,
    /// Shares of accesses that it and the baseline drop, means over all runs.
    pub dropped: [f64; 2],
}

/// The verdict of an arm whose runs ended so.
pub(super) fn of(runs: Runs, baseline_is_unstable: bool, found: &Found<'_>) -> (Verdict, String) {
    let unstable = format!("unstable: queues grow without bound in {} of {} runs", runs.unstable, total(runs));
    match (runs.unstable > 0, baseline_is_unstable) {
        (true, true) => return (Verdict::Undecided, format!("{unstable}, and so they do in the baseline")),
        (true, false) if found.changes_wormholes => return (Verdict::DoesNotPay, unstable),
        (true, false) => return (Verdict::Worse, unstable),
        (false, true) if runs.complete > 0 && runs.failed == 0 => {
            let reason = "stable where the baseline is not: what it saves grows without bound, and is no number to \
                          hold against what it costs";
            let [own, baseline] = found.dropped;
            if own > baseline {
                let more = format!(
                    "; but it drops {:.2} % of all accesses, the baseline {:.2} %",
                    own * 100.0,
                    baseline * 100.0
                );
                return (Verdict::Undecided, reason.to_owned() + &more);
            }
            return (Verdict::Better, reason.to_owned());
        }
        _ => {}
    }
    let Some(net) = found.net else {
        let reason = match runs.complete {
            0 | 1 => format!("{} complete of {} runs are too few for an interval", runs.complete, total(runs)),
            _ => "there is no latency to compare: no access was measured, or too few runs of the baseline are complete"
                .to_owned(),
        };
        return (Verdict::Undecided, reason);
    };
    let numbers = format!(
        "net benefit {} ticks an access, 95 % interval {} to {}",
        ticks(net.mean),
        ticks(net.low),
        ticks(net.high)
    );
    let drops = found.differences.get("dropped_share").copied().flatten();
    let dropped = |share: f64, more: &str| {
        format!("; but it drops {:.2} % {more} of all accesses, whose latency counts nowhere", share.abs() * 100.0)
    };
    let warmup = found.warmup.map_or(0.0, |warmup| warmup.mean);
    let as_many = drops.is_none_or(|drops| drops.low <= 0.0 && drops.high >= 0.0);
    if net.low > -found.relevant && net.high < found.relevant && as_many && warmup.abs() < found.relevant {
        return (Verdict::NoMatter, format!("{numbers}: less than {} ticks does not matter", ticks(found.relevant)));
    }
    let (gains, loses, same) = match found.changes_wormholes {
        true => (Verdict::Pays, Verdict::DoesNotPay, Verdict::Undecided),
        false => (Verdict::Better, Verdict::Worse, Verdict::NoDifferent),
    };
    if net.low == 0.0 && net.high == 0.0 && !found.changes_wormholes {
        return (same, "every access took as long as in the baseline".to_owned());
    }
    if net.low > 0.0 {
        // What is gained by not delivering is no gain, nor is what openings that are left out would cost.
        match drops.filter(|drops| drops.low > 0.0) {
            Some(drops) => (Verdict::Undecided, numbers + &dropped(drops.mean, "more")),
            None if net.mean <= warmup => {
                let reason =
                    format!("; but openings during the warm-up cost {} more, for a longer run to earn", ticks(warmup));
                (Verdict::Undecided, numbers + &reason)
            }
            None if net.mean < found.relevant => {
                let reason = format!(", which may be less than what matters, {}", ticks(found.relevant));
                (Verdict::Undecided, numbers + &reason)
            }
            None => (gains, numbers),
        }
    } else if net.high <= 0.0 {
        match drops.filter(|drops| drops.high < 0.0 && net.high < 0.0) {
            Some(drops) => (Verdict::Undecided, numbers + &dropped(drops.mean, "less")),
            None if net.high < 0.0 && net.mean >= warmup => {
                let reason =
                    format!("; but the baseline\u{2019}s openings during the warm-up cost {} more", ticks(-warmup));
                (Verdict::Undecided, numbers + &reason)
            }
            None => (loses, numbers),
        }
    } else {
        (same, numbers + ", which holds 0: more replications would narrow it")
    }
}

/// Ticks with three decimals, or their power of ten; what is nothing has no sign.
fn ticks(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.001 { format!("{value:.1e}") } else { format!("{:.3}", value + 0.0) }
}

fn total(runs: Runs) -> u32 {
    runs.complete + runs.unstable + runs.failed
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Runs = Runs { complete: 5, unstable: 0, failed: 0 };

    fn nothing(differences: &BTreeMap<String, Option<Interval>>) -> Found<'_> {
        Found { net: None, warmup: None, differences, changes_wormholes: true, relevant: 0.0, dropped: [0.0; 2] }
    }

    fn verdict(runs: Runs, baseline_is_unstable: bool, net: Option<[f64; 3]>, drops: [f64; 3]) -> (Verdict, String) {
        let interval = |[low, mean, high]: [f64; 3]| Interval { mean, low, high };
        let differences = [("dropped_share".to_owned(), Some(interval(drops)))].into();
        let found = Found { net: net.map(interval), warmup: None, ..nothing(&differences) };
        of(runs, baseline_is_unstable, &found)
    }

    #[test]
    fn the_interval_decides() {
        let of_net = |net| verdict(WELL, false, Some(net), [0.0; 3]).0;
        assert_eq!(of_net([0.1, 1.0, 2.0]), Verdict::Pays);
        assert_eq!(of_net([-0.1, 1.0, 2.0]), Verdict::Undecided);
        assert_eq!(of_net([-2.0, -1.0, 0.1]), Verdict::Undecided);
        assert_eq!(of_net([-2.0, -1.0, -0.1]), Verdict::DoesNotPay);
        // An arm that is the baseline under another name.
        assert_eq!(of_net([0.0, 0.0, 0.0]), Verdict::DoesNotPay);
        assert_eq!(verdict(Runs { complete: 1, ..WELL }, false, None, [0.0; 3]).0, Verdict::Undecided);
    }

    #[test]
    fn accesses_that_are_dropped_are_no_gain() {
        let (found, reason) = verdict(WELL, false, Some([0.1, 1.0, 2.0]), [0.01, 0.02, 0.03]);
        assert_eq!(found, Verdict::Undecided);
        assert!(reason.contains("drops 2.00 % more"), "{reason}");
        let (found, reason) = verdict(WELL, false, Some([-2.0, -1.0, -0.1]), [-0.03, -0.02, -0.01]);
        assert_eq!(found, Verdict::Undecided);
        assert!(reason.contains("drops 2.00 % less"), "{reason}");
    }

    #[test]
    fn openings_during_the_warm_up_are_not_forgotten() {
        let interval = |mean: f64| Some(Interval { mean, low: mean - 0.5, high: mean + 0.5 });
        let differences = BTreeMap::new();
        let of_warmup =
            |warmup| of(WELL, false, &Found { net: interval(1.0), warmup: interval(warmup), ..nothing(&differences) });
        assert_eq!(of_warmup(0.9).0, Verdict::Pays);
        let (found, reason) = of_warmup(1.1);
        assert_eq!(found, Verdict::Undecided);
        assert!(reason.contains("openings during the warm-up cost 1.100 more"), "{reason}");
        // The same with arm and baseline exchanged.
        let back = |warmup: f64| {
            of(WELL, false, &Found { net: interval(-1.0), warmup: interval(-warmup), ..nothing(&differences) }).0
        };
        assert_eq!((back(0.9), back(1.1)), (Verdict::DoesNotPay, Verdict::Undecided));
    }

    #[test]
    fn unstable_arms_are_not_averaged() {
        let unstable = Runs { complete: 4, unstable: 1, failed: 0 };
        assert_eq!(verdict(unstable, false, None, [0.0; 3]).0, Verdict::DoesNotPay);
        assert_eq!(verdict(unstable, true, None, [0.0; 3]).0, Verdict::Undecided);
        let (found, reason) = verdict(WELL, true, None, [0.0; 3]);
        assert_eq!(found, Verdict::Better);
        assert!(reason.contains("grows without bound, and is no number"), "{reason}");
        assert!(verdict(unstable, false, None, [0.0; 3]).1.contains("in 1 of 5 runs"));
    }
    #[test]
    fn arms_without_wormholes_of_their_own_never_pay() {
        let differences = BTreeMap::new();
        let of_net = |low: f64, mean: f64, high: f64| {
            let net = Some(Interval { mean, low, high });
            of(WELL, false, &Found { net, changes_wormholes: false, ..nothing(&differences) }).0
        };
        assert_eq!(of_net(0.1, 1.0, 2.0), Verdict::Better);
        assert_eq!(of_net(-2.0, -1.0, -0.1), Verdict::Worse);
        assert_eq!(of_net(-0.1, 1.0, 2.0), Verdict::NoDifferent);
        assert_eq!(of_net(0.0, 0.0, 0.0), Verdict::NoDifferent);
    }

    #[test]
    fn small_differences_do_not_matter() {
        let differences = BTreeMap::new();
        let of_net = |low: f64, mean: f64, high: f64| {
            let net = Some(Interval { mean, low, high });
            of(WELL, false, &Found { net, relevant: 0.5, ..nothing(&differences) }).0
        };
        assert_eq!(of_net(0.1, 0.2, 0.3), Verdict::NoMatter);
        assert_eq!(of_net(-0.3, 0.0, 0.3), Verdict::NoMatter);
        assert_eq!(of_net(0.1, 0.4, 0.7), Verdict::Undecided);
        assert_eq!(of_net(0.4, 0.6, 0.8), Verdict::Pays);
        assert_eq!(of_net(-0.8, -0.6, -0.4), Verdict::DoesNotPay);
        assert_eq!(of_net(-0.8, 0.0, 0.8), Verdict::Undecided);
        // What is dropped is not to be called a small difference.
        let (share, net) = (Interval { mean: 0.2, low: 0.1, high: 0.3 }, Interval { mean: 0.2, low: 0.1, high: 0.3 });
        let differences = [("dropped_share".to_owned(), Some(share))].into();
        let lossy = Found { net: Some(net), relevant: 0.5, ..nothing(&differences) };
        assert_eq!(of(WELL, false, &lossy).0, Verdict::Undecided);
        assert_eq!(of(WELL, true, &Found { dropped: [0.4, 0.1], ..lossy }).0, Verdict::Undecided);
        assert_eq!(of(WELL, true, &Found { dropped: [0.1, 0.1], ..lossy }).0, Verdict::Better);
    }
}
