// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The authorities, who issued whom, and their revocation lists.

// forest(authorities): each below the one that issued it, by the chains; what has no issuer here is a root.
function forest(authorities) {
  const nodes = new Map(authorities.map((one) => [one.fingerprint_sha256 ?? one.name, { authority: one, children: [] }]));
  const roots = [];
  for (const node of nodes.values()) {
    const above = node.authority.chain?.certificates?.[1]?.fingerprint_sha256;
    const parent = above ? nodes.get(above) : undefined;
    (parent && parent !== node ? parent.children : roots).push(node);
  }
  return roots;
}

const issuedBy = (name) => data.issued.find((one) => one.value === name)?.count ?? 0;
const shownName = (one) => shortened(plain(one.name), 28);

function picture(node) {
  const one = node.authority;
  const count = issuedBy(one.name);
  const children = node.children.map(picture);
  if (count) children.push({ name: devicesCount(count), symbol: "roundRect", symbolSize: [10, 10], itemStyle: { color: colour("accent") } });
  return {
    name: `${shownName(one)}\n${named("state", one.state)} \u00b7 ${day(one.not_after)}`,
    symbol: "circle", symbolSize: 16, itemStyle: { color: colour(`fill-${one.state === "expired" || one.state === "revoked" ? "failed" : one.state}`) },
    children,
  };
}

const inWords = (nodes) => el("ul", { class: "tree" }, nodes.map((node) => el("li", {},
  foreign(node.authority.name), " ", badge("state", node.authority.state), issuedBy(node.authority.name) ? ` \u00b7 ${devicesCount(issuedBy(node.authority.name))}` : null,
  node.children.length ? inWords(node.children) : null)));

function cardOf(one) {
  const list = one.revocation_list;
  return el("li", { class: "card" },
    el("h3", {}, foreign(one.name), " ", badge("state", one.state)),
    el("p", {}, english(one.reason ?? "")),
    facts([
      [t("device.subject"), valueOr(one.subject)],
      [t("column.key_type"), valueOr(one.key_type)],
      [t("device.valid"), [day(one.not_before), " \u2013 ", day(one.not_after)]],
      [t("column.serial_number"), code(one.serial_number)],
      [t("device.fingerprint"), code(one.fingerprint_sha256)],
      [t("authorities.chain"), one.chain ? [badge("chain", one.chain.verified ? "ok" : "failed"), one.chain.problem ? el("span", { class: "sub" }, english(one.chain.problem)) : null,
        el("ol", { class: "chain" }, one.chain.certificates.map((certificate) => el("li", {}, foreign(certificate.subject))))] : valueOr(null)],
      [t("authorities.crl"), list ? [badge("state", list.state), el("span", { class: "sub" }, english(list.reason ?? "")), el("span", { class: "sub" }, `${t("authorities.next_update")}: ${moment(list.next_update)}`)] : t("authorities.no_crl")],
    ]));
}

section("authorities", () => {
  const known = data.authorities;
  if (!known) return [unknownNote("authorities.unknown")];
  if (!known.length) return [el("p", {}, t("authorities.none"))];
  const roots = forest(known);
  const label = t("authorities.chart.label", { count: numeral(known.length) });
  return [
    chart({
      name: "authorities.chart", label, size: known.length > 6 ? "tall" : "medium",
      option: () => ({
        series: [{
          type: "tree", data: roots.length === 1 ? [picture(roots[0])] : [{ name: t("authorities.pki"), children: roots.map(picture), symbolSize: 10, itemStyle: { color: colour("quiet") } }],
          orient: "LR", left: "16%", right: "20%", top: 16, bottom: 16, roam: false, initialTreeDepth: -1, expandAndCollapse: false,
          lineStyle: { color: colour("quiet"), width: 1.5 }, label: { color: colour("text"), position: "bottom", distance: 8, fontSize: 12, lineHeight: 16, align: "center" },
          leaves: { label: { position: "right", align: "left", distance: 8 } }, emphasis: { disabled: true },
        }],
      }),
      table: inWords(roots),
    }),
    el("ul", { class: "cards" }, known.map(cardOf)),
  ];
});
