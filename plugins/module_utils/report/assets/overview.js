// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet at a glance, when certificates end, and the checks.

const STATES = ["failed", "unreachable", "due", "unknown", "ok"];

function verdict(states) {
  const bad = states.failed + states.unreachable;
  if (!data.glance.devices) return ["unknown", t("verdict.none")];
  if (bad) return ["failed", t(bad === 1 ? "verdict.failed_one" : "verdict.failed", { count: numeral(bad), total: numeral(data.glance.devices) })];
  if (states.unknown) return ["unknown", t("verdict.unknown", { count: numeral(states.unknown), total: numeral(data.glance.devices) })];
  if (states.due) return ["due", t("verdict.due", { count: numeral(states.due), total: numeral(data.glance.devices) })];
  return ["ok", t("verdict.ok", { total: numeral(data.glance.devices) })];
}

// parts(counts, extra): what is not "yes", in words.
const rest = (counts, extra = []) => [
  ...extra,
  counts.no ? t("n_no", { count: numeral(counts.no) }) : null,
  counts.unknown ? t("n_unknown", { count: numeral(counts.unknown) }) : null,
].filter(Boolean).join(" \u00b7 ");

const tone = (counts) => (counts.no ? "t-failed" : counts.unknown ? "t-unknown" : "t-ok");

section("overview", () => {
  const { states, registered, encrypted, gateways, next_expiry: next, expired } = data.glance;
  const [state, words] = verdict(states);
  const nextTone = expired ? "t-failed" : !next || next.days === null ? "t-unknown" : next.days < 30 ? "t-due" : "t-ok";
  return [
    el("p", { class: `verdict v-${state}` }, el("span", { class: `icon s-${state}`, "aria-hidden": "true" }, ICONS[state]), words),
    el("ul", { class: "tiles" },
      tile("tile.registered", [numeral(registered.yes), el("small", {}, ` / ${numeral(gateways)}`)],
        rest(registered) || t("tile.registered.more"), tone(registered)),
      tile("tile.encrypted", [numeral(encrypted.yes), el("small", {}, ` / ${numeral(gateways)}`)],
        rest(encrypted, [t("tile.encrypted.more", { count: numeral(data.glance.seen) })]), tone(encrypted)),
      tile("tile.expiry", next && next.days !== null ? days(next.days) : t("unknown"),
        [expired ? el("strong", {}, t("n_expired", { count: numeral(expired) }), " \u00b7 ") : null,
          next ? [foreign(shortened(next.name)), ` \u00b7 ${day(next.not_after)}`] : t("tile.expiry.none")], nextTone),
      tile("tile.drift", numeral(data.glance.drifted), t("tile.drift.more"), data.glance.drifted ? "t-due" : "t-ok")),
    el("h3", {}, t("states")),
    el("ul", { class: "states" }, STATES.map((name) => el("li", {},
      el("button", { type: "button", class: `state b-${name}`, on: { click: () => showDevices({ state: name }) } },
        el("span", { class: `icon s-${name}`, "aria-hidden": "true" }, ICONS[name]),
        el("span", { class: "count" }, numeral(states[name])),
        el("span", { class: "word" }, named("state", name)),
        el("span", { class: "meaning" }, t(`state.${name}.means`)))))),
  ];
});

section("expiry", () => {
  const { weeks, expired, later, unknown, authorities } = data.timeline;
  const sum = weeks.reduce((total, week) => total + week.devices + week.authorities, 0);
  const busy = weeks.filter((week) => week.devices + week.authorities);
  const label = t("expiry.chart.label", { count: numeral(sum) });
  return [
    el("ul", { class: "inline" },
      el("li", {}, el("strong", {}, numeral(expired)), " ", t("expiry.expired")),
      el("li", {}, el("strong", {}, numeral(sum)), " ", t("expiry.year")),
      el("li", {}, el("strong", {}, numeral(later)), " ", t("expiry.later")),
      unknown ? el("li", {}, el("strong", {}, numeral(unknown)), " ", t("expiry.unknown")) : null),
    chart({
      name: "expiry.chart", label, size: "medium",
      option: () => ({
        color: [colour("accent"), colour("due-strong")],
        grid: { left: 8, right: 12, top: 40, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        legend: { ...legendLook(), top: 0, left: 0 },
        tooltip: { ...tooltipLook(), trigger: "axis", axisPointer: { type: "shadow" } },
        xAxis: { type: "category", data: weeks.map((week) => week.begin), ...axisLook(),
          axisLabel: { ...axisLook().axisLabel, interval: (at) => !at || weeks[at].begin.slice(0, 7) !== weeks[at - 1].begin.slice(0, 7), formatter: (value) => month(value), hideOverlap: true } },
        yAxis: { type: "value", minInterval: 1, ...axisLook() },
        series: ["devices", "authorities"].map((name) => ({
          name: t(`expiry.${name}`), type: "bar", stack: "all", data: weeks.map((week) => week[name]), barCategoryGap: "22%",
          itemStyle: { borderRadius: [2, 2, 0, 0] } })),
      }),
      table: plainTable(label, [t("week_of"), t("expiry.devices"), t("expiry.authorities")],
        busy.map((week) => [week.begin, numeral(week.devices), numeral(week.authorities)]), [1, 2]),
    }),
    authorities.length ? el("p", { class: "quiet" }, t("expiry.authorities_end"), " ",
      authorities.map((one, at) => [at ? "; " : "", foreign(one.name), ` ${day(one.not_after)}`])) : null,
  ];
});

section("checks", () => {
  const rows = data.findings;
  if (!rows.length) return [unknownNote("checks.none")];
  const states = ["ok", "due", "failed", "unknown", "not_applicable"];
  const shown = [...rows].reverse();
  const label = t("checks.chart.label", { count: numeral(rows.length) });
  const bad = rows.filter((row) => row.causes.length);
  return [
    chart({
      name: "checks.chart", label, size: "tall",
      option: () => ({
        color: states.map((name) => colour(`fill-${name}`)),
        grid: { left: 8, right: 12, top: 40, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        legend: { ...legendLook(), top: 0, left: 0 },
        tooltip: { ...tooltipLook(), trigger: "axis", axisPointer: { type: "shadow" } },
        xAxis: { type: "value", minInterval: 1, ...axisLook() },
        yAxis: { type: "category", data: shown.map((row) => named("check", row.check)), ...axisLook(),
          axisLabel: { ...axisLook().axisLabel, color: colour("text"), interval: 0 } },
        series: states.map((name) => ({ name: named("state", name), type: "bar", stack: "all", barCategoryGap: "30%", data: shown.map((row) => row[name]) })),
      }),
      table: plainTable(label, [t("check"), ...states.map((name) => named("state", name))],
        rows.map((row) => [named("check", row.check), ...states.map((name) => numeral(row[name]))]), [1, 2, 3, 4, 5]),
    }),
    el("h3", {}, t("checks.causes")),
    bad.length ? el("ul", { class: "findings" }, bad.map((row) => el("li", {},
      el("h4", {}, named("check", row.check), " ",
        el("button", { type: "button", class: "quiet", on: { click: () => showDevices({ findings: row.check }) } },
          t("show_devices", { count: numeral(row.failed + row.due + row.unknown) }))),
      el("ul", {}, row.causes.map((one) => el("li", {}, el("strong", { class: "times" }, `${numeral(one.count)}\u00d7`), " ",
        one.cause ? english(one.cause) : t("no_cause"),
        one.remedy ? el("span", { class: "remedy" }, el("b", {}, t("remedy"), ": "), english(one.remedy)) : null))),
      row.more_causes ? el("p", { class: "quiet" }, t("more_causes", { count: numeral(row.more_causes) })) : null)))
      : el("p", {}, t("checks.all_ok")),
  ];
});
