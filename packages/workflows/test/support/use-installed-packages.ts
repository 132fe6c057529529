// Lets the harness of this checkout run installed packages: those of a released version.
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The modules of this package that the harness uses and the installed package exports. */
const OWN_MODULES = /\/packages\/workflows\/src\/(?:index|workflow\/task-queues)\.ts$/;
/** Helpers of tests are not published. What writes histories as JSON is that of this checkout, as is what reads them. */
const HELPERS = /^@caselink\/(?:common|test-support)(?:\/|$)|^@temporalio\/common\/lib\//;

/**
 * From now on, imports of our packages and of Temporal's give those of a folder in which npm has installed them.
 *
 * @param folder the one with `node_modules`
 */
export function useInstalledPackages(folder: string): void {
  const installed = { parentURL: pathToFileURL(join(folder, "package.json")).href, conditions: ["node", "import"] };
  registerHooks({
    resolve(specifier, context, next) {
      const isPackage = /^@(?:caselink|temporalio)\//.test(specifier) && !HELPERS.test(specifier);
      if (isPackage && isOurs(context.parentURL)) return next(specifier, { ...context, ...installed });
      const found = next(specifier, context);
      return OWN_MODULES.test(found.url) ? next("@caselink/workflows", { ...context, ...installed }) : found;
    },
  });
}

/** A module of this checkout imports it, and none that is installed. */
const isOurs = (importer: string | undefined): boolean =>
  importer !== undefined && importer.startsWith("file:") && !importer.includes("/node_modules/");
