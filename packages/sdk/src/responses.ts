// What the API answers, by operation and HTTP status: the description's own types, for those who look below the client.
import type { operations } from "./generated/osm.ts";

type Operations = Pick<operations, "CreateRelations" | "ListRelation" | "DeleteRelation">;

type Body<Answer> = Answer extends { content: { "application/json": infer Content } } ? Content : undefined;

/** The documented body of each status, such as `ResponseBody<"ListRelation", 200>`. */
export type ResponseBody<
  Operation extends keyof Operations,
  Status extends keyof Operations[Operation]["responses"],
> = Body<Operations[Operation]["responses"][Status]>;
