import { X509Certificate } from "node:crypto";
import type { ConnectionOptions } from "node:tls";
import { probeTcp, probeTls, type Place, type ProbeResult } from "./probe-tls.ts";
import type { TemporalConfig } from "./temporal-config.ts";

/** Why Temporal cannot be used, for people. Contains no secret. */
export interface TemporalFailure {
  message: string;
  /** How to fix it, in one line. */
  advice: string;
  /** The configuration is wrong, here or at the server: a later try meets the same. */
  isConfiguration: boolean;
}

type Tls = Exclude<TemporalConfig["connectionOptions"]["tls"], boolean | null | undefined>;

const DEFAULT_PORT = 7233;
/** gRPC's codes for rejected credentials and for a missing permission. */
const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;

/** OpenSSL's codes for a certificate of the server whose authority is not trusted. */
const UNTRUSTED =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)|CERT_(?:UNTRUSTED|SIGNATURE_FAILURE|REJECTED)|INVALID_CA)$/;
/** Alerts with which a server ends a connection because of the client's certificate. */
const REJECTED =
  /ALERT_(?:CERTIFICATE_(?:REQUIRED|EXPIRED|REVOKED|UNKNOWN)|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|DECRYPT_ERROR)/;

/** Explains why Temporal cannot be used. Connects to its address once or twice more: gRPC does not say what TLS met. */
export async function explainTemporalFailure(error: unknown, config: TemporalConfig): Promise<TemporalFailure> {
  const { address = "", apiKey, tls } = config.connectionOptions;
  if (isRejection(error)) return rejectedKey(address, apiKey !== undefined);
  const place = placeOf(address);
  if (!place)
    return wrong(
      `"${address}" is not the address of a Temporal cluster`,
      "Set TEMPORAL_ADDRESS to host:port, without https://.",
    );
  const tcp = await probeTcp(place);
  if (tcp.is !== "open") return noConnection(address, tcp);
  const problem = tls ? await explainTls(address, place, tls === true ? {} : tls) : await explainPlain(address, place);
  return problem ?? noTemporal(address, error);
}

/**
 * Connects once with the settings of TLS and returns their problem; undefined if there is none, or if the server cannot be
 * reached now. It responds faster than gRPC, which tries for 10 s before it reports such a problem.
 */
export async function findTlsProblem({ connectionOptions }: TemporalConfig): Promise<TemporalFailure | undefined> {
  const { address = "", tls } = connectionOptions;
  const place = placeOf(address);
  if (!tls || !place) return undefined;
  const problem = await explainTls(address, place, tls === true ? {} : tls);
  return problem?.isConfiguration ? problem : undefined;
}

/** gRPC's code of a failed request of Temporal's client; undefined if the error is another. */
export function grpcCodeOf(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause)
    if ("code" in at && typeof at.code === "number") return at.code;
  return undefined;
}

/** The worker's connection reports gRPC's codes 16 and 7 as these texts. */
const REJECTED_REQUEST = /does not have (?:valid authentication credentials|permission to execute)/;

function isRejection(error: unknown): boolean {
  const code = grpcCodeOf(error);
  if (code !== undefined) return code === UNAUTHENTICATED || code === PERMISSION_DENIED;
  return error instanceof Error && REJECTED_REQUEST.test(error.message);
}

const wrong = (message: string, advice: string): TemporalFailure => ({ message, advice, isConfiguration: true });
const unreachable = (message: string, advice: string): TemporalFailure => ({ message, advice, isConfiguration: false });

function rejectedKey(address: string, hasKey: boolean): TemporalFailure {
  return hasKey
    ? wrong(
        `Temporal at ${address} rejects the API key`,
        "Set TEMPORAL_API_KEY to a key of this cluster that has not expired, and that may use the namespace.",
      )
    : wrong(
        `Temporal at ${address} rejects requests without credentials, or those of the client certificate`,
        "Set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH to a certificate that may use the namespace.",
      );
}

async function explainPlain(address: string, place: Place): Promise<TemporalFailure | undefined> {
  const result = await probeTls(place, { rejectUnauthorized: false });
  const speaksTls = result.is === "open" || result.wasOpen || REJECTED.test(result.code ?? "");
  if (!speaksTls) return undefined;
  return wrong(
    `Temporal at ${address} uses TLS, and TLS is off here`,
    "Set TEMPORAL_TLS to true, so that TLS is used.",
  );
}

async function explainTls(address: string, place: Place, tls: Tls): Promise<TemporalFailure | undefined> {
  const result = await probeTls(place, optionsOf(place, tls));
  if (result.is === "open") return undefined;
  const { code = "" } = result;
  if (result.wasOpen || REJECTED.test(code)) return rejectedCertificate(address, tls, code);
  if (UNTRUSTED.test(code))
    return wrong(
      `the certificate of Temporal at ${address} is not trusted (${code})`,
      "Set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of the authority that issued it.",
    );
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return wrong(
      `the certificate of Temporal at ${address} is not valid now (${code})`,
      "Renew it at the server; check the clock of this machine.",
    );
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return wrong(
      `the certificate of Temporal at ${address} is for another name`,
      "Set TEMPORAL_TLS_SERVER_NAME to the name in the certificate.",
    );
  if (result.is !== "timeout" && (code === "" || /WRONG_VERSION_NUMBER|PACKET_LENGTH|EPROTO|ECONNRESET/.test(code)))
    return wrong(
      `Temporal at ${address} does not use TLS, and TLS is on here`,
      "Set TEMPORAL_TLS to false, or TEMPORAL_ADDRESS to the address with TLS. An API key switches TLS on.",
    );
  return unreachable(
    `Temporal at ${address} cannot be reached with TLS (${code || "no response within 5 s"})`,
    "Check TEMPORAL_ADDRESS and the TEMPORAL_TLS_ variables.",
  );
}

function optionsOf({ host }: Place, tls: Tls): ConnectionOptions {
  const { serverNameOverride, serverRootCACertificate: ca, clientCertPair: pair } = tls;
  return {
    servername: serverNameOverride ?? (/^[\d.]+$|:/.test(host) ? "" : host),
    ...(ca && { ca: Buffer.from(ca) }),
    ...(pair && { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) }),
  };
}

function rejectedCertificate(address: string, { clientCertPair: pair }: Tls, code: string): TemporalFailure {
  const how = code || "it closes the connection";
  if (!pair)
    return wrong(
      `Temporal at ${address} requires a client certificate (${how})`,
      "Set TEMPORAL_TLS_CLIENT_CERT_PATH to a certificate, and TEMPORAL_TLS_CLIENT_KEY_PATH to its key.",
    );
  const { validFromDate, validToDate } = new X509Certificate(Buffer.from(pair.crt));
  const advice =
    "Set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH to a certificate that is valid now.";
  const now = new Date();
  if (now > validToDate)
    return wrong(`the client certificate for Temporal has expired on ${dayOf(validToDate)}`, advice);
  if (now < validFromDate)
    return wrong(`the client certificate for Temporal is not valid before ${dayOf(validFromDate)}`, advice);
  return wrong(
    `Temporal at ${address} rejects the client certificate (${how})`,
    "Set TEMPORAL_TLS_CLIENT_CERT_PATH to a certificate from an authority that the server trusts.",
  );
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

function noConnection(address: string, result: ProbeResult): TemporalFailure {
  return unreachable(
    `Temporal at ${address} cannot be reached (${result.code ?? "no response within 5 s"})`,
    "Check TEMPORAL_ADDRESS or temporal.toml, or unset them to run locally.",
  );
}

function noTemporal(address: string, error: unknown): TemporalFailure {
  return unreachable(
    `something responds at ${address}, but not as Temporal does (${reasonOf(error)})`,
    "Check TEMPORAL_ADDRESS or temporal.toml, or unset them to run locally.",
  );
}

/** The innermost reason: the outer ones only say that a request failed. */
function reasonOf(error: unknown): string {
  let reason = String(error);
  for (let at = error; at instanceof Error; at = at.cause) reason = at.message;
  return reason;
}

function placeOf(address: string): Place | undefined {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:/]+))(?::(?<port>\d{1,5}))?$/.exec(address);
  const host = match?.groups?.["v6"] ?? match?.groups?.["name"];
  return host === undefined ? undefined : { host, port: Number(match?.groups?.["port"] ?? DEFAULT_PORT) };
}
