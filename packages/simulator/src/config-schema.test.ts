import { expect, test } from "vitest";
import { parseConfig, parseConfigChange, parseScriptedFault, SimulatorConfigError } from "./config-schema.ts";
import { DEFAULT_CONFIG, mergeConfig, type SimulatorConfig } from "./config.ts";

test("the schema accepts the defaults and every setting", () => {
  expect(parseConfig(DEFAULT_CONFIG)).toBe(DEFAULT_CONFIG);
  const full = {
    faults: { create: { lostResponse: 0.5, hang: 0.5 }, token: { http500: 0.1 } },
    rateLimit: { perSecond: 10, hint: "message" },
    outage: { afterRequests: 5, forMs: 1_000, kind: "reset" },
    unknownTickets: "^NOPE",
    forbiddenTickets: ["T1"],
  } satisfies SimulatorConfig;
  expect(parseConfig(full)).toBe(full);
});

test.for([
  [{ latencyMS: 1 }, /latencyMS is not a setting \(known here: port, host, seed, .*journalLimit\)/u],
  [{ latencyMs: "5" }, /latencyMs must be number/u],
  [{ latencyMs: -1 }, /latencyMs must be >= 0/u],
  [{ port: 70_000 }, /port must be <= 65535/u],
  [{ semantics: "ad" }, /semantics must be one of "add", "replace"/u],
  [{ faults: { post: {} } }, /faults\.post is not a setting \(known here: create, list, delete, token\)/u],
  [{ faults: { create: { lost: 0.1 } } }, /faults\.create\.lost is not a setting \(known here: resetBefore, /u],
  [{ faults: { create: { hang: 2 } } }, /faults\.create\.hang must be <= 1/u],
  [{ faults: { create: { hang: 0.6, slow: 0.6 } } }, /faults\.create has probabilities that add up to more than 1/u],
  [{ faults: { token: { operationFailed: 0.1 } } }, /faults\.token\.operationFailed is not a setting/u],
  [{ rateLimit: {} }, /: rateLimit needs perSecond, or requests and window$/u],
  [{ rateLimit: { requests: 5 } }, /: rateLimit needs perSecond, or requests and window$/u],
  [{ rateLimit: { requests: 5, window: "soon" } }, /rateLimit\.window must match pattern/u],
  [{ rateLimit: { perSecond: 5, each: ["ticket"] } }, /rateLimit\.each\.0 must be one of/u],
  [{ rateLimit: { perSecond: 0 } }, /rateLimit\.perSecond must be >= 1/u],
  [{ outage: { afterRequests: 1, forMs: 1 } }, /outage needs kind/u],
  [{ keyLock: { afterRejections: 0, forMs: 1 } }, /keyLock\.afterRejections must be >= 1/u],
  [{ unknownTickets: "(" }, /unknownTickets must be a regular expression's source or a list of tickets/u],
  [{ tickets: { T1: ["A", "A"] } }, /tickets\.T1 must NOT have duplicate items/u],
  [{ users: [{ name: "n", domain: "d" }] }, /users\.0 needs password/u],
  [[], /it must be object/u],
] as const)("%j is rejected with a message that names the invalid setting", ([value, message]) => {
  expect(() => parseConfig(value, "demo.json")).toThrow(message);
  expect(() => parseConfig(value, "demo.json")).toThrow(/^demo\.json: /u);
  expect(() => parseConfig(value)).toThrow(SimulatorConfigError);
});

test("a configuration error names every invalid setting and no secret", () => {
  const message = messageOf(() =>
    parseConfig({ colour: 1, latencyMs: "x", keys: [{ accessKey: "AK", secretKey: 42 }] }),
  );
  expect(message).toContain("colour");
  expect(message).toContain("latencyMs");
  expect(message).toContain("keys.0.secretKey must be string");
  expect(message).not.toContain("42");
});

test("a setting that is fixed at start cannot be changed later", () => {
  expect(parseConfigChange({ latencyMs: 5 })).toEqual({ latencyMs: 5 });
  expect(messageOf(() => parseConfigChange({ host: "::1", journalLimit: 5 }))).toBe(
    "simulator configuration: host, journalLimit cannot be changed while the simulator runs",
  );
});

test("a scripted fault is checked", () => {
  expect(parseScriptedFault({ operation: "create", fault: "hang", ticket: "T1", times: 2 })).toEqual({
    operation: "create",
    fault: "hang",
    ticket: "T1",
    times: 2,
  });
  expect(messageOf(() => parseScriptedFault({ operation: "create", fault: "lost" }))).toMatch(/fault must be one of/u);
  expect(messageOf(() => parseScriptedFault({ operation: "create", fault: "hang", times: 0 }))).toMatch(
    /times must be/u,
  );
  expect(messageOf(() => parseScriptedFault({ operation: "token", fault: "operationFailed" }))).toMatch(
    /fault must be/u,
  );
});

test("merging replaces whole settings, but fault rates operation by operation", () => {
  const base = mergeConfig(DEFAULT_CONFIG, {
    faults: { create: { hang: 1 }, list: { slow: 1 } },
    rateLimit: { perSecond: 5 },
  });
  const merged = mergeConfig(base, { faults: { create: { http500: 1 } }, latencyMs: 3, rateLimit: null });
  expect(merged.faults).toEqual({ create: { http500: 1 }, list: { slow: 1 } });
  expect([merged.latencyMs, merged.rateLimit, merged.users]).toEqual([3, null, DEFAULT_CONFIG.users]);
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "no error";
}
