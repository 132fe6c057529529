import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

const LIMIT_MS = 5_000;
/** A server that rejects a client certificate may end the connection only after the handshake. */
const FIRST_WORD_MS = 1_000;
/** The opening of a client of HTTP/2, with empty settings: every server responds with its own. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** How an attempt to connect ended. */
export interface ProbeResult {
  is: "open" | "closed" | "timeout" | "error";
  /** Of an error: a code of the system or of OpenSSL, such as ECONNREFUSED. */
  code?: string;
  /** It was open before it ended. */
  wasOpen: boolean;
}

export interface Place {
  host: string;
  port: number;
}

/** Connects without TLS, sends nothing, and closes. */
export const probeTcp = (place: Place): Promise<ProbeResult> => probe(connectTcp(place), "connect");

/** Connects with TLS as a client of HTTP/2, and closes after the server's first word. */
export const probeTls = (place: Place, options: ConnectionOptions): Promise<ProbeResult> =>
  probe(connectTls({ ...options, ...place, ALPNProtocols: ["h2"] }), "secureConnect", "data");

/** @param word the event by which the server shows that it goes on; without it the connection alone counts */
function probe(socket: Socket, connected: string, word?: string): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  let wasOpen = false;
  const end = (is: ProbeResult["is"], code?: string): void =>
    resolve({ is, wasOpen, ...(code !== undefined && { code }) });
  const timers = [setTimeout(() => end("timeout"), LIMIT_MS)];
  socket.on("error", (error: NodeJS.ErrnoException) => end("error", error.code ?? error.message));
  socket.once("close", () => end("closed"));
  socket.once(connected, () => {
    wasOpen = true;
    if (word === undefined) return end("open");
    socket.write(OPENING);
    timers.push(setTimeout(() => end("open"), FIRST_WORD_MS));
  });
  if (word !== undefined) socket.once(word, () => end("open"));
  return promise.finally(() => {
    for (const timer of timers) clearTimeout(timer);
    socket.destroy();
  });
}
