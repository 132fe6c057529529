import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { runCommandLine } from "../program.ts";

async function openFolder(env: Record<string, string> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), "caselink-completion-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  /** The words, without their descriptions; `files` if the shell completes the name of a file. */
  const complete = async (shell: string, ...words: string[]): Promise<string[] | "files"> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const status = await runCommandLine(["complete", shell, "--", ...words], {
      env: { CASELINK_HOME: "home", ...env },
      cwd,
      stdin: Readable.from([]),
      stdout,
      stderr,
      mainFile: "",
      notifyStarted: () => undefined,
    });
    expect([status, stderr.read()]).toEqual([0, null]);
    const [kind, ...lines] = String(stdout.read()).trimEnd().split("\n");
    expect(["files", "words"]).toContain(kind);
    return kind === "files" ? kind : lines.map((line) => line.split("\t")[0] ?? "");
  };
  return { cwd, complete };
}

test("commands are completed, without the hidden one", async () => {
  const { complete } = await openFolder();
  expect(await complete("zsh", "re")).toEqual(["resume", "report", "retry"]);
  expect(await complete("zsh", "comp")).toEqual(["completion"]);
  expect(await complete("zsh", "")).toContain("run");
  expect(await complete("zsh", "--v")).toEqual(["--version"]);
  expect(await complete("zsh", "unknown", "")).toEqual([]);
});

test("options are completed, and one that was given is not offered again unless it is repeatable", async () => {
  const { complete } = await openFolder();
  expect(await complete("zsh", "report", "demo", "--o")).toEqual(["--outcome", "--out"]);
  expect(await complete("zsh", "report", "--out", "a.csv", "demo", "--o")).toEqual(["--outcome"]);
  expect(await complete("zsh", "report", "--out=a.csv", "demo", "--o")).toEqual(["--outcome"]);
  expect(await complete("zsh", "run", "--map", "case_id=A", "--ma")).toEqual(["--map", "--max-rate"]);
  expect(await complete("zsh", "list", "")).toEqual(["--json", "--quiet", "--help"]);
  expect(await complete("zsh", "plan", "--", "--c")).toEqual("files");
});

test("the values of options are completed", async () => {
  const { complete } = await openFolder();
  expect(await complete("zsh", "report", "--format", "")).toEqual(["csv", "jsonl", "html"]);
  expect(await complete("zsh", "run", "--format", "js")).toEqual(["jsonl", "json"]);
  expect(await complete("zsh", "run", "--format=x")).toEqual(["--format=xlsx"]);
  expect(await complete("zsh", "plan", "--over-limit", "")).toEqual(["refuse", "fill"]);
  expect(await complete("zsh", "retry", "demo", "--outcome", "not")).toEqual(["not_found"]);
  expect(await complete("zsh", "report", "--outcome", "failed,fa")).toEqual([]);
  expect(await complete("zsh", "report", "--outcome=failed,c")).toEqual([
    "--outcome=failed,created",
    "--outcome=failed,cancelled",
  ]);
  expect(await complete("zsh", "report", "--outcome", "ne")).toEqual(["needs-fix"]);
  expect(await complete("zsh", "run", "--map", "related")).toEqual(["related_id=", "related_ids="]);
  expect(await complete("zsh", "run", "--group-id", "")).toEqual([]);
  expect(await complete("zsh", "rate", "demo", "")).toEqual(["none"]);
  expect(await complete("zsh", "completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(await complete("zsh", "help", "ou")).toEqual(["outcomes"]);
  expect(await complete("zsh", "help", "ver")).toEqual(["verify"]);
});

test("the names of files are completed for inputs and for the options that take a file", async () => {
  const { complete } = await openFolder();
  for (const words of [
    ["plan", ""],
    ["run", "one.csv", "t"],
    ["report", "demo", "--out", ""],
    ["verify", "demo", "--report=r"],
    ["simulator", "--config", "x"],
  ])
    expect([words, await complete("zsh", ...words)]).toEqual([words, "files"]);
});

test("bash splits a word at an equals sign, and gets only what follows it", async () => {
  const { complete } = await openFolder();
  expect(await complete("bash", "report", "demo", "--format", "=")).toEqual(["csv", "jsonl", "html"]);
  expect(await complete("bash", "report", "demo", "--format", "=", "h")).toEqual(["html"]);
  expect(await complete("bash", "report", "demo", "--format", "=", "csv", "--o")).toEqual(["--outcome", "--out"]);
  expect(await complete("bash", "run", "--map", "case_id", "=", "Ticket", "--format", "p")).toEqual(["parquet"]);
  expect(await complete("bash", "report", "demo", "--format", '"c')).toEqual(["csv"]);
});

test("batch ids are completed, newest first, and only those of the ledger's batches", async () => {
  const { cwd, complete } = await openFolder();
  const batches = join(cwd, "home", "ledger", "batches");
  for (const [at, id] of ["2026-11-24-b", "2026-11-24-a", "other"].entries()) {
    await mkdir(join(batches, id), { recursive: true });
    await writeFile(join(batches, id, "batch.json"), "{}");
    await utimes(join(batches, id, "batch.json"), at, at);
  }
  await mkdir(join(batches, "2026-11-24-unfinished"));
  expect(await complete("zsh", "attach", "")).toEqual(["other", "2026-11-24-a", "2026-11-24-b"]);
  expect(await complete("zsh", "run", "--plan", "2026")).toEqual(["2026-11-24-a", "2026-11-24-b"]);
  expect(await complete("zsh", "status", "x")).toEqual([]);
  expect(await complete("zsh", "status", "other", "")).toEqual(["--watch", "--json", "--quiet", "--help"]);
});

test("a ledger that cannot be read completes no batch ids and prints nothing", async () => {
  expect(await (await openFolder()).complete("zsh", "attach", "")).toEqual([]);
  expect(await (await openFolder({ CASELINK_LEDGER: "s3://" })).complete("zsh", "attach", "")).toEqual([]);
  const unreachable = { CASELINK_LEDGER: "s3://bucket", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1", AWS_REGION: "x" };
  const keys = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" };
  expect(await (await openFolder({ ...unreachable, ...keys })).complete("zsh", "attach", "")).toEqual([]);
});
