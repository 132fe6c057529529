export { createAuthority, type Authority } from "./certificates.ts";
export { startTlsProxy } from "./start-tls-proxy.ts";
