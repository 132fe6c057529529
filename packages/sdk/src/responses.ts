// Response bodies by operation and HTTP status: the types of the description, for code that works below the client.
import type { operations } from "./generated/osm.ts";

type Operations = Pick<operations, "CreateRelations" | "ListRelation" | "DeleteRelation">;

type Body<Response> = Response extends { content: { "application/json": infer Content } } ? Content : undefined;

/** The documented body for a status, such as `ResponseBody<"ListRelation", 200>`. */
export type ResponseBody<
  Operation extends keyof Operations,
  Status extends keyof Operations[Operation]["responses"],
> = Body<Operations[Operation]["responses"][Status]>;
