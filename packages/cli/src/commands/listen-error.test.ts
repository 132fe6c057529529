import { createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { listenError } from "./listen-error.ts";

async function failureOf(port: number, host = "127.0.0.1"): Promise<unknown> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    server.close();
    return undefined;
  } catch (error) {
    return listenError(error, port, host);
  }
}

test("a port that is none, a port in use and an address of another machine are mistakes that say what to do", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  for (const [error, text] of [
    [await failureOf(70_000), "70000 is no port; choose a --port from 1 to 65535"],
    [await failureOf(port), `port ${port} is in use`],
    [await failureOf(0, "203.0.113.7"), "203.0.113.7 is no address of this machine"],
    [listenError(Object.assign(new Error("denied"), { code: "EACCES" }), 443, "::1"), "port 443 may not be used"],
  ] as const) {
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(text);
  }
  taken.close();
});

test("another error stays as it is", () => {
  const error = new Error("something else");
  expect(listenError(error, 80, "::1")).toBe(error);
});
