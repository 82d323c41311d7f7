// Lines over time, drawn by uPlot from the JSON API; each figure says where its numbers are.
"use strict";

(() => {
  const drawn = new Map();
  const [START, END, VALUE, LOW, HIGH, BAND] = [0, 1, 2, 3, 4, 5]; // of a point
  const OF_SHARES = { min: { pad: 0.1, soft: 0, mode: 3, hard: -1 }, max: { pad: 0.1, soft: 0.01, mode: 1, hard: 1 } }; // no axis shows more than all rows
  const PALETTE = ["current", "warning", "ok", "unknown", "critical", "reference"];
  const DATES = [
    // tick spacing in seconds, format, and what is added where a new year or day begins
    [86400 * 28, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [86400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  ];
  const resolved = (name) => {
    const probe = document.createElement("i");
    probe.className = `c-${name}`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const faint = (found, share) => found.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
  const seconds = (moment) => Date.parse(moment) / 1000;
  const day = (at) => new Date(at * 1000).toISOString().slice(0, 16).replace("T00:00", "").replace("T", " ");

  const BESIDE_ONE = 3 * 86400; // days around a single window, where uPlot would show years

  const grouped = (number) => number.toLocaleString("en", { maximumFractionDigits: 12 }).replaceAll(",", "\u202f"); // as everywhere else
  const evened = (number) => Number(number.toPrecision(9)); // 0.3 and not 0.30000000000000004

  function written(value, percent) {
    if (value === null || value === undefined) return "unknown";
    const share = value * 100;
    return percent ? `${grouped(Number(Math.abs(share) < 0.1 ? share.toPrecision(1) : share.toFixed(1)))} %` : Math.abs(value) >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)));
  }

  function columns(lines) {
    const times = lines[0].points.map((point) => seconds(point[START]));
    const data = [times];
    const series = [{}];
    const bands = [];
    lines.forEach((line, place) => {
      const stroke = resolved(PALETTE[place % PALETTE.length]);
      const [low, high, band] = [LOW, HIGH, BAND].map((part) => line.points.map((point) => point[part]));
      const signed = line.statistic === "move";
      const edges = high.some((each) => each !== null) ? [high, low] : band.some((each) => each !== null) ? [band, band.map((each) => (each === null ? null : signed ? -each : 0))] : null;
      if (edges) {
        const at = data.length;
        for (const edge of edges) {
          data.push(edge);
          series.push({ stroke: "transparent", width: 0, points: { show: false } });
        }
        bands.push({ series: [at, at + 1], fill: faint(resolved("reference"), 0.22) });
      }
      const values = line.points.map((point) => point[VALUE]);
      const alone = [...values.keys()].filter((at) => values[at] !== null && (values[at - 1] ?? values[at + 1] ?? null) === null);
      data.push(values);
      series.push({ label: line.subject, stroke, width: 1.6, points: { show: alone.length > 0, filter: () => alone, size: 5 }, spanGaps: false });
    });
    return { data, series, bands };
  }

  function behind(line) {
    return (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      for (const span of line.incidents) {
        const left = Math.max(plot.valToPos(seconds(span.start), "x", true), bbox.left);
        const right = Math.min(plot.valToPos(seconds(span.end), "x", true), bbox.left + bbox.width);
        if (right <= left) continue;
        ctx.fillStyle = faint(resolved(span.severity), 0.16);
        ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
      }
      ctx.restore();
    };
  }

  function gates(line) {
    return (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.lineWidth = devicePixelRatio;
      for (const limit of line.limits) {
        const height = plot.valToPos(limit.at, "y", true);
        if (height < bbox.top || height > bbox.top + bbox.height) continue;
        ctx.strokeStyle = resolved(limit.severity);
        ctx.beginPath();
        ctx.moveTo(bbox.left, height);
        ctx.lineTo(bbox.left + bbox.width, height);
        ctx.stroke();
      }
      for (const [end, severity] of line.alerts) {
        const at = line.points.find((point) => point[END] === end);
        if (!at || at[VALUE] === null) continue;
        ctx.fillStyle = resolved(severity);
        ctx.beginPath();
        ctx.arc(plot.valToPos(seconds(at[START]), "x", true), plot.valToPos(at[VALUE], "y", true), 4 * devicePixelRatio, 0, 7);
        ctx.fill();
      }
      ctx.restore();
    };
  }

  function draw(figure, lines) {
    const place = figure.querySelector(".plot");
    const reading = figure.querySelector(".reading");
    const percent = lines[0]?.is_of_shares ?? false;
    drawn.get(figure)?.plot.destroy();
    place.replaceChildren();
    if (!lines.length || !lines[0].points.some((point) => point[VALUE] !== null)) {
      place.append(Object.assign(document.createElement("p"), { className: "none", textContent: "No values in these windows." }));
      return;
    }
    const { data, series, bands } = columns(lines);
    const axis = { stroke: resolved("text"), grid: { stroke: resolved("grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const values = lines.flatMap((line) => line.points.map((point) => point[VALUE])).filter((each) => each !== null);
    const untouched = `${day(data[0][0])} to ${day(data[0].at(-1))}: ${written(Math.min(...values), percent)} to ${written(Math.max(...values), percent)}`;
    const say = (at) => {
      if (at !== null && lines[0].points[at][END] === null) {
        reading.textContent = `${day(data[0][at])} · no window`;
      } else if (lines.length === 1) {
        reading.textContent = at === null ? untouched : `${day(data[0][at])} · ${said(lines[0], at, percent)}`;
      } else {
        const names = lines.map((line, place) => {
          const text = at === null ? line.subject : `${line.subject} ${written(line.points[at][VALUE], percent)}`;
          return Object.assign(document.createElement("b"), { className: `c-${PALETTE[place % PALETTE.length]}`, textContent: text });
        });
        reading.replaceChildren(at === null ? "" : `${day(data[0][at])} `, ...names.flatMap((name) => [name, " "]));
      }
    };
    const plot = new uPlot(
      {
        width: place.clientWidth,
        height: figure.classList.contains("tall") ? 280 : 190,
        series,
        bands,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: { x: { time: true, range: (_, first, last) => (first === last ? [first - BESIDE_ONE, last + BESIDE_ONE] : [first, last]) }, y: { range: percent && values.every((each) => Math.abs(each) <= 1) ? OF_SHARES : undefined } },
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
        axes: [{ ...axis, values: DATES, size: 40 }, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (percent ? `${grouped(evened(tick * 100))} %` : grouped(evened(tick)))) }],
        hooks: {
          drawClear: [behind(lines[0])],
          draw: [gates(lines[0])],
          setCursor: [({ cursor }) => say(cursor.idx === null || cursor.idx === undefined || cursor.left < 0 ? null : cursor.idx)],
        },
      },
      data,
      place,
    );
    plot.root.setAttribute("role", "img");
    plot.root.setAttribute("aria-label", `${figure.querySelector("h3").textContent || lines[0].subject}: ${untouched}`);
    say(null);
    plot.over.addEventListener("click", () => {
      const end = lines[0].points[plot.cursor.idx ?? -1]?.[END];
      if (end) location.href = figure.dataset.windows + end;
    });
    drawn.set(figure, { plot, lines });
  }

  function said(line, at, percent) {
    const [, , value, low, high, band] = line.points[at];
    const around = low !== null && low !== undefined ? ` (${written(low, percent)} to ${written(high, percent)})` : band !== null && band !== undefined ? `, ordinary within ${written(percent ? Math.min(band, 1) : band, percent)}` : "";
    return `${written(value, percent)}${around}`;
  }

  async function load(figure, source = figure.dataset.source) {
    try {
      const answer = await fetch(source, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.detail ?? answer.statusText);
      const lines = Array.isArray(told) ? told : [told];
      draw(figure, lines);
      offer(figure, lines[0]);
    } catch (error) {
      figure.querySelector(".plot").replaceChildren(Object.assign(document.createElement("p"), { className: "none", textContent: `No chart: ${error.message}` }));
    }
  }

  function offer(figure, line) {
    const choice = figure.closest("section")?.querySelector("select[data-statistics]");
    if (!choice || choice.options.length || !line?.statistics.length) return;
    for (const name of line.statistics) choice.add(new Option(name.replaceAll("_", " "), name, false, name === line.statistic));
    choice.closest("label").hidden = false;
    choice.addEventListener("change", () => load(figure, `${figure.dataset.source}&statistic=${encodeURIComponent(choice.value)}`));
  }

  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        seen.unobserve(entry.target);
        load(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  // What a page is about is drawn at once: within a frame, a margin is not looked beyond.
  document.querySelectorAll("figure[data-source]").forEach((figure) => (figure.classList.contains("tall") ? load(figure) : seen.observe(figure)));
  new ResizeObserver(() => drawn.forEach(({ plot }, figure) => plot.setSize({ width: figure.querySelector(".plot").clientWidth, height: plot.height }))).observe(document.body);
  document.addEventListener("windage:theme", () => drawn.forEach(({ lines }, figure) => draw(figure, lines)));
})();
