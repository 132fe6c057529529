/** The operations of a store on a file or an object, as an error names them. */
export type Access = "read" | "written" | "listed" | "removed";

/** Whole sentences, which can be translated. */
const SENTENCES: Readonly<Record<Access, (what: string, reason: string) => string>> = {
  read: (what, reason) => `${what} cannot be read: ${reason}.`,
  written: (what, reason) => `${what} cannot be written: ${reason}.`,
  listed: (what, reason) => `${what} cannot be listed: ${reason}.`,
  removed: (what, reason) => `${what} cannot be removed: ${reason}.`,
};

/** Says that something in a store cannot be used, and why. */
export const accessProblem = (access: Access, what: string, reason: string): string => SENTENCES[access](what, reason);
