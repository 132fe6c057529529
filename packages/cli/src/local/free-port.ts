import { createServer } from "node:net";

/**
 * A port of 127.0.0.1 that nobody listens on: the first free one of `preferred`, else any.
 *
 * get-port is not used because it refuses a port it gave out a moment ago, and a restarted server must come back on its
 * own one.
 */
export async function findFreePort(preferred: readonly number[] = []): Promise<number> {
  for (const port of preferred) if (await canListen(port)) return port;
  const port = await canListen(0);
  if (port === undefined) throw new Error("No port of 127.0.0.1 is free.");
  return port;
}

function canListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
