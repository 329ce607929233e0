// Making elements. All text goes in as text, never as markup: names may hold anything.

/** An element with its properties and children; `aria` and `data` are attributes of that kind. */
export function element(name, { aria = {}, data = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value);
  Object.assign(made.dataset, data);
  made.append(...children);
  return made;
}

/** The button that puts an item into the basket, and says for a moment that it is there. */
export function addButton(item, add) {
  return element("button", {
    type: "button",
    textContent: "Add to basket",
    aria: { label: `Add to basket: ${titleOf(item)}` },
    onclick: ({ currentTarget }) => {
      add(item);
      currentTarget.textContent = "Added";
      setTimeout(() => currentTarget.textContent = "Add to basket", 1500);
    },
  });
}

/** An element of the page by its id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Tells those who hear the page. */
export function say(text) {
  byId("status").textContent = text;
}

const decimals = new Intl.NumberFormat("en", {
  minimumFractionDigits: 3,
  maximumFractionDigits: 3,
});
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });
const days = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** A score to three decimals. */
export const score = (value) => decimals.format(value === 0 ? 0 : value);

/** A count with its noun: `1 buyer`, `2,000 buyers`. */
export const counted = (count, noun) =>
  `${whole.format(count)}\u00a0${noun}${count === 1 ? "" : "s"}`;

export const quantity = (value) => whole.format(value);

export const day = (text) => days.format(new Date(text));

/** An item's name, or what else tells which it is. */
export const titleOf = ({ id, name }) => name ?? `Item ${id}`;

/** What is known of an item beside its name. */
export function aboutOf({ id, name, brand, attributes = {} }) {
  const known = [brand, attributes.category, name === null ? null : `no.\u00a0${id}`];
  return known.filter((text) => text).join(" · ");
}

/** A short form of a long id. */
export const shortId = (id) => id.length > 14 ? `${id.slice(0, 10)}…` : id;
