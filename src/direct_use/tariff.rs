//! What an opening and a tick of being open cost, as exact integers.
//!
//! Decimal prices become integers by a scale, a power of ten: with an upkeep of 0.1 the unit is a tenth of a tick.
//! Prices with more than [`MOST_DECIMALS`] decimals are rounded *down* to the unit. Every cost counted in units is
//! then at most the true one, so that a lower bound stays proved; [`Tariff::exact_cost`] prices a bill as given.

use super::fault::Fault;

/// Decimals of a price that are kept; what is finer is rounded down.
pub const MOST_DECIMALS: usize = 6;

/// What is paid for, apart from prices: a bill is exact whatever the prices are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bill {
    /// Savings of the requests that met their pair closed, ticks.
    pub delay: i128,
    /// Number of openings.
    pub openings: u64,
    /// Ticks of being open, summed over pairs.
    pub held: u64,
}

/// Prices of opening (per opening) and upkeep (per open pair and tick), in units of 1 / `scale` ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tariff {
    opening: i64,
    upkeep: i64,
    scale: i64,
    given: [f64; 2],
    is_exact: bool,
}

impl Tariff {
    /// Prices in ticks; each zero or more and finite.
    ///
    /// # Errors
    /// [`Fault::BadPrice`], [`Fault::InfinitePrice`] and [`Fault::TooLarge`].
    pub fn new(opening: f64, upkeep: f64) -> Result<Self, Fault> {
        check_price("opening", opening)?;
        check_price("upkeep", upkeep)?;
        let needed = decimals(opening).max(decimals(upkeep));
        let kept = needed.min(MOST_DECIMALS);
        Ok(Tariff {
            opening: round_down(opening, kept)?,
            upkeep: round_down(upkeep, kept)?,
            scale: 10_i64.pow(kept as u32),
            given: [opening, upkeep],
            is_exact: needed == kept,
        })
    }

    /// Cost of an opening, in units.
    pub fn opening(&self) -> i64 {
        self.opening
    }

    /// Cost of a tick of being open, in units.
    pub fn upkeep(&self) -> i64 {
        self.upkeep
    }

    /// Units in a tick.
    pub fn scale(&self) -> i64 {
        self.scale
    }

    /// Whether no price was rounded.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// A bill's cost in units; with rounded prices, at most the true cost.
    pub fn cost(&self, bill: &Bill) -> i128 {
        let opened = i128::from(bill.openings) * i128::from(self.opening);
        let held = i128::from(bill.held) * i128::from(self.upkeep);
        bill.delay * i128::from(self.scale) + opened + held
    }

    /// A bill's cost in ticks, by the prices as they were given.
    pub fn exact_cost(&self, bill: &Bill) -> f64 {
        if self.is_exact {
            return self.in_ticks(self.cost(bill));
        }
        bill.delay as f64 + bill.openings as f64 * self.given[0] + bill.held as f64 * self.given[1]
    }

    /// Units as ticks.
    pub fn in_ticks(&self, units: i128) -> f64 {
        units as f64 / self.scale as f64
    }

    /// The largest amount that divides every cost: optimal costs are multiples of it.
    pub(super) fn grain(&self) -> i64 {
        common_divisor(common_divisor(self.scale, self.opening), self.upkeep)
    }
}

fn check_price(name: &'static str, value: f64) -> Result<(), Fault> {
    if value == f64::INFINITY {
        return Err(Fault::InfinitePrice { name });
    }
    if value.is_nan() || value < 0.0 {
        return Err(Fault::BadPrice { name, value });
    }
    Ok(())
}

/// Decimals that the shortest exact text of the value has.
fn decimals(value: f64) -> usize {
    format!("{value}").split_once('.').map_or(0, |(_, after)| after.len())
}

/// The value in units of `10^-kept`, rounded down.
fn round_down(value: f64, kept: usize) -> Result<i64, Fault> {
    let text = format!("{}", value.abs());
    let (whole, after) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = after.chars().chain(std::iter::repeat('0')).take(kept).collect();
    format!("{whole}{digits}").parse().map_err(|_| Fault::TooLarge)
}

fn common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_units() {
        let tariff = Tariff::new(4.0, 0.1).unwrap();
        assert_eq!((tariff.opening(), tariff.upkeep(), tariff.scale()), (40, 1, 10));
        assert!(tariff.is_exact());
        assert_eq!(tariff.grain(), 1);
    }

    #[test]
    fn long_decimals_are_rounded_down() {
        let tariff = Tariff::new(2.0, 2.0 / 3.0).unwrap();
        assert_eq!((tariff.upkeep(), tariff.scale()), (666_666, 1_000_000));
        assert!(!tariff.is_exact());
        let bill = Bill { delay: 1, openings: 1, held: 3 };
        assert_eq!(tariff.exact_cost(&bill), 5.0);
        assert!(tariff.in_ticks(tariff.cost(&bill)) < 5.0);
    }

    #[test]
    fn impossible_prices_are_told_apart() {
        assert_eq!(Tariff::new(f64::INFINITY, 0.0), Err(Fault::InfinitePrice { name: "opening" }));
        assert_eq!(Tariff::new(0.0, -1.0), Err(Fault::BadPrice { name: "upkeep", value: -1.0 }));
        assert!(matches!(Tariff::new(f64::NAN, 0.0), Err(Fault::BadPrice { name: "opening", .. })));
        assert_eq!(Tariff::new(1e300, 0.0), Err(Fault::TooLarge));
        assert!(Tariff::new(0.0, 0.0).is_ok());
    }
}
