//! Property tests: figures of any numbers, however large, can be drawn.

use proptest::prelude::*;

use super::axis::{Direction, ScaledAxis, coordinate};
use super::svg::{self, Sheet};
use super::{Axis, Content, Figure, Mark, Point, Scale, Series, chart};
use crate::report::style;

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
    let svg = svg::render(figure);
    // Places beyond the paper are cut there.
    for wrong in ["NaN", "inf", "100000,", ",100000"] {
        assert!(!svg.contains(wrong), "{wrong} in {svg}");
    }
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    chart::spec(figure);
    for direction in [Direction::Horizontal, Direction::Vertical] {
        let axis = ScaledAxis::new(figure, direction);
        assert!(axis.low < axis.high && axis.ticks.len() <= 40, "{axis:?}");
        for (tick, label) in axis.labelled_ticks() {
            assert!((-1e-9..=1.0 + 1e-9).contains(&axis.share(tick)), "{tick} of {axis:?}");
            assert!(label.len() < 30, "{label}");
        }
        let scale = if direction == Direction::Horizontal { &figure.x } else { &figure.y };
        if scale.names().is_some() {
            continue;
        }
        for point in figure.series().iter().flat_map(|series| &series.points) {
            let value = if direction == Direction::Horizontal { Some(point.x) } else { point.y };
            if let Some(placed) = value.and_then(|value| coordinate(scale, value)) {
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
        let scales = [Scale::Linear, Scale::FromZero, Scale::Count, Scale::Log];
        for (x, y) in scales.iter().flat_map(|x| scales.iter().map(move |y| (x.clone(), y.clone()))) {
            let series = |tone, mark, points: &[Point]| Series::new("s", tone, mark, points.to_vec());
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
            let series = Series::new("", 0, mark, lying.collect());
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
        let border = vec![[(0.5, -0.5), (0.5, 0.5)]];
        let rows = values.chunks(2).map(<[_]>::to_vec).collect();
        figure.content = Content::Cells { values: rows, label: "l".into(), border };
        check(&figure);
        // The greatest is the darkest, if there are two.
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        if known.iter().any(|value| *value != known[0]) {
            prop_assert!(svg::render(&figure).contains(&style::RAMP[2].to_string()));
        }
    }

    #[test]
    fn any_numbers_give_a_sheet_over_time(values in prop::collection::vec(prop::option::of(any_number()), 1..6)) {
        let frames = || values.iter().zip(1..);
        let end = 100.0 * values.len() as f64 + 1.0;
        for scale in [Scale::UpTo(1.0), Scale::FromZero, Scale::Count, Scale::AfterWarmup] {
            let points = |sign: fn(f64) -> f64| -> Vec<Point> {
                let x = |frame| 100.0 * f64::from(frame);
                frames().map(|(y, frame)| Point { x: x(frame), y: y.map(sign), range: None }).collect()
            };
            let area = Series::new("a", 0, Mark::Area, points(f64::abs));
            let series = vec![area, Series::new("l", 1, Mark::Line, points(|y| y))];
            let mut y = Axis::new("p", scale);
            y.second = Some(("s".to_owned(), 2.5));
            let mut figure = Figure::of_series("f", "t", Axis::new("x", Scale::UpTo(end)), y, series);
            (figure.warmup, figure.marks) = (Some(150.0), vec![(200.0, "event".into())]);
            chart::spec(&figure);
            let figures = vec![(&figure, 100.0), (&figure, 50.0)];
            let svg = Sheet { title: "t", subtitle: "s", figures, note: String::new() }.render();
            for wrong in ["NaN", "inf", "100000,", ",100000"] {
                prop_assert!(!svg.contains(wrong), "{wrong} in {svg}");
            }
            prop_assert!(svg.len() < 200_000);
        }
    }
}
