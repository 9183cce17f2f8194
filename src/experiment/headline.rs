//! The verdict of a comparison as one sentence: whether an arm pays, what the best one brings and up to which price,
//! and how much others save.

use super::comparison::{ArmResult, Comparison};
use super::statistics::Interval;
use super::verdict::Verdict;

/// The field that names an arm's opening policy begins so.
const POLICY: &str = "wormholes.policy";

/// Least share of dropped accesses that is told.
const DROPS: f64 = 0.00005;

/// The arms with their places: those judged better first, then by net benefit; unstable ones last.
pub fn ranked(comparison: &Comparison) -> Vec<(usize, &ArmResult)> {
    let mut arms: Vec<_> = comparison.arms.iter().enumerate().collect();
    let net = |arm: &ArmResult| arm.net_per_access.map_or(f64::NEG_INFINITY, |net| net.mean);
    let latency = |arm: &ArmResult| latency(comparison, arm).map_or(f64::INFINITY, |latency| latency.mean);
    arms.sort_by(|(_, a), (_, b)| {
        let by_verdict = is_better(b).cmp(&is_better(a)).then(a.unstable.cmp(&b.unstable));
        by_verdict.then(net(b).total_cmp(&net(a))).then(latency(a).total_cmp(&latency(b)))
    });
    arms
}

/// Whether an arm is judged better than the baseline.
pub fn is_better(arm: &ArmResult) -> bool {
    !arm.unstable && matches!(arm.verdict, Verdict::Pays | Verdict::Better)
}

/// The sentence.
pub fn sentence(comparison: &Comparison) -> String {
    let ranked = ranked(comparison);
    let is_other = |arm: &&ArmResult| arm.verdict != Verdict::Baseline && !arm.unstable;
    let Some(best) = ranked.iter().map(|(_, arm)| *arm).find(is_other) else {
        return "No: queues grow without bound in every arm beside the baseline.".to_owned();
    };
    let best = saves_most(&ranked).filter(|_| is_alike(best)).unwrap_or(best);
    let mut parts = vec![opening(comparison, best)];
    parts.extend(price(best));
    parts.extend(drops(comparison, best));
    parts.extend(rival(&ranked, best));
    parts.extend(limit(comparison, is_better(best)));
    format!("{}.", parts.join("; "))
}

/// Whether an arm is told from the baseline by nothing that matters.
fn is_alike(arm: &ArmResult) -> bool {
    matches!(arm.verdict, Verdict::NoDifferent | Verdict::NoMatter)
}

/// The arm that saves the most latency among those that cost more than they save: it is what a reader asks about where
/// no arm pays.
fn saves_most<'a>(ranked: &[(usize, &'a ArmResult)]) -> Option<&'a ArmResult> {
    let gain = |arm: &ArmResult| arm.gain.map_or(0.0, |gain| gain.low);
    let costly = ranked.iter().map(|(_, arm)| *arm).filter(|arm| arm.verdict == Verdict::DoesNotPay && !arm.unstable);
    costly.filter(|arm| gain(arm) > 0.0).max_by(|a, b| gain(a).total_cmp(&gain(b)))
}

/// The answer, and what the best arm does to latency and to the net.
fn opening(comparison: &Comparison, best: &ArmResult) -> String {
    let name = &best.name;
    let answer = match best.verdict {
        _ if is_better(best) => format!("Yes, with {name}"),
        Verdict::Undecided => format!("No arm is shown to pay; the best is {name}"),
        Verdict::NoDifferent | Verdict::NoMatter => format!("No difference that matters; the best is {name}"),
        Verdict::DoesNotPay => format!("No: the arm {name} costs more than it saves"),
        _ => format!("No; the best is {name}"),
    };
    let mut said: Vec<String> = change(comparison, best).into_iter().collect();
    let Some(net) = best.net_per_access else {
        said.push(best.reason.clone());
        return format!("{answer}: {}", said.join("; "));
    };
    let [mean, low, high] = [net.mean, net.low, net.high].map(|ticks| ticks * comparison.tick_ms);
    // Two digits of the interval.
    let half = (high - low) / 2.0;
    let decimals = decimals(if half > 0.0 { half } else { mean }).saturating_sub(1);
    let ends = format!("{} to {}", signed(low, decimals), signed(high, decimals));
    said.push(format!("{} ms an access net of costs ({ends})", signed(mean, decimals)));
    format!("{answer}: {}", said.join(", "))
}

/// `mean latency 10.2 → 6.7 ms (−34 % ± 1)`.
fn change(comparison: &Comparison, best: &ArmResult) -> Option<String> {
    let baseline = comparison.arms.iter().find(|arm| arm.name == comparison.baseline)?;
    let ms = |arm: &ArmResult| Some(latency(comparison, arm)?.mean * comparison.tick_ms);
    let after = ms(best)?;
    let words = comparison.on.words();
    let Some(before) = ms(baseline) else { return Some(format!("{words} {} ms", short(after))) };
    // As many decimals as tell the two apart.
    let differ = |&digits: &usize| format!("{before:.digits$}") != format!("{after:.digits$}");
    let least = decimals(before.max(after));
    let digits = (least..least + 3).find(differ).unwrap_or(least);
    let gain = best.gain.map_or(String::new(), |gain| format!(" ({})", percent(&gain)));
    Some(format!("{words} {before:.digits$} → {after:.digits$} ms{gain}"))
}

fn latency(comparison: &Comparison, arm: &ArmResult) -> Option<Interval> {
    arm.metrics.get(comparison.on.metric()).copied().flatten()
}

/// Up to which price it is worth it.
fn price(best: &ArmResult) -> Option<String> {
    let prices = &best.break_even;
    let (what, price) =
        prices.upkeep.map(|price| ("upkeep", price)).or(prices.opening.map(|price| ("opening cost", price)))?;
    match best.verdict {
        Verdict::Pays => Some(format!("worth it up to an {what} of {}", short(price.mean))),
        Verdict::DoesNotPay if price.mean > 0.0 => {
            Some(format!("it would pay below an {what} of {}", short(price.mean)))
        }
        _ => None,
    }
}

/// What the best arm and the baseline drop, if either drops anything.
fn drops(comparison: &Comparison, best: &ArmResult) -> Option<String> {
    let share = |arm: &ArmResult| arm.metrics.get("dropped_share").copied().flatten().map_or(0.0, |share| share.mean);
    let baseline = comparison.arms.iter().find(|arm| arm.name == comparison.baseline).map_or(0.0, share);
    let own = share(best);
    (own.max(baseline) >= DROPS).then(|| {
        format!("it drops {:.2} % of accesses, {} {:.2} %", 100.0 * own, comparison.baseline, 100.0 * baseline)
    })
}

/// What the best of the other opening policies does to latency.
fn rival(ranked: &[(usize, &ArmResult)], best: &ArmResult) -> Option<String> {
    let policy = |arm: &ArmResult| {
        let set = arm.set.iter().filter(|(path, _)| path.starts_with(POLICY));
        set.map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>()
    };
    let own = policy(best);
    let is_rival = |arm: &&ArmResult| {
        arm.verdict != Verdict::Baseline && !arm.unstable && arm.carrier.is_some() && policy(arm) != own
    };
    let rival = ranked.iter().map(|(_, arm)| *arm).find(is_rival)?;
    Some(format!("best rival policy, {}, {}", rival.name, percent(&rival.gain?)))
}

/// What no policy can do better than, where that was computed. Its model has the whole run, and one wormhole an access.
fn limit(comparison: &Comparison, pays: bool) -> Option<String> {
    // The model counts other costs over other ticks: beside an arm that pays, its bound would seem to contradict it.
    let bound = comparison.bound.as_ref().filter(|_| !pays)?;
    if bound.no_policy_pays {
        return Some("the direct-use model proves that no policy can pay".to_owned());
    }
    let saved = 1.0 - bound.lower / bound.nothing;
    saved.is_finite().then(|| format!("in the direct-use model no policy can save more than {:.0} %", 100.0 * saved))
}

/// A gain as a change of latency: `−34 % ± 1`, or its ends where it lies askew between them.
fn percent(gain: &Interval) -> String {
    let [mean, low, high] = [gain.mean, gain.high, gain.low].map(|share| -100.0 * share);
    let half = (high - low) / 2.0;
    let decimals = if half >= 0.95 && mean.abs() >= 3.0 { 0 } else { 1 + usize::from(half < 0.095) };
    let mean_text = format!("{} %", signed(mean, decimals));
    if (mean - (low + high) / 2.0).abs() > 0.1 * half {
        return format!("{mean_text}, {} to {}", signed(low, decimals), signed(high, decimals));
    }
    format!("{mean_text} ± {half:.decimals$}")
}

/// A number with its sign; what is rounded to nothing has none.
fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let sign = match value {
        _ if text.bytes().all(|byte| matches!(byte, b'0' | b'.')) => "",
        value if value < 0.0 => "\u{2212}",
        _ => "+",
    };
    format!("{sign}{text}")
}

/// Decimals of three significant digits.
fn decimals(value: f64) -> usize {
    [100.0, 10.0, 1.0, 0.1, 0.01, 0.001].iter().filter(|&&bound| value.abs() < bound).count()
}

/// A number with three significant digits, without zeros at its end.
fn short(value: f64) -> String {
    let text = format!("{:.*}", decimals(value), value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_as_many_decimals_as_their_intervals_bear() {
        let of = |low: f64, mean: f64, high: f64| percent(&Interval { mean, low, high });
        assert_eq!(of(0.33, 0.342, 0.354), "\u{2212}34 % ± 1");
        assert_eq!(of(-0.004, 0.0, 0.004), "0.0 % ± 0.4");
        assert_eq!(of(0.3412, 0.3415, 0.3418), "\u{2212}34.15 % ± 0.03");
        assert_eq!(of(-0.05, -0.03, 0.03), "+3 %, \u{2212}3 to +5");
    }

    #[test]
    fn numbers_have_three_digits_and_no_empty_ones() {
        assert_eq!([17.0, 0.25, 1234.6, 6.704].map(short), ["17", "0.25", "1235", "6.7"]);
        assert_eq!([signed(-0.001, 2), signed(1.5, 1), signed(-2.0, 0)], ["0.00", "+1.5", "\u{2212}2"]);
    }
}
