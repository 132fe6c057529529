import type { PageMeta, PageRow } from "./page-data.ts";

/** Reads the report's data from the document and removes the row scripts, so that their memory can be freed. */
export function readPage(): { meta: PageMeta; rows: PageRow[] } {
  const meta = JSON.parse(document.querySelector("#meta")?.textContent ?? "") as PageMeta;
  const rows: PageRow[] = [];
  for (const piece of document.querySelectorAll("script.rows")) {
    for (const row of JSON.parse(piece.textContent ?? "[]") as PageRow[]) rows.push(row);
    piece.remove();
  }
  return { meta, rows };
}
