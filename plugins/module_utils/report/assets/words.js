// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the page, and numbers and times as its language writes them. Times are UTC.

let language = data.language;
const LOCALES = { en: "en-US", zh: "zh-CN" };
const TAGS = { en: "en", zh: "zh-Hans" };

// t(name, values): a text in the language of the page, with values for what is in braces.
function t(name, values = {}) {
  const text = data.texts[language][name];
  if (text === undefined) throw new Error(`no text ${name} in ${language}`);
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

// named(kind, name): the word for a name of the document, such as of a state; a name that has none stays as it is.
const named = (kind, name) => data.texts[language][`${kind}.${name}`] ?? plain(name ?? t("unknown"));

const numeral = (value) => new Intl.NumberFormat(LOCALES[language]).format(value);
const share = (part, whole) => (whole ? `${numeral(Math.floor((100 * part) / whole))}\u202f%` : "");
const day = (time) => (time ? plain(time).slice(0, 10) : t("unknown"));
const moment = (time) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(time ?? "") ? `${time.slice(0, 10)} ${time.slice(11, 16)} UTC` : t("unknown"));
const days = (count) => t(count === 1 ? "day" : "days", { count: numeral(count) });
const devicesCount = (count) => t(count === 1 ? "one_device" : "n_devices", { count: numeral(count) });
const month = (time) =>
  new Intl.DateTimeFormat(LOCALES[language], { month: "short", year: "2-digit", timeZone: "UTC" }).format(new Date(time));

function say() {
  document.documentElement.lang = TAGS[language];
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  byId("contents").setAttribute("aria-label", t("contents"));
  const title = data.title || t("title");
  document.title = plain(title);
  byId("title").replaceChildren(foreign(title));
  byId("when").textContent = t("when", { written: moment(data.written), collection: plain(data.collection ?? t("unknown")) });
}
