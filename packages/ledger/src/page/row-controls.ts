import { element } from "./element.ts";
import type { PageMeta } from "./page-data.ts";

interface ControlsOptions {
  meta: PageMeta;
  /** Rows of the page by outcome: those that can be filtered for. */
  rowsByOutcome: ReadonlyMap<string, number>;
  onChange: (text: string, outcomes: ReadonlySet<string>) => void;
}

const numbers = new Intl.NumberFormat("en-US");

/** The field to search in, and a switch for each outcome. */
export function createRowControls({ meta, rowsByOutcome, onChange }: ControlsOptions) {
  const field = element("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Ticket, reason, anything",
  });
  const label = element("label", { for: "search" }, "Search");
  const status = element("output", { for: "search", "aria-live": "polite" });
  const switches = meta.outcomes
    .filter(({ name }) => (rowsByOutcome.get(name) ?? 0) > 0)
    .map(({ name, words }) => {
      const box = element("input", { type: "checkbox", value: name });
      const count = element("span", { class: "count" }, numbers.format(rowsByOutcome.get(name) ?? 0));
      return { name, box, label: element("label", { class: "switch" }, box, element("span", {}, words), " ", count) };
    });
  const outcomes = element("fieldset", {}, element("legend", {}, "Outcome"), ...switches.map((item) => item.label));
  const bar = element(
    "div",
    { class: "controls" },
    element("div", { class: "search" }, label, field),
    status,
    outcomes,
  );

  const changed = () => {
    const chosen = switches.filter(({ box }) => box.checked).map(({ name }) => name);
    onChange(field.value, new Set(chosen));
  };
  field.addEventListener("input", changed);
  outcomes.addEventListener("change", changed);
  // As in a pager: a slash begins a search, Escape ends it.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.focus();
  });
  return {
    element: bar,
    say(found: number, all: number) {
      status.textContent =
        found === all ? `${numbers.format(all)} rows` : `${numbers.format(found)} of ${numbers.format(all)} rows`;
    },
  };
}
