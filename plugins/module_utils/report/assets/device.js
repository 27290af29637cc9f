// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// All that is known of one device. It is compressed in the page, so many devices at a time, and read when it is asked for.

let parts = null;

async function detailsOf(device) {
  parts ??= byId("details").textContent.split("\n");
  const part = parts[Math.floor(device.row / data.devices_at_a_time)];
  const octets = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text())[device.row % data.devices_at_a_time];
}

const valueOr = (value) => (value === null || value === undefined || value === "" ? el("span", { class: "quiet" }, t("unknown")) : typeof value === "number" ? numeral(value) : foreign(value));
const listOr = (values) => (values?.length ? el("ul", { class: "plain-list" }, values.map((value) => el("li", {}, foreign(value)))) : valueOr(null));
const part = (name, content) => el("section", {}, el("h3", {}, t(name)), content);

function certificateOf(certificate) {
  if (!certificate) return el("p", { class: "quiet" }, t("device.no_certificate"));
  return facts([
    [t("device.subject"), valueOr(certificate.subject)],
    [t("device.issuer"), valueOr(certificate.issuer)],
    [t("device.names"), listOr(certificate.names)],
    [t("column.serial_number"), code(certificate.serial_number)],
    [t("column.key_type"), valueOr(certificate.key_type)],
    [t("device.signature"), valueOr(certificate.signature_algorithm)],
    [t("device.valid"), [moment(certificate.not_before), " \u2013 ", moment(certificate.not_after)]],
    [t("device.fingerprint"), code(certificate.fingerprint_sha256)],
    [t("device.authority"), valueOr(certificate.authority)],
    [t("column.last_rotation"), moment(certificate.issued)],
  ]);
}

function connectionOf(device) {
  const { tls, srtp, registration, post_quantum: quantum, aes } = device;
  return facts([
    [t("column.protocol"), valueOr(tls?.protocol)],
    [t("column.cipher"), valueOr(tls?.cipher)],
    [t("column.group"), valueOr(tls?.group)],
    [t("device.client_hello"), tls?.client_hello_octets ? t("octets", { count: numeral(tls.client_hello_octets) }) : valueOr(null)],
    [t("column.suite"), [valueOr(srtp?.suite), srtp ? el("span", { class: "sub" }, t(srtp.seen ? "device.seen" : "device.configured")) : null]],
    [t("device.keying"), srtp?.keying ? srtp.keying.toUpperCase() : valueOr(null)],
    [t("device.required"), badge("answer", answer(srtp?.required))],
    [t("column.registered"), device.kind === "softswitch" ? null : [badge("answer", answer(device.registered)), registration ? el("span", { class: "sub code" }, plain(registration.serial_number ?? "")) : null]],
    [t("device.registrations"), device.kind === "softswitch" ? valueOr(device.registrations) : null],
    [t("device.verify_mode"), device.kind === "softswitch" ? valueOr(device.verify_mode) : null],
    [t("column.readiness"), badge("readiness", quantum?.readiness ?? "unknown")],
    [t("device.reasons"), quantum?.reasons?.length ? el("ul", { class: "plain-list" }, quantum.reasons.map((reason) => el("li", {}, english(reason)))) : null],
    [t("column.accelerated"), [badge("answer", answer(aes?.accelerated)), aes?.by ? ` ${plain(aes.by)}` : null]],
    ["OpenSSL", valueOr(device.openssl)],
    [t("device.clock"), device.clock_ahead === null || device.clock_ahead === undefined ? valueOr(null) : t("seconds", { count: numeral(device.clock_ahead) })],
  ]);
}

const anchorsOf = (device) => (device.anchors?.length ? plainTable(t("column.anchors"), [t("device.subject"), t("column.not_after"), t("device.fingerprint")],
  device.anchors.map((anchor) => [foreign(anchor.subject), day(anchor.not_after), code(anchor.fingerprint_sha256)])) : el("p", { class: "quiet" }, t("unknown")));

const checksOf = (device) => (!device.checks?.length ? el("p", { class: "quiet" }, t("unknown")) : el("ol", { class: "checks" }, device.checks.map((one) => el("li", { class: `k-${one.state in ICONS ? one.state : "unknown"}` },
  el("div", { class: "line" }, el("b", {}, named("check", one.check)), badge("state", one.state)),
  one.cause ? el("p", {}, english(one.cause)) : null,
  one.evidence?.length ? el("ul", { class: "evidence" }, one.evidence.map((line) => el("li", {}, english(line)))) : null,
  one.remedy ? el("p", { class: "remedy" }, el("b", {}, t("remedy"), ": "), english(one.remedy)) : null))));

async function openDevice(row) {
  const dialog = byId("device");
  const show = (...children) => dialog.firstElementChild.replaceChildren(
    el("header", {}, el("h2", { id: "device-title" }, foreign(row.device)), badge("state", row.state),
      el("button", { type: "button", class: "close", on: { click: () => dialog.close() } }, t("close"))),
    el("p", { class: "quiet" }, named("kind", row.kind), row.softswitch ? [" \u00b7 ", t("column.softswitch"), ": ", foreign(row.softswitch)] : null, ` \u00b7 ${t("device.verified")}: ${moment(row.verified)}`), ...children);
  show(el("p", { role: "status" }, t("loading")));
  dialog.showModal();
  dialog.scrollTop = 0;
  try {
    const device = await detailsOf(row);
    show(part("checks", checksOf(device)), part("device.certificate", certificateOf(device.certificate)),
      device.second_certificate ? part("device.second_certificate", certificateOf(device.second_certificate)) : "", part("device.connection", connectionOf(device)),
      part("column.anchors", anchorsOf(device)),
      part("drift", device.drift?.length ? el("ul", { class: "plain-list" }, device.drift.map((line) => el("li", {}, english(line)))) : el("p", {}, t("none"))));
  } catch (error) {
    show(el("p", { class: "note" }, t("device.unreadable"), " ", english(error.message)));
  }
  dialog.querySelector(".close").focus();
}

byId("device").addEventListener("click", (event) => { if (event.target === event.currentTarget) event.currentTarget.close(); });
