// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// What comes after quantum computers, AES in the processor, and what differs from the inventory.

section("readiness", () => {
  const { readiness, reasons, groups, largest_client_hello: largest } = data.post_quantum;
  const total = data.glance.devices;
  const { yes, no, unknown, by } = data.acceleration;
  const answers = (name) => [el("h4", {}, t(`readiness.${name}`)), bars(yesNo(data.post_quantum[name]), total)];
  return [
    el("div", { class: "halves" },
      el("div", { class: "card" }, el("h3", {}, t("readiness.pqc")),
        bars(["ready", "partly", "not", "unknown"].map((name) => ({ label: badge("readiness", name), count: readiness[name], tone: name })), total),
        el("h4", {}, t("readiness.groups")),
        bars(groups.map((one) => ({ label: one.value === null ? t("unknown") : foreign(one.value), count: one.count })), total)),
      el("div", { class: "card" }, el("h3", {}, t("readiness.needs")), answers("tls_1_3"), answers("hybrid_group"), answers("signatures"),
        answers("over_one_mtu"), el("p", { class: "quiet" }, t("readiness.hello", { octets: largest === null ? t("unknown") : numeral(largest) }))),
      el("div", { class: "card" }, el("h3", {}, t("readiness.reasons")),
        reasons.length ? plainTable(t("readiness.reasons"), [t("readiness.reason"), t("devices")], reasons.map((one) => [english(one.reason), numeral(one.count)]), [1]) : el("p", {}, t("none"))),
      el("div", { class: "card" }, el("h3", {}, t("readiness.aes")), bars(yesNo({ yes, no, unknown }), total),
        by.length ? [el("h4", {}, t("readiness.by")), bars(by.map((one) => ({ label: one.value === null ? t("unknown") : foreign(one.value), count: one.count })), total)] : null)),
  ];
});

const NAMES_AT_ONCE = 8;
const someNames = (rows) => [rows.slice(0, NAMES_AT_ONCE).map((row, at) => [at ? ", " : "", el("button", { type: "button", class: "link", on: { click: () => openDevice(devices[row]) } }, foreign(devices[row].device))]),
  rows.length > NAMES_AT_ONCE ? ` ${t("and_more", { count: numeral(rows.length - NAMES_AT_ONCE) })}` : null];

section("drift", () => {
  if (!data.drift.length) return [el("p", {}, t("drift.none"))];
  return [
    el("p", {}, el("button", { type: "button", class: "quiet", on: { click: () => showDevices({ drift: "yes" }) } }, t("show_devices", { count: numeral(data.glance.drifted) }))),
    more(data.drift, 20, (rows) => plainTable(t("drift"), [t("drift.line"), t("count"), t("devices")],
      rows.map((one) => [english(one.line), numeral(one.devices.length), someNames(one.devices)]), [1])),
  ];
});
