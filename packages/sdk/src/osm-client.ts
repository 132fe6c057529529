import type { Association, AssociationRemoval, AssociationsRequest } from "./association-requests.ts";
import type { Authentication } from "./authentication.ts";
import {
  checkAuthentication,
  checkCreation,
  checkEndpoint,
  checkNumber,
  checkRemoval,
  checkTicketId,
} from "./check-arguments.ts";
import type { Hooks } from "./hooks.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { createOperations } from "./plain-request.ts";
import type { Send } from "./attempt.ts";
import { performCall, type Call, type CallFacts, type PerformSettings } from "./perform-call.ts";
import {
  readFixedHeaders,
  readRequestOptions,
  type FixedHeaderOptions,
  type RequestOptions,
} from "./request-options.ts";
import { sleep, type Sleep } from "./sleep.ts";
import type { Transport } from "./transport.ts";
import { keepHeaders } from "./with-response.ts";
import {
  ASSOCIATIONS_PATH,
  isEmptySuccess,
  readAssociations,
  toCreationBody,
  toPath,
  toRemovalBody,
} from "./wire-mapping.ts";

export interface OsmClientOptions extends RequestOptions, FixedHeaderOptions {
  /** Base URL, such as `SITES.intl.endpoint`. */
  readonly endpoint: string;
  /** `staticToken`, `tokenProvider`, `iamPassword`, `signature`, or your own implementation. */
  readonly auth: Authentication;
  /** The transport; default: the global `fetch`. On Node, `createNodeTransport` of `@caselink/sdk/node` is faster. */
  readonly fetch?: Transport | undefined;
  /** Shared by the clients that share a rate limit. Default: none, requests are sent immediately. */
  readonly rateLimiter?: RateLimiter | undefined;
  readonly hooks?: Hooks | undefined;
  /** Milliseconds for a whole call, including waits; default: no limit. */
  readonly totalTimeoutMs?: number | undefined;
  /**
   * Retries of all calls of this client while no call succeeds; default 100. Each call that succeeds adds a fifth of a
   * retry.
   */
  readonly retryBudget?: number | undefined;
  /** For tests: numbers from 0 to 1; default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests: milliseconds since 1970; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** For tests: default `setTimeout`. */
  readonly sleep?: Sleep | undefined;
}

/** The options of one call. The client's options are the defaults. */
export interface CallOptions extends RequestOptions {
  /** Ends the call immediately: it rejects with a ConnectionError of kind `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Every method rejects with an OsmError: an ArgumentError (an argument cannot be used), an ApiError (the response was not a
 * success, whatever its HTTP status) or a ConnectionError (there was no response).
 */
export interface OsmClient {
  /**
   * Associates one to three tickets with a ticket. It does not read the existing associations. It is not documented as
   * idempotent: if the error's `execution` is `unknown`, list the associations before you try again. It is not documented
   * either that a rejected call with several ids creates none of them: list after that, too.
   */
  createAssociations(request: AssociationsRequest, options?: CallOptions): Promise<CallFacts>;
  /** The associations of a ticket, in the API's order. */
  listAssociations(
    request: { readonly ticketId: string },
    options?: CallOptions,
  ): Promise<CallFacts & { readonly associations: Association[] }>;
  /** Removes one association. */
  deleteAssociation(request: AssociationRemoval, options?: CallOptions): Promise<CallFacts>;
}

/** @throws ArgumentError for an endpoint, header, site or number that cannot be used. */
export function createOsmClient(options: OsmClientOptions): OsmClient {
  const { auth, fetch = globalThis.fetch, hooks = {}, totalTimeoutMs = Infinity, retryBudget = 100 } = options;
  const endpoint = checkEndpoint("endpoint", options.endpoint);
  const operations = createOperations(endpoint);
  checkAuthentication(auth);
  const defaults = { timeoutMs: 30_000, retries: 3, headers: readFixedHeaders(options) };

  const settings: PerformSettings = {
    ...readRequestOptions(options, defaults),
    endpoint,
    transport: fetch,
    authentication: auth,
    beforeRequest: (request) => hooks.beforeRequest?.(request),
    rateLimiter: options.rateLimiter,
    budget: { capacity: checkNumber("retryBudget", retryBudget), left: retryBudget },
    hooks,
    totalTimeoutMs: checkNumber("totalTimeoutMs", totalTimeoutMs),
    random: options.random ?? Math.random,
    now: options.now ?? Date.now,
    sleep: options.sleep ?? sleep,
  };

  async function perform<Content extends object>(
    { verb, ticketId, method, send, read }: Omit<Call<Content>, "operation"> & { readonly verb: string },
    options: CallOptions | undefined,
  ): Promise<CallFacts & Content> {
    const own = options === undefined ? settings : { ...settings, ...readRequestOptions(options, settings) };
    const call = { operation: `${verb} of ${ticketId}`, ticketId, method, send, read };
    const { content, facts, headers } = await performCall(call, own, options?.signal);
    return keepHeaders({ ...facts, ...content }, headers);
  }

  return {
    async createAssociations(request, callOptions) {
      checkCreation(request);
      const { ticketId } = request;
      const params = toPath(ticketId);
      const body = toCreationBody(request);
      const send: Send = (init) => operations.POST(ASSOCIATIONS_PATH, { params, body, ...init });
      return perform({ verb: "create associations", ticketId, method: "POST", send, read: readSuccess }, callOptions);
    },
    async listAssociations(request, callOptions) {
      const ticketId = checkTicketId(request);
      const params = toPath(ticketId);
      const send: Send = (init) => operations.GET(ASSOCIATIONS_PATH, { params, ...init });
      return perform({ verb: "list associations", ticketId, method: "GET", send, read: readAssociations }, callOptions);
    },
    async deleteAssociation(request, callOptions) {
      checkRemoval(request);
      const { ticketId } = request;
      const params = toPath(ticketId);
      const body = toRemovalBody(request);
      const send: Send = (init) => operations.DELETE(ASSOCIATIONS_PATH, { params, body, ...init });
      return perform({ verb: "delete association", ticketId, method: "DELETE", send, read: readSuccess }, callOptions);
    },
  };
}

/** A write's success has nothing to read. */
function readSuccess(body: unknown): object | undefined {
  return isEmptySuccess(body) ? {} : undefined;
}
