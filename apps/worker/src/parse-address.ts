import { ConfigError } from "./config.ts";

/** Splits `host:port`; a port alone means all addresses. @throws {ConfigError} */
export function parseAddress(name: string, address: string): { host: string; port: number } {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(address);
  if (!match) throw new ConfigError(`${name} is "${address}"; it takes a port or host:port`);
  return { host: match[1] ?? "0.0.0.0", port: Number(match[2]) };
}
