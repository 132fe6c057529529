import { readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LedgerError } from "../src/index.ts";
import { TEST_FORMS } from "./input-files.ts";
import { createTemporaryLedger, type TemporaryLedger } from "./temporary-ledger.ts";

const TABLE = {
  header: ["case_id", "related_ids", "group_id", "备注"],
  rows: Array.from({ length: 8 }, (_, index) => [`SR${index}`, `r${index} r9`, "g", `第 "${index}"\n行`]),
};

const RUN_MS = Number(process.env["CASELINK_FUZZ_MS"] ?? 15_000);
const ENOUGH_MS = 120_000;

/** Deeper than the call stack. */
const NESTED = "[".repeat(20_000) + "]".repeat(20_000);

const SNIPPETS = ['"', "\n", "\r", ",", "\0", "\ufeff", "{", "]", "<", "&", "\u2028", "工", NESTED, `"x":${NESTED},`];

type Change = [
  kind: "set" | "remove" | "repeat" | "insert" | "cut" | "zero",
  at: number,
  length: number,
  bytes: Uint8Array,
];

function changed(content: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((bytes, [kind, place, length, inserted]) => {
    const at = Math.floor(place * bytes.length);
    const [before, rest] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (kind === "cut") return before;
    if (kind === "insert") return Buffer.concat([before, inserted, rest]);
    if (kind === "set") return Buffer.concat([before, inserted, rest.subarray(inserted.length)]);
    if (kind === "remove") return Buffer.concat([before, rest.subarray(length)]);
    if (kind === "zero")
      return Buffer.concat([before, Buffer.alloc(Math.min(length, rest.length)), rest.subarray(length)]);
    return Buffer.concat([before, rest.subarray(0, length), rest]);
  }, content);
}

const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom("set", "remove", "repeat", "insert", "cut", "zero"),
  fc.double({ min: 0, max: 0.999, noNaN: true }),
  fc.integer({ min: 1, max: 60 }),
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(...SNIPPETS).map((text) => Buffer.from(text)),
  ),
);

/** Plans the bytes. Returns the result, which is one of those that are allowed. */
async function settle(
  temporary: TemporaryLedger,
  name: string,
  content: Buffer,
  groupId: string | undefined,
): Promise<void> {
  const planning = temporary.plan({ [name]: content }, groupId === undefined ? {} : { groupId });
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still planning after ${ENOUGH_MS} ms`)), ENOUGH_MS);
  });
  try {
    const planned = await Promise.race([planning, hang]);
    const { counts } = planned.record;
    expect(counts.to_send + counts.invalid + counts.duplicate + counts.limit_reached).toBe(counts.rows);
    expect(await planned.writeRejects(temporary.path("rejects"))).toBe(counts.invalid);
    await planned.discard();
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== "input") throw error;
    if (!error.message.includes(name)) throw new Error("the error names no file", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

test(
  "any bytes lead to a plan or an InputError, never to a crash, a hang or unbounded memory",
  { timeout: RUN_MS + 2 * ENOUGH_MS },
  async () => {
    await using temporary = await createTemporaryLedger();
    const names = TEST_FORMS.map(({ name }) => name);
    const files = new Map<string, Buffer>();
    for (const { name, write } of TEST_FORMS) files.set(name, await write(TABLE, temporary));
    files.set("in.jsonl.gz", gzipSync(files.get("in.jsonl") ?? ""));

    const damaged = fc.record({
      name: fc.constantFrom(...files.keys()),
      /** The file's name; sometimes that of another format. */
      alias: fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...names, "in") },
      ),
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      groupId: fc.constantFrom(undefined, "g"),
    });
    const random = fc.record({
      name: fc.constantFrom(...names, "in"),
      start: fc.constantFrom(
        "",
        "PAR1",
        "PK\u0003\u0004",
        "\u001f\u008b\b",
        "ÿþ",
        "case_id,related_id\n",
        "[{",
        '{"case_id":',
        `[${NESTED},`,
        `[{"case_id":"T","related_id":"r","x":${NESTED}}]`,
      ),
      bytes: fc.uint8Array({ maxLength: 400 }),
    });
    const before = process.memoryUsage.rss();
    let running: Promise<void> = Promise.resolve();
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: damaged }, { weight: 1, arbitrary: random }), async (given) => {
        if ("bytes" in given) {
          const content = Buffer.concat([Buffer.from(given.start, "latin1"), given.bytes]);
          running = settle(temporary, given.name, content, "g");
        } else {
          const content = changed(files.get(given.name) ?? Buffer.alloc(0), given.changes);
          running = settle(temporary, given.alias ?? given.name, content, given.groupId);
        }
        await running;
      }),
      {
        numRuns: Number(process.env["CASELINK_FUZZ_RUNS"] ?? 400),
        interruptAfterTimeLimit: RUN_MS,
        markInterruptAsFailure: false,
        endOnFailure: true,
      },
    );
    // The time limit does not wait for the run in progress.
    await running;
    expect(process.memoryUsage.rss() - before).toBeLessThan(700 * 2 ** 20);
    expect(await readdir(temporary.path("ledger/tmp"))).toEqual([]);
  },
);
