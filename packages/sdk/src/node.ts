// The public surface for Node alone.
export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./node-transport.ts";
