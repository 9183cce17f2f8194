//! `metrics.csv`, a row a frame, `latencies.csv`, a row a latency, and `digests.csv`, a row every so many ticks and at the
//! end. A number that does not exist is an empty cell.

use crate::recorder::digest::Digests;
use crate::recorder::frame::Frame;

/// The text of `metrics.csv`; empty if no frames are recorded.
pub(super) fn metrics(frames: &[Frame]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for frame in frames {
        writer.serialize(frame).expect("a frame is a row of numbers");
    }
    writer.into_inner().expect("memory takes every row")
}

/// The text of `latencies.csv`: latencies of measured accesses, and how many accesses had each.
pub(super) fn latencies(occurred: impl Iterator<Item = (u64, u64)>) -> Vec<u8> {
    let mut text = "latency_ticks,accesses\n".to_owned();
    for (latency, accesses) in occurred {
        text += &format!("{latency},{accesses}\n");
    }
    text.into_bytes()
}

/// The text of `digests.csv`.
pub(super) fn digests(rows: &[Digests]) -> Vec<u8> {
    let mut text = format!("tick,whole,{}\n", Digests::PARTS.join(","));
    for digests in rows {
        let parts = digests.parts().map(|part| part.to_hex().to_string());
        text += &format!("{},{},{}\n", digests.tick, digests.whole(), parts.join(","));
    }
    text.into_bytes()
}
