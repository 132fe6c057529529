// A custom way to sign in: it reads a token that another process stores in the environment.
import { createOsmClient, type Authentication } from "@caselink/sdk";

const fromEnvironment: Authentication = {
  authorize({ headers }) {
    const token = process.env["CASELINK_TOKEN"];
    if (token === undefined) throw new Error("CASELINK_TOKEN is not set.");
    headers.set("X-Auth-Token", token);
  },
};

const client = createOsmClient({
  endpoint: process.env["CASELINK_ENDPOINT"] ?? "https://osm.ap-southeast-3.myhuaweicloud.com",
  auth: fromEnvironment,
});
console.log((await client.listAssociations({ ticketId: "case-123" })).associations);
