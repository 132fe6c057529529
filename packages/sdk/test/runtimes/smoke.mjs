// What a user of the installed package does, in whatever runtime: `check` resolves when all of it went well.
import {
  createOsmClient,
  createRateLimiter,
  ensureAssociations,
  iamPassword,
  isApiError,
  isConnectionError,
  signature,
  staticToken,
} from "@caselink/sdk";

export async function check(endpoint, transport) {
  const options = { endpoint, ...(transport && { fetch: transport }) };
  const ticketId = `R-${Math.random().toString(36).slice(2)}`;
  const byToken = createOsmClient({ ...options, auth: staticToken("demo-token"), rateLimiter: createRateLimiter() });
  await byToken.createAssociations({ ticketId, relatedIds: ["a", "票"], groupId: "g" });
  const bySignature = createOsmClient({
    ...options,
    auth: signature({ accessKey: "DEMOACCESSKEY", secretKey: "demo-secret-key" }),
  });
  const ensured = await ensureAssociations(bySignature, { ticketId, relatedIds: ["a", "b"], groupId: "g" });
  assert(ensured.created.join() === "b" && ensured.existing.join() === "a", "ensured");
  const byPassword = createOsmClient({
    ...options,
    auth: iamPassword({
      iamEndpoint: endpoint,
      user: "demo",
      password: "demo-password",
      domain: "demo",
      ...(transport && { fetch: transport }),
    }),
  });
  await byPassword.deleteAssociation({ ticketId, relatedId: "票", groupId: "g" });
  const { associations } = await byPassword.listAssociations({ ticketId });
  assert(associations.map((association) => association.ticketId).join() === "a,b", "listed");
  const refusal = await failureOf(byToken.createAssociations({ ticketId, relatedIds: ["c", "d"], groupId: "g" }));
  assert(isApiError(refusal) && refusal.errorClass === "limit" && refusal.execution === "no", "limit");
  const aborted = await failureOf(byToken.listAssociations({ ticketId }, { signal: AbortSignal.abort() }));
  assert(isConnectionError(aborted) && aborted.kind === "aborted", "aborted");
  return "all went well";
}

function assert(holds, what) {
  if (!holds) throw new Error(`not as it should be: ${what}`);
}

function failureOf(promise) {
  return promise.then(
    () => undefined,
    (error) => error,
  );
}
