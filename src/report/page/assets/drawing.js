"use strict";
// Where the points of a chart lie, and how its series are drawn there. Places are coordinates of the axes, which are
// those of values, of their decimal logarithms, or of names from the top down; pixels are those of the plotting area.
const Drawing = (function () {
  const BAR_WIDTH = 0.72, MOST_MARKED = 40, MARKER_DISTANCE = 110, LABEL_DISTANCE = 14;

  function coordinate(axis, value, upright) {
    if (value === null || (axis.log && value <= 0)) return null;
    if (axis.log) return Math.log10(value);
    return axis.names && upright ? -value : value;
  }

  // For each series its points: x and y, the ends of an interval or the sides of a bar or an area as a box.
  function place(spec, hidden) {
    const isShown = (_, number) => !hidden.has(number);
    const beside = Math.max(spec.series.filter(isShown).filter((series) => series.mark === "bars").length, 1);
    const sums = [];
    let turn = 0;
    return spec.series.map((series, number) => {
      if (hidden.has(number)) return [];
      const isBar = series.mark === "bars" || series.mark === "stack";
      const width = series.mark === "bars" ? BAR_WIDTH / beside : BAR_WIDTH;
      const shift = series.mark === "bars" ? BAR_WIDTH * ((turn + 0.5) / beside - 0.5) : 0;
      if (series.mark === "bars") turn += 1;
      return series.x.map((x, index) => {
        const y = series.y[index];
        const point = { index, x: coordinate(spec.x, x), y: coordinate(spec.y, y, true) };
        if (isBar) {
          const [middle, value] = spec.horizontal ? [y, x] : [x, y];
          if (middle === null || value === null) return { index, x: null, y: null };
          const from = series.mark === "stack" ? sums[index] || 0 : 0;
          sums[index] = from + value;
          const sides = [middle + shift - width / 2, middle + shift + width / 2];
          const ends = [from, from + value];
          point.box = spec.horizontal ? [ends, sides.map((side) => -side)] : [sides, ends];
          if (spec.horizontal) [point.x, point.y] = [ends[1], -(middle + shift)];
          else [point.x, point.y] = [middle + shift, ends[1]];
        } else if (series.mark === "area") {
          point.base = sums[index] || 0;
          sums[index] = point.y = point.base + (point.y || 0);
        }
        if (series.low && series.low[index] !== null) {
          const ends = [series.low[index], series.high[index]];
          point.ends = ends.map((end) => spec.horizontal ? coordinate(spec.x, end) : coordinate(spec.y, end));
        }
        return point;
      });
    });
  }

  function corners(x, y, distances) {
    return distances.map((distance, index) => {
      const angle = 2 * Math.PI * index / distances.length;
      return [x + distance * Math.sin(angle), y - distance * Math.cos(angle)];
    });
  }

  function polyline(context, points) {
    points.forEach(([x, y], index) => index === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
  }

  function marker(context, shape, [x, y]) {
    context.beginPath();
    if (shape === "disc") context.arc(x, y, 3.25, 0, 2 * Math.PI);
    else {
      const outlines = {
        triangle: [[x, y - 4.25], [x + 4, y + 3], [x - 4, y + 3]],
        square: [[x - 3, y - 3], [x + 3, y - 3], [x + 3, y + 3], [x - 3, y + 3]],
        diamond: [[x, y - 4.5], [x + 4.5, y], [x, y + 4.5], [x - 4.5, y]],
        pentagon: corners(x, y, new Array(5).fill(4.25)),
        star: corners(x, y, new Array(10).fill(0).map((_, index) => index % 2 === 0 ? 5.25 : 2.25)),
        hexagon: corners(x, y, new Array(6).fill(4)),
      };
      polyline(context, outlines[shape]);
    }
    context.fill();
  }

  // The mark of a single point.
  function mark(context, series, [x, y]) {
    context.setLineDash([]);
    if (series.mark === "reference" || series.mark === "crosses") {
      context.lineWidth = 1.75;
      context.beginPath();
      const lines = series.mark === "crosses"
        ? [[[x - 4, y - 4], [x + 4, y + 4]], [[x - 4, y + 4], [x + 4, y - 4]]]
        : [[[x, y - 5], [x + 5, y], [x, y + 5], [x - 5, y], [x, y - 5]]];
      lines.forEach((line) => polyline(context, line));
      context.stroke();
    } else marker(context, series.marker, [x, y]);
  }

  const isPlaced = (point) => point && point.x !== null && point.y !== null;

  // A line with gaps; `at` gives the pixels of a point.
  function line(context, series, points, at) {
    context.lineWidth = series.width;
    context.setLineDash(series.dash);
    context.beginPath();
    let before = null;
    for (const point of points) {
      const [x, y] = isPlaced(point) ? at(point.x, point.y) : [];
      if (x !== undefined) {
        if (before === null) context.moveTo(x, y);
        else if (series.mark === "step") context.lineTo(x, before);
        context.lineTo(x, y);
      }
      before = y === undefined ? null : y;
    }
    context.stroke();
  }

  // The points that have marks: all but of long lines, which have them now and then and where they are alone.
  function marked(series, points, at, number) {
    const isLine = series.mark === "line" || series.mark === "step";
    if (!isLine || points.length <= MOST_MARKED) return points.filter(isPlaced);
    let next = MARKER_DISTANCE * (0.3 + 0.23 * number);
    return points.filter((point, place) => {
      if (!isPlaced(point)) return false;
      const [x] = at(point.x, point.y);
      if (x >= next) next = x + MARKER_DISTANCE;
      else return !isPlaced(points[place - 1]) && !isPlaced(points[place + 1]);
      return true;
    });
  }

  function area(context, points, at) {
    const known = points.filter((point) => point.x !== null);
    if (known.length === 0) return;
    const edge = (height) => known.map((point) => at(point.x, point[height]));
    let [top, floor] = [edge("y"), edge("base")];
    // A single value has no width of its own: a bar stands for it.
    if (known.length === 1) [top, floor] = [top, floor].map(([[x, y]]) => [[x - 4, y], [x + 4, y]]);
    context.beginPath();
    polyline(context, top.concat(floor.reverse()));
    context.fill();
  }

  function interval(context, spec, point, at) {
    if (!point.ends || point.ends.includes(null) || point.x === null || point.y === null) return;
    const [a, b] = point.ends.map((end) => spec.horizontal ? at(end, point.y) : at(point.x, end));
    const [dx, dy] = spec.horizontal ? [0, 4] : [4, 0];
    context.lineWidth = 1.75;
    context.setLineDash([]);
    context.beginPath();
    polyline(context, [a, b]);
    for (const [x, y] of [a, b]) polyline(context, [[x - dx, y - dy], [x + dx, y + dy]]);
    context.stroke();
  }

  // All series over a plotting area of this width and height.
  function series(context, spec, placed, at, [width, height], colors) {
    const within = (x, y) => x >= -1 && x <= width + 1 && y >= -1 && y <= height + 1;
    const isArea = (number) => spec.series[number].mark === "area";
    const order = spec.series.map((_, number) => number).sort((a, b) => isArea(b) - isArea(a));
    for (const number of order) {
      const series = spec.series[number], points = placed[number];
      context.strokeStyle = context.fillStyle = colors.tones[series.tone];
      context.save();
      context.beginPath();
      context.rect(-2, -2, width + 4, height + 4);
      context.clip();
      if (series.mark === "area") area(context, points, at);
      for (const { box } of points.filter((point) => point.box)) {
        const [a, b] = [at(box[0][0], box[1][0]), at(box[0][1], box[1][1])];
        context.fillRect(Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
      }
      points.forEach((point) => interval(context, spec, point, at));
      if (series.mark === "line" || series.mark === "step") line(context, series, points, at);
      context.restore();
      if (["area", "bars", "stack"].includes(series.mark)) continue;
      for (const point of marked(series, points, at, number)) {
        const [x, y] = at(point.x, point.y);
        if (within(x, y)) mark(context, series, [x, y]);
      }
    }
  }

  // The sample of a series in a legend.
  function sample(context, series, [width, height], color) {
    context.clearRect(0, 0, width, height);
    context.strokeStyle = context.fillStyle = color;
    if (["bars", "stack", "area"].includes(series.mark)) return context.fillRect(width / 4, 1, width / 2, height - 2);
    if (series.mark === "line" || series.mark === "step") {
      context.lineWidth = series.width;
      context.setLineDash(series.dash);
      context.beginPath();
      polyline(context, [[0, height / 2], [width, height / 2]]);
      context.stroke();
    }
    mark(context, series, [width / 2, height / 2]);
  }

  function cut(context, text, room) {
    if (context.measureText(text).width <= room) return text;
    let kept = Array.from(text);
    while (kept.length > 0 && context.measureText(kept.join("") + "…").width > room) kept = kept.slice(0, -1);
    return kept.join("").trimEnd() + "…";
  }

  // Texts at the top of the plotting area, those of marks from the top down beside their lines.
  function label(context, text, x, isDown, room, colors) {
    const said = cut(context, text, room);
    context.save();
    context.translate(x, 2);
    if (isDown) context.rotate(Math.PI / 2);
    context.globalAlpha = 0.85;
    context.fillStyle = colors.paper;
    const top = isDown ? -16 : 0;
    context.fillRect(0, top, context.measureText(said).width + 8, 15);
    context.globalAlpha = 1;
    context.fillStyle = colors.muted;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillText(said, 4, top + 8);
    context.restore();
  }

  function marks(context, spec, across, [width, height], colors, font) {
    const placed = spec.marks.map(([value, text]) => [coordinate(spec.x, value), text])
      .filter(([value]) => value !== null).map(([value, text]) => [across(value), text])
      .filter(([x]) => x >= 0 && x <= width).sort(([a], [b]) => a - b);
    context.strokeStyle = colors.muted;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    for (const [x] of placed) polyline(context, [[x, 0], [x, height]]);
    context.stroke();
    context.font = "11px " + font;
    let last = -Infinity;
    if (spec.warmup !== null && across(spec.warmup) > 0 && across(0) < width) {
      label(context, "warm-up", Math.max(across(0), 0), false, width, colors);
    }
    for (const [x, text] of placed) {
      if (text === "" || x - last < LABEL_DISTANCE) continue;
      // At the right end there is room only on the other side of the line.
      label(context, text, x > width - 16 ? x - 17 : x, true, height - 8, colors);
      last = x;
    }
  }

  return { coordinate, place, series, sample, marks, cut };
})();
