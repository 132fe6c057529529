import { expect, test } from "vitest";
import { ApiHealth, type Sign } from "./api-health.ts";

function openHealth() {
  let time = 0;
  const health = new ApiHealth(() => time);
  /** Sends where that is allowed; says whether it was. */
  const send = (sign: Sign): boolean => {
    const note = health.admit();
    note?.(sign);
    return note !== undefined;
  };
  return { health, send, pass: (milliseconds: number) => (time += milliseconds) };
}

test("one failure in three, for ever, is no outage", () => {
  const { health, send } = openHealth();
  for (let i = 0; i < 1_000; i++) expect(send(i % 3 === 0 ? "failure" : "answer")).toBe(true);
  expect(health.isDown).toBe(false);
});

test("in an outage only a probe at a time is sent, more and more seldom", () => {
  const { send, pass } = openHealth();
  for (let i = 0; i < 20; i++) send("answer");
  let sent = 0;
  for (let milliseconds = 0; milliseconds < 25_000; milliseconds += 5) {
    for (let caller = 0; caller < 256; caller++) if (send("failure")) sent++;
    pass(5);
  }
  expect(sent).toBeGreaterThanOrEqual(16);
  expect(sent).toBeLessThan(30);
});

test("while a probe is under way nobody else sends, and its success ends the outage", () => {
  const { health, send, pass } = openHealth();
  for (let i = 0; i < 16; i++) send("failure");
  pass(1_000);
  const probe = health.admit();
  expect([probe === undefined, health.admit()]).toEqual([false, undefined]);
  probe?.("answer");
  expect([health.isDown, send("answer"), send("failure")]).toEqual([false, true, true]);
});

test("answers to requests from before the outage was noticed do not end it", () => {
  const { health, send } = openHealth();
  const early = health.admit();
  for (let i = 0; i < 16; i++) send("failure");
  early?.("answer");
  expect(health.isDown).toBe(true);
});

test("without an answer no more than 24 requests are under way; the first answer lets the others go on", async () => {
  const { health } = openHealth();
  const notes: ((sign: Sign) => void)[] = [];
  const send = async (): Promise<void> => {
    for (let pause = health.pause(10_000); pause; pause = health.pause(10_000)) await pause;
    const note = health.admit();
    if (note) notes.push(note);
  };
  const sending = Array.from({ length: 60 }, send);
  expect(notes).toHaveLength(24);
  notes[0]?.("answer");
  await Promise.all(sending.slice(0, 48));
  expect(notes).toHaveLength(48);
  // Those that were given up are none of it, and those that fail become an outage that nobody waits for.
  for (const note of notes.slice(24, 36)) note("none");
  await Promise.all(sending);
  expect(notes).toHaveLength(60);
  for (const note of notes.slice(36, 52)) note("failure");
  expect([health.isDown, health.pause(10_000)]).toEqual([true, undefined]);
});

test("who waits in vain for an answer is told so", async () => {
  const { health } = openHealth();
  for (let i = 0; i < 24; i++) health.admit();
  expect(await health.pause(1)).toBe(false);
});
