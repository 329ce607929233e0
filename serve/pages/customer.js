// Choosing a customer, and what they bought.

import { ask, latest, pathOf, useToken } from "./api.js";
import { combobox } from "./combobox.js";
import { aboutOf, byId, counted, day, element, quantity, say, shortId, titleOf } from "./show.js";

/** Customers that are offered unasked. */
const SAMPLES = 4;
/** Purchases that are shown before "Show all". */
const SHOWN = 10;

const sentence = ({ message, remedy }) => [message, remedy].filter((text) => text).join(". ") + ".";

/**
 * Makes the part that chooses a customer. `chosen(id)` is told whom; `similar(item)` opens similar items.
 * Returns `{current(), history()}`: who is chosen, and what shows their purchases.
 */
export function customer({ chosen, similar }) {
  const input = byId("customer-input");
  const note = byId("customer-note");
  const requests = latest();
  let current = "";

  const choose = (id) => {
    current = id;
    input.value = id;
    chosen(id);
  };
  combobox({
    input,
    list: byId("customer-options"),
    search: async (q, signal) => {
      const { users, more } = await ask("v1/users", {
        query: { q, limit: 20 },
        personal: true,
        signal,
      });
      return {
        more,
        options: users.map(({ id, items }) => ({
          value: id,
          label: id,
          hint: counted(items, "item"),
        })),
      };
    },
    choose,
    failed: refuse,
  });
  byId("customer-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const id = input.value.trim();
    if (id === "") {
      input.focus();
      say("Type a customer's id first");
    } else choose(id);
  });
  byId("token-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    useToken(byId("token").value);
    await offer();
    if (byId("token-form").hidden) input.focus();
    else {
      note.textContent = "That is not the server's token.";
      say(note.textContent);
    }
    if (current !== "") await history();
  });

  /** Says why customers are not listed; a whole id can still be typed. */
  function refuse(error) {
    const asked = error.status === 401;
    byId("token-form").hidden = !asked;
    byId("samples").hidden = true;
    note.textContent = asked
      ? "Type the whole id. To look for customers, the server wants its token:"
      : error.status === 403 || error.status === 404
      ? `Type the whole id. ${error.message}.`
      : sentence(error);
    say(note.textContent);
  }

  /** Offers a few customers, where they are shown. */
  async function offer() {
    try {
      const { users } = await ask("v1/users", { query: { limit: SAMPLES }, personal: true });
      byId("token-form").hidden = true;
      note.textContent = "Type how the id begins, or the whole id.";
      const samples = byId("samples");
      samples.hidden = users.length === 0;
      samples.replaceChildren(
        element("span", { className: "muted", textContent: "For example" }),
        ...users.map(({ id }) =>
          element("button", {
            type: "button",
            title: id,
            textContent: shortId(id),
            aria: { label: `Customer ${id}` },
            onclick: () => choose(id),
          })
        ),
      );
    } catch (error) {
      refuse(error);
    }
  }

  /** Shows what the customer bought, where that may be seen. */
  async function history() {
    const list = byId("past-items");
    byId("past").hidden = current === "";
    if (current === "") return;
    byId("past-note").textContent = "Looking…";
    list.replaceChildren();
    try {
      const answer = await requests.run((signal) =>
        ask(pathOf("v1/users", current, "history"), {
          query: { limit: 100 },
          personal: true,
          signal,
        })
      );
      if (answer === undefined) return;
      const { purchases, total } = answer;
      byId("past-note").textContent = total === 0
        ? "Nothing is known of this customer."
        : total > purchases.length
        ? `The first ${purchases.length} of ${counted(total, "item")}`
        : counted(total, "item");
      list.replaceChildren(...purchases.slice(0, SHOWN).map((item) => row(item, similar)));
      if (purchases.length > SHOWN) list.append(showAll(list, purchases, similar));
    } catch (error) {
      byId("past-note").textContent = sentence(error);
    }
  }

  offer();
  return { current: () => current, history };
}

/** The button that shows the rest; the focus goes to the first of it. */
function showAll(list, purchases, similar) {
  const last = element("li", { className: "more" });
  last.append(element("button", {
    type: "button",
    textContent: `Show all ${purchases.length}`,
    onclick: () => {
      last.remove();
      list.append(...purchases.slice(SHOWN).map((item) => row(item, similar)));
      list.children[SHOWN].querySelector("button")?.focus();
    },
  }));
  return last;
}

function row(item, similar) {
  const title = titleOf(item);
  const name = item.known
    ? element("button", {
      type: "button",
      className: "link",
      textContent: title,
      aria: { label: `Items similar to ${title}`, haspopup: "dialog" },
      onclick: () => similar(item),
    })
    : element("span", { className: "name", textContent: title });
  const when = item.time === null ? [] : [
    element("span", {
      className: "badge folded_in",
      textContent: item.quantity < 0 ? "Returned" : "New",
    }),
    ` ${day(item.time)}`,
  ];
  const about = [aboutOf(item), item.known ? "" : "newer than the model"].filter((text) => text);
  return element(
    "li",
    {},
    element(
      "div",
      { className: "what" },
      name,
      element("p", { className: "muted", textContent: about.join(" · ") }),
    ),
    element("span", {}, ...when),
    element("span", { className: "number", textContent: `× ${quantity(item.quantity)}` }),
  );
}
