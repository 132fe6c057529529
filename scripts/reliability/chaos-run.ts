// `node --conditions=@caselink/source scripts/reliability/chaos-run.ts SEED [FOLDER]`: one chaos run in a process of its own.
// The last line of its output is the run, as JSON. FOLDER gets all files of a run that breaks a promise.
import { runChaos } from "../../test/crash/chaos.ts";

const [, , seed = "1", keepIn] = process.argv;
console.log(JSON.stringify(await runChaos(Number(seed), keepIn)));
process.exit(0);
