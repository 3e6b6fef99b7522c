/* The explorer's tree: opens levels (htmx brings them), moves by keyboard, remembers what was open in this tab. */
(() => {
  "use strict";

  const KEPT = "kbstore.explorer.open";
  const tree = document.getElementById("explorer-tree");
  const search = document.getElementById("explorer-search");

  const group = (item) => item.querySelector(":scope > [role=group]");
  const link = (item) => item.querySelector(":scope > .kb-node .kb-node-link");
  const isOpen = (item) => item.getAttribute("aria-expanded") === "true";
  const canOpen = (item) => item.hasAttribute("aria-expanded");
  const parent = (item) => item.parentElement.closest("[role=treeitem]");

  function kept() {
    try {
      return new Set(JSON.parse(window.sessionStorage.getItem(KEPT) || "[]"));
    } catch {
      return new Set();
    }
  }

  function keep(item, open) {
    const sources = kept();
    if (open) sources.add(item.dataset.source);
    else sources.delete(item.dataset.source);
    window.sessionStorage.setItem(KEPT, JSON.stringify([...sources]));
  }

  function open(item, remember = true) {
    if (!canOpen(item) || isOpen(item)) return;
    item.setAttribute("aria-expanded", "true");
    if (remember) keep(item, true);
    const children = group(item);
    if (!("loaded" in children.dataset)) {
      children.dataset.loaded = "";
      load(item.dataset.source, children, "innerHTML");
    }
  }

  /* That it failed is told by an event. */
  const load = (source, target, swap) =>
    window.htmx.ajax("GET", source, { source: target, target, swap }).catch(() => undefined);

  function close(item) {
    if (!canOpen(item) || !isOpen(item)) return;
    item.setAttribute("aria-expanded", "false");
    keep(item, false);
  }

  const toggle = (item) => (isOpen(item) ? close(item) : open(item));

  // --- what was open before, and what the address asks for

  function reopen(root) {
    const sources = kept();
    const wanted = new Set((tree.dataset.wanted || "").split(" ").filter(Boolean));
    for (const item of root.querySelectorAll("[role=treeitem][data-source]")) {
      const names = new URL(item.dataset.source, window.location.href).searchParams;
      const name = names.get("branch") || names.get("project");
      const isWanted = !names.has("bucket") && wanted.has(name);
      if (sources.has(item.dataset.source) || isWanted) open(item, isWanted);
    }
    // One project only: nobody wants to open it by hand, nor its main branch.
    const projects = tree.querySelectorAll(":scope > [data-kind=project]");
    if (projects.length === 1 && !search.value) {
      open(projects[0], false);
      const branches = group(projects[0]).querySelectorAll(":scope > [data-kind=branch]");
      if (branches.length === 1) open(branches[0], false);
    }
  }

  // --- the keyboard: one item of the tree is in the order of tabs, the arrows move from it

  function items() {
    return [...tree.querySelectorAll("[role=treeitem]")].filter((item) => item.offsetParent !== null);
  }

  function enter(item, focus = true) {
    for (const other of tree.querySelectorAll("[role=treeitem][tabindex='0']")) other.tabIndex = -1;
    item.tabIndex = 0;
    if (!focus) return;
    item.focus({ preventScroll: true });
    (item.querySelector(":scope > .kb-node") || item).scrollIntoView({ block: "nearest" });
  }

  function ensureEntry() {
    if (tree.querySelector("[role=treeitem][tabindex='0']")) return;
    const [first] = items();
    if (first) enter(first, false);
  }

  function step(item, by) {
    const all = items();
    const next = all[all.indexOf(item) + by];
    if (next) enter(next);
  }

  function go(item) {
    if ("more" in item.dataset) more(item);
    else if (link(item)) link(item).click();
    else toggle(item);
  }

  function more(item) {
    const before = item.previousElementSibling;
    item.parentElement.addEventListener("htmx:afterSettle", () => before?.nextElementSibling && enter(before.nextElementSibling), { once: true });
    load(item.dataset.more, item, "outerHTML");
  }

  function right(item) {
    if (canOpen(item) && !isOpen(item)) open(item);
    else if (isOpen(item)) step(item, 1);
  }

  function left(item) {
    if (isOpen(item)) close(item);
    else if (parent(item)) enter(parent(item));
  }

  function find(item, letter) {
    const all = items();
    const at = all.indexOf(item);
    const rest = [...all.slice(at + 1), ...all.slice(0, at)];
    const found = rest.find((other) => (other.dataset.label || "").toLowerCase().startsWith(letter));
    if (found) enter(found);
  }

  const KEYS = {
    ArrowDown: (item) => step(item, 1),
    ArrowUp: (item) => (item === items()[0] ? search.focus() : step(item, -1)),
    ArrowRight: right,
    ArrowLeft: left,
    Home: () => enter(items()[0]),
    End: () => enter(items().at(-1)),
    Enter: go,
    " ": toggle,
  };

  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key](item);
    } else if (event.key.length === 1 && event.key !== "/") {
      find(item, event.key.toLowerCase());
    }
  });

  tree.addEventListener("click", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.target.closest("a")) return;
    enter(item);
    if ("more" in item.dataset) more(item);
    else if (canOpen(item)) toggle(item);
  });

  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && items().length) {
      event.preventDefault();
      enter(items()[0]);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // Found names replace the tree: whoever was in it already goes on at its beginning.
  let wasInside = false;

  tree.addEventListener("htmx:beforeSwap", (event) => {
    wasInside = event.target === tree && tree.contains(document.activeElement);
  });

  tree.addEventListener("htmx:afterSettle", (event) => {
    if (!search.value) reopen(event.target);
    ensureEntry();
    if (wasInside && items().length) enter(items()[0]);
    wasInside = false;
  });

  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    tree.addEventListener(failure, (event) => {
      const item = event.target.closest("[aria-expanded]");
      if (!item || event.target !== group(item)) return;
      delete event.target.dataset.loaded;
      item.querySelector(":scope > [role=group] > .kb-tree-note").textContent = "This could not be loaded. Close and open it again.";
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    reopen(tree);
    ensureEntry();
  });
})();
