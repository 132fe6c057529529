import type { FastifyInstance } from "fastify";
import { iamResponse } from "../simulated-response.ts";
import { isRecord } from "../is-record.ts";
import { serve, type Perform } from "../serve.ts";
import type { SimulatorCore } from "../simulator-core.ts";
import { isUser } from "../token-issuer.ts";
import { wireValidation } from "../wire-validation.ts";

export function addTokenRoute(app: FastifyInstance, core: SimulatorCore): void {
  app.post("/v3/auth/tokens", (request, reply) => {
    serve(core, "token", request, reply, issueToken);
  });
}

const issueToken: Perform = (state, parsed, entry, nowMs) => {
  const validation = wireValidation.token;
  const { headers, query } = parsed.raw;
  const source = { path: {}, header: headers, query: isRecord(query) ? query : {} };
  if (validation.checkParameters(source) !== undefined || !validation.isBody(parsed.body)) {
    return iamResponse(400, "The request body is invalid", "Bad Request");
  }
  const { name, password, domain } = parsed.body.auth.identity.password.user;
  if (!isUser(state.config.users, { name, password, domain: domain.name })) {
    return iamResponse(401, "The username or password is wrong.", "Unauthorized");
  }
  const issued = state.issuer.issue(name, nowMs, state.config.tokenLifetimeMs);
  state.journal.recordWrite(entry, [], [], 0);
  return {
    status: 201,
    headers: { "x-subject-token": issued.token },
    body: {
      token: {
        expires_at: new Date(issued.expiresAtMs).toISOString(),
        issued_at: new Date(issued.issuedAtMs).toISOString(),
      },
    },
  };
};
