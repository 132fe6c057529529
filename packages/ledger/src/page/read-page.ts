import type { PageMeta, PageRow } from "./page-data.ts";

/** Takes the report's data out of the document; the texts it came as are let go. */
export function readPage(): { meta: PageMeta; rows: PageRow[] } {
  const meta = JSON.parse(document.querySelector("#meta")?.textContent ?? "") as PageMeta;
  const rows: PageRow[] = [];
  for (const piece of document.querySelectorAll("script.rows")) {
    for (const row of JSON.parse(piece.textContent ?? "[]") as PageRow[]) rows.push(row);
    piece.remove();
  }
  return { meta, rows };
}
