// A dialog with the items most like one.

import { ask, latest, pathOf } from "./api.js";
import { aboutOf, addButton, byId, element, say, score, titleOf } from "./show.js";

const requests = latest();

/** Makes the dialog; `add(item)` is what "Add to basket" does. Returns what opens it for an item. */
export function similarDialog({ add }) {
  const dialog = byId("similar");
  byId("similar-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => requests.stop());
  // A click beside it closes it; a click into it has a child as its target.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return async function open(item) {
    const title = byId("similar-title");
    const note = byId("similar-note");
    title.textContent = `Similar to ${titleOf(item)}`;
    note.textContent = "Looking…";
    byId("similar-items").replaceChildren();
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    title.focus();
    try {
      const answer = await requests.run((signal) =>
        ask(pathOf("v1/items", item.id, "similar"), { query: { n: 10 }, signal })
      );
      if (answer === undefined) return;
      note.textContent = answer.items.length === 0
        ? "The model knows none: nobody bought it together with others."
        : "By who buys them. 1 is the same in this respect.";
      byId("similar-items").replaceChildren(...answer.items.map((other) => row(other, open, add)));
      say(`${answer.items.length} items similar to ${titleOf(item)}`);
    } catch (error) {
      note.textContent = [error.message, error.remedy].filter((text) => text).join(". ") + ".";
      say(note.textContent);
    }
  };
}

function row(item, open, add) {
  const title = titleOf(item);
  return element(
    "li",
    {},
    element(
      "div",
      { className: "what" },
      element("button", {
        type: "button",
        className: "link",
        textContent: title,
        aria: { label: `Items similar to ${title}` },
        onclick: () => open(item),
      }),
      element("p", { className: "muted", textContent: aboutOf(item) }),
    ),
    element("span", { className: "number", textContent: score(item.score) }),
    addButton(item, add),
  );
}
