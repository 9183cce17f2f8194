"use strict";
// Moves each map to the moment that its slider shows.
(function () {
  const KINDS = ["k0", "k1", "k2", "k3"];
  const NAMES = ["experimental", "standard", "fast lane", "dormant"];
  const grouped = (number) => number.toLocaleString("en");

  function start(figure) {
    const states = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    const slider = figure.querySelector("input[type=range]");
    const output = figure.querySelector("output");
    const button = figure.querySelector(".play");
    const holes = figure.querySelectorAll("path.hole");
    const links = figure.querySelectorAll("svg.map path.link");
    const nodes = figure.querySelectorAll("circle.node");
    const [thin, more] = states.widths;
    const last = states.ticks.length - 1;
    let timer = null;

    function show(moment) {
      const counts = [0, 0, 0, 0];
      const shown = new Array(holes.length).fill(null);
      for (const [place, strength, kind] of states.wormholes[moment]) {
        shown[place] = [strength, kind];
        counts[kind] += 1;
      }
      holes.forEach((path, place) => {
        const state = shown[place];
        path.setAttribute("class", "hole " + (state ? KINDS[state[1]] : "off"));
        if (state) path.setAttribute("stroke-width", (thin + (state[1] === 3 ? 0 : more * state[0] / 100)).toFixed(2));
      });
      const down = new Set(states.links[moment]);
      links.forEach((path, place) => path.classList.toggle("down", down.has(place)));
      const dead = new Set(states.nodes[moment]);
      nodes.forEach((circle) => circle.classList.toggle("down", dead.has(Number(circle.dataset.node))));
      const open = counts[0] + counts[1] + counts[2];
      const kinds = [2, 1, 0].filter((kind) => counts[kind] > 0).map((kind) => counts[kind] + " " + NAMES[kind]);
      const past = states.events.filter(([tick]) => tick <= states.ticks[moment]);
      const event = past.length > 0 ? " · " + past[past.length - 1][1] : "";
      const text = "tick " + grouped(states.ticks[moment]) + " · " + open + " open" +
        (kinds.length > 0 ? " (" + kinds.join(", ") + ")" : "") +
        (counts[3] > 0 ? ", " + counts[3] + " dormant" : "") + event;
      output.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    }

    function stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      button.textContent = "Play";
    }

    function step() {
      if (Number(slider.value) >= last) return stop();
      slider.value = String(Number(slider.value) + 1);
      show(Number(slider.value));
    }

    slider.addEventListener("input", () => show(Number(slider.value)));
    button.addEventListener("click", () => {
      if (timer !== null) return stop();
      if (Number(slider.value) >= last) slider.value = "0";
      show(Number(slider.value));
      button.textContent = "Pause";
      timer = setInterval(step, 100);
    });
    slider.addEventListener("pointerdown", stop);
    slider.addEventListener("keydown", stop);
    button.disabled = last === 0;
    // A reload may keep the slider's place.
    slider.value = String(last);
    show(last);
  }

  document.querySelectorAll("figure.replay").forEach(start);
})();
