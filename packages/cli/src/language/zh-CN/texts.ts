import commands from "./commands.json" with { type: "json" };
import help from "./help.json" with { type: "json" };
import ledger from "./ledger.json" with { type: "json" };
import page from "./page.json" with { type: "json" };
import screens from "./screens.json" with { type: "json" };
import setup from "./setup.json" with { type: "json" };

/** The Chinese texts, by their English ones, in a file for each area. */
export const catalogues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  commands,
  help,
  ledger,
  page,
  screens,
  setup,
};

/** All Chinese texts. `check` compares them with the texts in the source. */
export const texts: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(catalogues));
