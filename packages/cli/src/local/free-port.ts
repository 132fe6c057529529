import { createServer } from "node:net";

/**
 * Returns a free port of 127.0.0.1: the first free one of `preferred`, else any.
 *
 * get-port is not used because it does not return the same port twice within a short time, and a restarted server needs its
 * former port.
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
