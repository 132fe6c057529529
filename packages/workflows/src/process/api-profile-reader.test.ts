import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger, type Ledger } from "@caselink/ledger";
import { expect, onTestFinished, test } from "vitest";
import { ApiProfileReader } from "./api-profile-reader.ts";

const ENDPOINT = "https://api.example.com";

/** A ledger whose readings of profiles are counted and can fail, and a clock that the test moves. */
async function openReader() {
  const folder = await mkdtemp(join(tmpdir(), "caselink-profile-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const real = openLedger(folder);
  const state = { reads: 0, now: 0, fails: false };
  const ledger: Pick<Ledger, "apiProfile"> = {
    apiProfile: async (endpoint) => {
      state.reads++;
      const profile = await real.apiProfile(endpoint);
      if (state.fails) throw new Error("the storage is away for a moment");
      return profile;
    },
  };
  return { real, state, reader: new ApiProfileReader(ledger, ENDPOINT, () => state.now) };
}

test("chunks that start together know the profile, from one reading, and later ones for 30 s", async () => {
  const { real, state, reader } = await openReader();
  await real.recordApiFacts(ENDPOINT, { symmetric: { value: true, evidence: "seen" } });
  const profiles = await Promise.all([reader.read(), reader.read(), reader.read()]);
  expect(profiles.map((profile) => profile?.facts.symmetric?.value)).toEqual([true, true, true]);
  state.now = 29_999;
  await reader.read();
  expect(state.reads).toBe(1);
  state.now = 30_000;
  await reader.read();
  expect(state.reads).toBe(2);
});

test("a reading that fails counts for the chunks that wait for it, and the next chunk reads again", async () => {
  const { state, reader } = await openReader();
  state.fails = true;
  const ends = await Promise.allSettled([reader.read(), reader.read()]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  state.fails = false;
  expect(await reader.read()).toBeUndefined();
  expect(state.reads).toBe(2);
});
