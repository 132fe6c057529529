import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { runCommandLine } from "./program.ts";

async function openFolder() {
  const cwd = await mkdtemp(join(tmpdir(), "caselink-program-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  return {
    cwd,
    run: async (...args: string[]) => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const env = { CASELINK_HOME: "home" };
      const stdin = Readable.from([]);
      const status = await runCommandLine(args, {
        env,
        cwd,
        stdin,
        stdout,
        stderr,
        mainFile: "",
        notifyStarted: () => undefined,
      });
      return { status, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
    },
  };
}

test("the folder of the host is where relative paths of the command line start", async () => {
  const { cwd, run } = await openFolder();
  await writeFile(join(cwd, "in.csv"), "case_id,related_id,group_id\nT1,R1,g\nT1,T1,g\n");
  const { status, stdout, stderr } = await run("plan", "in.csv");
  expect(status).toBe(2);
  expect(stdout).toContain("Plan for in.csv");
  expect(stderr).toContain("caselink run in.rejects.csv");
  expect(await readFile(join(cwd, "in.rejects.csv"), "utf8")).toContain("T1,T1,g");
  expect((await run("list")).stdout).toContain(join(cwd, "home", "ledger"));
});

test("an error is printed to the standard error of the host, with its exit status", async () => {
  const { run } = await openFolder();
  expect(await run("plan", "no.csv")).toEqual({
    status: 2,
    stdout: "",
    stderr: "caselink: no such file: no.csv.\n",
  });
  expect(await run("plna")).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("plan") });
});

test("without arguments, the help is an error in the usage", async () => {
  const { status, stdout, stderr } = await (await openFolder()).run();
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^Usage: caselink/);
});

test("a mistyped command or option of any command is an error in the usage, with the nearest name", async () => {
  const { run } = await openFolder();
  const commands = (await run("complete", "fish", "--", "")).stdout.split("\n").slice(1, -1);
  expect(commands.length).toBeGreaterThan(15);
  for (const line of commands) {
    const command = line.split("\t")[0] ?? "";
    const mistyped = `${command.slice(0, -2)}${command.at(-1)}${command.at(-2)}`;
    const unknown = await run(mistyped, "x");
    expect(unknown).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining(`Did you mean ${command}?`),
    });
    expect(unknown.stderr).toMatch(`caselink: unknown command '${mistyped}'`);
    const option = ["completion", "help"].includes(command) ? "--help" : "--quiet";
    const other = await run(command, `${option.slice(0, -1)}o`);
    expect(other).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(`Did you mean ${option}?`) });
    for (const { stderr } of [unknown, other]) expect(stderr).not.toMatch(/^ {4}at /m);
  }
});
