// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The controls of the frameworks that this system touches, and what this report is.

const OUTCOMES = ["met", "not_met", "not_verified", "out_of_reach"];

const namesOf = (names) => [names.slice(0, 20).map((name, at) => [at ? ", " : "", foreign(name)]), names.length > 20 ? ` ${t("and_more", { count: numeral(names.length - 20) })}` : null];

function control(one) {
  const failed = one.devices_failed ?? [];
  const unknown = one.devices_unknown ?? [];
  return el("li", { class: `card control k-${one.state}` },
    el("div", { class: "line" }, el("h4", {}, foreign(one.control), " ", english(one.title ?? "")), badge("outcome", one.state)),
    one.verified?.length ? [el("p", { class: "what" }, t("compliance.verified")), el("ul", { class: "plain-list" }, one.verified.map((line) => el("li", {}, english(line))))] : null,
    facts([
      [t("compliance.when"), one.when ? moment(one.when) : null],
      [t("compliance.ok"), one.state === "out_of_reach" || one.devices_ok === undefined || one.devices_ok === null ? null : devicesCount(one.devices_ok)],
      [t("compliance.failed"), failed.length ? [devicesCount(failed.length), ": ", namesOf(failed)] : null],
      [t("compliance.unknown"), unknown.length ? [devicesCount(unknown.length), ": ", namesOf(unknown)] : null],
      // An address to read, not a link: nothing on this page fetches anything
      [t("compliance.source"), one.source ? foreign(one.source, { class: "code" }) : null],
    ]),
    one.evidence?.length ? el("details", { open: one.state === "not_met" || one.state === "not_verified" }, el("summary", {}, t("evidence"), ` (${numeral(one.evidence.length)})`), el("ul", { class: "evidence" }, one.evidence.slice(0, 200).map((line) => el("li", {}, english(line))))) : null);
}

section("compliance", () => {
  const known = data.compliance;
  if (!known) return [unknownNote("compliance.absent")];
  const frameworks = [...new Set(known.map((one) => one.framework))];
  return [
    el("p", { class: "note" }, t("compliance.facts")),
    plainTable(t("compliance"), [t("compliance.framework"), ...OUTCOMES.map((name) => named("outcome", name))],
      frameworks.map((name) => [foreign(name), ...OUTCOMES.map((state) => numeral(known.filter((one) => one.framework === name && one.state === state).length))]), [1, 2, 3, 4]),
    ...frameworks.flatMap((name) => {
      const own = known.filter((one) => one.framework === name);
      const reached = own.filter((one) => one.state !== "out_of_reach");
      const beyond = own.filter((one) => one.state === "out_of_reach");
      return [el("h3", {}, foreign(name)), el("ul", { class: "controls" }, reached.map(control)),
        beyond.length ? [el("h4", {}, t("compliance.beyond")), el("ul", { class: "controls" }, beyond.map(control))] : []].flat();
    }),
  ];
});

section("about", () => [
  el("ul", { class: "plain-list" },
    ["about.verified", "about.unknown", "about.english", "about.offline", "about.utc"].map((name) => el("li", {}, t(name)))),
  facts([[t("about.began"), moment(data.began)], [t("about.written"), moment(data.written)], [t("about.collection"), foreign(data.collection ?? t("unknown"))]]),
  el("p", { class: "quiet" }, t("about.libraries")),
]);
