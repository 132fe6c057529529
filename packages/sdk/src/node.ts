// The public surface for Node alone.
export { defaultCredentials, type DefaultCredentialsOptions, type FoundCredentials } from "./default-credentials.ts";
export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./node-transport.ts";
