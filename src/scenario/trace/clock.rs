//! Times of logs: ticks as they are, or numbers of a unit or dates, counted from the earliest.
//!
//! Decimal numbers are read exactly, to the nanosecond. Numbers without a unit are seconds, or since 1970 (from 10⁸ s)
//! seconds, milliseconds, microseconds or nanoseconds, whichever puts the first of them between 1973 and 5138.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::scenario::log_format::TimeUnit;

/// Turns texts into times, and times into ticks.
#[derive(Debug)]
pub(super) struct Clock {
    unit: Unit,
    /// Units of one tick.
    per_tick: i128,
    /// The earliest time, from which ticks count.
    base: Option<i128>,
    earliest: Option<i128>,
    /// Whether the first time decided the unit.
    seemed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// Counted in ticks.
    Ticks,
    /// Nanoseconds of one.
    Number(i128),
    Date,
    /// The first time says.
    AsItSeems,
}

impl Clock {
    /// For a column of that name, if no unit is stated, and ticks of so many milliseconds.
    pub fn new(column: &str, unit: Option<TimeUnit>, tick_ms: f64) -> Self {
        let column = column.to_ascii_lowercase();
        let unit = match unit {
            Some(TimeUnit::Ticks) => Unit::Ticks,
            Some(TimeUnit::S) => Unit::Number(1_000_000_000),
            Some(TimeUnit::Ms) => Unit::Number(1_000_000),
            Some(TimeUnit::Us) => Unit::Number(1_000),
            Some(TimeUnit::Ns) => Unit::Number(1),
            None if column == "tick" => Unit::Ticks,
            None if column.ends_with("_s") => Unit::Number(1_000_000_000),
            None if column.ends_with("_ms") => Unit::Number(1_000_000),
            None if column.ends_with("_us") => Unit::Number(1_000),
            None if column.ends_with("_ns") => Unit::Number(1),
            None => Unit::AsItSeems,
        };
        let tick_ns = libm::round(tick_ms * 1e6).max(1.0) as i128;
        Self {
            unit,
            per_tick: if unit == Unit::Ticks { 1 } else { tick_ns },
            base: None,
            earliest: None,
            seemed: false,
        }
    }

    /// Units of one tick.
    pub fn per_tick(&self) -> i128 {
        self.per_tick
    }

    /// What numbers were taken for, if nothing but the first of them said so.
    pub fn assumed(&self) -> Option<&'static str> {
        match self.unit {
            Unit::Number(unit) if self.seemed => Some(match unit {
                1 => "ns",
                1_000 => "µs",
                1_000_000 => "ms",
                _ => "s",
            }),
            _ => None,
        }
    }

    /// Takes a time for one of the log: none is earlier than the one from which ticks count.
    pub fn see(&mut self, time: i128) {
        self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
    }

    /// Whether times are ticks.
    pub fn counts_ticks(&self) -> bool {
        self.unit == Unit::Ticks
    }

    /// The time that a text says.
    ///
    /// # Errors
    /// What is expected instead.
    pub fn read(&mut self, text: &str) -> Result<i128, String> {
        if self.unit == Unit::AsItSeems {
            (self.unit, self.seemed) = (seeming(text), true);
        }
        let text = text.trim();
        match self.unit {
            Unit::Ticks => match text.parse::<u32>() {
                Ok(tick) if tick <= crate::scenario::MAX_TICKS => Ok(tick.into()),
                _ => Err(format!("a whole number from 0 to {}", crate::scenario::MAX_TICKS)),
            },
            Unit::Number(nanoseconds) => decimal(text, nanoseconds).ok_or_else(|| "a number, as before".to_owned()),
            Unit::Date | Unit::AsItSeems => {
                date(text).ok_or_else(|| "a number, or a date like 2026-01-31T23:59:59.5Z".to_owned())
            }
        }
    }

    /// The tick of a time, counted from the earliest that was seen when the first is asked for.
    pub fn tick(&mut self, time: i128) -> i128 {
        let first = self.earliest.unwrap_or(time).min(time);
        let base = *self.base.get_or_insert(if self.unit == Unit::Ticks { 0 } else { first });
        (time - base).div_euclid(self.per_tick)
    }

    /// What is expected instead of a time before the earliest that is allowed.
    pub fn in_order(&self, earliest: i128) -> String {
        match self.unit {
            Unit::Ticks => format!("a tick from {earliest} (in order, or late by no more than late_ticks)"),
            _ => "a time that is not earlier than others by more than late_ticks of the workload".to_owned(),
        }
    }
}

/// What the first time of a log says of all.
fn seeming(text: &str) -> Unit {
    let Ok(number) = text.trim().parse::<f64>() else { return Unit::Date };
    Unit::Number(match number {
        number if number >= 1e17 => 1,
        number if number >= 1e14 => 1_000,
        number if number >= 1e11 => 1_000_000,
        _ => 1_000_000_000,
    })
}

/// A decimal number of a unit of so many nanoseconds, in nanoseconds, exactly but for what is below one.
fn decimal(text: &str, unit: i128) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() <= 20;
    let value = if is_plain(whole) && is_plain(fraction) && !(whole.is_empty() && fraction.is_empty()) {
        let mut value = whole.parse::<i128>().unwrap_or(0) * unit;
        let mut place = unit;
        for digit in fraction.bytes() {
            // What is below a nanosecond is nothing.
            value += i128::from(digit - b'0') * place / 10;
            place /= 10;
        }
        value
    } else {
        // With an exponent.
        let number: f64 = digits.parse().ok().filter(|number: &f64| (0.0..1e20).contains(number))?;
        (number * unit as f64) as i128
    };
    Some(if negative { -value } else { value })
}

/// A date in nanoseconds since 1970; UTC if it states no offset.
fn date(text: &str) -> Option<i128> {
    let nanoseconds = |seconds: i64, rest: u32| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(nanoseconds(date.timestamp(), date.timestamp_subsec_nanos()));
    }
    let with_offset = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f %z", "%d/%b/%Y:%H:%M:%S %z"];
    if let Some(date) = with_offset.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()) {
        return Some(nanoseconds(date.timestamp(), date.timestamp_subsec_nanos()));
    }
    let plain =
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S%.f"];
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let date = plain.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).or_else(day)?.and_utc();
    Some(nanoseconds(date.timestamp(), date.timestamp_subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(times: &[&str], unit: Option<TimeUnit>, tick_ms: f64) -> Vec<i128> {
        let mut clock = Clock::new("time", unit, tick_ms);
        times
            .iter()
            .map(|time| clock.read(time).unwrap())
            .collect::<Vec<_>>()
            .into_iter()
            .map(|t| clock.tick(t))
            .collect()
    }

    #[test]
    fn times_of_every_kind_count_from_the_first() {
        assert_eq!(ticks(&["0.1", "0.4", "0.7", "1e0"], None, 100.0), [0, 3, 6, 9]);
        assert_eq!(ticks(&["1700000000.1", "1700000000.4"], None, 100.0), [0, 3]);
        assert_eq!(ticks(&["1700000000000", "1700000000300"], None, 100.0), [0, 3]);
        assert_eq!(ticks(&["1700000000000000", "1700000000300000"], None, 100.0), [0, 3]);
        assert_eq!(ticks(&["1700000000000000000", "1700000000299999999"], None, 100.0), [0, 2]);
        assert_eq!(ticks(&["5", "8"], Some(TimeUnit::Ms), 0.5), [0, 6]);
        assert_eq!(ticks(&["5", "8"], Some(TimeUnit::Ticks), 0.5), [5, 8]);
        let dates = ["2026-01-31T23:59:59Z", "2026-02-01T00:00:00.5Z", "2026-02-01T02:00:01+02:00"];
        assert_eq!(ticks(&dates, None, 500.0), [0, 3, 4]);
        assert_eq!(ticks(&["2026-01-31 23:59", "2026-02-01 00:01"], None, 60_000.0), [0, 2]);
        assert_eq!(ticks(&["01/Feb/2026:00:00:00 +0000", "01/Feb/2026:00:00:10 +0000"], None, 1000.0), [0, 10]);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "soon", "1.2.3", "2026-13-01", "nan", "-"] {
            let mut clock = Clock::new("time", None, 1.0);
            assert!(clock.read(text).is_err(), "{text}");
        }
        let mut clock = Clock::new("tick", None, 1.0);
        assert!(clock.read("1.5").is_err());
    }
}
