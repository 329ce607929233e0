// The page at /: whom to recommend for, what is recommended, and why.

import { ask, latest, pathOf } from "./api.js";
import { basket } from "./basket.js";
import { customer } from "./customer.js";
import { showAnswer, showProblem, showWaiting } from "./results.js";
import { byId, day, say, shortId } from "./show.js";
import { similarDialog } from "./similar.js";

const N = 5;

const answers = latest();
let shownModel;

const add = (item) => goods.add(item);
const similar = similarDialog({ add });
const goods = basket({
  changed: () => {
    if (mode() === "basket") recommend();
  },
});
const people = customer({
  chosen: () => {
    people.history();
    recommend();
  },
  similar,
});

for (const radio of document.querySelectorAll("input[name=mode]")) {
  radio.addEventListener("change", () => {
    arrange();
    recommend();
  });
}
// A browser that goes back may keep the choice, but not what it led to.
arrange();
recommend();

function mode() {
  return document.querySelector("input[name=mode]:checked").value;
}

/** Shows the part that belongs to the mode. */
function arrange() {
  const ofBasket = mode() === "basket";
  byId("customer").hidden = ofBasket;
  byId("basket").hidden = !ofBasket;
  byId("past").hidden = ofBasket || people.current() === "";
}

/** What is to be asked for now: a title, the request, and how its answer reads. */
function wanted() {
  const user = people.current();
  const entries = goods.entries();
  if (mode() === "customer" && user !== "") {
    return {
      title: `For customer ${shortId(user)}`,
      request: (signal) =>
        ask(pathOf("v1/users", user, "recommendations"), {
          query: { n: N, explain: true },
          signal,
        }),
    };
  }
  if (mode() === "basket" && entries.length > 0) {
    return {
      title: "For this basket",
      request: async (signal) => {
        const body = { basket: entries, n: N, explain: true };
        const { answers: [answer] } = await ask("v1/recommendations", { body, signal });
        return answer;
      },
      kindOf: ({ kind }) => kind === "folded_in" ? "basket" : kind,
    };
  }
  return {
    title: "Popular items",
    request: (signal) => ask("v1/popular", { query: { n: N }, signal }),
    remarks: [
      mode() === "basket"
        ? "Put something into the basket to see what goes with it."
        : "Choose a customer to see what they may want.",
    ],
  };
}

/** Asks, and shows the answer. */
async function recommend() {
  const { title, request, kindOf = ({ kind }) => kind, remarks = [] } = wanted();
  showWaiting(title);
  try {
    const answer = await answers.run(request);
    if (answer === undefined) return;
    const { items: unknown } = answer.unknown;
    const notKnown = unknown.length === 0 ? [] : [`Not in the model: ${unknown.join(", ")}.`];
    const kind = kindOf(answer);
    showAnswer({ title, kind, answer, remarks: [...notKnown, ...remarks] }, { similar, add });
    say(`${answer.returned} recommendations, ${answer.kind.replace("_", " ")}: ${title}`);
    if (answer.model !== shownModel) await showModel(answer.model);
  } catch (error) {
    showProblem(title, error, recommend);
    byId("model").textContent = "";
    shownModel = undefined;
  }
}

/** Says which model answers, and up to when it knows purchases. */
async function showModel(version) {
  shownModel = version;
  const short = version === ""
    ? "Model in memory"
    : `Model ${version.replace("sha256:", "").slice(0, 8)}`;
  let until;
  try {
    const { models } = await ask("v1/models");
    until = models.find((model) => model.version === version)?.fittedUntil;
  } catch {
    // It is only said more of the model where that can be had.
  }
  byId("model").textContent = until ? `${short}, purchases until ${day(until)}` : short;
}
