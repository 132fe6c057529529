import { t, translated } from "../language/words.ts";
import type { Colors } from "../output.ts";
import { padColumns, wrapped } from "../screen/format.ts";
import type { Finding } from "./finding.ts";
import { ROLES } from "./roles.ts";

const STATE_COLUMNS = 7;
const CHECK_COLUMNS = 13;
const GAP = "  ";
const ADVICE_COLUMNS = 56;

/** A finding in lines, in the language of the user. */
export function findingScreen(finding: Finding, colors: Colors): string {
  const { check, state, message } = finding;
  const paint = { ok: colors.green, warning: colors.yellow, failed: colors.red }[state];
  const shownState = paint(padColumns(stateWord(state), STATE_COLUMNS));
  const line = [shownState, padColumns(checkName(check), CHECK_COLUMNS), translated(message)].join(GAP);
  const indent = " ".repeat(STATE_COLUMNS + CHECK_COLUMNS + 2 * GAP.length);
  return [line, ...(adviceLines(finding, translatedAdvice) ?? []).map((text) => indent + text)].join("\n");
}

/** The advice of a finding. The roles take several lines next to the names of the checks. */
export function adviceLines({ advice }: Finding, inLanguage = (text: string): string => text): string[] | undefined {
  return advice
    ?.split("\n")
    .flatMap((text) => (text === ROLES ? wrapped(inLanguage(text), ADVICE_COLUMNS) : [inLanguage(text)]));
}

function translatedAdvice(advice: string): string {
  // "So" alone is too short for a template that is found in a text.
  const consequence = /^So (.*)\.$/.exec(advice)?.[1];
  return consequence === undefined ? translated(advice) : t`So ${translated(consequence)}.`;
}

// The keys have blanks at their ends: single words would also be translated where a text has them as values, such as the
// name of a column.
const stateWord = (state: Finding["state"]): string =>
  ({ ok: t`ok  `, warning: t`warning  `, failed: t`failed  ` })[state].trimEnd();

const checkName = (check: Finding["check"]): string =>
  ({
    node: t`node  `,
    configuration: t`configuration  `,
    account: t`account  `,
    api: t`api  `,
    clock: t`clock  `,
    credentials: t`credentials  `,
    permission: t`permission  `,
    temporal: t`temporal  `,
    server: t`server  `,
    namespace: t`namespace  `,
    attributes: t`attributes  `,
    encryption: t`encryption  `,
    ledger: t`ledger  `,
    batches: t`batches  `,
    behaviour: t`behaviour  `,
  })[check].trimEnd();
