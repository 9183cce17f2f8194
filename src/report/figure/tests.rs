//! Figures of any numbers.

use proptest::prelude::*;

use super::scale::{Coordinates, Which, place};
use super::{Axis, Content, Figure, Mark, Point, Scale, Series, plotly, still};
use crate::report::chart::{self, Chart, Panel};
use crate::report::{canvas::Marker, style};

/// Any finite number, and often one at an end of what numbers can be, or close to another one.
fn any_number() -> impl Strategy<Value = f64> {
    let ends = [0.0, 5e-324, f64::MIN_POSITIVE, 1e-12, 1.0, 1.0 + f64::EPSILON, 1e15, 1e300, 1e308, f64::MAX];
    prop_oneof![
        any::<f64>().prop_filter("finite", |number| number.is_finite()),
        (prop::sample::select(ends.to_vec()), any::<bool>()).prop_map(|(end, less)| if less { -end } else { end }),
    ]
}

fn any_points() -> impl Strategy<Value = Vec<Point>> {
    let point = (any_number(), prop::option::of(any_number()), prop::option::of([any_number(), any_number()]));
    let same = (any_number(), 1..4_usize).prop_map(|(number, count)| vec![Point::new(number, number); count]);
    prop_oneof![9 => prop::collection::vec(point.prop_map(|(x, y, range)| Point { x, y, range }), 0..6), 1 => same]
}

/// What is drawn is within the paper, and is numbers.
fn check(figure: &Figure) {
    let svg = still::render(figure);
    for wrong in ["NaN", "inf", &i32::MAX.to_string(), &i32::MIN.to_string()] {
        assert!(!svg.contains(wrong), "{wrong} in {svg}");
    }
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    plotly::spec(figure);
    for (which, most) in [(Which::Horizontal, 10), (Which::Vertical, 6)] {
        let axis = Coordinates::of(figure, which, most);
        assert!(axis.low < axis.high && axis.keys.len() <= 40, "{axis:?}");
        for &key in &axis.keys {
            assert!((-1e-9..=1.0 + 1e-9).contains(&axis.share(key)), "{key} of {axis:?}");
            assert!(axis.label(key).len() < 30, "{}", axis.label(key));
        }
        let scale = if which == Which::Horizontal { &figure.x } else { &figure.y };
        if scale.names().is_some() {
            continue;
        }
        for point in figure.series().iter().flat_map(|series| &series.points) {
            let value = if which == Which::Horizontal { Some(point.x) } else { point.y };
            if let Some(placed) = value.and_then(|value| place(scale, value)) {
                assert!((0.0..=1.0).contains(&axis.share(placed)), "{placed} of {axis:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    /// Differences of numbers near the largest are no numbers: an axis of them had no end.
    #[test]
    fn any_numbers_give_a_figure(
        points in any_points(), others in any_points(), mark in any_number(), warmup in prop::option::of(any_number()),
    ) {
        let scales = [Scale::Linear, Scale::FromZero, Scale::Log];
        for (x, y) in scales.iter().flat_map(|x| scales.iter().map(move |y| (x.clone(), y.clone()))) {
            let series =
                |tone, mark, points: &[Point]| Series { name: "s".into(), tone, mark, points: points.to_vec() };
            let series = vec![
                series(0, Mark::Line, &points), series(1, Mark::Dots, &others), series(2, Mark::Reference, &others),
                series(3, Mark::Step, &others), series(4, Mark::Crosses, &points),
            ];
            let mut figure = Figure::of_series("f", "t", Axis::new("x", x), Axis::new("y", y), series);
            (figure.marks, figure.warmup) = (vec![(mark, "event".into())], warmup);
            check(&figure);
        }
    }

    #[test]
    fn any_numbers_give_bars_and_intervals(values in prop::collection::vec([any_number(), any_number()], 1..5)) {
        let names = || Scale::Names(values.iter().map(|_| "n".to_owned()).collect());
        for mark in [Mark::Bars, Mark::Stack, Mark::Dots] {
            let lying = values.iter().zip(0..).map(|(&[value, end], place)| Point {
                x: value,
                y: Some(f64::from(place)),
                range: (mark == Mark::Dots).then_some([value.min(end), value.max(end)]),
            });
            let series = Series { name: String::new(), tone: 0, mark, points: lying.collect() };
            let upright = Series {
                points: series.points.iter().map(|p| Point { x: p.y.unwrap(), y: Some(p.x), range: p.range }).collect(),
                ..series.clone()
            };
            let measured = || Axis::new("", if mark == Mark::Dots { Scale::Linear } else { Scale::FromZero });
            let both = vec![series.clone(), series];
            let mut lying = Figure::of_series("f", "t", measured(), Axis::new("", names()), both);
            lying.marks = vec![(0.0, String::new())];
            check(&lying);
            check(&Figure::of_series("f", "t", Axis::new("", names()), measured(), vec![upright.clone(), upright]));
        }
    }

    #[test]
    fn any_numbers_give_cells_of_colours(
        values in prop::collection::vec(prop::result::maybe_ok(any_number(), Just("none")), 4),
    ) {
        let names = || Axis::new("", Scale::Names(vec!["a".into(), "b".into()]));
        let mut figure = Figure::of_series("f", "t", names(), names(), Vec::new());
        figure.content = Content::Cells { values: values.chunks(2).map(<[_]>::to_vec).collect(), label: "l".into() };
        check(&figure);
        // The greatest is the darkest, if there are two.
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        if known.iter().any(|value| *value != known[0]) {
            prop_assert!(still::render(&figure).contains(&style::RAMP[2].to_string()));
        }
    }

    #[test]
    fn any_numbers_give_a_chart_over_time(values in prop::collection::vec(prop::option::of(any_number()), 1..6)) {
        let ticks: Vec<u32> = (1..=values.len() as u32).map(|frame| 100 * frame).collect();
        for scale in [chart::Scale::Unit, chart::Scale::Full, chart::Scale::Count, chart::Scale::CutWarmup] {
            let values = values.iter().map(|value| value.map(f64::abs)).collect();
            let line = chart::Line { label: "l", color: style::INK, width: 1.0, marker: Marker::Disc, values };
            let panel = Panel {
                label: "p", height: 100.0, scale, second: Some(("s", 0.5)), layers: Vec::new(), lines: vec![line],
                empty: "",
            };
            let context = crate::report::tests::context();
            let svg = Chart { subject: "c", context: &context, ticks: &ticks, panels: vec![panel], note: "" }.render();
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.len() < 200_000);
        }
    }
}
