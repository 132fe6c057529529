import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { loadConfigData, type ClientConfigTLS, type ConfigDataSource } from "@temporalio/envconfig";
import { ConfigError } from "./config.ts";

/**
 * Checks that the certificates and the key for TLS can be read and belong together. It does not check whether they are valid
 * now: only the server knows what it accepts.
 *
 * @throws {ConfigError} names the variable; contains nothing of the key
 */
export function checkTls(tls: ClientConfigTLS | undefined): void {
  if (!tls || tls.disabled === true) return;
  const { serverCACert, clientCert, clientKey } = tls;
  if (serverCACert) readCertificate(serverCACert, "SERVER_CA_CERT");
  if (!clientCert && !clientKey) return;
  // Temporal would use neither.
  if (!clientKey)
    throw new ConfigError(
      "TEMPORAL_TLS_CLIENT_CERT_PATH needs TEMPORAL_TLS_CLIENT_KEY_PATH: set it to the private key",
    );
  if (!clientCert)
    throw new ConfigError(
      "TEMPORAL_TLS_CLIENT_KEY_PATH needs TEMPORAL_TLS_CLIENT_CERT_PATH: set it to the certificate",
    );
  const certificate = readCertificate(clientCert, "CLIENT_CERT");
  const key = readKey(clientKey, "CLIENT_KEY");
  if (!certificate.checkPrivateKey(key))
    throw new ConfigError(
      `the private key ${placeOf(clientKey, "CLIENT_KEY")} does not belong to the certificate ${placeOf(clientCert, "CLIENT_CERT")}: set both to files that were issued together`,
    );
}

function readCertificate(source: ConfigDataSource, name: string): X509Certificate {
  const text = readText(source, name);
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new ConfigError(`${placeOf(source, name)} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`, {
      cause,
    });
  }
}

function readKey(source: ConfigDataSource, name: string): KeyObject {
  const text = readText(source, name);
  try {
    return createPrivateKey(text);
  } catch {
    // Without the cause: an error about a key says as little as possible.
    const place = placeOf(source, name);
    throw new ConfigError(
      text.includes("ENCRYPTED")
        ? `${place} holds a private key with a password, which Temporal cannot use`
        : `${place} holds no private key in PEM (-----BEGIN PRIVATE KEY-----)`,
    );
  }
}

function readText(source: ConfigDataSource, name: string): string {
  try {
    return Buffer.from(loadConfigData(source) ?? []).toString("utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`${placeOf(source, name)} cannot be read (${code ?? String(cause)})`, { cause });
  }
}

/** The path and its variable, or the variable with the content. @param name of the variable, without its beginning and end */
const placeOf = (source: ConfigDataSource, name: string): string =>
  "path" in source ? `${source.path} (TEMPORAL_TLS_${name}_PATH)` : `TEMPORAL_TLS_${name}_DATA`;
