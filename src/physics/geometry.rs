//! Distances and means on the sphere.
//!
//! Great-circle distance by the haversine formula, `d = 2R·asin √(sin²(Δφ/2) + cos φ₁·cos φ₂·sin²(Δλ/2))` in km, with
//! the mean Earth radius R of the IUGG (Moritz, Geodetic Reference System 1980). The sphere stands for the ellipsoid:
//! the error is at most 0.6 %. Terrain and the detours of real cables are not modelled.

/// Mean Earth radius R₁, km.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Speed of light in fibre, km per ms (200,000 km/s, a refractive index of about 1.5).
pub const FIBRE_KM_PER_MS: f64 = 200.0;

/// Speed of light in vacuum, km per ms.
pub const LIGHT_KM_PER_MS: f64 = 299.792_458;

/// A place on the sphere: degrees north (−90 to 90) and degrees east (−180 to 180).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Length in km of the shortest way over the sphere between two places.
pub fn great_circle_km(from: Place, to: Place) -> f64 {
    let (phi_1, phi_2) = (from.latitude.to_radians(), to.latitude.to_radians());
    let half_phi = libm::sin((phi_2 - phi_1) / 2.0);
    let half_lambda = libm::sin((to.longitude - from.longitude).to_radians() / 2.0);
    let h = half_phi * half_phi + libm::cos(phi_1) * libm::cos(phi_2) * half_lambda * half_lambda;
    // Rounding may carry h beyond 1 for antipodes, where asin is not defined.
    2.0 * EARTH_RADIUS_KM * libm::asin(h.min(1.0).sqrt())
}

/// The mean of places, as the direction of the mean of their unit vectors: it does not break where longitudes wrap.
///
/// Places that cancel out (antipodes) have no mean; the first of them stands in. `None` if there are none at all.
pub fn mean_place(places: impl IntoIterator<Item = Place>) -> Option<Place> {
    let mut first = None;
    let (mut x, mut y, mut z, mut count) = (0.0, 0.0, 0.0, 0.0);
    for place in places {
        first.get_or_insert(place);
        let (phi, lambda) = (place.latitude.to_radians(), place.longitude.to_radians());
        x += libm::cos(phi) * libm::cos(lambda);
        y += libm::cos(phi) * libm::sin(lambda);
        z += libm::sin(phi);
        count += 1.0;
    }
    let equatorial = (x * x + y * y).sqrt();
    if (equatorial * equatorial + z * z).sqrt() < 1e-9 * count {
        return first;
    }
    // At a pole every longitude is right; zero is the one that does not depend on rounding.
    let longitude = if equatorial < 1e-12 * count { 0.0 } else { libm::atan2(y, x).to_degrees() };
    first.map(|_| Place { latitude: libm::atan2(z, equatorial).to_degrees(), longitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Place {
        Place { latitude, longitude }
    }

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b} ± {tolerance}");
    }

    #[test]
    fn distances_between_cities_are_the_published_ones() {
        let (london, new_york) = (at(51.5074, -0.1278), at(40.7128, -74.0060));
        close(great_circle_km(london, new_york), 5570.2, 1.0);
        let (seattle, miami) = (at(47.6062, -122.3321), at(25.7617, -80.1918));
        close(great_circle_km(seattle, miami), 4395.0, 10.0);
        let (sydney, santiago) = (at(-33.8688, 151.2093), at(-33.4489, -70.6693));
        close(great_circle_km(sydney, santiago), 11340.0, 20.0);
    }

    #[test]
    fn special_distances_are_exact() {
        let half = core::f64::consts::PI * EARTH_RADIUS_KM;
        close(great_circle_km(at(0.0, 0.0), at(0.0, 180.0)), half, 1e-6);
        close(great_circle_km(at(90.0, 12.0), at(-90.0, -77.0)), half, 1e-6);
        close(great_circle_km(at(37.3, -122.0), at(-37.3, 58.0)), half, 1e-3);
        close(great_circle_km(at(0.0, 0.0), at(0.0, 90.0)), half / 2.0, 1e-6);
        close(great_circle_km(at(10.0, 179.5), at(10.0, -179.5)), great_circle_km(at(10.0, 0.0), at(10.0, 1.0)), 1e-6);
        assert_eq!(great_circle_km(at(48.1, 11.5), at(48.1, 11.5)), 0.0);
    }

    #[test]
    fn distance_is_symmetric_and_obeys_the_triangle_inequality() {
        let places: Vec<Place> =
            (0..40).map(|i| at(f64::from(i * 37 % 181) - 90.0, f64::from(i * 101 % 361) - 180.0)).collect();
        for &a in &places {
            for &b in &places {
                close(great_circle_km(a, b), great_circle_km(b, a), 1e-6);
                for &c in &places {
                    assert!(great_circle_km(a, c) <= great_circle_km(a, b) + great_circle_km(b, c) + 1e-3);
                }
            }
        }
    }

    #[test]
    fn mean_does_not_break_at_the_date_line() {
        let mean = mean_place([at(-17.0, 179.0), at(-19.0, -179.0)]).unwrap();
        close(mean.latitude, -18.0, 0.01);
        close(mean.longitude.abs(), 180.0, 0.01);
    }

    #[test]
    fn mean_of_none_one_antipodes_and_poles() {
        assert_eq!(mean_place([]), None);
        let one = mean_place([at(48.0, 11.0)]).unwrap();
        close(one.latitude, 48.0, 1e-9);
        close(one.longitude, 11.0, 1e-9);
        assert_eq!(mean_place([at(0.0, 0.0), at(0.0, 180.0)]), Some(at(0.0, 0.0)));
        assert_eq!(mean_place([at(10.0, 20.0), at(-10.0, -160.0)]), Some(at(10.0, 20.0)));
        let pole = mean_place([at(80.0, 0.0), at(80.0, 180.0)]).unwrap();
        close(pole.latitude, 90.0, 1e-9);
        assert_eq!(pole.longitude, 0.0);
    }

    /// A quarter of a great circle has its middle at 45°, where the parts along and across the axis are equal.
    #[test]
    fn mean_of_the_equator_and_a_pole_is_half_way() {
        let mean = mean_place([at(0.0, 0.0), at(90.0, 0.0)]).unwrap();
        close(mean.latitude, 45.0, 1e-9);
        assert_eq!(mean.longitude, 0.0);
    }

    /// 6e-8° are 1e-9 of a unit vector: half of what counts as nothing for two places. Near a pole, where cos 80°
    /// changes by sin 80° of what the latitude does, 6e-11° are as much of a thousandth of that.
    #[test]
    fn mean_takes_what_is_left_by_rounding_for_nothing() {
        let nearly_antipodes = [at(10.0, 20.0), at(-10.0 + 6e-8, -160.0)];
        assert_eq!(mean_place(nearly_antipodes), Some(nearly_antipodes[0]));
        assert_eq!(mean_place([at(80.0, 180.0), at(80.0 + 6e-11, 0.0)]).unwrap().longitude, 0.0);
    }
}
