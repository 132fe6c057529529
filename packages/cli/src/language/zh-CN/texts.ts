import commands from "./commands.json" with { type: "json" };
import help from "./help.json" with { type: "json" };
import ledger from "./ledger.json" with { type: "json" };
import page from "./page.json" with { type: "json" };
import screens from "./screens.json" with { type: "json" };
import setup from "./setup.json" with { type: "json" };

/** The Chinese texts, by their English ones. `check` compares them with the texts in the source. */
export const texts: Readonly<Record<string, string>> = {
  ...commands,
  ...help,
  ...ledger,
  ...page,
  ...screens,
  ...setup,
};
