import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a wait for a time that has passed, or for months, prints no warning and ends on an abort", () => {
  const script = `
    import { sleep } from ${JSON.stringify(new URL("./sleep.ts", import.meta.url).href)};
    await sleep(-5);
    const stop = new AbortController();
    const long = sleep(2 ** 40, stop.signal);
    const first = await Promise.race([long.then(() => "long"), sleep(20).then(() => "short")]);
    stop.abort();
    await long;
    console.log(first);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect([stderr, stdout]).toEqual(["", "short\n"]);
});
