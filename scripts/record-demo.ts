// Records a real run for each README: `node scripts/record-demo.ts [FOLDER]`. Needs `script` of util-linux, and a machine that
// does nothing else meanwhile. What a picture shows is what the command printed to a terminal of 80 columns.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { ensureBuilt } from "./ensure-built.ts";
import { drawAnimation, type Output } from "./recording/animation.ts";
import { root } from "./run-tool.ts";

const [target = join(root, "docs/images")] = process.argv.slice(2);
const COLUMNS = 80;
const ROWS = 24;
const MAX_BYTES = 200_000;
/** The commands, as they are shown. */
const COMMANDS = ["caselink plan tickets.csv", "caselink run tickets.csv --batch spring-1 --yes"];
/** The pictures, with the language of the command. */
const PICTURES = [
  {
    name: "run.svg",
    language: "en",
    title: "A terminal: caselink plans a file, runs it as a batch, and accounts for every row at the end.",
  },
  {
    name: "run.zh-CN.svg",
    language: "zh",
    title: "终端：caselink 规划一个文件，作为批次运行，最后对每一行给出结果。",
  },
];

await ensureBuilt();
const main = join(root, "packages/cli/dist/main.js");
for (const picture of PICTURES) await drawRun(picture);

async function drawRun({ name, language, title }: (typeof PICTURES)[number]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "caselink-"));
  try {
    copyFileSync(join(root, "examples/associations.csv"), join(folder, "tickets.csv"));
    await using simulator = await startSimulator(folder);
    const outputs = await record(folder, simulator.url, language);
    const picture = drawAnimation(outputs, { columns: COLUMNS, rows: ROWS, title, stepMs: 100, holdMs: 6_000 });
    if (picture.length > MAX_BYTES)
      throw new Error(`the picture has ${picture.length} bytes; at most ${MAX_BYTES} are wanted`);
    writeFileSync(join(target, name), picture);
    console.log(`wrote ${name}: ${picture.length} bytes`);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function startSimulator(folder: string): Promise<AsyncDisposable & { url: string }> {
  const config = join(folder, "simulator.json");
  const settings = JSON.parse(readFileSync(join(root, "examples/simulator.json"), "utf8")) as object;
  writeFileSync(config, JSON.stringify({ ...settings, rateLimit: { perSecond: 60, hint: "message" } }));
  const child = spawn(process.execPath, [main, "simulator", "--json", "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await once(child, "close");
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return { url, [Symbol.asyncDispose]: stop };
  }
  throw new Error("the simulator ended before it listened");
}

/** Runs the commands in a terminal, and returns what they print, with its time. */
async function record(folder: string, url: string, language: string): Promise<Output[]> {
  writeFileSync(join(folder, "caselink"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  // `set -x` prints each command as a prompt would show it.
  const shell = [
    `stty cols ${COLUMNS} rows ${ROWS}`,
    "PS4='$ '",
    ...COMMANDS.map((command) => `{ set -x; } 2>/dev/null; ${command}; { set +x; } 2>/dev/null; sleep 2`),
  ].join("\n");
  const terminal = spawn("script", ["--quiet", "--command", `bash -c ${quote(shell)}`, "/dev/null"], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: [folder, process.env["PATH"]].join(delimiter),
      TERM: "xterm-256color",
      CASELINK_HOME: join(folder, "home"),
      CASELINK_ENDPOINT: url,
      CASELINK_TOKEN: "demo-token",
      CASELINK_LANG: language,
      CASELINK_LEDGER: undefined,
      TEMPORAL_ADDRESS: undefined,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const startedAt = performance.now();
  const outputs: Output[] = [];
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    outputs.push({ at: performance.now() - startedAt, text });
  });
  await once(terminal, "close");
  return outputs;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
