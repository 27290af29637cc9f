// Copyright (c) 2026 siptls.vos contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// The table of devices: TanStack Table sorts, filters and cuts it into pages, here it is shown.

const {
  columnFilteringFeature, constructTable, createFilteredRowModel, createPaginatedRowModel, createSortedRowModel, rowPaginationFeature,
  rowSortingFeature, storeReactivityBindings, tableFeatures,
} = TanStackTable;

const compare = (a, b) => (typeof a === "number" ? a - b : collate.compare(a, b));
let texts = null;
const textOf = (device) => (texts ??= devices.map(searched))[device.row];

const table = constructTable({
  features: tableFeatures({
    coreReactivityFeature: storeReactivityBindings(),
    columnFilteringFeature, rowSortingFeature, rowPaginationFeature,
    filteredRowModel: createFilteredRowModel(), sortedRowModel: createSortedRowModel(), paginatedRowModel: createPaginatedRowModel(),
  }),
  data: devices,
  getRowId: (device) => String(device.row),
  autoResetPageIndex: false,
  columns: [
    ...COLUMNS.map(({ name, key, chosen }) => ({
      id: name, accessorFn: key, sortUndefined: "last", sortDescFirst: false,
      sortFn: (a, b) => compare(a.getValue(name), b.getValue(name)),
      filterFn: (row, _, wanted) => (chosen ? chosen(row.original).includes(wanted) : true),
    })),
    { id: "text", accessorFn: textOf, filterFn: (row, _, wanted) => textOf(row.original).includes(wanted) },
  ],
  initialState: { pagination: { pageIndex: 0, pageSize: 50 } },
});

const shownColumns = new Set(COLUMNS.filter((column) => !column.hidden).map((column) => column.name));
const visible = () => COLUMNS.filter((column) => shownColumns.has(column.name));
const sorting = () => table.atoms.sorting.get()[0] ?? null;
const filters = () => table.atoms.columnFilters.get();

function setFilter(name, value) {
  table.setColumnFilters((before) => [...before.filter((one) => one.id !== name), ...(value === undefined ? [] : [{ id: name, value }])]);
  table.setPageIndex(0);
}

// showDevices({name: value}): the devices with this alone, for a link from elsewhere on the page.
function showDevices(chosen) {
  table.setColumnFilters(Object.entries(chosen).map(([id, value]) => ({ id, value })));
  table.setPageIndex(0);
  drawDevices();
  byId("devices").scrollIntoView();
  byId("found").focus({ preventScroll: true });
}

function sortBy(name) {
  const now = sorting();
  table.setSorting(now?.id === name && now.desc ? [] : [{ id: name, desc: now?.id === name }]);
  table.setPageIndex(0);
  drawRows();
}

function heading(column) {
  const now = sorting();
  const direction = now?.id === column.name ? (now.desc ? "descending" : "ascending") : null;
  // A heading that is repeated on each sheet of paper may hold no button
  if (printed) return el("th", { scope: "col", role: "columnheader", class: `c-${column.name}` }, t(`column.${column.name}`));
  return el("th", { scope: "col", role: "columnheader", class: `c-${column.name}`, "aria-sort": direction },
    el("button", { type: "button", "data-sort": column.name, on: { click: () => { sortBy(column.name); document.querySelector(`[data-sort="${column.name}"]`).focus(); } } },
      t(`column.${column.name}`), el("span", { class: "arrow", "aria-hidden": "true" }, direction === "ascending" ? "\u2191" : direction === "descending" ? "\u2193" : "\u2195")));
}

const rowOf = (columns) => (row) => el("tr", { role: "row" }, columns.map((column, at) =>
  el(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null, role: at === 0 ? "rowheader" : "cell", class: `c-${column.name}`, "data-label": t(`column.${column.name}`) },
    column.cell(row.original))));

function drawRows() {
  const columns = visible();
  const rows = printed ? table.getSortedRowModel().rows : table.getRowModel().rows;
  byId("rows").replaceChildren(
    el("caption", { class: "hidden" }, t("devices.caption")),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, columns.map(heading))),
    el("tbody", { role: "rowgroup" }, rows.length ? rows.map(rowOf(columns))
      : el("tr", { role: "row" }, el("td", { role: "cell", colspan: String(columns.length), class: "empty" }, t("devices.none")))));
  drawPages();
}

function drawPages() {
  const found = table.getFilteredRowModel().rows.length;
  const { pageIndex, pageSize } = table.atoms.pagination.get();
  const first = found ? pageIndex * pageSize + 1 : 0;
  const last = Math.min(found, (pageIndex + 1) * pageSize);
  byId("found").textContent = t("devices.found", { found: numeral(found), total: numeral(devices.length) });
  byId("range").textContent = t("devices.range", { first: numeral(first), last: numeral(last), found: numeral(found) });
  byId("previous").disabled = !table.getCanPreviousPage();
  byId("next").disabled = !table.getCanNextPage();
  byId("clear").hidden = !filters().length;
}

// turn(to): another page, from its top.
function turn(change) {
  table.setPageIndex(table.atoms.pagination.get().pageIndex + change);
  drawRows();
  byId("rows").parentElement.scrollTop = 0;
}

const EMPTY = "-";
// chooser(column): a selection of the values that occur.
function chooser(column) {
  const counted = new Map();
  for (const device of devices) for (const value of column.chosen(device)) counted.set(value, (counted.get(value) ?? 0) + 1);
  if (counted.size < 2 && column.name !== "findings") return null;
  const now = filters().find((one) => one.id === column.name)?.value;
  const values = [...counted.keys()].sort((a, b) => compare(column.name === "state" ? RANK[a] : a, column.name === "state" ? RANK[b] : b));
  const word = (value) => (value === "" ? t("unknown") : column.word ? column.word(value) : plain(value));
  return el("label", {}, el("span", {}, t(`column.${column.name}`)),
    el("select", { id: `choose-${column.name}`, on: { change: (event) => {
      const at = event.target.value;
      setFilter(column.name, at === EMPTY ? undefined : values[Number(at)]);
      drawRows();
    } } },
    el("option", { value: EMPTY, selected: now === undefined }, t("all")),
    values.map((value, at) => el("option", { value: String(at), selected: value === now }, `${shortened(word(value), 60)} (${numeral(counted.get(value))})`))));
}

// choosers: made when they are asked for, as every value of every device is counted for them.
function choosers() {
  const place = el("div", { class: "choices" });
  const fill = () => { if (!place.firstChild) place.append(...COLUMNS.filter((column) => column.chosen).map(chooser).filter(Boolean)); };
  const open = filters().some((one) => one.id !== "text");
  if (open) fill();
  return el("details", { class: "filters", id: "filters", open, on: { toggle: fill } }, el("summary", {}, t("filters")), place);
}

let typing = 0;
function toolbar() {
  const text = filters().find((one) => one.id === "text")?.value ?? "";
  const search = el("input", { type: "search", id: "search", value: text, autocomplete: "off", spellcheck: "false", placeholder: t("search.hint"), on: { input: (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => { setFilter("text", event.target.value.trim().toLowerCase() || undefined); drawRows(); }, 120);
  } } });
  const sorter = el("select", { id: "sort", on: { change: (event) => { table.setSorting(event.target.value === EMPTY ? [] : [{ id: event.target.value, desc: false }]); table.setPageIndex(0); drawRows(); } } },
    el("option", { value: EMPTY }, t("sort.worst")), COLUMNS.map((column) => el("option", { value: column.name, selected: sorting()?.id === column.name }, t(`column.${column.name}`))));
  return el("div", { class: "toolbar" },
    el("label", { class: "search" }, el("span", {}, t("search")), search),
    el("label", { class: "phone" }, el("span", {}, t("sort")), sorter),
    choosers(),
    el("details", { class: "filters" }, el("summary", {}, t("columns")), el("fieldset", { class: "choices" }, el("legend", { class: "hidden" }, t("columns")),
      COLUMNS.slice(1).map((column) => el("label", { class: "check" }, el("input", { type: "checkbox", checked: shownColumns.has(column.name), on: { change: (event) => {
        if (event.target.checked) shownColumns.add(column.name); else shownColumns.delete(column.name);
        drawRows();
      } } }), t(`column.${column.name}`))))),
    el("button", { type: "button", id: "clear", class: "quiet", on: { click: () => { table.setColumnFilters([]); table.setPageIndex(0); drawDevices(); byId("search").focus(); } } }, t("clear")));
}

const drawDevices = () => drawn[devicesAt]();
const devicesAt = drawn.length;
drawn.push(() => {
  const sizes = [25, 50, 100, 250];
  document.querySelector("#devices .draw").replaceChildren(
    toolbar(),
    el("p", { id: "found", class: "found", role: "status", tabindex: "-1" }),
    el("div", { class: "scroll rows", tabindex: "0", role: "region", "aria-label": t("devices.caption") }, el("table", { id: "rows", role: "table" })),
    el("div", { class: "pages" },
      el("button", { type: "button", id: "previous", on: { click: () => turn(-1) } }, t("previous")),
      el("span", { id: "range" }),
      el("button", { type: "button", id: "next", on: { click: () => turn(1) } }, t("next")),
      el("label", {}, el("span", {}, t("per_page")), el("select", { id: "per-page", on: { change: (event) => { table.setPagination({ pageIndex: 0, pageSize: Number(event.target.value) }); drawRows(); } } },
        sizes.map((size) => el("option", { value: String(size), selected: table.atoms.pagination.get().pageSize === size }, String(size)))))));
  drawRows();
});
