// An input with a list of what fits, as the WAI-ARIA pattern "combobox with list autocomplete" describes it:
// the focus stays in the input, arrows move the active option, Enter takes it, Escape closes, then clears.

import { latest } from "./api.js";
import { element, say } from "./show.js";

/** Time without typing before the server is asked, in milliseconds. */
const PAUSE = 120;

/**
 * Makes `input` and its `list` such a box. `search(text, signal)` resolves with `{options: [{value, label,
 * hint}], more}`; `choose(value)` gets what was taken. Where `search` fails, `failed(error)` is told.
 */
export function combobox({ input, list, search, choose, failed }) {
  const requests = latest();
  let options = [];
  let active = -1;
  let timer;

  const isOpen = () => !list.hidden;

  function close() {
    clearTimeout(timer);
    requests.stop();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function activate(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = active < 0 ? undefined : list.children[active];
    if (option === undefined) input.removeAttribute("aria-activedescendant");
    else {
      option.setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  function take(index) {
    const { value } = options[index];
    close();
    choose(value);
  }

  function show({ options: found, more }) {
    options = found;
    active = -1;
    list.replaceChildren(...found.map(({ label, hint }, index) =>
      element(
        "li",
        {
          id: `${list.id}-${index}`,
          role: "option",
          aria: { selected: "false" },
          onclick: () => take(index),
        },
        element("span", { className: "label", textContent: label }),
        element("span", { className: "muted", textContent: hint }),
      )
    ));
    if (found.length === 0) {
      list.append(element("li", {
        className: "muted",
        role: "option",
        aria: { disabled: "true", selected: "false" },
        textContent: "Nothing fits",
      }));
    } else if (more) {
      list.append(element("li", {
        className: "muted",
        role: "presentation",
        textContent: "There are more: type on",
      }));
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    say(
      found.length === 0
        ? "Nothing fits"
        : `${found.length} to choose from${more ? ", and more" : ""}`,
    );
  }

  /** Shows what fits, and moves to the option `first` where one is given. */
  async function open(first) {
    clearTimeout(timer);
    try {
      const found = await requests.run((signal) => search(input.value.trim(), signal));
      if (found === undefined || document.activeElement !== input) return;
      show(found);
      if (first !== undefined && options.length > 0) {
        activate(first < 0 ? options.length - 1 : first);
      }
    } catch (error) {
      close();
      failed(error);
    }
  }

  const keys = {
    ArrowDown(event) {
      if (!isOpen()) open(event.altKey ? undefined : 0);
      else if (options.length > 0) activate((active + 1) % options.length);
      return true;
    },
    ArrowUp(event) {
      if (event.altKey) close();
      else if (!isOpen()) open(-1);
      else if (options.length > 0) activate((active <= 0 ? options.length : active) - 1);
      return true;
    },
    Enter() {
      if (!isOpen() || active < 0) {
        close();
        return false;
      }
      take(active);
      return true;
    },
    Escape() {
      if (isOpen()) close();
      else input.value = "";
      return true;
    },
    Tab() {
      close();
      return false;
    },
  };

  input.addEventListener("keydown", (event) => {
    // An input method's own Enter and arrows are not meant for the list.
    if (event.isComposing || !Object.hasOwn(keys, event.key)) return;
    if (keys[event.key](event)) event.preventDefault();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    activate(-1);
    timer = setTimeout(open, PAUSE);
  });
  input.addEventListener("click", () => {
    if (!isOpen()) open();
  });
  input.addEventListener("blur", close);
  // The focus must stay in the input while the list is clicked or scrolled.
  list.addEventListener("mousedown", (event) => event.preventDefault());
}
