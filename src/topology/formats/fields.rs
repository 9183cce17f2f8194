//! What the names of data mean, the same in every foreign format.

use crate::topology::error::value_error;
use crate::topology::{LinkLength, NodeInput, Place, Position, Rules, TopologyError};

/// A meaning of data of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LinkField {
    LatencyMs,
    LatencyS,
    LatencyUs,
    LatencyTicks,
    RoundTripMs,
    LengthKm,
    LengthM,
    Capacity,
    SpeedRaw,
    Speed,
    SpeedUnits,
    /// A number of unknown unit that may be a latency.
    Weight,
    /// What tells links apart.
    Identity,
}

impl LinkField {
    fn of(name: &str) -> Option<Self> {
        Some(match plain(name).as_str() {
            "latency" | "latency_ms" | "delay" | "delay_ms" | "ms" => Self::LatencyMs,
            "latency_s" | "delay_s" => Self::LatencyS,
            "latency_us" | "delay_us" => Self::LatencyUs,
            "latency_ticks" => Self::LatencyTicks,
            "rtt" | "rtt_ms" | "round_trip_ms" => Self::RoundTripMs,
            "length_km" | "distance_km" | "dist_km" | "dist" | "km" => Self::LengthKm,
            "length_m" | "distance_m" => Self::LengthM,
            "capacity" | "capacity_per_tick" => Self::Capacity,
            "linkspeedraw" => Self::SpeedRaw,
            "linkspeed" => Self::Speed,
            "linkspeedunits" => Self::SpeedUnits,
            "weight" | "distance" | "length" | "value" => Self::Weight,
            "id" | "key" | "edgeid" => Self::Identity,
            _ => return None,
        })
    }
}

/// A name in small letters, its signs and blanks as `_`: `Latency (ms)` is `latency_ms`.
fn plain(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

/// Whether data of links of that name mean anything.
pub(super) fn is_link_field(name: &str) -> bool {
    LinkField::of(name).is_some()
}

/// Names of numbers that may be latencies; the first that a link has counts.
const WEIGHTS: [&str; 4] = ["weight", "distance", "length", "value"];

/// What is known of a link. Of the same name the last value counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LinkData {
    latency: Option<LinkLength>,
    round_trip_ms: Option<f64>,
    km: Option<f64>,
    weights: [Option<f64>; 4],
    capacity: Option<u32>,
    speed_raw: Option<f64>,
    speed: Option<f64>,
    unit: Option<f64>,
}

impl LinkData {
    /// Keeps a datum; false if it is a number without a use.
    ///
    /// # Errors
    /// What is expected instead of the text.
    pub fn set(&mut self, name: &str, text: &str) -> Result<bool, &'static str> {
        let text = text.trim();
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        let Some(field) = LinkField::of(name) else { return Ok(number.is_none()) };
        if text.is_empty() {
            return Ok(true);
        }
        let required = || number.ok_or("a finite number");
        match field {
            LinkField::LatencyMs => self.latency = Some(LinkLength::Ms(required()?)),
            LinkField::LatencyS => {
                let ms = number.map(|seconds| seconds * 1000.0).filter(|ms| ms.is_finite());
                self.latency = Some(LinkLength::Ms(ms.ok_or("a finite number")?));
            }
            LinkField::LatencyUs => self.latency = Some(LinkLength::Ms(required()? / 1000.0)),
            LinkField::LatencyTicks => self.latency = Some(LinkLength::Ticks(whole(required()?).ok_or(WHOLE)?)),
            LinkField::RoundTripMs => self.round_trip_ms = Some(required()?),
            LinkField::LengthKm => self.km = Some(required()?),
            LinkField::LengthM => self.km = Some(required()? / 1000.0),
            LinkField::Capacity => match whole(required()?) {
                // Another unit, such as bit/s.
                None => return Ok(false),
                capacity => self.capacity = capacity,
            },
            LinkField::SpeedRaw => self.speed_raw = Some(required()?),
            // Free text in some files ("155+"): what is no number states no speed.
            LinkField::Speed => self.speed = number,
            LinkField::SpeedUnits => self.unit = bits_per_second(text),
            LinkField::Weight => {
                let place = WEIGHTS.iter().position(|known| plain(name) == *known).unwrap_or(0);
                self.weights[place] = number.or(self.weights[place]);
                return Ok(number.is_some());
            }
            LinkField::Identity => {}
        }
        Ok(true)
    }

    /// What it says of its latency: a latency, else half a round trip, else a length. What is said beside counts as not
    /// used, by name.
    pub fn length(&self, mut unused: impl FnMut(&'static str)) -> Option<LinkLength> {
        let round_trip = self.round_trip_ms.map(|ms| LinkLength::Ms(ms / 2.0));
        let km = self.km.map(LinkLength::Km);
        if round_trip.is_some() && self.latency.is_some() {
            unused("round trip");
        }
        if km.is_some() && self.latency.or(round_trip).is_some() {
            unused("length");
        }
        self.latency.or(round_trip).or(km)
    }

    /// The number that may be its latency; others count as not used.
    pub fn weight(&self, mut unused: impl FnMut(&'static str)) -> Option<f64> {
        let mut all = WEIGHTS.iter().zip(self.weights).filter_map(|(name, weight)| Some((name, weight?)));
        let first = all.next()?.1;
        all.for_each(|(name, _)| unused(name));
        Some(first)
    }

    /// Accesses per tick: as stated, else as its speed and the length of an access make them.
    pub fn capacity(&self, place: Place, rules: &Rules) -> Result<Option<u32>, TopologyError> {
        let speed = self.speed_raw.or(self.speed.zip(self.unit).map(|(speed, unit)| speed * unit));
        match (self.capacity, speed.zip(rules.bits_per_access)) {
            (Some(capacity), _) => Ok(Some(capacity)),
            (None, None) => Ok(None),
            (None, Some((speed, _))) if speed < 0.0 => Err(value_error(place, speed, "a speed from 0 bit/s")),
            // The conversion saturates: what is beyond u32 is as good as unlimited, but stays a number.
            (None, Some((speed, bits))) => Ok(Some(((speed * (rules.tick_ms / 1000.0) / bits) as u32).max(1))),
        }
    }
}

const WHOLE: &str = "a whole number from 0";

/// A number that is whole and fits.
fn whole(number: f64) -> Option<u32> {
    (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
}

fn bits_per_second(unit: &str) -> Option<f64> {
    Some(match unit {
        "T" => 1e12,
        "G" => 1e9,
        "M" => 1e6,
        "K" | "k" => 1e3,
        _ => return None,
    })
}

/// What is known of a node.
#[derive(Debug, Default)]
pub(super) struct NodeData {
    label: Option<Box<str>>,
    /// What stands for a label where there is none.
    name: Option<Box<str>>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    x: Option<f64>,
    y: Option<f64>,
    mass: Option<f64>,
    hub: bool,
}

/// Whether data of nodes of that name mean anything.
pub(super) fn is_node_field(name: &str) -> bool {
    let known = ["label", "name", "latitude", "lat", "longitude", "lon", "lng", "x", "y", "mass", "hyperedge"];
    known.contains(&name.to_ascii_lowercase().as_str())
}

impl NodeData {
    /// Keeps a datum; one that means nothing is passed over.
    ///
    /// # Errors
    /// What is expected instead of the text.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        let required = || number.map(Some).ok_or("a finite number");
        match name.to_ascii_lowercase().as_str() {
            "label" => self.label = Some(text.into()),
            "name" => self.name = Some(text.into()),
            "latitude" | "lat" => self.latitude = required()?,
            "longitude" | "lon" | "lng" => self.longitude = required()?,
            "x" => self.x = number,
            "y" => self.y = number,
            "mass" => self.mass = required()?,
            "hyperedge" => self.hub = !matches!(text, "0" | "false"),
            _ => {}
        }
        Ok(())
    }

    /// Keeps a place of a drawing.
    pub fn set_place(&mut self, x: f64, y: f64) {
        (self.x, self.y) = (Some(x), Some(y));
    }

    pub(super) fn into_input(self, id: Box<str>) -> NodeInput {
        let geographic = self.latitude.zip(self.longitude);
        let geographic = geographic.map(|(latitude, longitude)| Position::Geographic { latitude, longitude });
        let plane = self.x.zip(self.y).map(|(x, y)| Position::Plane { x, y });
        // A hub is not a place where accesses begin or end.
        let mass = if self.hub { Some(0.0) } else { self.mass };
        NodeInput { id, label: self.label.or(self.name), alias: None, position: geographic.or(plane), mass }
    }
}
