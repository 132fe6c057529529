// Writes docs/retry-conformance.md: what this SDK and others do with each fault. `--check` compares instead, as far as it
// concerns this SDK.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CLIENTS, OPERATIONS, type Operation } from "./peers/conformance-clients.ts";
import { startFaultServer, type Fault } from "./peers/fault-server.ts";

const TIMEOUT_MS = 1_000;
const AT_ONCE = 12;
const target = fileURLToPath(new URL("../docs/retry-conformance.md", import.meta.url));

const FAULTS: Fault[] = [
  { name: "400", status: 400, code: "OSM.0001" },
  { name: "401", status: 401, code: "APIGW.0301" },
  { name: "403", status: 403, code: "OSM.0003" },
  { name: "404", status: 404, code: "APIGW.0101" },
  { name: "408", status: 408 },
  { name: "409", status: 409 },
  { name: "429", status: 429, code: "APIGW.0308" },
  { name: "429, Retry-After: 1", status: 429, code: "APIGW.0308", headers: { "retry-after": "1" } },
  { name: "500 before the write", status: 500, code: "OSM.0004" },
  { name: "500 after the write", status: 500, code: "OSM.0004", isWritten: true },
  { name: "503 before the write", status: 503 },
  { name: "503 after the write", status: 503, isWritten: true },
  { name: "reset before the write", ending: "reset" },
  { name: "reset after the write", ending: "reset", isWritten: true },
  { name: "no answer, before the write", ending: "hang" },
  { name: "no answer, after the write", ending: "hang", isWritten: true },
  { name: "200, limit (OSM.01010043)", code: "OSM.01010043" },
  { name: "200, itself (OSM.01010044)", code: "OSM.01010044" },
  { name: "200, no such ticket (OSM.01010015)", code: "OSM.01010015" },
  { name: "200, no permission (OSM.01010002)", code: "OSM.01010002" },
  { name: "200, bad token (OSM.01010011)", code: "OSM.01010011" },
  { name: "200, parameters (OSM.01010001)", code: "OSM.01010001" },
  { name: "200, service failed (OSM.01010014)", code: "OSM.01010014" },
];

const server = await startFaultServer();
const jobs: (() => Promise<void>)[] = [];
const texts = new Map<string, string>();
const keyOf = (operation: Operation, fault: Fault, client: string) => `${operation}|${fault.name}|${client}`;
// The official core logs each failure to standard output, with its signature.
const say = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const faultsOf = (operation: Operation) => FAULTS.filter(({ isWritten }) => operation !== "list" || !isWritten);
for (const operation of OPERATIONS)
  for (const fault of faultsOf(operation))
    for (const [client, call] of Object.entries(CLIENTS))
      jobs.push(async () => {
        const cell = server.open(fault);
        const learnt = await call(cell.url, operation, TIMEOUT_MS);
        const waits = cell.arrivals.slice(1).map((at, index) => (at - (cell.arrivals[index] ?? at)) / 1_000);
        const waited = waits.length === 0 ? "" : ` (${waits.map((wait) => wait.toFixed(1)).join(", ")} s)`;
        const written = fault.isWritten ? `; written ${cell.writes}×` : "";
        texts.set(keyOf(operation, fault, client), `${cell.arrivals.length}${waited}: ${learnt}${written}`);
      });
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
  }),
);
await server.close();

const names = Object.keys(CLIENTS);
const table = (operation: Operation) =>
  [
    `## ${operation}`,
    "",
    `| fault | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---|").join("")}`,
    ...faultsOf(operation).map(
      (fault) => `| ${fault.name} | ${names.map((name) => texts.get(keyOf(operation, fault, name))).join(" | ")} |`,
    ),
    "",
  ].join("\n");
const versions = JSON.parse(await readFile(new URL("./package.json", import.meta.url), "utf8")) as {
  dependencies: Record<string, string>;
};
const peers = ["openapi-fetch", "ky", "axios", "@huaweicloud/huaweicloud-sdk-core"];
const page = `# What each client does with each fault

Written by \`npx -y pnpm@12 bench conformance\`: every call of a cell meets the same fault, from a real server, with each client's
defaults and ${TIMEOUT_MS} ms for an attempt. A cell says: attempts (seconds between them), what the caller learns, and how often
the server did the write where it did it. "success" is what the caller is told, whatever the truth. Of this SDK the jitter is
left out; a wait is then the longest that it can be.

What to look at: an answer with HTTP 200 and an error code is a success to all but one; a write that was done is repeated, or
not, without anybody knowing; and which failures of a write are certain not to have done anything.

Peers: ${peers.map((peer) => `${peer} ${versions.dependencies[peer]}`).join(", ")}.

${OPERATIONS.map(table).join("\n")}`;

if (process.argv.includes("--check")) {
  const present = await readFile(target, "utf8");
  const [before, now] = [own(present), own(page)];
  const changed = now.filter((line, index) => line !== before[index]);
  const isSame = changed.length === 0 && before.length === now.length;
  say(
    isSame
      ? "docs/retry-conformance.md is what the SDK does.\n"
      : `docs/retry-conformance.md is not what the SDK does:\n${changed.join("\n")}\nRun: npx -y pnpm@12 bench conformance   then commit the result.\n`,
  );
  process.exit(isSame ? 0 : 1);
}
await writeFile(target, page);
say(`wrote docs/retry-conformance.md\n`);
process.exit(0);

/** The lines as far as they concern this SDK: what others do, and how long it took, is not held against it. */
function own(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split(" | ")
        .slice(0, 2)
        .join(" | ")
        .replaceAll(/ \([\d., s]+\)/g, ""),
    );
}
