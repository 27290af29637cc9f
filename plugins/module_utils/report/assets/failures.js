// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Handshakes that failed at the softswitches.

const CAUSES_IN_CHART = 6;

// byDay(failures, names): for each day of the time that was looked at, how often each cause occurred; the rest is together in the last.
function byDay(failures, names) {
  const days = [];
  const end = new Date(`${failures.until.slice(0, 10)}T00:00:00Z`);
  for (let at = new Date(`${failures.since.slice(0, 10)}T00:00:00Z`); at <= end && days.length < 400; at.setUTCDate(at.getUTCDate() + 1)) days.push(at.toISOString().slice(0, 10));
  const place = new Map(days.map((one, at) => [one, at]));
  const counts = [...names, null].map(() => days.map(() => 0));
  for (const one of failures.by_day) {
    const at = names.indexOf(one.cause);
    if (place.has(one.day)) counts[at < 0 ? names.length : at][place.get(one.day)] += one.count;
  }
  return { days, counts };
}

section("failures", () => {
  const failures = data.failures;
  if (!failures) return [unknownNote("failures.unknown")];
  const untold = (failures.by_softswitch ?? []).filter((one) => one.count === null);
  const gaps = untold.length ? el("div", { class: "note" }, el("p", {}, el("span", { class: "icon s-unknown", "aria-hidden": "true" }, "?"), t("failures.untold")),
    el("ul", { class: "plain-list" }, untold.map((one) => el("li", {}, foreign(one.softswitch), ": ", english(one.cause))))) : null;
  if (failures.total === null) return [gaps ?? unknownNote("failures.unknown")];
  const span = t("failures.span", { since: moment(failures.since), until: moment(failures.until) });
  const head = el("p", { class: "figure" }, el("strong", {}, numeral(failures.total)), " ", t("failures.total"), " \u00b7 ", span);
  const cut = failures.truncated ? el("p", { class: "note" }, t("failures.truncated", { count: numeral(failures.records_read) })) : null;
  if (!failures.total) return [gaps, head, cut, el("p", {}, t("failures.none"))];
  const names = failures.by_cause.slice(0, CAUSES_IN_CHART).map((one) => one.cause);
  const { days: each, counts } = byDay(failures, names);
  const series = names.map((name, at) => ({ name: shortened(plain(name), 60), counts: counts[at] }));
  if (counts.at(-1).some(Boolean)) series.push({ name: t("failures.others"), counts: counts.at(-1) });
  const label = t("failures.chart.label", { count: numeral(failures.total), span });
  return [
    gaps, head, cut,
    chart({
      name: "failures.chart", label, size: "high",
      option: () => ({
        color: [1, 2, 3, 4, 5, 6, 7].map((at) => colour(`series-${at}`)),
        grid: { left: 8, right: 12, top: 16, bottom: 16 + 22 * series.length, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        legend: { ...legendLook(), orient: "vertical", bottom: 0, left: 0, itemGap: 8 },
        tooltip: { ...tooltipLook(), trigger: "axis", axisPointer: { type: "shadow" } },
        xAxis: { type: "category", data: each, ...axisLook(), axisLabel: { ...axisLook().axisLabel, hideOverlap: true, formatter: (value) => value.slice(5) } },
        yAxis: { type: "value", minInterval: 1, ...axisLook() },
        series: series.map((one) => ({ name: one.name, type: "bar", stack: "all", data: one.counts, barCategoryGap: "25%" })),
      }),
      table: plainTable(label, [t("day_of"), t("failures.cause"), t("count")], failures.by_day.map((one) => [one.day, english(one.cause), numeral(one.count)]), [2]),
    }),
    el("div", { class: "halves" },
      el("div", {}, el("h3", {}, t("failures.by_cause")), more(failures.by_cause, 10, (rows) => plainTable(t("failures.by_cause"), [t("failures.cause"), t("count"), t("share")],
        rows.map((one) => [english(one.cause), numeral(one.count), share(one.count, failures.total)]), [1, 2]))),
      el("div", {}, el("h3", {}, t("failures.by_source")), more(failures.by_source, 10, (rows) => plainTable(t("failures.by_source"), [t("failures.source"), t("count"), t("share")],
        rows.map((one) => [foreign(one.source), numeral(one.count), share(one.count, failures.total)]), [1, 2])))),
  ];
});
