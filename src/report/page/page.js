"use strict";
// Points of the charts under pointer and keyboard, and the switch between rankings.
(function () {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);

  function show(point) {
    const title = point.querySelector("title");
    if (!title) return;
    tip.textContent = title.textContent;
    tip.hidden = false;
    const place = point.getBoundingClientRect();
    const wide = Math.min(tip.offsetWidth, window.innerWidth - 16);
    const left = Math.max(8, Math.min(place.left + place.width / 2 - wide / 2, window.innerWidth - wide - 8));
    tip.style.left = left + window.scrollX + "px";
    tip.style.top = place.top + window.scrollY - tip.offsetHeight - 8 + "px";
  }

  function hide() { tip.hidden = true; }

  const near = (event) => event.target instanceof Element && event.target.closest(".point, .reported");
  // Where the page scrolls beneath a pointer at rest, that too is a pointerover: it decides nothing.
  const where = (event) => event.screenX + " " + event.screenY;
  let rest = "";
  document.addEventListener("pointermove", (event) => { rest = where(event); });
  document.addEventListener("pointerover", (event) => {
    if (where(event) === rest) return;
    const point = near(event);
    if (point) show(point); else hide();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  // Where the page is laid out anew it would stand elsewhere, and might make a narrow one wide.
  window.addEventListener("resize", hide);

  // With a chart in focus the arrows go from point to point.
  document.querySelectorAll(".picture").forEach((picture) => {
    const points = Array.from(picture.querySelectorAll(".series[data-main] .point, .reported"));
    if (!points.length) return;
    let place = -1;
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      place = (place + step + points.length) % points.length;
      show(points[place]);
    });
    picture.addEventListener("blur", hide);
  });

  // Tables sort by a click on a heading: numbers by their first one, texts as texts, what is empty last.
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = Array.from(table.querySelectorAll("thead th")), body = table.querySelector("tbody");
    const text = (row, column) => row.cells[column].textContent.trim();
    const number = (words) => Number.parseFloat(words.replace(/^< /, ""));
    const compare = (a, b) => {
      const [x, y] = [number(a), number(b)];
      return Number.isFinite(x) && Number.isFinite(y) ? x - y : a.localeCompare(b);
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent || "arm";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "descending" || column === 0 && !head.hasAttribute("aria-sort");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falling ? "ascending" : "descending");
        const rows = Array.from(body.rows);
        rows.sort((a, b) => {
          const [x, y] = [text(a, column), text(b, column)];
          if (!x || !y) return !x && !y ? 0 : x ? -1 : 1;
          return (falling ? 1 : -1) * compare(x, y);
        });
        body.append(...rows);
      });
    });
  });

  // Arms that are not chosen stand back in every chart.
  const arms = Array.from(document.querySelectorAll("input[name=arm]"));
  const drawn = Array.from(document.querySelectorAll(".picture [data-loss]"));
  const chosen = () => {
    const back = new Set(arms.filter((arm) => !arm.checked).map((arm) => arm.value));
    drawn.forEach((part) => part.classList.toggle("back", back.has(part.dataset.loss)));
  };
  document.querySelectorAll(".arms").forEach((choice) => {
    choice.hidden = false;
    choice.addEventListener("change", chosen);
    choice.addEventListener("click", (event) => {
      const which = event.target instanceof Element && event.target.closest("[data-arms]");
      if (!which) return;
      arms.forEach((arm) => { arm.checked = which.dataset.arms === "all"; });
      chosen();
    });
  });
  if (arms.length) chosen();

  document.querySelectorAll("input[name=ranking]").forEach((choice) => {
    const switched = () => {
      if (!choice.checked) return;
      document.querySelectorAll("figure[data-ranking]").forEach((figure) => {
        figure.hidden = figure.dataset.ranking !== choice.value;
      });
    };
    choice.addEventListener("change", switched);
    switched();
  });
})();
