"use strict";
// Draws the charts with plotly.js in the colours of the reader's scheme, each when it comes into view.
(function () {
  const root = document.documentElement;
  if (typeof Plotly === "undefined") return;
  root.classList.add("scripted");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // Without a pointer, a drag scrolls the page and no button covers the legend.
  const pointer = matchMedia("(any-hover: hover)").matches;
  const CONFIG = { responsive: true, displaylogo: false, displayModeBar: pointer ? "hover" : false };
  const drawn = new Set();

  function variable(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }

  function painted(spec) {
    const ink = variable("--ink"), grid = variable("--rule"), muted = variable("--muted"), paper = variable("--paper");
    const data = spec.data.map((trace) => {
      const color = variable("--tone-" + trace.meta.tone);
      const copy = Object.assign({}, trace);
      if (trace.type === "heatmap") {
        copy.showscale = innerWidth > 600;
        copy.colorbar = Object.assign({}, trace.colorbar, { tickfont: { color: ink } });
        return copy;
      }
      const line = trace.marker && trace.marker.line;
      const rim = line ? { line: Object.assign({}, line, { color: color }) } : {};
      copy.marker = Object.assign({}, trace.marker, { color: color }, rim);
      if (trace.stackgroup) copy.fillcolor = color;
      if (trace.line) copy.line = Object.assign({}, trace.line, { color: color });
      for (const bars of ["error_x", "error_y"]) {
        if (trace[bars]) copy[bars] = Object.assign({}, trace[bars], { color: color });
      }
      return copy;
    });
    const lines = { gridcolor: grid, linecolor: muted, tickcolor: muted, zerolinecolor: muted };
    const axis = (axis) => Object.assign({}, lines, axis,
      { title: Object.assign({ font: { size: 13 } }, axis.title) });
    const layout = Object.assign({}, spec.layout, {
      dragmode: pointer ? "zoom" : false,
      modebar: { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: ink },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: ink },
      hoverlabel: { bgcolor: variable("--paper"), bordercolor: muted, font: { color: ink } },
      xaxis: axis(spec.layout.xaxis), yaxis: axis(spec.layout.yaxis),
    });
    layout.shapes = spec.layout.shapes.map((shape) => shape.name === "warm-up"
      ? Object.assign({}, shape, { fillcolor: variable("--shade") })
      : Object.assign({}, shape, { line: Object.assign({}, shape.line,
        { color: shape.name === "border" ? variable("--tone-1") : muted }) }));
    layout.annotations = spec.layout.annotations.map((note) =>
      Object.assign({}, note, { font: { size: 11, color: muted }, bgcolor: paper + "d9" }));
    return [data, layout];
  }

  function draw(chart) {
    const spec = JSON.parse(chart.parentElement.querySelector("script[type='application/json']").textContent);
    const [data, layout] = painted(spec);
    Plotly.react(chart, data, layout, CONFIG);
    drawn.add(chart);
  }

  const charts = document.querySelectorAll("figure.plot > .chart");
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && !drawn.has(entry.target)) draw(entry.target);
    }
  }, { rootMargin: "400px" });
  charts.forEach((chart) => seen.observe(chart));
  dark.addEventListener("change", () => drawn.forEach(draw));
})();
