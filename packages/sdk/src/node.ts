// The public surface for Node only.
export * from "./credentials.ts";
export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./node-transport.ts";
