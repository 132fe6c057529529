import type { BatchRecord } from "@caselink/ledger";
import type { Output } from "../output.ts";
import { count, counted } from "../screen/format.ts";

/**
 * Asks whether to run only the valid rows of an input.
 *
 * @param remedy the alternative, as the beginning of a sentence
 */
export async function confirmValidRowsOnly(
  { counts }: Pick<BatchRecord, "counts">,
  remedy: string,
  options: { yes?: boolean },
  output: Output,
): Promise<boolean> {
  if (options.yes) return true;
  const rest = `the other ${counted(counts.rows - counts.invalid, "row")}`;
  if (output.canAsk && counts.to_send > 0) {
    if (await output.confirm(`Run ${rest} without them?`, false)) return true;
    output.note("Nothing was sent.");
    return false;
  }
  const invalid = `${count(counts.invalid)} of ${counted(counts.rows, "row")} ${counts.invalid === 1 ? "is" : "are"} invalid`;
  const next = counts.to_send === 0 ? `${remedy} and run it again.` : `${remedy}, or run ${rest} with --yes.`;
  output.note(`${invalid}. Nothing was sent.\n${next}`);
  return false;
}
