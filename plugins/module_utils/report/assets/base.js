// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// What all parts of the page share: its data, elements, and text that others wrote.
// Whatever comes from a device is set as text, never as HTML: there is no innerHTML here.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

// el(tag, attributes, ...children): an element; "on" holds its listeners. A child is an element, a text, or null for none.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Characters that are not seen, or that change how the text around them is read: controls, directions (Unicode UAX #9),
// joiners, separators, tags, and halves of pairs, which stand for bytes that are no text.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff0-\ufffb\ud800-\udfff\u{e0000}-\u{e0fff}]/u;
const EACH_UNSEEN = new RegExp(UNSEEN.source, "gu");

const codePoint = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

// plain(text): for places that hold text alone, with what is not seen by its number.
const plain = (text) => String(text).replace(EACH_UNSEEN, (character) => `\u27e8${codePoint(character)}\u27e9`);

// foreign(text): text that others wrote, whatever its direction, with what is not seen shown as a mark.
function foreign(text, attributes = {}) {
  const element = el("bdi", attributes);
  const value = String(text);
  if (!UNSEEN.test(value)) {
    element.append(value);
    return element;
  }
  let from = 0;
  for (const match of value.matchAll(EACH_UNSEEN)) {
    element.append(value.slice(from, match.index), el("span", { class: "mark" }, codePoint(match[0])));
    from = match.index + match[0].length;
  }
  element.append(value.slice(from));
  return element;
}

// english(text): what modules and devices say, which is in English in every language of the page.
const english = (text) => foreign(text, { lang: "en", class: "said" });

const shortened = (text, most = 44) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);

// unpack(packed): the columns of columns.py as one object for each device.
function unpack(packed) {
  const names = Object.keys(packed);
  const columns = names.map((name) => packed[name].list ?? packed[name].at.map((at) => packed[name].values[at]));
  return (columns[0] ?? []).map((_, row) => {
    const device = { row };
    names.forEach((name, at) => { device[name] = columns[at][row]; });
    return device;
  });
}

const devices = unpack(data.devices);

// Parts of the page that are drawn anew when the language or the theme changes.
const drawn = [];
function section(id, draw) {
  drawn.push(() => document.querySelector(`#${id} .draw`).replaceChildren(...draw().filter(Boolean)));
}
