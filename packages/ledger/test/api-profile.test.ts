import { mkdir, readdir, readFile, rename, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openLedger, type ApiObservations, type ApiProfile } from "../src/index.ts";
import { inEachStore } from "./stores.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const ENDPOINT = "https://osm.example.com";
const SYMMETRIC = { symmetric: { value: true, evidence: "after creating T1 -> T2, the list of T2 had T1" } };

inEachStore((fixture) => {
  const folderOf = (location: string) => join(fixture.filesOf(location), "apis");
  const profileFile = async (location: string) => {
    const [folder = ""] = await readdir(folderOf(location));
    const versions = await readdir(join(folderOf(location), folder));
    return join(folderOf(location), folder, versions.sort().at(-1) ?? "");
  };

  test("an endpoint has no profile before a fact was observed, and other processes read what one recorded", async () => {
    const location = fixture.next();
    expect(await openLedger(location).apiProfile(ENDPOINT)).toBeUndefined();
    expect(await openLedger(location).hasApiProfiles()).toBe(false);
    const recorded = await openLedger(location).recordApiFacts(ENDPOINT, SYMMETRIC);
    expect(recorded).toMatchObject({ version: 1, endpoint: ENDPOINT, facts: SYMMETRIC });
    expect(recorded.facts.symmetric?.observed_at).toBe(recorded.updated_at);
    expect(await openLedger(location).apiProfile(ENDPOINT)).toEqual(recorded);
    expect(await openLedger(location).hasApiProfiles()).toBe(true);
  });

  test("facts are merged one by one, a later observation replaces an earlier one, and the longest lag stays", async () => {
    const ledger = openLedger(fixture.next());
    const rejected = { rejected_call: { value: "partial" as const, evidence: "first" } };
    await ledger.recordApiFacts(ENDPOINT, { ...SYMMETRIC, read_lag_ms: { value: 900, evidence: "slow" } });
    await ledger.recordApiFacts(ENDPOINT, { ...rejected, read_lag_ms: { value: 20, evidence: "fast" } });
    const { facts } = await ledger.recordApiFacts(ENDPOINT, {
      symmetric: { value: false, evidence: "the list of T2 was empty" },
      repeated_create: undefined,
    });
    expect(facts).toMatchObject({
      ...rejected,
      symmetric: { value: false, evidence: "the list of T2 was empty" },
      read_lag_ms: { value: 900, evidence: "slow" },
    });
    expect(facts).not.toHaveProperty("repeated_create");
    const { facts: later } = await ledger.recordApiFacts(ENDPOINT, {
      read_lag_ms: { value: 901, evidence: "slower" },
    });
    expect(later.read_lag_ms).toMatchObject({ value: 901, evidence: "slower" });
  });

  test("no fact is lost if several parts of a process record theirs at the same time", async () => {
    const ledger = openLedger(fixture.next());
    await Promise.all([
      ledger.recordApiFacts(ENDPOINT, SYMMETRIC),
      ledger.recordApiFacts(ENDPOINT, { repeated_create: { value: "success", evidence: "e" } }),
      ledger.recordApiFacts(ENDPOINT, { rejected_call: { value: "all-or-nothing", evidence: "e" } }),
      ledger.recordApiFacts(ENDPOINT, { read_lag_ms: { value: 0, evidence: "e" } }),
    ]);
    const profile = await ledger.apiProfile(ENDPOINT);
    expect(Object.keys(profile?.facts ?? {})).toHaveLength(4);
  });

  test("no fact is lost if several processes record theirs at the same time", async () => {
    const location = fixture.next();
    const record = (facts: ApiObservations) => openLedger(location).recordApiFacts(ENDPOINT, facts);
    await Promise.all([
      record(SYMMETRIC),
      record({ repeated_create: { value: "success", evidence: "e" } }),
      record({ rejected_call: { value: "all-or-nothing", evidence: "e" } }),
      ...[300, 200, 900, 100].map((value) => record({ read_lag_ms: { value, evidence: "e" } })),
    ]);
    const profile = await openLedger(location).apiProfile(ENDPOINT);
    expect(Object.keys(profile?.facts ?? {})).toHaveLength(4);
    expect(profile?.facts.read_lag_ms?.value).toBe(900);
  });

  test("the profile of an earlier version of caselink, a file without a version, is read and continued", async () => {
    const location = fixture.next();
    await openLedger(location).recordApiFacts(ENDPOINT, SYMMETRIC);
    const file = await profileFile(location);
    await rename(file, `${dirname(file)}.json`);
    await rmdir(dirname(file));
    const { facts } = await openLedger(location).recordApiFacts(ENDPOINT, { read_lag_ms: { value: 1, evidence: "e" } });
    expect(facts).toMatchObject({ ...SYMMETRIC, read_lag_ms: { value: 1 } });
    expect((await openLedger(location).apiProfile(ENDPOINT))?.facts).toEqual(facts);
  });

  test("each endpoint has its own profile, whatever its scheme and slashes", async () => {
    const ledger = openLedger(fixture.next());
    const long = `https://osm.example.com/${"a".repeat(600)}`;
    const others = ["https://osm.example.com:8443", "https://osm.example.com/b", "https://osm.example.com/b_", long];
    await ledger.recordApiFacts(ENDPOINT, SYMMETRIC);
    for (const other of others) {
      expect(await ledger.apiProfile(other)).toBeUndefined();
      await ledger.recordApiFacts(other, { symmetric: { value: false, evidence: other } });
    }
    expect((await ledger.apiProfile("http://osm.example.com/"))?.facts).toMatchObject(SYMMETRIC);
    for (const other of others) expect((await ledger.apiProfile(other))?.facts.symmetric?.evidence).toBe(other);
  });

  test("a damaged or newer profile is an error that names file, problem and fix, and is not overwritten", async () => {
    const location = fixture.next();
    const ledger = openLedger(location);
    const profile = await ledger.recordApiFacts(ENDPOINT, SYMMETRIC);
    const file = await profileFile(location);
    const withFact = (facts: object): string => JSON.stringify({ ...profile, facts });
    const cases: [string, RegExp][] = [
      [JSON.stringify(profile).slice(0, 40), /is not JSON/],
      ["[]", /not the profile of an API/],
      [JSON.stringify({ ...profile, version: 2 }), /version 2: a newer caselink wrote it/],
      [JSON.stringify({ ...profile, endpoint: undefined }), /endpoint is missing/],
      [JSON.stringify({ ...profile, updated_at: 1 }), /date is missing/],
      [withFact([]), /facts are missing/],
      [withFact({ symmetric: { ...SYMMETRIC.symmetric, observed_at: "now", value: "true" } }), /fact symmetric/],
      [withFact({ symmetric: { value: true } }), /fact symmetric/],
      [withFact({ repeated_create: { value: "", evidence: "e", observed_at: "now" } }), /fact repeated_create/],
      [withFact({ rejected_call: { value: "some", evidence: "e", observed_at: "now" } }), /fact rejected_call/],
      [withFact({ read_lag_ms: { value: -1, evidence: "e", observed_at: "now" } }), /fact read_lag_ms/],
    ];
    for (const [text, problem] of cases) {
      await writeFile(file, text);
      for (const use of [
        () => openLedger(location).apiProfile(ENDPOINT),
        () => openLedger(location).recordApiFacts(ENDPOINT, SYMMETRIC),
      ]) {
        const error = await use().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: "corrupt" });
        expect(String(error)).toMatch(problem);
        expect(String(error)).toMatch(/osm\.example\.com-[0-9a-f]{8}\/\d{10}\.json .*delete the file/is);
      }
      expect(await readFile(file, "utf8")).toBe(text);
    }
  });

  test("a fact that only a newer caselink knows stays in the file", async () => {
    const location = fixture.next();
    const profile = await openLedger(location).recordApiFacts(ENDPOINT, SYMMETRIC);
    const file = await profileFile(location);
    await writeFile(file, JSON.stringify({ ...profile, facts: { ...profile.facts, limit: { value: 5 } } }));
    await openLedger(location).recordApiFacts(ENDPOINT, { read_lag_ms: { value: 1, evidence: "e" } });
    const { facts } = JSON.parse(await readFile(await profileFile(location), "utf8")) as ApiProfile;
    expect(facts).toMatchObject({ limit: { value: 5 }, ...SYMMETRIC, read_lag_ms: { value: 1 } });
  });

  test("listing, planning, forgetting and checking batches leave the profile alone", async () => {
    await using temporary = await createTemporaryLedger();
    const location = fixture.next();
    const ledger = openLedger(location);
    await ledger.recordApiFacts(ENDPOINT, SYMMETRIC);
    const rows = [{ case_id: "T1", related_id: "T2", group_id: "g" }];
    const { id } = await (await ledger.plan({ inputs: [{ rows }], endpoint: ENDPOINT })).commit();
    expect((await ledger.batches()).map((batch) => batch.id)).toEqual([id]);
    await ledger.finish(id, { state: "cancelled", started_at: "a", finished_at: "b" });
    const report = temporary.path("report.csv");
    await ledger.report(id, { format: "csv", out: report });
    expect(await ledger.compareFiles(id, report)).toMatchObject({ differences: [] });
    expect(await ledger.forget(id)).toBe(true);
    expect(await ledger.batches()).toEqual([]);
    expect((await ledger.apiProfile(ENDPOINT))?.facts).toMatchObject(SYMMETRIC);
  });
});

test("the HTML report shows one line for each fact with its evidence, and none if the profile is damaged", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, path } = temporary;
  const { id } = await (await temporary.plan({ "in.csv": "case_id,related_id,group_id\nT1,T2,g\n" })).commit();
  const endpoint = "https://api.example.com";
  const page = async () => {
    await ledger.report(id, { format: "html", out: path("report.html") });
    return (await readFile(path("report.html"), "utf8")).replaceAll(/\d{4}-\d\d-\d\d/g, "DAY");
  };
  expect(await page()).not.toContain("Observed at");
  await ledger.recordApiFacts(endpoint, {
    symmetric: { value: false, evidence: "the list of <T2> was empty" },
    repeated_create: { value: "OSM.01010045", evidence: "created twice" },
    rejected_call: { value: "all-or-nothing", evidence: "rejected" },
    read_lag_ms: { value: 1500, evidence: "waited" },
  });
  const lines = [...(await page()).matchAll(/<p>([^<]* \(DAY\): [^<]*)<\/p>/g)].map(([, text]) => text);
  expect(lines).toEqual([
    "An association counts on its own ticket, not on the related one (DAY): the list of &#60;T2&#62; was empty.",
    "A repeated create gets OSM.01010045 (DAY): created twice.",
    "A rejected call with several ids creates none of them (DAY): rejected.",
    "A write shows in reads after up to 1,500 ms (DAY): waited.",
  ]);
  const [name = ""] = await readdir(join(ledger.location, "apis"));
  await writeFile(join(ledger.location, "apis", name, "0000000001.json"), "{");
  expect(await page()).not.toContain("Observed at");
});

test("an endpoint that is no address is rejected", async () => {
  await using temporary = await createTemporaryLedger();
  await expect(temporary.ledger.apiProfile("osm")).rejects.toThrow(expect.objectContaining({ code: "bad-option" }));
});

test("a profile is one file, also after several changes, and files that a crash left are not read", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await ledger.recordApiFacts(ENDPOINT, SYMMETRIC);
  await ledger.recordApiFacts(ENDPOINT, { read_lag_ms: { value: 1, evidence: "e" } });
  const profiles = join(ledger.location, "apis");
  const [name = "", ...others] = await readdir(profiles);
  const folder = join(profiles, name);
  expect([others, await readdir(folder)]).toEqual([[], ["0000000002.json"]]);
  await mkdir(join(profiles, "tmp"));
  await writeFile(join(folder, ".0000000003.json.0123456789ab.tmp"), "{");
  expect((await ledger.apiProfile(ENDPOINT))?.facts).toMatchObject(SYMMETRIC);
});
