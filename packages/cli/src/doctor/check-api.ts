import { lookup } from "node:dns/promises";
import { createNodeTransport } from "@caselink/sdk/node";
import { english } from "../language/words.ts";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";

const LIMIT_MS = 10_000;

export interface Reached {
  findings: Finding[];
  /** The API's clock minus this machine's, in milliseconds; undefined if no response carried a time. */
  skewMs?: number;
  isReached: boolean;
}

/** Checks with one request without credentials whether anything responds at an address; any response will do. */
export async function checkReachable(endpoint: string): Promise<Reached> {
  const url = new URL(endpoint);
  const transport = createNodeTransport({ connections: 1, connectTimeoutMs: LIMIT_MS });
  const startedAt = Date.now();
  try {
    const response = await transport(`${url.origin}${url.pathname}`, {
      method: "GET",
      headers: {},
      body: null,
      redirect: "manual",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const tookMs = Date.now() - startedAt;
    const findings = [ok("api", english`${endpoint} responds (HTTP ${response.status}, ${tookMs} ms)`)];
    if (url.protocol === "http:" && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
      const message = `${url.host} is called without encryption: others on the network can read the credentials`;
      findings.push(warning("api", message, "Set CASELINK_ENDPOINT to its https address."));
    }
    // A cache answers with the time at which it got the response.
    const isCached = Number(response.headers.get("age")) > 0;
    const serverTimeMs = isCached ? Number.NaN : Date.parse(response.headers.get("date") ?? "");
    // The header has whole seconds, and was written at an unknown moment between request and response.
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
  const { origin, hostname } = url;
  const address = await lookup(hostname).catch(() => undefined);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || !address) {
    const message = `${origin} cannot be reached: the name ${hostname} has no address`;
    return failed(
      "api",
      message,
      "Check CASELINK_ENDPOINT or CASELINK_SITE, the network, and HTTPS_PROXY if a proxy is needed.",
    );
  }
  if (code && /CERT|SIGNATURE|SELF_SIGNED|ISSUER|TLS|SSL|EPROTO/.test(code)) {
    const advice = "If a company proxy has its own certificate, name the certificate in NODE_EXTRA_CA_CERTS.";
    return failed("api", `${origin} cannot be reached: its certificate is not trusted (${code})`, advice);
  }
  if (code === "ECONNREFUSED") {
    const message = `${origin} cannot be reached: nothing listens at ${address.address}`;
    return failed("api", message, "Check the port of CASELINK_ENDPOINT.");
  }
  const reason = code ?? messageOf(error);
  return failed(
    "api",
    `${origin} cannot be reached (${reason})`,
    "Check the network, the firewall, and HTTPS_PROXY if a proxy is needed.",
  );
}

/** The system's error code of an error or of its causes. */
function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

/** The API rejects a signature whose date differs from its clock by this much. Source: "the server refuses what is dated 15 minutes off". */
const REJECTED_SKEW_MS = 15 * 60_000;
const UNNOTICED_SKEW_MS = 30_000;

/** @param skewMs the API's clock minus this machine's */
export function checkClock(skewMs: number | undefined, isSigning: boolean): Finding {
  if (skewMs === undefined)
    return warning("clock", "the API does not report its time", "Compare this machine's clock yourself.");
  const off = Math.abs(skewMs);
  if (off <= UNNOTICED_SKEW_MS) return ok("clock", "within half a minute of the API's clock");
  const seconds = Math.round(off / 1000);
  const message =
    skewMs > 0 ? `this machine is ${seconds} s behind the API` : `this machine is ${seconds} s ahead of the API`;
  const advice = "Set the clock (NTP).";
  if (off < REJECTED_SKEW_MS || !isSigning) return warning("clock", message, advice);
  const rejected = `${message}: signatures are rejected at 15 minutes; caselink uses the API's clock from its first response on`;
  return warning("clock", rejected, advice);
}
