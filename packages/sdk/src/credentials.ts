// The public surface for finding credentials: it reads files and the environment, and loads no transport.
export {
  defaultCredentials,
  type CredentialsIdentity,
  type DefaultCredentialsOptions,
  type FoundCredentials,
} from "./default-credentials.ts";
