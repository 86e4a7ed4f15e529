"use strict";
// Shows what the page carries; computes nothing.
(function () {
  const ORANGE = "#e69f00";
  // The ground where an image is withheld.
  const PLAIN = 96;
  const data = JSON.parse(document.getElementById("examples").textContent);
  const root = document.getElementById("explorer");

  function make(name, attributes, parent, text) {
    const element = document.createElement(name);
    for (const key of Object.keys(attributes)) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  function mask(runs) {
    const pixels = [];
    runs.forEach((length, place) => { for (let i = 0; i < length; i++) pixels.push(place % 2 === 1); });
    return pixels;
  }

  function bytes(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  // Controls.
  const form = make("form", { class: "controls" }, root);
  form.addEventListener("submit", (event) => event.preventDefault());
  const label = (text) => make("label", {}, form, text + " ");
  const slice = make("select", { id: "explore-slice" }, label("Slice"));
  data.slices.forEach((one, place) => make("option", { value: place }, slice, one.title));
  const sweep = make("select", { id: "explore-sweep" }, label("Sweep"));
  data.sweeps.forEach((one, place) => make("option", { value: place }, sweep, one.name + ": " + one.title));
  const attack = make("select", { id: "explore-attack" }, label("Attack"));
  const over = make("select", { id: "explore-over" }, label("Over the input"));
  ["", "change", "gradient", "probability"].forEach((value) => {
    const known = value === "change" ? data.changes.length
      : !value || data.slices.every((one) => one.networks.every((network) => network[value]));
    if (known) make("option", { value }, over, value || "nothing");
  });
  const pointLabel = make("label", { class: "wide", for: "explore-point" }, form, "Point: ");
  const pointName = make("output", { id: "explore-name", for: "explore-point" }, pointLabel);
  const point = make("input", { id: "explore-point", type: "range", min: 0, step: 1, value: 0 }, form);
  const said = make("p", { id: "explore-said", class: "faint", "aria-live": "polite" }, root);

  // A card a network.
  const cards = make("div", { class: "cards" }, root);
  const views = data.networks.map((network, place) => {
    const card = make("section", { class: "card", "data-network": place }, cards);
    const title = make("h3", {}, card, network.title);
    // Black cannot be seen on a dark page.
    title.style.borderLeft = "6px solid " + (/^#0+$/.test(network.colour) ? "var(--ink)" : network.colour);
    const dice = make("p", { class: "dice" }, card);
    const pair = make("div", { class: "images" }, card);
    const canvas = (name) => make("canvas", { role: "img", "data-view": name }, pair);
    return { dice, input: canvas("input"), output: canvas("mask") };
  });

  function prepare(canvas, shown) {
    const zoom = 5;
    canvas.width = shown.width * zoom;
    canvas.height = shown.height * zoom;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const fill = (pixel, colour) => {
      context.fillStyle = colour;
      context.fillRect((pixel % shown.width) * zoom, Math.floor(pixel / shown.width) * zoom, zoom, zoom);
    };
    return { context, fill, zoom };
  }

  // The edge between foreground and background.
  function outline(drawing, shown, truth) {
    const { context, zoom } = drawing;
    context.strokeStyle = "#56b4e9";
    // As wide on a page that shows the canvas smaller.
    context.lineWidth = 1.5 * Math.max(1, context.canvas.width / (context.canvas.clientWidth || context.canvas.width));
    context.beginPath();
    truth.forEach((inside, pixel) => {
      const x = pixel % shown.width, y = Math.floor(pixel / shown.width);
      if (x > 0 && inside !== truth[pixel - 1]) {
        context.moveTo(x * zoom, y * zoom);
        context.lineTo(x * zoom, (y + 1) * zoom);
      }
      if (y > 0 && inside !== truth[pixel - shown.width]) {
        context.moveTo(x * zoom, y * zoom);
        context.lineTo((x + 1) * zoom, y * zoom);
      }
    });
    context.stroke();
  }

  // What a network makes of the slice without an attack, or what the attack changed, laid over its input.
  function overlay(drawing, network, outcome) {
    const signed = over.value !== "probability";
    const laid = over.value === "change" ? outcome.change : bytes(network[over.value] || "");
    laid.forEach((value, pixel) => {
      const share = signed ? (value - 128) / 127 : value / 255;
      const colour = signed ? (share < 0 ? "86,180,233" : "213,94,0") : "0,158,115";
      drawing.fill(pixel, "rgba(" + colour + "," + 0.85 * Math.abs(share) + ")");
    });
  }

  // A network's slice at a point of the chosen sweep under the chosen attack: pixels that are replaced and the value of each as a
  // share of white, or a change of every pixel in parts of the largest, which is a share of white.
  function outcomeOf(network, chosen, place) {
    const none = { at: [], values: [], change: [], largest: 0, dice: network.dice, mask: network.mask };
    if (place < 0) return none;
    if (chosen.own) {
      const point = network.own[chosen.name][attack.value][place];
      if (!point.whole) return { ...none, ...point };
      return { ...none, ...point, change: bytes(data.changes[point.whole.change]), largest: point.whole.largest };
    }
    const { order, sweeps } = network.attacks[attack.value];
    const { pixels, values, dice, mask } = sweeps[chosen.name][place];
    const at = order.slice(0, pixels);
    return { ...none, at, values: at.map((_, index) => values.length > 1 ? values[index] : values[0]), dice, mask };
  }

  const grey = (share) => {
    const value = Math.round(255 * Math.min(1, Math.max(0, share)));
    return "rgb(" + value + "," + value + "," + value + ")";
  };

  function show() {
    const shown = data.slices[slice.value], chosen = data.sweeps[sweep.value];
    const image = shown.image ? bytes(shown.image) : new Uint8Array(shown.width * shown.height).fill(PLAIN);
    const truth = mask(shown.truth);
    // The slider begins without an attack.
    const place = point.value - 1;
    pointName.textContent = place < 0 ? "clean" : chosen.points[place];
    point.setAttribute("aria-valuetext", pointName.textContent);
    const scores = [];
    views.forEach((view, number) => {
      const network = shown.networks[number];
      const outcome = outcomeOf(network, chosen, place);
      const input = prepare(view.input, shown);
      image.forEach((value, pixel) => {
        const moved = outcome.change.length ? outcome.largest * (outcome.change[pixel] - 128) / 127 : 0;
        input.fill(pixel, grey(value / 255 + moved));
      });
      if (over.value) overlay(input, network, outcome);
      if (!shown.image) outline(input, shown, truth);
      outcome.at.forEach((pixel, index) => {
        // Above the brightest the screen can only show white, so the frame says which pixels they are.
        input.fill(pixel, ORANGE);
        input.context.fillStyle = grey(outcome.values[index]);
        const x = (pixel % shown.width) * input.zoom, y = Math.floor(pixel / shown.width) * input.zoom;
        input.context.fillRect(x + 1, y + 1, input.zoom - 2, input.zoom - 2);
      });
      const output = prepare(view.output, shown);
      mask(outcome.mask).forEach((inside, pixel) => output.fill(pixel, inside ? "#ffffff" : "#000000"));
      outline(output, shown, truth);
      const text = outcome.dice.toFixed(3), name = data.networks[number].title;
      const area = mask(outcome.mask).filter(Boolean).length;
      view.dice.textContent = "Dice " + text;
      const changed = outcome.change.length ? "every pixel moved by up to " + (100 * outcome.largest).toFixed(1) + "% of white"
        : outcome.at.length + " pixels replaced";
      view.input.setAttribute("aria-label", "Input of " + name + ", " + changed);
      view.output.setAttribute("aria-label", "Mask of " + name + ", " + area + " pixels, Dice " + text);
      scores.push(name + " " + text);
    });
    said.textContent = pointName.textContent + ": Dice " + scores.join(", ");
  }

  // Attacks, points and slices are those of the sweep; what was chosen stays where it can.
  function start() {
    const chosen = data.sweeps[sweep.value], before = attack.value;
    attack.replaceChildren();
    chosen.attacks.forEach((one) => make("option", { value: one.name }, attack, one.title));
    if (chosen.attacks.some((one) => one.name === before)) attack.value = before;
    const held = data.slices.map((one) => !chosen.own || one.networks.every((network) => network.own[chosen.name]));
    Array.from(slice.options).forEach((option, place) => { option.disabled = !held[place]; });
    if (!held[slice.value]) slice.value = held.indexOf(true);
    const last = chosen.points.length;
    point.max = last;
    point.value = Math.min(point.value, last);
    show();
  }

  if (data.slices.length && data.sweeps.length) {
    if (data.slices.some((one) => !one.image)) over.value = "gradient";
    // The paper's own sweep to extreme levels, where there is one.
    const third = data.sweeps.findIndex((one) => one.name === "fig3");
    sweep.value = Math.max(third, 0);
    [slice, attack, over].forEach((control) => control.addEventListener("change", show));
    sweep.addEventListener("change", start);
    point.addEventListener("input", show);
    start();
  }
})();
