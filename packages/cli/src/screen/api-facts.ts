import { apiFactTexts, type ApiProfile } from "@caselink/ledger";
import { translated } from "../language/words.ts";

/** The facts that decide about the rows of a plan, one line each. */
export function factLines(profile: ApiProfile | undefined): string[] {
  return apiFactTexts(profile).flatMap(({ name, text }) =>
    name === "symmetric" ? [`API      ${translated(text)}`] : [],
  );
}
