// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Charts by Apache ECharts, as SVG; beside each is the same as a table.

const live = [];
let printed = false;
let look = null;

// colour(name): of the theme that is on; the browser is asked once for all of them.
const colour = (name) => (look ??= getComputedStyle(document.documentElement)).getPropertyValue(`--${name}`).trim();

// chart({ name, label, size, option, table }): a figure. option() makes what ECharts takes, once the colours are known.
function chart({ name, label, size, option, table }) {
  const canvas = el("div", { class: `canvas ${size}`, role: "img", "aria-label": label });
  live.push({ canvas, option, label, instance: null });
  return el("figure", { class: "chart" }, el("figcaption", {}, t(name)), canvas,
    el("details", { class: "as-table" }, el("summary", {}, t("as_table")), table));
}

function drawChart(one) {
  one.instance?.dispose();
  one.instance = echarts.init(one.canvas, null, { renderer: "svg" });
  one.instance.setOption({
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("text") },
    aria: { enabled: true, label: { enabled: false }, decal: { show: false } },
    ...one.option(),
  });
  // ECharts names it in its own words otherwise
  one.canvas.setAttribute("aria-label", one.label);
}

// Charts are drawn when they come near: a reader of the table does not wait for them. Paper has all of them.
const near = new IntersectionObserver((entries) => {
  for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
    near.unobserve(target);
    drawChart(live.find((one) => one.canvas === target));
  }
}, { rootMargin: "50%" });

function drawCharts() {
  look = null;
  if (!window.echarts) return;
  for (const one of live) {
    near.unobserve(one.canvas);
    if (printed) drawChart(one);
    else near.observe(one.canvas);
  }
}

function forgetCharts() {
  near.disconnect();
  for (const one of live.splice(0)) one.instance?.dispose();
}

const axisLook = () => ({
  axisLine: { lineStyle: { color: colour("line") } },
  axisTick: { show: false },
  axisLabel: { color: colour("quiet"), fontSize: 12 },
  splitLine: { lineStyle: { color: colour("line"), type: [3, 3] } },
});

const tooltipLook = () => ({
  renderMode: "richText", confine: true, backgroundColor: colour("surface"), borderColor: colour("line"),
  textStyle: { color: colour("text"), fontSize: 12 },
});

const legendLook = () => ({ textStyle: { color: colour("text") }, inactiveColor: colour("quiet"), itemWidth: 14, itemHeight: 10, itemGap: 18, icon: "roundRect" });

let resizing = 0;
window.addEventListener("resize", () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(() => live.forEach((one) => one.instance?.resize()));
});
