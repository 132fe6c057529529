import { element } from "./element.ts";
import type { PageMeta } from "./page-data.ts";
import type { Picked } from "./picks.ts";
import type { RowQuery } from "./row-search.ts";
import { around, say } from "./say.ts";

interface ControlsOptions {
  meta: PageMeta;
  /** Numbers of rows in the page by outcome; only these outcomes get a filter. */
  rowsByOutcome: ReadonlyMap<string, number>;
  onChange: (change: Pick<RowQuery, "text" | "outcomes" | "reason">) => void;
}

const numbers = new Intl.NumberFormat("en-US");

/** The search field, a checkbox for each outcome, and the reason that was chosen in the overview. */
export function createRowControls({ meta, rowsByOutcome, onChange }: ControlsOptions) {
  const field = element("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: say("Ticket, reason, any text"),
  });
  const label = element("label", { for: "search" }, say("Search"));
  const status = element("output", { for: "search", "aria-live": "polite" });
  const switches = meta.outcomes
    .filter(({ name }) => (rowsByOutcome.get(name) ?? 0) > 0)
    .map(({ name, label }) => {
      const box = element("input", { type: "checkbox", value: name });
      const count = element("span", { class: "count" }, numbers.format(rowsByOutcome.get(name) ?? 0));
      return { name, box, label: element("label", { class: "switch" }, box, element("span", {}, label), " ", count) };
    });
  const outcomes = element(
    "fieldset",
    {},
    element("legend", {}, say("Outcome")),
    ...switches.map((item) => item.label),
  );
  const chosen = element("span", { class: "chosen" });
  const all = element("button", { type: "button", class: "all", hidden: "" }, say("Show all rows"));
  const bar = element(
    "div",
    { class: "controls" },
    element("div", { class: "search" }, label, field),
    element("div", { class: "found" }, status, all),
    outcomes,
    chosen,
  );
  const [beforeReason, afterReason] = around("Only: {{0}}");
  let reason: Picked["reason"];

  const changed = () => {
    const names = switches.filter(({ box }) => box.checked).map(({ name }) => name);
    all.hidden = field.value === "" && names.length === 0;
    chosen.replaceChildren(
      ...(reason === undefined ? [] : [beforeReason, element("bdi", {}, reasonText(reason)), afterReason]),
    );
    onChange({ text: field.value, outcomes: new Set(names), reason });
  };
  const choose = (picked: Picked | undefined) => {
    field.value = "";
    for (const { name, box } of switches) box.checked = name === picked?.outcome;
    reason = picked?.reason;
    changed();
  };
  field.addEventListener("input", changed);
  outcomes.addEventListener("change", () => {
    reason = undefined;
    changed();
  });
  all.addEventListener("click", () => {
    choose(undefined);
    field.focus();
  });
  // As in a pager such as less: a slash starts a search. Escape clears the field, as in any search field.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.focus();
  });
  return {
    element: bar,
    choose,
    showCount(found: number, of: number, isNotDoneFirst: boolean) {
      const all = numbers.format(of);
      const some = numbers.format(found);
      const whole = isNotDoneFirst ? say("{{0}} rows, not done first", all) : say("{{0}} rows", all);
      status.textContent = found === of ? whole : say("{{0}} of {{1}} rows", some, all);
    },
  };
}

function reasonText({ code, message }: NonNullable<Picked["reason"]>): string {
  return [message, code].filter((text) => text !== null).join(" ") || say("no reason given");
}
