"use strict";
// Draws each chart on uPlot's axes when it comes into view, in the colours of the reader's scheme: a drag zooms, a
// double click shows all again, entries of the legend hide their series, and what is pointed at is said.
(function () {
  const root = document.documentElement;
  if (typeof uPlot === "undefined") return;
  root.classList.add("scripted");
  const STEPS = [1, 2, 5], REACH = 36, NAME_SHARE = 0.36, NAME_WIDTH = 220;
  const font = getComputedStyle(document.body).fontFamily;
  const measure = document.createElement("canvas").getContext("2d");
  const drawn = new Map();
  let colors = read();

  function read() {
    const style = getComputedStyle(root);
    const variable = (name) => style.getPropertyValue("--" + name).trim();
    const read = { tones: [] };
    for (const name of ["ink", "muted", "rule", "shade", "paper"]) read[name] = variable(name);
    for (let tone = 0; variable("tone-" + tone) !== ""; tone += 1) read.tones.push(variable("tone-" + tone));
    return read;
  }

  function create(parent, kind, name, text) {
    const element = document.createElement(kind);
    element.className = name;
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  const signed = (text) => text.replace("-", "\u2212");

  function number(value) {
    const size = Math.abs(value);
    if (size >= 1e15 || (size > 0 && size < 1e-6)) return signed(value.toExponential(2));
    const digits = { maximumSignificantDigits: Math.max(4, Math.ceil(Math.log10(size + 1))) };
    return signed(value.toLocaleString("en", digits));
  }

  // Labels of an axis have the same decimals and the same unit.
  function labels(values, step) {
    const greatest = Math.max(...values.map(Math.abs));
    if (greatest >= 1e15) return values.map(number);
    const units = [[1e12, " T"], [1e9, " G"], [1e6, " M"]];
    const [unit, suffix] = units.find(([unit]) => greatest >= unit) || [1, ""];
    const decimals = Math.min(Math.max(Math.ceil(-Math.log10(step / unit) - 1e-9), 0), 12);
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return values.map((value) => value === 0 ? "0" : signed((value / unit).toLocaleString("en", digits)) + suffix);
  }

  // Powers of ten, their halves and fifths where there are few, and round numbers within one of them.
  function logarithmic(low, high) {
    const ticks = [];
    if (high - low > 0.7) {
      const every = Math.max(Math.ceil((high - low) / 8), 1);
      for (let power = Math.floor(low); power <= high; power += every) {
        for (const digit of high - low <= 3 ? STEPS : [1]) ticks.push(power + Math.log10(digit));
      }
    } else {
      const [from, to] = [10 ** low, 10 ** high];
      const power = 10 ** Math.floor(Math.log10((to - from) / 4));
      const step = power * (STEPS.find((digit) => digit * power >= (to - from) / 5) || 10);
      for (let value = Math.ceil(from / step) * step; value <= to; value += step) ticks.push(Math.log10(value));
    }
    return ticks.filter((tick) => tick >= low - 1e-9 && tick <= high + 1e-9);
  }

  function axis(spec, isAcross) {
    const of = isAcross ? spec.x : spec.y;
    const names = of.names;
    const size = 12;
    // Labels that would run into the one before are left out, and names are cut to their room.
    function written(plot, splits, texts) {
      measure.font = size + "px " + font;
      const scale = isAcross ? "x" : "y";
      if (!isAcross) {
        const room = names ? Math.min(NAME_WIDTH, NAME_SHARE * plot.width) : Infinity;
        return texts.map((text) => Drawing.cut(measure, text, room));
      }
      const room = names && splits.length > 1 ? plot.valToPos(1, scale) - plot.valToPos(0, scale) - 6 : Infinity;
      let last = -Infinity;
      return texts.map((text, index) => {
        const said = Drawing.cut(measure, text, Math.max(room, 24));
        const [middle, half] = [plot.valToPos(splits[index], scale), measure.measureText(said).width / 2];
        if (middle - half < last + 6) return "";
        last = middle + half;
        return said;
      });
    }
    const config = {
      scale: isAcross ? "x" : "y", side: isAcross ? 2 : 3, stroke: () => colors.ink, font: size + "px " + font,
      label: of.label, labelFont: "13px " + font, labelSize: of.label === "" ? 0 : 22, labelGap: 2, gap: 4,
      grid: { show: !names, stroke: () => colors.rule, width: 1 },
      ticks: { stroke: () => colors.muted, width: 1, size: 4 },
      border: { show: true, stroke: () => colors.muted, width: 1 },
      space: isAcross ? 70 : 42,
      incrs: [],
      values: (plot, splits, _, space, step) => written(plot, splits, labels(splits, step)),
    };
    for (let power = of.whole ? 0 : -15; power <= 15; power += 1) {
      for (const digit of STEPS) config.incrs.push(Number(digit + "e" + power));
    }
    if (isAcross) config.size = 26;
    else {
      config.size = (plot, texts) => {
        measure.font = size + "px " + font;
        const widths = (texts || []).map((text) => measure.measureText(text).width);
        return Math.ceil(Math.max(0, ...widths)) + 12;
      };
    }
    if (of.log) {
      config.splits = (plot, _, low, high) => logarithmic(low, high);
      config.values = (plot, splits) => written(plot, splits, splits.map((tick) => number(10 ** tick)));
    }
    if (names) {
      const sign = isAcross ? 1 : -1;
      const isIn = (low, high) => (place) => place >= low && place <= high;
      config.splits = (plot, _, low, high) => names.map((_, place) => sign * place).filter(isIn(low, high));
      config.values = (plot, splits) => written(plot, splits, splits.map((place) => names[sign * place]));
    }
    return config;
  }

  function start(chart) {
    const spec = JSON.parse(chart.parentElement.querySelector("script[type='application/json']").textContent);
    const key = create(chart.parentElement, "div", "key");
    chart.before(key);
    const spoken = create(chart.parentElement, "div", "spoken");
    spoken.setAttribute("aria-live", "polite");
    const hidden = new Set();
    const [x, y] = [spec.x, spec.y];
    let placed = Drawing.place(spec, hidden), shown = null;

    // Drawing in the plotting area, in pixels of the page.
    function draw(plot, what) {
      const { ctx, bbox } = plot, ratio = uPlot.pxRatio;
      ctx.save();
      ctx.translate(bbox.left, bbox.top);
      ctx.scale(ratio, ratio);
      what(ctx, [bbox.width / ratio, bbox.height / ratio]);
      ctx.restore();
    }
    const at = (x, y) => [plot.valToPos(x, "x"), plot.valToPos(y, "y")];
    const extent = () => [plot.over.clientWidth, plot.over.clientHeight];

    const plot = new uPlot({
      width: chart.clientWidth, height: spec.height,
      scales: {
        x: { time: false, range: (_, low, high) => [low, high] },
        y: { auto: (_, isReset) => isReset, range: () => [y.low, y.high] },
      },
      axes: [axis(spec, true), axis(spec, false)],
      // The series are drawn by this page; uPlot has only their extent.
      series: [{}, { scale: "y", paths: () => null, points: { show: false } }],
      legend: { show: false },
      cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: true, uni: 30, dist: 6 } },
      hooks: {
        drawClear: [(plot) => draw(plot, (context, [width, height]) => {
          if (spec.warmup === null) return;
          const [from, to] = [0, spec.warmup].map((tick) => plot.valToPos(tick, "x"))
            .map((place) => Math.min(Math.max(place, 0), width));
          context.fillStyle = colors.shade;
          context.fillRect(from, 0, to - from, height);
        })],
        draw: [(plot) => draw(plot, (context, size) => {
          zero(context, plot, size);
          Drawing.series(context, spec, placed, at, size, colors);
          Drawing.marks(context, spec, (value) => plot.valToPos(value, "x"), size, colors, font);
          if (spec.empty !== "") {
            context.font = "14px " + font;
            context.fillStyle = colors.muted;
            context.textAlign = "center";
            context.fillText(spec.empty, size[0] / 2, size[1] / 2);
          }
        })],
        setScale: [() => { hide(); reset.hidden = !isZoomed(); }],
        setCursor: [(plot) => {
          const { left, top } = plot.cursor;
          if (left < 0 || plot.select.width > 0 || plot.select.height > 0) hide();
          else show(nearest(left, top));
        }],
      },
    }, [[x.low, x.high], [y.low, y.high]], chart);

    // The line of 0 where values have both signs.
    function zero(context, plot, [width, height]) {
      const measured = spec.horizontal ? x : y;
      if (measured.log || measured.names) return;
      const place = plot.valToPos(0, spec.horizontal ? "x" : "y");
      if (place < 0 || place > (spec.horizontal ? width : height)) return;
      context.fillStyle = colors.muted;
      if (spec.horizontal) context.fillRect(place - 0.5, 0, 1, height);
      else context.fillRect(0, place - 0.5, width, 1);
    }

    function isZoomed() {
      const { x: across, y: up } = plot.scales;
      return across.min !== x.low || across.max !== x.high || up.min !== y.low || up.max !== y.high;
    }

    function showAll() {
      plot.batch(() => {
        plot.setScale("x", { min: x.low, max: x.high });
        plot.setScale("y", { min: y.low, max: y.high });
      });
    }

    // What can be pointed at: points within the plotting area, in their order along the axis of places.
    function targets() {
      const [width, height] = extent();
      const all = placed.flatMap((points, number) => points.map((point) => ({ number, point })))
        .filter(({ point }) => point.x !== null && point.y !== null)
        .map((target) => {
          const [left, top] = at(target.point.x, target.point.y);
          return Object.assign(target, { left, top });
        });
      const isIn = ({ left, top }) => left >= -1 && left <= width + 1 &&
        (spec.unified || (top >= -1 && top <= height + 1));
      const along = (target) => spec.horizontal ? target.top : target.left;
      return all.filter(isIn).sort((a, b) => along(a) - along(b) || a.number - b.number);
    }

    // From a point, its bar or its interval.
    function distance({ left, point }, x, y) {
      if (spec.unified) return Math.abs(left - x);
      const own = [[point.x, point.x], [point.y, point.y]];
      const ends = point.ends && !point.ends.includes(null) ? point.ends : null;
      const box = point.box || (ends === null ? own : spec.horizontal ? [ends, own[1]] : [own[0], ends]);
      const [a, b] = [at(box[0][0], box[1][0]), at(box[0][1], box[1][1])];
      const beyond = (value, one, other) => Math.max(Math.min(one, other) - value, value - Math.max(one, other), 0);
      return Math.hypot(beyond(x, a[0], b[0]), beyond(y, a[1], b[1]));
    }

    function nearest(left, top) {
      let best = null, least = spec.unified ? Infinity : REACH;
      for (const target of targets()) {
        const away = distance(target, left, top);
        if (away < least) [best, least] = [target, away];
      }
      return best;
    }

    // The places and values that are said of a target.
    function said(target) {
      const row = (of) => {
        const series = spec.series[of.number], point = of.point;
        let text = number((spec.horizontal ? series.x : series.y)[point.index]);
        if (series.low && series.low[point.index] !== null) {
          text += " (" + number(series.low[point.index]) + " to " + number(series.high[point.index]) + ")";
        }
        return [series.tone, series.name || (spec.horizontal ? x : y).label, text];
      };
      const series = spec.series[target.number], index = target.point.index;
      const places = spec.horizontal ? y : x, place = (spec.horizontal ? series.y : series.x)[index];
      const head = places.names ? places.names[place] : places.label + ": " + number(place);
      const rows = spec.unified ? across(target) : [target];
      const near = spec.marks.filter(([value, text]) => text !== "" && Math.abs(
        plot.valToPos(Drawing.coordinate(x, value), "x") - target.left) < 8);
      return { head, rows: rows.map(row), notes: spec.horizontal ? [] : near.map(([, text]) => text) };
    }

    // Of each series the point at the target's place: steps hold until the next, others the nearest.
    function across(target) {
      const best = new Map();
      for (const other of targets()) {
        const away = other.left - target.left;
        if (spec.series[other.number].mark === "step" && away > 0.01) continue;
        const before = best.get(other.number);
        if (!before || Math.abs(away) < Math.abs(before.left - target.left)) best.set(other.number, other);
      }
      return [...best.keys()].sort((a, b) => a - b).map((number) => best.get(number));
    }

    const pointer = create(plot.over, "div", "pointer");
    const tip = create(plot.over, "div", "tip");
    function hide() {
      shown = null;
      tip.style.display = pointer.style.display = "none";
    }
    function show(target) {
      if (target === null) return hide();
      if (shown && shown.point === target.point) return;
      shown = target;
      const { head, rows, notes } = said(target);
      tip.replaceChildren();
      create(tip, "strong", "", head);
      for (const [tone, name, text] of rows) {
        const row = create(tip, "div", "");
        create(row, "span", "tone t" + tone);
        create(row, "span", "", name + " ");
        create(row, "b", "", text);
      }
      notes.forEach((note) => create(tip, "em", "", note));
      tip.style.display = pointer.style.display = "block";
      const [width, height] = extent();
      pointer.className = spec.unified ? "pointer along" : "pointer";
      const [left, top] = [Math.min(Math.max(target.left, 0), width), target.top];
      Object.assign(pointer.style, { left: left + "px", top: spec.unified ? "0" : top + "px" });
      const beside = left + 14 + tip.offsetWidth <= width ? left + 14 : Math.max(left - 14 - tip.offsetWidth, 0);
      const below = spec.unified ? 8 : Math.min(Math.max(top + 12, 0), Math.max(height - tip.offsetHeight, 0));
      Object.assign(tip.style, { left: beside + "px", top: below + "px" });
    }

    chart.tabIndex = 0;
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in steps) {
        const all = targets();
        const stops = spec.unified ? all.filter((one, i) => i === 0 || one.left - all[i - 1].left > 0.01) : all;
        if (stops.length === 0) return;
        const now = stops.findIndex((stop) => shown && (stop.point === shown.point || (spec.unified &&
          Math.abs(stop.left - shown.left) < 0.01)));
        const first = steps[event.key] > 0 ? 0 : stops.length - 1;
        show(stops[now < 0 ? first : Math.min(Math.max(now + steps[event.key], 0), stops.length - 1)]);
        spoken.textContent = Array.from(tip.children, (part) => part.textContent).join("; ");
      } else if (event.key === "+" || event.key === "-") {
        const { min, max } = plot.scales.x, share = event.key === "+" ? 0.25 : -0.5;
        const middle = shown ? plot.posToVal(shown.left, "x") : (min + max) / 2;
        const half = (max - min) * (0.5 - share);
        plot.setScale("x", { min: Math.max(middle - half, x.low), max: Math.min(middle + half, x.high) });
      } else if (event.key === "Escape") { showAll(); hide(); } else return;
      event.preventDefault();
    });

    const samples = [];
    function paint() {
      for (const [canvas, series] of samples) {
        const context = canvas.getContext("2d"), ratio = uPlot.pxRatio;
        [canvas.width, canvas.height] = [28 * ratio, 12 * ratio];
        context.scale(ratio, ratio);
        Drawing.sample(context, series, [28, 12], colors.tones[series.tone]);
      }
      plot.redraw(false);
    }
    const entries = new Map();
    function toggle() {
      entries.forEach((button, number) => button.setAttribute("aria-pressed", String(!hidden.has(number))));
      placed = Drawing.place(spec, hidden);
      hide();
      plot.redraw(false);
    }
    spec.series.forEach((series, number) => {
      if (series.name === "" || !series.y.some((y) => y !== null)) return;
      const button = create(key, "button", "");
      button.type = "button";
      samples.push([create(button, "canvas", ""), series]);
      create(button, "span", "", series.name);
      entries.set(number, button);
      button.addEventListener("click", () => {
        if (!hidden.delete(number)) hidden.add(number);
        toggle();
      });
      // Alone, or with all others again.
      button.addEventListener("dblclick", () => {
        const others = [...entries.keys()].filter((other) => other !== number);
        const isAlone = !hidden.has(number) && others.every((other) => hidden.has(other));
        hidden.clear();
        if (!isAlone) others.forEach((other) => hidden.add(other));
        toggle();
      });
    });
    const reset = create(key, "button", "reset", "Show all");
    reset.type = "button";
    reset.hidden = true;
    reset.addEventListener("click", showAll);
    toggle();
    paint();
    new ResizeObserver(() => {
      if (chart.clientWidth > 0) plot.setSize({ width: chart.clientWidth, height: spec.height });
    }).observe(chart);
    drawn.set(chart, paint);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && !drawn.has(entry.target)) start(entry.target);
    }
  }, { rootMargin: "400px" });
  document.querySelectorAll("figure.plot > .chart").forEach((chart) => seen.observe(chart));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colors = read();
    drawn.forEach((paint) => paint());
  });
})();
