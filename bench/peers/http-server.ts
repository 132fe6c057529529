// Responds to every request immediately with the same JSON. Prints one line of JSON when it listens.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const BODY = '{"case_relation_list":[{"case_id":"1","simple_description":"a description","user_name":"a user"}]}';
const headers = { "content-type": "application/json", "content-length": BODY.length, "x-request-id": "r-1" };
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, headers).end(BODY);
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: "listening", url: `http://127.0.0.1:${port}` }));
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
