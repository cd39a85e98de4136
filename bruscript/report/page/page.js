"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const BATCH = 200;
  const MOST_COLUMNS = 240;
  const LONGEST_HIGHLIGHTED = 100000;
  const LABELS = { passed: "Passed", failed: "Failed", error: "Error", skipped: "Skipped" };

  const requests = data.iterations.flatMap((iteration) =>
    iteration.results.map((result) => ({ iteration: iteration.index, result, status: statusOf(result) })));
  requests.forEach((request, index) => { request.index = index; request.text = searchText(request.result); });

  const byId = (id) => document.getElementById(id);
  const state = { status: null, text: "", shown: BATCH, open: false };

  function statusOf(result) {
    if (result.skipped) return "skipped";
    if (result.failures.length) return result.status === "error" ? "error" : "failed";
    return "passed";
  }

  function checksOf(result) {
    return [...result.preRequestTestResults, ...result.postResponseTestResults,
      ...result.testResults, ...result.assertionResults];
  }

  function searchText(result) {
    return [result.name, result.path, result.request.method, result.request.url, result.response.status,
      result.error, ...result.failures.flatMap((failure) => [failure.what, failure.message])]
      .filter((part) => part !== null && part !== undefined).join("\n").toLowerCase();
  }

  /** An element with attributes and children; strings become text, so that no report text is ever markup. */
  function make(tag, attributes, ...children) {
    const element = tag.startsWith("svg:")
      ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4)) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(
      ...children.flat().filter((child) => child !== null && child !== undefined && child !== ""),
    );
    return element;
  }

  function milliseconds(value) {
    return value >= 10000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value)} ms`;
  }

  // --- the head ---

  function showHead() {
    const ok = data.ok && !data.interrupted;
    const badge = byId("badge");
    badge.textContent = data.interrupted ? "Interrupted" : ok ? "Passed" : "Failed";
    badge.classList.add(ok ? "passed" : "failed");
    byId("name").textContent = data.collection;
    document.title = `${badge.textContent}: ${data.collection}`;
    const seconds = (new Date(data.finished) - new Date(data.started)) / 1000;
    byId("about").textContent = [
      data.environment ? `Environment ${data.environment}` : "No environment",
      new Date(data.started).toLocaleString(),
      seconds >= 1 ? `${Math.round(seconds)} s` : "",
      `bruscript ${data.version}`,
    ].filter(Boolean).join(" · ");
  }

  function showFigures() {
    const summary = data.summary;
    const tests = ["Tests", "PreRequestTests", "PostResponseTests"];
    const total = (prefix) => tests.reduce((sum, name) => sum + summary[prefix + name], 0);
    const errors = summary.errorRequests;
    byId("figures").append(
      figure("Requests", summary.totalRequests, [
        ["passed", summary.passedRequests], ["failed", summary.failedRequests],
        ["error", errors], ["skipped", summary.skippedRequests]]),
      figure("Tests passed", `${total("passed")}/${total("total")}`,
        [["passed", total("passed")], ["failed", total("failed")]]),
      figure("Assertions passed", `${summary.passedAssertions}/${summary.totalAssertions}`,
        [["passed", summary.passedAssertions], ["failed", summary.failedAssertions]]),
      figure("Iterations", data.iterations.length, []));
  }

  function figure(label, value, parts) {
    const bar = make("div", { class: "bar", "aria-hidden": "true" }, parts.filter(([, count]) => count)
      .map(([status, count]) => make("i", { class: `fill-${status}`, style: `flex:${count}` })));
    const words = parts
      .filter(([, count]) => count)
      .map(([status, count]) => `${count} ${status}`)
      .join(", ");
    return make("div", { class: "figure", title: words }, make("span", { class: "muted" }, label),
      make("b", null, String(value)), parts.length ? bar : null);
  }

  // --- the chart ---

  function showChart() {
    const sent = requests.filter(
      ({ result, status }) => status !== "skipped" && result.response.responseTime > 0,
    );
    if (!sent.length) { byId("timings").hidden = true; return; }
    const times = sent.map(({ result }) => result.response.responseTime).sort((a, b) => a - b);
    const quantile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    byId("quantiles").textContent =
      `median ${milliseconds(quantile(0.5))} · 95% within ${milliseconds(quantile(0.95))} · ` +
      `slowest ${milliseconds(times.at(-1))}`;
    byId("chart").append(chart(columnsOf(sent), times.at(-1)));
  }

  /** One column a request; where they are many, one for several, as high as the slowest of them. */
  function columnsOf(sent) {
    const size = Math.ceil(sent.length / MOST_COLUMNS);
    const columns = [];
    for (let start = 0; start < sent.length; start += size) {
      const group = sent.slice(start, start + size);
      const slowest = group.reduce((a, b) =>
        b.result.response.responseTime > a.result.response.responseTime ? b : a,
      );
      const worst = group.find(({ status }) => status !== "passed") || slowest;
      columns.push({ request: slowest, status: worst.status, time: slowest.result.response.responseTime });
    }
    return columns;
  }

  function chart(columns, most) {
    const width = 1000, height = 150, left = 4, bottom = 8, top = 18;
    const step = Math.min(60, (width - left) / columns.length);
    const y = (value) => height - bottom - (value / most) * (height - bottom - top);
    const svg = make("svg:svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none",
      role: "img", "aria-label": `Response times of ${columns.length} requests` });
    for (const share of [0.5, 1]) {
      svg.append(make("svg:line", { x1: 0, x2: width, y1: y(most * share), y2: y(most * share),
        "vector-effect": "non-scaling-stroke" }));
    }
    columns.forEach(({ request, status, time }, index) => {
      svg.append(make("svg:rect", { class: `column fill-${status}`, x: left + index * step, y: y(time),
        width: Math.max(0.8, step - Math.min(3, step * 0.2)), height: Math.max(1, height - bottom - y(time)),
        rx: Math.min(2, step / 4), onclick: () => reveal(request.index) },
      make("svg:title", null, `${request.result.name}: ${milliseconds(time)}`)));
    });
    const scale = make("div", { class: "muted", style: "display:flex;justify-content:space-between" },
      make("span", null, "in the order of the run"), make("span", null, `top line ${milliseconds(most)}`));
    return make("div", null, svg, scale);
  }

  // --- the filters and the list ---

  function showFilters() {
    const group = byId("statuses");
    const statuses = [null, ...Object.keys(LABELS)];
    for (const status of statuses) {
      const count = status ? requests.filter((request) => request.status === status).length : requests.length;
      if (status && !count) continue;
      group.append(make("button", { type: "button", class: "chip", "data-status": status || "all",
        "aria-pressed": String(state.status === status),
        onclick: () => { state.status = status; state.shown = BATCH; showList(); } },
      `${status ? LABELS[status] : "All"} ${count}`));
    }
    byId("search").addEventListener("input", (event) => {
      state.text = event.target.value.trim().toLowerCase();
      state.shown = BATCH;
      showList();
    });
    byId("more").addEventListener("click", () => { state.shown += BATCH; showList(); });
    byId("expand").addEventListener("click", () => {
      state.open = !state.open;
      byId("expand").textContent = state.open ? "Close all" : "Open all";
      document.querySelectorAll(".item").forEach((item) => { item.open = state.open; });
    });
  }

  function matching() {
    return requests.filter((request) => (!state.status || request.status === state.status)
      && (!state.text || request.text.includes(state.text)));
  }

  function showList() {
    const found = matching();
    const list = byId("list");
    list.replaceChildren();
    let iteration = null;
    for (const request of found.slice(0, state.shown)) {
      if (data.iterations.length > 1 && request.iteration !== iteration) {
        iteration = request.iteration;
        list.append(make("h2", { class: "iteration" }, `Iteration ${iteration + 1}`));
      }
      list.append(item(request));
    }
    byId("more").hidden = found.length <= state.shown;
    byId("count").textContent = found.length === requests.length
      ? `${found.length} requests` : `${found.length} of ${requests.length} requests`;
    for (const button of byId("statuses").children) {
      button.setAttribute("aria-pressed", String((state.status || "all") === button.dataset.status));
    }
  }

  function item(request) {
    const { result, status, index } = request;
    const checks = checksOf(result);
    const done = checks.filter((check) => check.status !== "skipped");
    const passed = done.filter((check) => check.status === "pass").length;
    const sent = typeof result.response.status === "number";
    const facts = make(
      "span",
      { class: "facts" },
      sent
        ? [
            make("b", null, String(result.response.status)),
            ` · ${milliseconds(result.response.responseTime || 0)}`,
          ]
        : LABELS[status],
      done.length ? ` · ${passed}/${done.length}` : "",
    );
    const details = make("details", { class: "item", id: `r${index}`, "data-status": status },
      make("summary", null, make("span", { class: `dot fill-${status}`, title: LABELS[status] }),
        make("span", { class: "method" }, result.request.method || "–"),
        make("span", { class: "name" }, result.name, make("span", { class: "path" }, result.path)), facts));
    // Details are made when they are first seen: a page of thousands of requests stays quick.
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(detail(result));
    });
    details.open = state.open;
    return details;
  }

  function reveal(index) {
    state.status = null;
    state.text = byId("search").value = "";
    state.shown = Math.max(state.shown, index + 1);
    showList();
    const target = byId(`r${index}`);
    if (!target) return;
    target.open = true;
    target.scrollIntoView({ block: "center" });
    target.firstElementChild.focus({ preventScroll: true });
  }

  // --- one request ---

  function detail(result) {
    const { request, response } = result;
    return make(
      "div",
      { class: "detail" },
      request.url ? make("p", { class: "url" }, `${request.method} ${request.url}`) : null,
      result.failures.map((failure) =>
        make(
          "div",
          { class: "failure" },
          make("b", null, failure.what),
          " ",
          make("span", { class: "muted" }, failure.place),
          failure.message ? make("pre", null, failure.message) : null,
        ),
      ),
      result.skipped
        ? make("p", { class: "muted", style: "padding-top:.6rem" }, response.statusText || "skipped")
        : null,
      checks("Pre-request tests", result.preRequestTestResults),
      checks("Post-response tests", result.postResponseTestResults),
      checks("Tests", result.testResults),
      checks("Assertions", result.assertionResults),
      lines(
        "Tokens",
        (result.oauth2 || []).map((entry) =>
          Object.entries(entry)
            .filter(([, value]) => typeof value !== "object")
            .map(([key, value]) => `${key} ${value}`)
            .join(" · "),
        ),
      ),
      lines(
        "Console",
        (result.console || []).map((line) => line.text),
      ),
      make("div", { class: "sides" }, side("Request", request), side("Response", response)),
    );
  }

  function checks(title, results) {
    if (!results.length) return null;
    return [make("h3", null, title), make("ul", { class: "checks" }, results.map((check) =>
      make("li", { class: { pass: "passed", skipped: "skipped" }[check.status] || "failed" },
        "lhsExpr" in check ? `${check.lhsExpr}: ${check.rhsExpr}`
          : check.description || "(a test without a name)")))];
  }

  function lines(title, texts) {
    return texts.length ? [make("h3", null, title), make("pre", null, texts.join("\n"))] : null;
  }

  function side(title, part) {
    const headers = Object.entries(part.headers || {}).filter(([, value]) => value !== null);
    const size = part.size ? ` · ${part.size.toLocaleString()} bytes` : "";
    const parts = [];
    if (headers.length) {
      parts.push(
        make("h3", null, `${title} headers`),
        make(
          "table",
          null,
          make(
            "tbody",
            null,
            headers.map(([name, value]) =>
              make("tr", null, make("td", null, name), make("td", null, [].concat(value).join(", "))),
            ),
          ),
        ),
      );
    }
    if (typeof part.data === "string" && part.data !== "") {
      parts.push(
        make("h3", null, `${title} body${size}`),
        make("pre", { class: "body" }, highlight(part.data)),
      );
    }
    return parts.length ? make("div", null, parts) : null;
  }

  // --- bodies ---

  function highlight(text) {
    if (text.length > LONGEST_HIGHLIGHTED) return [text];
    const start = text.trimStart()[0];
    if (start === "{" || start === "[") return tokens(text, JSON_TOKEN);
    if (start === "<") return tokens(text, MARKUP_TOKEN);
    return [text];
  }

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
      const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
      parts.push(make("span", { class: kind }, match[0]));
      end = match.index + match[0].length;
    }
    parts.push(text.slice(end));
    return parts;
  }

  showHead();
  showFigures();
  showChart();
  showFilters();
  showList();
  if (/^#r\d+$/.test(location.hash)) reveal(Number(location.hash.slice(2)));
})();
