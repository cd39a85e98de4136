"use strict";
// The page is complete without this: it adds filters, colours in bodies, and ways to open what is closed.
(function () {
  const LONGEST_HIGHLIGHTED = 100000;
  /** @type {(id: string) => any} */
  const byId = (id) => document.getElementById(id);
  /** @type {(selector: string) => any[]} */
  const all = (selector) => [...document.querySelectorAll(selector)];
  const items = all("#list > .item");
  const groups = all("#list > .group");
  const state = { status: "all", text: "", open: false };

  // --- filters ---

  const texts = new Map();
  function textOf(item) {
    if (!texts.has(item)) {
      const parts = item.querySelectorAll("summary, .url, .failure, .warning, .detail > .muted");
      texts.set(item, [...parts].map((part) => part.textContent).join("\n").toLowerCase());
    }
    return texts.get(item);
  }

  function matches(item) {
    return (state.status === "all" || item.dataset.status === state.status)
      && (!state.text || textOf(item).includes(state.text));
  }

  function show() {
    let count = 0;
    for (const item of items) {
      const shown = matches(item);
      item.hidden = !shown;
      count += shown;
    }
    for (const group of groups) {
      let next = group.nextElementSibling;
      while (next && !next.matches(".group") && next.hidden) next = next.nextElementSibling;
      group.hidden = !next || next.matches(".group");
    }
    byId("count").textContent =
      count === items.length ? `${count} requests` : `${count} of ${items.length} requests`;
    for (const button of byId("statuses").children) {
      button.setAttribute("aria-pressed", String(state.status === button.dataset.status));
    }
  }

  byId("statuses").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    state.status = button.dataset.status;
    show();
  });
  byId("search").addEventListener("input", (event) => {
    state.text = event.target.value.trim().toLowerCase();
    show();
  });
  byId("expand").addEventListener("click", () => {
    state.open = !state.open;
    byId("expand").textContent = state.open ? "Close all" : "Open all";
    for (const item of items) item.open = state.open;
  });

  /** Open what the address names, whatever the filters hide. */
  function reveal() {
    const target = /^#r[\d-]+$/.test(location.hash) && byId(location.hash.slice(1));
    if (!target) return;
    state.status = "all";
    state.text = byId("search").value = "";
    show();
    for (let item = target; item; item = item.parentElement.closest(".item")) item.open = true;
    target.scrollIntoView({ block: "center" });
    target.firstElementChild.focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", reveal);

  // --- bodies ---

  const JSON_TOKEN = new RegExp(
    [
      /(?<k>"(?:[^"\\]|\\.)*"(?=\s*:))/,
      /(?<s>"(?:[^"\\]|\\.)*")/,
      /(?<n>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/,
      /(?<w>\b(?:true|false|null)\b)/,
    ]
      .map((pattern) => pattern.source)
      .join("|"),
    "g",
  );
  const MARKUP_TOKEN = /(?<w><!--[\s\S]*?-->)|(?<k><\/?[A-Za-z][^\s>/]*|\/?>)|(?<s>"[^"<]*"|'[^'<]*')/g;

  function tokens(text, pattern) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > end) parts.push(text.slice(end, match.index));
      const token = document.createElement("span");
      token.className = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
      token.textContent = match[0];
      parts.push(token);
      end = match.index + match[0].length;
    }
    parts.push(text.slice(end));
    return parts;
  }

  /** Colour the bodies of a request when it is first open: thousands at once would take their time. */
  function colour(item) {
    for (const body of item.querySelectorAll("pre.body:not([data-coloured])")) {
      body.dataset.coloured = "";
      const text = body.textContent;
      const start = text.trimStart()[0];
      const pattern = start === "{" || start === "[" ? JSON_TOKEN : start === "<" ? MARKUP_TOKEN : null;
      if (pattern && text.length <= LONGEST_HIGHLIGHTED) body.replaceChildren(...tokens(text, pattern));
    }
  }
  byId("list").addEventListener("toggle", ({ target }) => { if (target.open) colour(target); }, true);

  all(".filters")[0].hidden = false;
  all(".item[open]").forEach(colour);
  reveal();
})();
