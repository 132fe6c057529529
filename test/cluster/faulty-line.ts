import { once } from "node:events";
import { createServer, connect, type Socket } from "node:net";

/** A TCP line to a port of this machine that can be cut and slowed down. */
export interface FaultyLine extends AsyncDisposable {
  readonly port: number;
  /** Nothing passes, and no connection is refused: both ends wait, as with a network that loses every packet. */
  cut(): void;
  /** Every piece of data takes this much longer, in milliseconds. */
  slowDown(milliseconds: number): void;
  /** Data passes again, and without delay. What waited in a cut line is lost with its connection. */
  repair(): void;
}

export async function openFaultyLine(toPort: number): Promise<FaultyLine> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  let delayMs = 0;

  const pass = (from: Socket, to: Socket): void => {
    from.on("data", (data) => {
      if (isCut) return;
      if (delayMs === 0) to.write(data);
      else setTimeout(() => to.write(data), delayMs);
    });
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  };
  const server = createServer((client) => {
    const target = connect({ host: "127.0.0.1", port: toPort });
    const pair = [client, target] as const;
    pairs.add(pair);
    client.once("close", () => pairs.delete(pair));
    pass(client, target);
    pass(target, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the line has no port");

  const drop = (): void => {
    for (const [client, target] of pairs) {
      client.destroy();
      target.destroy();
    }
  };
  return {
    port: address.port,
    cut: () => void (isCut = true),
    slowDown: (milliseconds) => void (delayMs = milliseconds),
    repair() {
      if (isCut) drop();
      isCut = false;
      delayMs = 0;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      drop();
      await once(server, "close");
    },
  };
}
