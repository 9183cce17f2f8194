//! Changes of a workload over time: hot spot, day and night, flash crowd. All are functions of the tick alone.

use crate::scenario::{Diurnal, FlashCrowd, HotSpot, Tick};
use crate::topology::NodeId;

/// The node that is hot in tick `now`, `from` being the first tick of the workload.
pub fn hot_node(hot_spot: &HotSpot, from: Tick, now: Tick) -> NodeId {
    let stop = (now - from) / hot_spot.dwell_ticks;
    hot_spot.path[stop as usize % hot_spot.path.len()]
}

/// Rate in tick `now` over the mean rate: 1 + amplitude · sin(2π (tick/period + phase)).
pub fn diurnal_factor(diurnal: &Diurnal, now: Tick) -> f64 {
    let day = f64::from(now % diurnal.period_ticks) / f64::from(diurnal.period_ticks) + diurnal.phase;
    1.0 + diurnal.amplitude * libm::sin(std::f64::consts::TAU * day)
}

/// Height of a flash crowd in tick `now`, 0 to 1.
pub fn flash_height(crowd: &FlashCrowd, now: Tick) -> f64 {
    let Some(age) = now.checked_sub(crowd.start_tick) else { return 0.0 };
    let (rise, hold, fall) = (crowd.rise_ticks, u64::from(crowd.hold_ticks), u64::from(crowd.fall_ticks));
    if age < rise {
        return (f64::from(age) + 0.5) / f64::from(rise);
    }
    let after_rise = u64::from(age - rise);
    if after_rise < hold {
        1.0
    } else if after_rise < hold + fall {
        1.0 - ((after_rise - hold) as f64 + 0.5) / fall as f64
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hot_spot_visits_its_path_over_and_over() {
        let hot_spot = HotSpot { path: vec![NodeId(4), NodeId(2)], dwell_ticks: 10, share: 0.5 };
        let seen = [5, 14, 15, 24, 25].map(|now| hot_node(&hot_spot, 5, now).0);
        assert_eq!(seen, [4, 4, 2, 2, 4]);
    }

    #[test]
    fn a_day_has_its_mean_and_its_peak() {
        let diurnal = Diurnal { period_ticks: 1000, amplitude: 0.5, phase: 0.0 };
        let factors: Vec<f64> = (3000..4000).map(|now| diurnal_factor(&diurnal, now)).collect();
        assert!((factors.iter().sum::<f64>() / 1000.0 - 1.0).abs() < 1e-12);
        assert!((factors[250] - 1.5).abs() < 1e-12 && (factors[750] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_flash_crowd_is_a_trapezium() {
        let crowd = FlashCrowd {
            start_tick: 100,
            rise_ticks: 4,
            hold_ticks: 10,
            fall_ticks: 6,
            factor: 3.0,
            target: NodeId(0),
        };
        let area: f64 = (0..200).map(|now| flash_height(&crowd, now)).sum();
        assert!((area - (2.0 + 10.0 + 3.0)).abs() < 1e-12);
        assert_eq!([flash_height(&crowd, 99), flash_height(&crowd, 104), flash_height(&crowd, 120)], [0.0, 1.0, 0.0]);
    }
}
