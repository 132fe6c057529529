// The public surface for finding credentials: Node's files and environment, and nothing that carries requests.
export { defaultCredentials, type DefaultCredentialsOptions, type FoundCredentials } from "./default-credentials.ts";
