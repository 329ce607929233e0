// The basket: looking for items, how many of each.

import { ask } from "./api.js";
import { combobox } from "./combobox.js";
import { aboutOf, byId, counted, element, say, titleOf } from "./show.js";

/** The most entries that the server folds in. */
const LARGEST = 1000;

/** Makes the basket. `changed()` is told of every change. Returns `{add(item), entries()}`. */
export function basket({ changed }) {
  const chosen = new Map();
  const input = byId("item-input");
  const note = byId("item-note");
  const hint = note.textContent;
  let found = [];

  combobox({
    input,
    list: byId("item-options"),
    async search(q, signal) {
      const { items, more } = await ask("v1/items", { query: { q, limit: 20 }, signal });
      found = items;
      note.textContent = hint;
      const options = items.map((item) => ({
        value: item.id,
        label: titleOf(item),
        hint: [aboutOf(item), counted(item.buyers, "buyer")].filter((text) => text).join(" · "),
      }));
      return { options, more };
    },
    choose(id) {
      input.value = "";
      add(found.find((item) => item.id === id));
    },
    failed(error) {
      note.textContent = [error.message, error.remedy].filter((text) => text).join(". ") + ".";
      say(note.textContent);
    },
  });
  byId("basket-clear").addEventListener("click", () => {
    chosen.clear();
    input.focus();
    update("The basket is empty");
  });

  function add(item) {
    const count = (chosen.get(item.id)?.count ?? 0) + 1;
    if (count === 1 && chosen.size === LARGEST) {
      say("The basket is full");
      return;
    }
    chosen.set(item.id, { item, count });
    update(`${titleOf(item)} is in the basket, ${quantityText(count)}`);
  }

  function remove(id) {
    const at = [...chosen.keys()].indexOf(id);
    const { item } = chosen.get(id);
    chosen.delete(id);
    update(`${titleOf(item)} is out of the basket`);
    // The button that had the focus is gone: the next one, or where to add.
    const buttons = byId("basket-items").querySelectorAll("button");
    (buttons[Math.min(at, buttons.length - 1)] ?? input).focus();
  }

  function update(words) {
    show();
    say(words);
    changed();
  }

  function show() {
    byId("basket-items").replaceChildren(...[...chosen.values()].map(row));
    byId("basket-empty").hidden = chosen.size > 0;
    byId("basket-clear").hidden = chosen.size === 0;
    byId("count").textContent = chosen.size === 0 ? "" : ` (${chosen.size})`;
  }

  function row({ item, count }) {
    const title = titleOf(item);
    return element(
      "li",
      {},
      element(
        "div",
        { className: "what" },
        element("span", { className: "name", textContent: title }),
        element("p", { className: "muted", textContent: aboutOf(item) }),
      ),
      element("input", {
        type: "number",
        min: "1",
        max: "1000",
        step: "1",
        value: String(count),
        aria: { label: `How many of ${title}` },
        onchange: (event) => {
          const wanted = Math.round(Number(event.target.value));
          const most = Math.min(Math.max(wanted || 1, 1), 1000);
          event.target.value = String(most);
          chosen.set(item.id, { item, count: most });
          say(`${title}: ${quantityText(most)}`);
          changed();
        },
      }),
      element("button", {
        type: "button",
        textContent: "Remove",
        aria: { label: `Remove ${title} from the basket` },
        onclick: () => remove(item.id),
      }),
    );
  }

  show();
  return {
    add,
    entries: () =>
      [...chosen.values()].map(({ item, count }) => ({ item: item.id, quantity: count })),
  };
}

const quantityText = (count) => count === 1 ? "one" : String(count);
