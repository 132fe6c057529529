import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The fault that the server injects into every request of a cell. */
export interface Fault {
  readonly name: string;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** The vendor's code in the body. */
  readonly code?: string;
  /** Ends the request without a response. */
  readonly ending?: "reset" | "hang";
  /** If true, the server executes the write before the fault. */
  readonly isWritten?: boolean;
}

export interface Cell {
  /** Arrival times of the requests in milliseconds. */
  readonly arrivals: number[];
  /** The number of executed writes. */
  writes: number;
}

/** Starts a server on which each cell of the table has its own base path and therefore its own record of requests. */
export async function startFaultServer() {
  const cells = new Map<string, Cell & { readonly fault: Fault }>();
  const server = createServer((request, response) => {
    request.resume().on("end", () => respond(request, response));
    request.on("error", () => undefined);
  });

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const cell = cells.get(/^\/(\d+)\//.exec(request.url ?? "")?.[1] ?? "");
    if (cell === undefined) {
      response.writeHead(421).end();
      return;
    }
    cell.arrivals.push(performance.now());
    const { fault } = cell;
    if (request.method !== "GET" && fault.isWritten) cell.writes += 1;
    if (fault.ending === "reset") request.socket.resetAndDestroy();
    if (fault.ending !== undefined) return;
    const body = fault.code === undefined ? {} : { error_code: fault.code, error_msg: "rejected" };
    response
      .writeHead(fault.status ?? 200, { "content-type": "application/json", "x-request-id": "r", ...fault.headers })
      .end(JSON.stringify(body));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    open(fault: Fault): Cell & { readonly url: string } {
      const name = String(cells.size + 1);
      const cell = { fault, arrivals: [], writes: 0, url: `http://127.0.0.1:${port}/${name}` };
      cells.set(name, cell);
      return cell;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
