// Measures how this SDK and other clients handle each fault, and writes docs/retry-conformance.md. With `--check` it writes
// nothing and compares the measured results of this SDK with the document.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CLIENTS, OPERATIONS, type Operation } from "./peers/conformance-clients.ts";
import { startFaultServer, type Fault } from "./peers/fault-server.ts";

/** For a request that gets no response. All others must not depend on the speed of the machine. */
const HANG_MS = 1_000;
const TIMEOUT_MS = 30_000;
const PARALLEL_CELLS = 12;
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
  { name: "no response, before the write", ending: "hang" },
  { name: "no response, after the write", ending: "hang", isWritten: true },
  { name: "200, over limit (OSM.01010043)", code: "OSM.01010043" },
  { name: "200, self-association (OSM.01010044)", code: "OSM.01010044" },
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
// huaweicloud-sdk-core logs each failure, including its signature, to standard output; this suppresses it.
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const faultsOf = (operation: Operation) => FAULTS.filter(({ isWritten }) => operation !== "list" || !isWritten);
for (const operation of OPERATIONS)
  for (const fault of faultsOf(operation))
    for (const [client, call] of Object.entries(CLIENTS))
      jobs.push(async () => {
        const cell = server.open(fault);
        const result = await call(cell.url, operation, fault.ending === "hang" ? HANG_MS : TIMEOUT_MS);
        const waits = cell.arrivals.slice(1).map((at, index) => (at - (cell.arrivals[index] ?? at)) / 1_000);
        const waited = waits.length === 0 ? "" : ` (${waits.map((wait) => wait.toFixed(1)).join(", ")} s)`;
        const written = fault.isWritten ? `; written ${cell.writes}×` : "";
        texts.set(keyOf(operation, fault, client), `${cell.arrivals.length}${waited}: ${result}${written}`);
      });
await Promise.all(
  Array.from({ length: PARALLEL_CELLS }, async () => {
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
const page = `# How each client handles each fault

Written by \`npx -y pnpm@12 bench conformance\`. Each cell is one call to a real server that responds to every request of the
cell with the same fault. Each client has its default settings; a request without a response ends after ${HANG_MS} ms. A cell shows
the number of requests (seconds between them), the result that the caller gets and, if the server executed the write, how often
it did. "success" is what the client reports, even if it is wrong. This SDK runs without jitter, so its waits are the longest
possible ones.

Three differences matter. Every other client reports an error code with HTTP 200 as a success. A client may repeat a write
that was already executed without its caller knowing. Only this SDK says which failed writes were certainly not executed.

Peers: ${peers.map((peer) => `${peer} ${versions.dependencies[peer]}`).join(", ")}.

${OPERATIONS.map(table).join("\n")}`;

if (process.argv.includes("--check")) {
  const written = await readFile(target, "utf8");
  const [documented, measured] = [linesOfSdk(written), linesOfSdk(page)];
  const changed = measured.filter((line, index) => line !== documented[index]);
  const isSame = changed.length === 0 && documented.length === measured.length;
  print(
    isSame
      ? "docs/retry-conformance.md matches the SDK.\n"
      : `docs/retry-conformance.md does not match the SDK:\n${changed.join("\n")}\nTo fix: run npx -y pnpm@12 bench conformance and commit the result.\n`,
  );
  process.exit(isSame ? 0 : 1);
}
await writeFile(target, page);
print(`wrote docs/retry-conformance.md\n`);
process.exit(0);

/** The table's lines with the results of this SDK only, without times: only these are compared. */
function linesOfSdk(text: string): string[] {
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
