//! `metrics.csv`, a row a frame, `latencies.csv`, a row a latency, and `digests.csv`, a row every so many ticks and at
//! the end. A number that does not exist is an empty cell.

use crate::recorder::frame::Frame;
use crate::simulation::digest::Digests;

/// A row of `metrics.csv`, and the heads of its columns if it is the `first`.
pub(super) fn metrics(frame: &Frame, first: bool) -> String {
    let mut writer = csv::WriterBuilder::new().has_headers(first).from_writer(Vec::new());
    writer.serialize(frame).expect("a frame is a row of numbers");
    String::from_utf8(writer.into_inner().expect("memory takes every row")).expect("numbers are text")
}

/// The frames of a `metrics.csv`, if it is one.
pub(super) fn frames(text: &[u8]) -> Option<Vec<Frame>> {
    csv::Reader::from_reader(text).deserialize().collect::<Result<_, _>>().ok()
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

#[cfg(test)]
mod tests {
    use blake3::hash;

    use super::*;

    #[test]
    fn rows_stand_under_their_columns() {
        let [accesses, nodes, wormholes, learning, random] =
            ["a", "n", "w", "l", "r"].map(|name| hash(name.as_bytes()));
        let row = Digests { tick: 63, accesses, nodes, wormholes, learning, random };
        let text = String::from_utf8(digests(std::slice::from_ref(&row))).unwrap();
        let (heads, cells) = text.trim_end().split_once('\n').unwrap();
        let cells: Vec<&str> = cells.split(',').collect();
        assert_eq!(heads, "tick,whole,accesses,nodes,wormholes,learning,random");
        assert_eq!(cells[..2], ["63", &*row.whole().to_string()]);
        let parts = [accesses, nodes, wormholes, learning, random].map(|part| part.to_hex().to_string());
        assert_eq!(cells[2..], parts);
        assert_eq!(latencies([(3, 6), (5, 1)].into_iter()), b"latency_ticks,accesses\n3,6\n5,1\n");
    }
}
