// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The columns of the table of devices: what they show, how they are sorted, and what can be chosen in them.

const collate = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const RANK = Object.fromEntries(STATES.map((name, at) => [name, at]));
const unknownCell = () => el("span", { class: "quiet" }, t("unknown"));
const textCell = (name) => (device) => (device[name] === null || device[name] === "" ? unknownCell() : foreign(device[name]));
const code = (text) => (text ? foreign(text, { class: "code" }) : unknownCell());
const answerCell = (name) => (device) => badge("answer", answer(device[name]));
const opener = (device) =>
  el("button", { type: "button", class: "link", "data-row": String(device.row), on: { click: () => openDevice(device) } }, foreign(device.device));

// name; cell: what is shown; key: what is sorted by (undefined for unknown, which is last); chosen: the values for a selection;
// word: a value in words; hidden: not shown unless asked for.
const COLUMNS = [
  { name: "device", cell: opener, key: (device) => device.device },
  { name: "state", cell: (device) => badge("state", device.state), key: (device) => RANK[device.state], chosen: (device) => [device.state], word: (value) => named("state", value) },
  { name: "findings", cell: findingsCell, key: (device) => (device.findings.length ? -device.findings.length : 0), chosen: (device) => [...new Set(device.findings.map((one) => one[0]))], word: (value) => named("check", value) },
  { name: "kind", cell: (device) => named("kind", device.kind), key: (device) => device.kind ?? undefined, chosen: (device) => [device.kind ?? ""], word: (value) => named("kind", value), hidden: true },
  { name: "identity", cell: textCell("identity"), key: (device) => device.identity || undefined },
  { name: "serial_number", cell: (device) => code(device.serial_number), key: (device) => device.serial_number ?? undefined },
  { name: "not_after", cell: (device) => [day(device.not_after), device.days_left === null ? null : el("span", { class: "sub" }, device.days_left < 0 ? t("expired") : days(device.days_left))], key: (device) => device.not_after ?? undefined },
  { name: "key_type", cell: textCell("key_type"), key: (device) => device.key_type ?? undefined, chosen: (device) => [device.key_type ?? ""] },
  { name: "protocol", cell: textCell("protocol"), key: (device) => device.protocol ?? undefined, chosen: (device) => [device.protocol ?? ""] },
  { name: "cipher", cell: textCell("cipher"), key: (device) => device.cipher ?? undefined, chosen: (device) => [device.cipher ?? ""] },
  { name: "group", cell: textCell("group"), key: (device) => device.group ?? undefined, chosen: (device) => [device.group ?? ""] },
  { name: "suite", cell: textCell("suite"), key: (device) => device.suite ?? undefined, chosen: (device) => [device.suite ?? ""] },
  { name: "registered", cell: (device) => (device.kind === "softswitch" ? el("span", { class: "quiet" }, "\u2013") : answerCell("registered")(device)), key: (device) => answer(device.registered), chosen: (device) => [device.kind === "softswitch" ? "" : answer(device.registered)], word: (value) => named("answer", value) },
  { name: "last_rotation", cell: (device) => day(device.last_rotation), key: (device) => device.last_rotation ?? undefined },
  { name: "anchors", cell: (device) => (device.anchors.length ? el("ul", { class: "anchors" }, device.anchors.map((anchor) => el("li", {}, foreign(anchor)))) : unknownCell()), key: (device) => device.anchors.join(" ") || undefined, chosen: (device) => device.anchors },
  { name: "readiness", cell: (device) => badge("readiness", device.readiness), key: (device) => device.readiness, chosen: (device) => [device.readiness], word: (value) => named("readiness", value), hidden: true },
  { name: "accelerated", cell: answerCell("accelerated"), key: (device) => answer(device.accelerated), chosen: (device) => [answer(device.accelerated)], word: (value) => named("answer", value), hidden: true },
  { name: "drift", cell: (device) => (device.drift ? t("n_drift", { count: numeral(device.drift) }) : t("none")), key: (device) => -device.drift, chosen: (device) => [device.drift ? "yes" : "no"], word: (value) => named("answer", value), hidden: true },
  { name: "softswitch", cell: textCell("softswitch"), key: (device) => device.softswitch ?? undefined, chosen: (device) => [device.softswitch ?? ""], hidden: true },
];

// findingsCell(device): the first finding in full, and how many more.
function findingsCell(device) {
  if (!device.findings.length) return el("span", { class: "quiet" }, t("none"));
  const [check, state, cause] = device.findings[0];
  return [
    el("span", { class: `finding f-${state}` }, el("span", { class: `icon s-${state}`, "aria-hidden": "true" }, ICONS[state]),
      el("span", {}, el("b", {}, named("check", check)), ": ", cause ? english(shortened(cause, 160)) : named("state", state))),
    device.findings.length > 1 ? el("span", { class: "sub" }, t("n_more", { count: numeral(device.findings.length - 1) })) : null,
  ];
}

// searched(device): all that the search looks in, as it is and as it is shown.
const searched = (device) => {
  const text = [device.device, device.identity, device.serial_number, device.key_type, device.not_after, device.protocol, device.cipher, device.group,
    device.suite, device.softswitch, device.last_rotation, ...device.anchors, ...device.findings.flat()].filter(Boolean).join("\n");
  return (UNSEEN.test(text.replaceAll("\n", "")) ? `${text}\n${plain(text)}` : text).toLowerCase();
};
