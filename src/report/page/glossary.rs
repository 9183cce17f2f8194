//! The glossary: every quantity of the page, with its equation where there is one.

use maud::{Markup, html};

/// Terms and their meanings.
const TERMS: [(&str, &str); 25] = [
    ("access", "One request from an origin to a target. injected = delivered + dropped + in flight, at every tick."),
    ("latency", "Ticks from injection to delivery: propagation + processing + node wait + link wait + set-up."),
    ("propagation", "Ticks in transit over links and wormholes."),
    ("processing", "Ticks that departures from nodes take even if nothing waits: hops × processing_ticks."),
    ("node wait", "Ticks in the queues of nodes, which serve a fixed number of accesses a tick."),
    ("link wait", "Ticks until a link direction has a free slot."),
    ("set-up", "Ticks spent waiting for a wormhole that was not ready."),
    ("warm-up", "Ticks at the start that no mean covers. Totals of accesses cover the whole run."),
    ("throughput", "Accesses delivered after the warm-up / ticks after it."),
    ("dropped", "Accesses lost (queue full, link full, hop limit, unreachable, failed) / accesses injected."),
    ("gain", "1 − latency / latency of the baseline, paired by replication."),
    (
        "net benefit per access",
        "In a comparison: (latency saved − upkeep − opening costs) / delivered accesses, in ticks. \
         In the ledger of one run, saved is Σ (span − transit) over traversals, which counts no waits.",
    ),
    (
        "break-even upkeep, opening cost",
        "The price at which the net benefit is 0, all else as it is; where a policy reads the price, by runs at other \
         prices. Its interval holds every price at which that of the net benefit holds 0.",
    ),
    (
        "direct use",
        "A model in which an access saves span − (transit + processing) over its own pair's wormhole, if that is open, \
         and over no other; an opening and a tick of being open have their prices.",
    ),
    ("regret", "Cost in the direct-use model less what is proved that nobody can beat: at most so much is lost."),
    (
        "pays, does not pay, undecided",
        "The interval of the net benefit lies above 0, below 0, or holds 0; better, worse and no different where arms \
         have the same wormholes.",
    ),
    (
        "span, transit",
        "Span: free-flow latency over space between a wormhole's ends, processing included. Transit, by carrier: that \
         of the links that a bypass rides on; of a medium of its own, max(1, σ · links), never below light; measured, \
         half the round trip.",
    ),
    (
        "strength",
        "s ← min(1, s·e^(−λ) + g·traversals), 0 to 1; kinds are experimental, standard, fast lane, the weakest first.",
    ),
    ("upkeep", "u·s ticks of saved latency, each tick."),
    ("entropy", "−Σ p ln p / ln n over links, ports or shards of destinations; 1 is even, 0 is all in one place."),
    ("utilisation", "Carried / capacity of a link direction, or served / service of a node."),
    ("unstable", "Some queue grows without bound: the means of such a run say how long it was, and are not averaged."),
    (
        "phase",
        "The measured ticks from one scheduled change to the next: an event, a workload or a process of failures \
         that begins or ends, a hot spot that moves, a flash crowd that begins, wanes or ends. What is delivered or \
         dropped in it counts.",
    ),
    (
        "recovered after",
        "Ticks of a phase until no later stretch of it has a mean latency above µ + 4.5·σ·√(1/N + 1/n), the mean of n \
         accesses where N with the mean µ came before, under the same conditions if there was such a time. σ is from \
         batch means; a difference below 0.1 % is none.",
    ),
    ("overloaded", "Some queue has a limit and dropped what found no room, by at least one access while measured."),
];

pub(super) fn body() -> Markup {
    html! { dl.glossary { @for (term, meaning) in TERMS { div { dt { (term) } dd { (meaning) } } } } }
}
