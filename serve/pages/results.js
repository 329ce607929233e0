// The list of recommendations: what each item is, its score, and why it has it.

import { aboutOf, addButton, byId, element, quantity, score, titleOf } from "./show.js";

/** What an answer's kind means, in words. */
const KINDS = {
  personalized: [
    "Personalized",
    "Ranked by what this customer bought before the model was trained.",
  ],
  folded_in: [
    "Folded in",
    "Ranked by purchases that came after the training, without training again.",
  ],
  basket: ["Folded in", "Ranked by what is in the basket, as if a customer had bought it."],
  popular: [
    "Popular",
    "Nothing is known to rank by: these are the items that most customers bought.",
  ],
};

/** How long an answer may take before its place is held, in milliseconds. */
const PATIENCE = 150;

/** Contributions that are named in a sentence. */
const NAMED = 2;

let waiting;

/** Says that an answer is on its way. */
export function showWaiting(title) {
  clearTimeout(waiting);
  byId("results").setAttribute("aria-busy", "true");
  waiting = setTimeout(() => {
    byId("results-title").textContent = title;
    byId("kind").replaceChildren();
    byId("remarks").textContent = "";
    putItems(Array.from({ length: 5 }, () => element("li", { className: "card waiting" })));
  }, PATIENCE);
}

/** Shows what is wrong in words, and how to go on. */
export function showProblem(title, { message, remedy }, again) {
  arrived();
  byId("results-title").textContent = title;
  byId("kind").replaceChildren();
  putItems([]);
  byId("remarks").textContent = "";
  byId("problem").replaceChildren(
    element("p", {}, element("strong", { textContent: `${message}.` })),
    element("p", { textContent: remedy ? `${remedy}.` : "" }),
    element("button", { type: "button", textContent: "Try again", onclick: again }),
  );
}

/**
 * Shows an answer under a title. `remarks` are sentences below; `similar(item)` and `add(item)` are what the
 * buttons of an item do.
 */
export function showAnswer({ title, kind, answer, remarks = [] }, { similar, add }) {
  arrived();
  byId("results-title").textContent = title;
  const [name, meaning] = KINDS[kind];
  byId("kind").replaceChildren(
    element("span", { className: `badge ${answer.kind}`, textContent: name }),
    ` ${meaning}`,
  );
  putItems(answer.items.map((item, rank) => card(item, rank, answer.kind, { similar, add })));
  const fewer = answer.shortage === null
    ? []
    : [`Fewer than ${answer.requested}: ${answer.shortage}.`];
  byId("remarks").textContent = [...fewer, ...remarks].join(" ");
}

/** Puts these in place of the items; a focus that one of them had stays in this part of the page. */
function putItems(cards) {
  const focused = byId("items").contains(document.activeElement);
  byId("items").replaceChildren(...cards);
  if (focused) byId("results").focus({ preventScroll: true });
}

function arrived() {
  clearTimeout(waiting);
  byId("results").removeAttribute("aria-busy");
  byId("problem").replaceChildren();
}

function card(item, rank, kind, { similar, add }) {
  const title = titleOf(item);
  return element(
    "li",
    { className: "card" },
    element("span", { className: "rank", aria: { hidden: "true" }, textContent: String(rank + 1) }),
    element(
      "div",
      { className: "what" },
      element("h3", { textContent: title }),
      element("p", { className: "muted", textContent: aboutOf(item) }),
    ),
    element(
      "p",
      { className: "score" },
      element("span", {
        textContent: kind === "popular" ? quantity(item.score) : score(item.score),
      }),
      element("small", {
        className: "muted",
        textContent: kind !== "popular" ? "score" : item.score === 1 ? "buyer" : "buyers",
      }),
    ),
    element("div", { className: "why" }, ...why(item, kind)),
    element(
      "div",
      { className: "actions" },
      element("button", {
        type: "button",
        textContent: "Similar items",
        aria: { label: `Similar items: ${title}`, haspopup: "dialog" },
        onclick: () => similar(item),
      }),
      addButton(item, add),
    ),
  );
}

/** The reasons for a score: a sentence, and all of them as bars. */
function why({ score: total, explanation }, kind) {
  if (explanation === undefined) {
    return kind === "popular" ? [] : [element("p", {
      className: "muted",
      textContent: "A model of this kind does not say why.",
    })];
  }
  const { contributions, rest, trend, other } = explanation;
  const named = contributions.filter(({ contribution }) => contribution > 0).slice(0, NAMED);
  const rows = [
    ...contributions.map((item) => ({ label: titleOf(item), value: item.contribution })),
    { label: "Further purchases", value: rest, quiet: true },
    { label: "Sells well of late", value: trend, quiet: true },
    { label: "Not explained by purchases", value: other, quiet: true },
  ].filter(({ value }) => Math.abs(value) >= 0.0005);
  const because = named.length === 0 ? [] : [
    "Because of ",
    ...named.flatMap((item, n) => [
      ...n === 0 ? [] : [" and "],
      element("b", { textContent: titleOf(item) }),
    ]),
  ];
  return [
    element("p", {}, ...because),
    element(
      "details",
      {},
      element("summary", { textContent: "Why this score" }),
      bars(rows, total),
    ),
  ];
}

function bars(rows, total) {
  const largest = Math.max(...rows.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  // Room to the left is only needed where something speaks against the item.
  const below = Math.max(0, ...rows.map(({ value }) => -value)) / largest;
  const above = Math.max(0, ...rows.map(({ value }) => value)) / largest;
  const span = below + above || 1;
  return element(
    "table",
    { className: "bars" },
    element("caption", { className: "hidden", textContent: "What the score is made of" }),
    element(
      "tbody",
      {},
      ...rows.map(({ label, value, quiet = false }) => {
        const bar = element("span", { className: value < 0 ? "bar against" : "bar" });
        const length = Math.abs(value) / largest;
        bar.style.marginInlineStart = `${100 * (value < 0 ? below - length : below) / span}%`;
        bar.style.inlineSize = `${100 * length / span}%`;
        return element(
          "tr",
          { className: quiet ? "quiet" : "" },
          element("th", { scope: "row", textContent: label }),
          element("td", { className: "track", aria: { hidden: "true" } }, bar),
          element("td", { className: "number", textContent: score(value) }),
        );
      }),
    ),
    element(
      "tfoot",
      {},
      element(
        "tr",
        {},
        element("th", { scope: "row", textContent: "Score" }),
        element("td", { aria: { hidden: "true" } }),
        element("td", { className: "number", textContent: score(total) }),
      ),
    ),
  );
}
