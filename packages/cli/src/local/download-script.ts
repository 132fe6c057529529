/**
 * The SDK downloads only as a part of starting a server, and this cannot be aborted. Therefore it runs in a process of its
 * own, which prints the size of the folder whenever it grows.
 */
export const DOWNLOAD_SCRIPT = `
const { readdirSync, statSync } = require("node:fs");
const [testing, downloadDir, version] = process.argv.slice(1);
let size = 0;
setInterval(() => {
  const sum = readdirSync(downloadDir).reduce((sum, name) => sum + statSync(downloadDir + "/" + name).size, 0);
  if (sum > size) console.log("received " + (size = sum));
}, 500).unref();
require(testing).TestWorkflowEnvironment.createLocal({
  server: { executable: { type: "cached-download", version, downloadDir } },
}).then(
  async (environment) => { await environment.teardown(); process.exit(0); },
  (error) => { console.error(error.message); process.exit(1); },
);
`;
