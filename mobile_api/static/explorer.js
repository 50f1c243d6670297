// The API explorer: reads openapi.json and shows each operation with its schemas, examples and a form to try it.
// No library and no address but this server's; the token stays in the page's memory.
"use strict";

const words = JSON.parse(document.body.dataset.words);
const METHODS = ["get", "put", "post", "patch", "delete"];
const main = document.getElementById("operation");
const list = document.getElementById("list");
const search = document.getElementById("search");
let api = { paths: {}, components: {} };
let operations = [];

/** Make an element: el("a", {href: "#x"}, "text", child). Text is always text, never markup. */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function resolve(thing) {
  let seen = 0;
  while (thing && thing.$ref && seen++ < 20) {
    thing = thing.$ref.split("/").slice(1).reduce((at, key) => at && at[key.replace(/~1/g, "/").replace(/~0/g, "~")], api);
  }
  return thing || {};
}

function refName(schema) {
  return schema && schema.$ref ? schema.$ref.split("/").pop() : "";
}

/** The object schema behind allOf, as {properties, required}. */
function flattened(schema) {
  const own = resolve(schema);
  const parts = (own.allOf || []).map(flattened);
  const properties = Object.assign({}, ...parts.map((part) => part.properties || {}), own.properties || {});
  const required = parts.flatMap((part) => part.required || []).concat(own.required || []);
  return Object.keys(properties).length ? { ...own, type: "object", properties, required } : parts[0] || own;
}

function typeOf(schema) {
  const name = refName(schema);
  const own = flattened(schema);
  const types = [].concat(own.type || []);
  if (own.enum) return own.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (types.includes("array")) return `[${typeOf(own.items || {})}]` + (types.includes("null") ? " | null" : "");
  const choice = own.anyOf || own.oneOf;
  if (choice) return choice.map(typeOf).join(" | ");
  const shown = types.filter((type) => type !== "null").join(" | ") || (own.properties ? "object" : "any");
  return (name || shown + (own.format ? ` (${own.format})` : "")) + (types.includes("null") ? " | null" : "");
}

function limitsOf(schema) {
  const own = resolve(schema);
  const shown = [];
  for (const key of ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "default"]) {
    if (own[key] !== undefined) shown.push(`${key} ${JSON.stringify(own[key])}`);
  }
  return shown.join(", ");
}

/** An example value: the document's own where it has one, else one made from the schema. */
function exampleOf(schema, depth = 0) {
  const own = flattened(schema);
  if (own.example !== undefined) return own.example;
  if (own.examples && own.examples.length) return own.examples[0];
  if (own.default !== undefined) return own.default;
  if (own.enum) return own.enum[0];
  const type = [].concat(own.type || [])[0];
  if (own.properties) {
    if (depth > 5) return {};
    const entries = Object.entries(own.properties).filter(([, value]) => !resolve(value).readOnly);
    return Object.fromEntries(entries.map(([key, value]) => [key, exampleOf(value, depth + 1)]));
  }
  const choice = own.anyOf || own.oneOf;
  if (choice && choice.length) return exampleOf(choice[0], depth + 1);
  if (type === "array") return depth > 5 ? [] : [exampleOf(own.items || {}, depth + 1)];
  if (type === "integer" || type === "number") return own.minimum || 0;
  if (type === "boolean") return false;
  if (type === "null") return null;
  const byFormat = { uuid: "0192f0c1-2f4e-7c3a-9b1d-3f5a7c9e1b2d", date: "2026-11-17", "date-time": "2026-11-17T18:30:00+08:00", time: "21:00" };
  return type === "string" ? byFormat[own.format] || "" : {};
}

function slugOf(operation) {
  return `${operation.method}-${operation.path.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "")}`;
}

function collect() {
  operations = [];
  for (const [path, item] of Object.entries(api.paths || {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const own = item[method];
      const parameters = [...(item.parameters || []), ...(own.parameters || [])].map(resolve);
      const operation = { path, method, own, parameters, tag: (own.tags || [words.schemas])[0] };
      operations.push({ ...operation, slug: slugOf(operation) });
    }
  }
}

function verb(method) {
  return el("span", { class: method === "get" ? "verb" : "verb changes" }, method.toUpperCase());
}

function showList() {
  const asked = search.value.trim().toLowerCase();
  const found = operations.filter((one) =>
    `${one.method} ${one.path} ${one.own.summary || ""} ${one.own.description || ""}`.toLowerCase().includes(asked));
  const here = location.hash.slice(1);
  const nodes = [];
  for (const tag of [...new Set(found.map((one) => one.tag))]) {
    nodes.push(el("h2", { class: "tag" }, tag));
    for (const one of found.filter((each) => each.tag === tag)) {
      const label = el("span", {}, (one.path.replace("/api/v1", "") || "/").replace(/\//g, "/\u200b"));
      const current = one.slug === here ? "page" : undefined;
      nodes.push(el("a", { href: `#${one.slug}`, "aria-current": current, title: one.own.summary }, verb(one.method), label));
    }
  }
  list.replaceChildren(...(nodes.length ? nodes : [el("p", { class: "quiet" }, words.nothing)]));
}

function fieldTable(schema) {
  const own = flattened(schema);
  if (!own.properties) return el("p", {}, el("code", {}, typeOf(schema)));
  const rows = Object.entries(own.properties).map(([name, value]) => {
    const inner = resolve(value);
    const needed = (own.required || []).includes(name);
    const meaning = [inner.description, limitsOf(value)].filter(Boolean).join(" · ");
    return el("tr", {}, el("td", {}, el("code", { class: needed ? "needed" : "" }, name)),
      el("td", {}, el("code", {}, typeOf(value))), el("td", { class: "quiet" }, meaning));
  });
  const head = el("tr", {}, ...[words.field, words.type, words.meaning].map((text) => el("th", { scope: "col" }, text)));
  return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
}

/** A schema's fields, and beneath them those of every schema it names. */
function schemaTree(schema) {
  const nodes = [fieldTable(schema)];
  const seen = new Set();
  const queue = [schema];
  while (queue.length) {
    const own = flattened(queue.shift());
    const inner = [own.items, ...Object.values(own.properties || {}), ...(own.anyOf || []), ...(own.oneOf || [])].filter(Boolean);
    for (const value of inner) {
      const target = refName(value) ? value : resolve(value).items;
      const name = refName(target);
      if (name && !seen.has(name)) {
        seen.add(name);
        nodes.push(el("details", {}, el("summary", {}, el("code", {}, name)), fieldTable(target)));
      }
      if (target || resolve(value).items) queue.push(target || resolve(value).items);
      if (seen.size > 60) return nodes;
    }
  }
  return nodes;
}

function contentOf(thing) {
  return Object.entries(resolve(thing).content || {})[0] || ["", {}];
}

function exampleOfContent(content) {
  if (content.example !== undefined) return content.example;
  const named = Object.values(content.examples || {})[0];
  return named ? resolve(named).value : exampleOf(content.schema || {});
}

function parametersSection(one) {
  if (!one.parameters.length) return null;
  const rows = one.parameters.map((parameter) => el("tr", {},
    el("td", {}, el("code", { class: parameter.required ? "needed" : "" }, parameter.name)),
    el("td", {}, parameter.in),
    el("td", {}, el("code", {}, typeOf(parameter.schema || {}))),
    el("td", { class: "quiet" }, [parameter.description, limitsOf(parameter.schema || {})].filter(Boolean).join(" · "))));
  const head = [words.field, words.where, words.type, words.meaning].map((text) => el("th", { scope: "col" }, text));
  return el("section", {}, el("h2", {}, words.parameters),
    el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows))));
}

function bodySection(one) {
  if (!one.own.requestBody) return null;
  const [type, content] = contentOf(one.own.requestBody);
  const example = el("pre", { tabindex: "0" }, JSON.stringify(exampleOfContent(content), null, 2));
  return el("section", {}, el("h2", {}, words.body), el("p", { class: "quiet" }, type), ...schemaTree(content.schema || {}),
    el("details", {}, el("summary", {}, words.example), example));
}

function responsesSection(one) {
  const nodes = Object.entries(one.own.responses || {}).map(([status, response]) => {
    const [type, content] = contentOf(response);
    const title = el("summary", {}, el("strong", {}, status), " ", resolve(response).description || "");
    if (!content.schema) return el("details", {}, title, el("p", { class: "quiet" }, words.empty));
    return el("details", {}, title, el("div", {}, el("p", { class: "quiet" }, type), ...schemaTree(content.schema),
      el("pre", { tabindex: "0" }, JSON.stringify(exampleOfContent(content), null, 2))));
  });
  return el("section", {}, el("h2", {}, words.responses), ...nodes);
}

function addressOf(one, form) {
  const values = new FormData(form);
  const query = new URLSearchParams();
  let path = one.path;
  for (const parameter of one.parameters) {
    const value = String(values.get(`${parameter.in}:${parameter.name}`) || "");
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (parameter.in === "query" && value) query.append(parameter.name, value);
  }
  return path + (query.size ? `?${query}` : "");
}

function headersOf(one, form) {
  const values = new FormData(form);
  const headers = { Accept: "application/json" };
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (values.get("body")) headers["Content-Type"] = "application/json";
  for (const parameter of one.parameters.filter((each) => each.in === "header")) {
    const value = values.get(`header:${parameter.name}`);
    if (value) headers[parameter.name] = String(value);
  }
  return headers;
}

async function send(one, form, output) {
  const body = String(new FormData(form).get("body") || "");
  try {
    if (body) JSON.parse(body);
  } catch {
    output.replaceChildren(el("p", { class: "status bad" }, words.bad_json));
    return;
  }
  output.replaceChildren(el("p", { class: "quiet" }, words.sending));
  const began = performance.now();
  try {
    const options = { method: one.method.toUpperCase(), headers: headersOf(one, form), body: body || undefined, cache: "no-store" };
    const answer = await fetch(addressOf(one, form), options);
    const text = await answer.text();
    showAnswer(output, answer, text, Math.round(performance.now() - began));
  } catch {
    output.replaceChildren(el("p", { class: "status broken" }, words.failed));
  }
}

function showAnswer(output, answer, text, milliseconds) {
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it came */ }
  const id = answer.headers.get("X-Request-Id");
  const line = [`${milliseconds} ms`, answer.headers.get("Content-Type"), id && `X-Request-Id ${id}`].filter(Boolean).join(" · ");
  output.replaceChildren(
    el("p", { class: answer.ok ? "status" : "status bad" }, `${answer.status} ${answer.statusText}`),
    el("p", { class: "quiet" }, line), el("pre", { tabindex: "0" }, shown || words.empty));
}

function curl(one, form) {
  const quoted = (text) => `'${String(text).replace(/'/g, "'\\''")}'`;
  const parts = [`curl -X ${one.method.toUpperCase()} ${quoted(location.origin + addressOf(one, form))}`];
  for (const [name, value] of Object.entries(headersOf(one, form))) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  const body = new FormData(form).get("body");
  if (body) parts.push(`-d ${quoted(body)}`);
  return parts.join(" \\\n  ");
}

function tryForm(one) {
  const output = el("div", { "aria-live": "polite" });
  const fields = one.parameters.map((parameter) => el("label", {}, `${parameter.name} (${parameter.in})`,
    el("input", { name: `${parameter.in}:${parameter.name}`, required: parameter.in === "path", autocomplete: "off", spellcheck: "false" })));
  if (one.own.requestBody) {
    const example = JSON.stringify(exampleOfContent(contentOf(one.own.requestBody)[1]), null, 2);
    const area = el("textarea", { name: "body", spellcheck: "false", rows: Math.min(24, example.split("\n").length + 2) });
    area.value = example;
    fields.push(el("label", {}, words.body, area));
  }
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); send(one, form, output); } }, ...fields);
  const copy = el("button", { type: "button", class: "second", onclick: async () => {
    await navigator.clipboard.writeText(curl(one, form));
    copy.textContent = words.copied;
  } }, words.copy);
  form.append(el("div", { class: "row" }, el("button", { type: "submit" }, words.send), navigator.clipboard ? copy : null,
    one.method === "get" ? null : el("span", { class: "quiet" }, words.changes)));
  return el("section", {}, el("h2", {}, words.try), form, output);
}

function showOperation() {
  const one = operations.find((each) => each.slug === location.hash.slice(1));
  if (!one) {
    const info = api.info || {};
    main.replaceChildren(el("h1", {}, `${info.title || ""} ${info.version || ""}`), el("p", {}, info.description || ""),
      el("p", { class: "quiet" }, words.welcome));
    return;
  }
  main.replaceChildren(
    el("h1", {}, one.own.summary || one.path),
    el("div", { class: "path" }, verb(one.method), el("code", {}, one.path)),
    one.own.description ? el("p", {}, one.own.description) : "",
    ...[parametersSection(one), bodySection(one), tryForm(one), responsesSection(one)].filter(Boolean));
  document.title = `${one.method.toUpperCase()} ${one.path}`;
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
  if (matchMedia("(max-width: 760px)").matches) main.scrollIntoView();
}

async function start() {
  const answer = await fetch(document.body.dataset.document).catch(() => null);
  if (!answer || !answer.ok) {
    main.replaceChildren(el("p", { class: "status broken" }, words.unreadable));
    return;
  }
  api = await answer.json();
  collect();
  showList();
  showOperation();
  search.addEventListener("input", showList);
  window.addEventListener("hashchange", () => { showList(); showOperation(); });
}

start();
