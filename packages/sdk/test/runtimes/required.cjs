// Usage: node required.cjs ENDPOINT
const { createOsmClient, staticToken } = require("@caselink/sdk");
const { createNodeTransport } = require("@caselink/sdk/node");
const { errorCatalogue } = require("@caselink/sdk/errors");

const transport = createNodeTransport();
const client = createOsmClient({ endpoint: process.argv[2], auth: staticToken("demo-token"), fetch: transport });
void client
  .listAssociations({ ticketId: "R" })
  .then(({ associations }) => console.log(associations.length, errorCatalogue["OSM.01010043"].errorClass))
  .then(() => transport.close());
