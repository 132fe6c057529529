import { lookup } from "node:dns/promises";
import { createNodeTransport } from "@caselink/sdk/node";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";

const LIMIT_MS = 10_000;

export interface Reached {
  findings: Finding[];
  /** The server's clock minus ours, in milliseconds; undefined where it was not told. */
  skewMs?: number;
  isReached: boolean;
}

/** Whether something answers at an address: one request without credentials. What it says does not matter. */
export async function reach(endpoint: string): Promise<Reached> {
  const url = new URL(endpoint);
  const transport = createNodeTransport({ connections: 1, connectTimeoutMs: LIMIT_MS });
  const startedAt = Date.now();
  try {
    const answer = await transport(`${url.origin}${url.pathname}`, {
      method: "GET",
      headers: {},
      body: null,
      redirect: "manual",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const tookMs = Date.now() - startedAt;
    const findings = [ok("api", `${endpoint} answers (HTTP ${answer.status}, ${tookMs} ms)`)];
    if (url.protocol === "http:" && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
      const message = `${url.host} is called without encryption: who listens on the way can read the credentials`;
      findings.push(warning("api", message, "Set CASELINK_ENDPOINT to its https address."));
    }
    const serverTimeMs = Date.parse(answer.headers.get("date") ?? "");
    // The header counts whole seconds, and was written somewhere on the answer's way.
    const skewMs = serverTimeMs + 500 - (startedAt + tookMs / 2);
    return { findings, isReached: true, ...(Number.isFinite(skewMs) && { skewMs }) };
  } catch (error) {
    return { findings: [await unreachable(url, error)], isReached: false };
  } finally {
    await transport.close();
  }
}

async function unreachable(url: URL, error: unknown): Promise<Finding> {
  const code = codeOf(error);
  const where = `${url.origin} cannot be reached`;
  const address = await lookup(url.hostname).catch(() => undefined);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || !address) {
    const message = `${where}: the name ${url.hostname} has no address`;
    return failed(
      "api",
      message,
      "Check CASELINK_ENDPOINT or CASELINK_SITE, the network, and HTTPS_PROXY where one is needed.",
    );
  }
  if (code && /CERT|SIGNATURE|SELF_SIGNED|ISSUER|TLS|SSL|EPROTO/.test(code)) {
    const advice = "Where a company's proxy has a certificate of its own, name it in NODE_EXTRA_CA_CERTS.";
    return failed("api", `${where}: its certificate is not trusted (${code})`, advice);
  }
  if (code === "ECONNREFUSED") {
    return failed("api", `${where}: nobody listens at ${address.address}`, "Check the port of CASELINK_ENDPOINT.");
  }
  const reason = code ?? messageOf(error);
  return failed("api", `${where} (${reason})`, "Check the network, a firewall, and HTTPS_PROXY where one is needed.");
}

/** The system's code in an error or what caused it. */
function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

/** Where nothing is said, ours is taken for right. Source: "the server refuses what is dated 15 minutes off". */
const REFUSED_SKEW_MS = 15 * 60_000;
const UNNOTICED_SKEW_MS = 30_000;

/** @param skewMs the server's clock minus ours */
export function judgeClock(skewMs: number | undefined, isSigning: boolean): Finding {
  if (skewMs === undefined) return warning("clock", "the API does not tell its time", "Compare the clock yourself.");
  const off = Math.abs(skewMs);
  if (off <= UNNOTICED_SKEW_MS) return ok("clock", "agrees with the API's to within half a minute");
  const direction = skewMs > 0 ? "behind" : "ahead of";
  const message = `this machine is ${Math.round(off / 1000)} s ${direction} the API`;
  const advice = "Set the clock (NTP).";
  if (off < REFUSED_SKEW_MS || !isSigning) return warning("clock", message, advice);
  const more = "signatures are refused at 15 minutes; caselink goes by the API's clock from its first answer on";
  return warning("clock", `${message}: ${more}`, advice);
}
