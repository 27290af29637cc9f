// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// What several sections are made of.

const ICONS = {
  ok: "\u2713", met: "\u2713", ready: "\u2713", yes: "\u2713",
  due: "!", partly: "!", expired: "\u2715",
  failed: "\u2715", not_met: "\u2715", not: "\u2715", no: "\u2715", revoked: "\u2715",
  unreachable: "\u2205", unknown: "?", not_verified: "?", not_applicable: "\u2013", out_of_reach: "\u2013",
};

// badge(kind, name): a state by sign, colour and word.
const badge = (kind, name) =>
  el("span", { class: `badge s-${name in ICONS ? name : "unknown"}` }, el("span", { class: "icon", "aria-hidden": "true" }, ICONS[name] ?? "?"), named(kind, name));

const answer = (value) => (value === true ? "yes" : value === false ? "no" : "unknown");

// tile(name, value, more, tone): one figure.
const tile = (name, value, more, tone = "") =>
  el("li", { class: `tile ${tone}` }, el("p", { class: "name" }, t(name)), el("p", { class: "value" }, value), el("p", { class: "more" }, more));

// plainTable(caption, headings, rows, numbers): a small table; the columns whose places are in numbers hold numbers.
function plainTable(caption, headings, rows, numbers = []) {
  const at = (place) => (numbers.includes(place) ? "number" : null);
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", { class: "plain" },
      el("caption", { class: "hidden" }, caption),
      el("thead", {}, el("tr", {}, headings.map((text, place) => el("th", { scope: "col", class: at(place) }, text)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, place) =>
        el(place === 0 ? "th" : "td", { scope: place === 0 ? "row" : null, class: at(place) }, cell)))))));
}

// more(rows, limit, draw): the first rows, and a button for the others.
function more(rows, limit, draw) {
  const place = el("div", {}, draw(rows.slice(0, limit)));
  if (rows.length <= limit) return place;
  const button = el("button", { type: "button", class: "quiet", on: { click: () => place.replaceChildren(draw(rows)) } },
    t("show_all", { count: numeral(rows.length) }));
  place.append(button);
  return place;
}

// bars(rows): values with their shares of a whole, each a label, a count and a state or none.
const bars = (rows, whole) => el("ul", { class: "bars" }, rows.map(({ label, count, tone }) =>
  el("li", {}, el("span", { class: "label" }, label), el("meter", { class: `m-${tone ?? "none"}`, min: "0", max: String(whole || 1), value: String(count), "aria-hidden": "true" }),
    el("span", { class: "count" }, numeral(count), el("span", { class: "share" }, share(count, whole))))));

const yesNo = (counts) => ["yes", "no", "unknown"].map((name) => ({ label: badge("answer", name), count: counts[name], tone: name }));

const unknownNote = (name) => el("p", { class: "note" }, el("span", { class: "icon s-unknown", "aria-hidden": "true" }, "?"), t(name));

// facts(pairs): names and values; what is null is left out.
const facts = (pairs) => el("dl", { class: "facts" }, pairs.filter((pair) => pair[1] !== null).map(([name, value]) =>
  el("div", {}, el("dt", {}, name), el("dd", {}, value))));
