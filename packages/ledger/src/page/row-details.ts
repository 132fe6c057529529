import { fieldsOf } from "./column.ts";
import { element } from "./element.ts";
import type { PageMeta, PageRow } from "./page-data.ts";
import { say } from "./say.ts";

/** A dialog that shows every field of a row that is not empty. Escape, the button and a click outside close it. */
export function createRowDetails(meta: PageMeta): { element: HTMLDialogElement; open: (row: PageRow) => void } {
  const list = element("dl", { tabindex: "0", "aria-label": say("Fields of the row") });
  const title = element("h2", { id: "details-title" });
  const close = element("button", { type: "submit" }, say("Close"));
  const form = element("form", { method: "dialog" }, title, list, close);
  const dialog = element("dialog", { "aria-labelledby": "details-title" }, form);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return {
    element: dialog,
    open(row) {
      title.textContent = say("Line {{0}}", row[0] ?? "");
      const fields = fieldsOf(meta, row).map(([name, value]) =>
        element("div", {}, element("dt", {}, element("bdi", {}, name)), element("dd", {}, element("bdi", {}, value))),
      );
      list.replaceChildren(...fields);
      dialog.showModal();
      list.scrollTop = 0;
      close.focus();
    },
  };
}
