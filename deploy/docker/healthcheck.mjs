// The health check of the image: ends with 0 if the worker's /live responds with 200, else with 1 and the reason.
const address = process.env["CASELINK_HEALTH_ADDRESS"] ?? "";
const [, host, port] = /^(?:(.+):)?(\d+)$/.exec(address) ?? [];

try {
  if (port === undefined) throw new Error(`CASELINK_HEALTH_ADDRESS is "${address}"; it takes a port or host:port`);
  const isAnyAddress = host === undefined || host === "0.0.0.0";
  const url = `http://${isAnyAddress ? "127.0.0.1" : host}:${port}/live`;
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (response.status !== 200) throw new Error(`${url} responds with ${response.status}`);
} catch (error) {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  console.error(cause instanceof Error ? `${message}: ${cause.message}` : message);
  process.exitCode = 1;
}
