// Everything here is public API. Named exports only; removing one is a major change. Runs in any runtime with fetch.
export { isOsmError, type AnyOsmError } from "./any-osm-error.ts";
export { ApiError, isApiError, type ApiErrorFacts } from "./api-error.ts";
export { ArgumentError, isArgumentError } from "./argument-error.ts";
export type {
  Association,
  AssociationRemoval,
  AssociationRemovals,
  AssociationsRequest,
  RemovalResult,
} from "./association-requests.ts";
export {
  staticToken,
  type Authentication,
  type AuthenticationRequest,
  type AuthorizeOptions,
  type RequestHeaders,
} from "./authentication.ts";
export { combineHooks } from "./combine-hooks.ts";
export {
  ConnectionError,
  isConnectionError,
  type ConnectionErrorFacts,
  type ConnectionErrorKind,
} from "./connection-error.ts";
export { ensureAssociations, type EnsuredAssociations, type EnsureOptions } from "./ensure-associations.ts";
export type { SequenceOptions } from "./call-sequence.ts";
export type { ErrorClass, Execution } from "./failure.ts";
export type { AttemptReport, Hooks } from "./hooks.ts";
export { logHooks, type LogEntry, type Logger, type LogOptions, type ObjectFirstLogger } from "./log-hooks.ts";
export { iamPassword, type IamPasswordOptions } from "./iam-password.ts";
export { ASSOCIATIONS_PER_TICKET, GROUP_ID_MAX_LENGTH, RELATED_ID_MAX_LENGTH, TICKET_ID_MAX_LENGTH } from "./limits.ts";
export { createOsmClient, type CallOptions, type OsmClient, type OsmClientOptions } from "./osm-client.ts";
export { createRateLimiter, LongWaitError, type RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";
export type { CallFacts } from "./perform-call.ts";
export type { ApiOperation, NamedLimit, RateLimitFeedback, RateReading } from "./rate-feedback.ts";
export type { ResponseBody } from "./responses.ts";
export { OsmError, type FailureFacts, type Phase, type WasSent } from "./osm-error.ts";
export { removeAssociations, type RemovedAssociations, type RemoveOptions } from "./remove-associations.ts";
export type { FixedHeaderOptions, RequestOptions } from "./request-options.ts";
export { signature, type SignatureOptions } from "./signature.ts";
export { SITES, type Site, type SiteName } from "./sites.ts";
export type { Sleep } from "./sleep.ts";
export { tokenProvider, type ProvidedToken } from "./token-provider.ts";
export type { ResponseHeaders, Cancellation, Transport, HttpResponse, TransportRequest } from "./transport.ts";
export { withResponse, type WithResponse } from "./with-response.ts";
