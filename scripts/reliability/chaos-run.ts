// `node --conditions=@caselink/source scripts/reliability/chaos-run.ts SEED [FOLDER] [cluster]`: one chaos run in a process of its
// own. The last line of its output is the run, as JSON. FOLDER gets all files of a run that breaks a promise.
import { runChaos } from "../../test/crash/chaos.ts";
import { drawChaos, drawClusterChaos } from "../../test/crash/draw-chaos.ts";

const [, , seed = "1", keepIn, place] = process.argv;
const draw = place === "cluster" ? drawClusterChaos : drawChaos;
console.log(JSON.stringify(await runChaos(draw(Number(seed)), keepIn)));
process.exit(0);
