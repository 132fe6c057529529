import { exitStatus } from "./exit-status.ts";

/** The oldest that the libraries below run on: `engines` of the package. */
const OLDEST = { major: 22, minor: 12 };

/** Ends the process on a Node that is too old: what would come else is a stack trace from a library. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  process.stderr.write(
    `caselink: this is Node ${version}, but ${OLDEST.major}.${OLDEST.minor} or newer is needed: https://nodejs.org\n`,
  );
  process.exit(exitStatus.failed);
}
