// The page at /docs: shows the server's own OpenAPI document and sends requests by it. All text goes in
// as text, never as markup: descriptions and answers may hold anything.

/** An element with its properties and children. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const pretty = (value) => JSON.stringify(value, null, 2);

/** The name of a referenced schema, or the schema itself. */
function schemaText(schema) {
  return schema.$ref === undefined ? pretty(schema) : schema.$ref.split("/").at(-1);
}

/** A field for one parameter. Arrays take one value a line. */
function field({ name, description = "", required, schema }) {
  let input;
  if (schema.enum !== undefined || schema.type === "boolean") {
    input = element("select", { name });
    for (const value of ["", ...(schema.enum ?? ["true", "false"])]) {
      input.append(element("option", { value, textContent: value }));
    }
  } else if (schema.type === "array") {
    input = element("textarea", { name, rows: 2 });
    description += " (one value a line)";
  } else {
    input = element("input", { name, type: schema.type === "integer" ? "number" : "text" });
    if (schema.minimum !== undefined) input.min = String(schema.minimum);
    if (schema.maximum !== undefined) input.max = String(schema.maximum);
  }
  input.required = required;
  if (schema.default !== undefined) description += ` (default: ${schema.default})`;
  return element(
    "label",
    {},
    element("code", { textContent: name }),
    element("span", { className: "hint", textContent: description }),
    input,
  );
}

/** The request that a form asks for; its address is relative to this page. */
function requestOf(method, path, parameters, form) {
  const data = new FormData(form);
  const query = new URLSearchParams();
  let address = path;
  for (const { name, in: where, schema } of parameters) {
    const text = String(data.get(name) ?? "");
    if (where === "path") address = address.replace(`{${name}}`, encodeURIComponent(text));
    else if (text !== "") {
      const values = schema.type === "array" ? text.split("\n").filter((line) => line) : [text];
      for (const value of values) query.append(name, value);
    }
  }
  const search = query.size === 0 ? "" : `?${query}`;
  const body = data.get("body");
  return {
    url: new URL(`.${address}${search}`, new URL(".", location.href)).href,
    method: method.toUpperCase(),
    ...body === null ? {} : { body, headers: { "content-type": "application/json" } },
  };
}

/** The same for a shell. */
function curlOf({ url, method, body, headers = {} }, token) {
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const parts = ["curl", "-X", method, quote(url)];
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quote(`${name}: ${value}`));
  if (token) parts.push("-H", '"Authorization: Bearer $RECOMMENDER_TOKEN"');
  if (body !== undefined) parts.push("-d", quote(body));
  return parts.join(" ");
}

async function send({ url, ...request }, output) {
  output.textContent = "…";
  try {
    const started = performance.now();
    const response = await fetch(url, request);
    const text = await response.text();
    const milliseconds = Math.round(performance.now() - started);
    let shown = text;
    try {
      shown = pretty(JSON.parse(text));
    } catch {
      // Not JSON: shown as it is.
    }
    output.textContent = `${response.status} after ${milliseconds} ms\n\n${shown}`;
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
}

function operationOf(method, path, operation) {
  const { summary, description, parameters = [], requestBody, responses, security } = operation;
  const form = element("form", {}, ...parameters.map(field));
  const json = requestBody?.content["application/json"];
  if (json !== undefined) {
    const value = pretty(json.example ?? {});
    form.append(element(
      "label",
      {},
      element("code", { textContent: "body" }),
      element("textarea", { name: "body", rows: value.split("\n").length + 1, value }),
    ));
  }
  const curl = element("pre");
  const output = element("pre", { ariaLive: "polite", hidden: true });
  const show = () => {
    curl.textContent = curlOf(requestOf(method, path, parameters, form), security !== undefined);
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    send(requestOf(method, path, parameters, form), output);
  });
  show();
  if (security === undefined) form.append(element("button", { textContent: "Send" }));
  else {
    form.append(element("p", {
      textContent:
        "It may need the server's token, which this page does not know: send it by a program.",
    }));
  }
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) =>
    element(
      "tr",
      {},
      element("th", { textContent: status }),
      element("td", { textContent: description }),
      element(
        "td",
        {},
        ...Object.values(content).slice(0, 1)
          .filter(({ schema }) => schema?.$ref !== undefined)
          .map(({ schema }) =>
            element("a", { href: `#${schemaText(schema)}`, textContent: schemaText(schema) })
          ),
      ),
    )
  );
  return element(
    "details",
    { id: operation.operationId },
    element(
      "summary",
      {},
      element("span", { className: "method", textContent: method.toUpperCase() }),
      element("code", { textContent: path }),
      ` ${summary}`,
    ),
    element(
      "div",
      {},
      element("p", { textContent: description ?? "" }),
      form,
      curl,
      output,
      element("table", {}, ...rows),
    ),
  );
}

readDocument().then(({ info, paths, components }) => {
  document.querySelector("#about").textContent = info.description;
  const groups = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      const group = groups.get(tag) ?? [];
      group.push(operationOf(method, path, operation));
      groups.set(tag, group);
    }
  }
  for (const [tag, operations] of groups) {
    const heading = element("h2", { textContent: tag });
    document.querySelector("#operations").append(heading, ...operations);
  }
  for (const [name, schema] of Object.entries(components.schemas)) {
    document.querySelector("#schemas").append(element(
      "details",
      { id: name },
      element("summary", {}, element("code", { textContent: name })),
      element("div", {}, element("pre", { textContent: pretty(schema) })),
    ));
  }
  addEventListener("hashchange", openTarget);
  openTarget();
}, (error) => {
  document.querySelector("#about").textContent = `The description cannot be read: ${error.message}`;
});

async function readDocument() {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`status ${response.status}`);
  return await response.json();
}

/** Opens what the address points at. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName !== "DETAILS") return;
  target.open = true;
  target.scrollIntoView();
}
