// Usage: <runtime> command-line.mjs ENDPOINT [node-transport]
import { check } from "./smoke.mjs";

const [endpoint, kind] = process.argv.slice(2);
if (kind === undefined) console.log(await check(endpoint));
else {
  const { createNodeTransport } = await import("@caselink/sdk/node");
  const transport = createNodeTransport();
  console.log(await check(endpoint, transport));
  await transport.close();
}
