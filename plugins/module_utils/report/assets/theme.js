// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Light, dark, and paper, which is light.

function draw() {
  forgetCharts();
  say();
  drawn.forEach((one) => one());
  drawCharts();
}

function chooseTheme(name) {
  document.documentElement.dataset.theme = name;
  drawCharts();
}

byId("language").addEventListener("change", (event) => {
  language = event.target.value;
  draw();
});
byId("theme").addEventListener("change", (event) => chooseTheme(event.target.value));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
byId("print").addEventListener("click", () => window.print());

let themeOnScreen = "system";
function toPaper() {
  if (printed) return;
  printed = true;
  themeOnScreen = document.documentElement.dataset.theme;
  chooseTheme("light");
  drawDevices();
}
function toScreen() {
  if (!printed) return;
  printed = false;
  chooseTheme(themeOnScreen);
  drawDevices();
}
window.addEventListener("beforeprint", toPaper);
window.addEventListener("afterprint", toScreen);
