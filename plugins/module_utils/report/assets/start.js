// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The page is drawn, and can be used from here on. The library for charts comes after this script, and then the charts.

byId("language").value = language;
draw();
document.addEventListener("DOMContentLoaded", () => {
  drawCharts();
  performance.mark("report-ready");
  document.documentElement.dataset.ready = "yes";
});
