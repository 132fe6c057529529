import type { MappedField } from "../plan-request.ts";

/** What a column of an input means; `list`: several related ids in one cell. */
export type ColumnRole = "ticket" | "related" | "list" | "group";

/** The names of fields as `map` and the contract have them. */
export const ROLE_OF_FIELD: ReadonlyMap<string, ColumnRole> = new Map<MappedField | "related_id_list", ColumnRole>([
  ["case_id", "ticket"],
  ["related_id", "related"],
  ["related_ids", "list"],
  ["related_id_list", "list"],
  ["group_id", "group"],
]);

/**
 * Other names that a column may have, without regard to case, blanks, `_`, `-`, `.`, `#` and a remark in brackets at the
 * end: what people and consoles write.
 * Only names that say id or number: a "Ticket" may be a title, a "User group" a name, and an enterprise project is no
 * group. Chinese does not tell one from several, so those cells may hold several.
 */
const ALIASES: Record<ColumnRole, string[]> = {
  ticket: [
    "caseid, casenumber, caseno, ticketid, ticketnumber, ticketno, serviceticketid, serviceticketnumber, serviceticketno",
    "工单id, 工单号, 工单编号, 工单号码, 工单单号, 服务工单id, 服务工单号, 服务工单编号, 主工单id, 主工单号, 主工单编号",
  ],
  related: [
    "relatedid, relatedcaseid, relatedticketid, relatedticketnumber, relatedticketno, relatedcasenumber, relatedserviceticketid",
    "associatedid, associatedcaseid, associatedticketid, associatedticketnumber, associatedticketno, linkedticketid, linkedcaseid",
  ],
  list: [
    "relatedids, relatedidlist, relatedcaseids, relatedticketids, relatedticketnumbers, relatedtickets",
    "associatedids, associatedcaseids, associatedticketids, associatedticketnumbers, associatedtickets, linkedticketids",
    "关联工单, 关联工单id, 关联工单号, 关联工单编号, 关联工单列表, 关联的工单, 关联的工单号, 被关联工单, 被关联工单id, 被关联工单号, 被关联工单编号",
  ],
  group: ["groupid, usergroupid, iamgroupid, iamusergroupid", "组id, 用户组id, 用户组编号, iam组id, iam用户组id"],
};

const ROLE_OF_ALIAS: ReadonlyMap<string, ColumnRole> = new Map(
  (["ticket", "related", "list", "group"] as const).flatMap((role) =>
    ALIASES[role].flatMap((names) => names.split(", ")).map((name): [string, ColumnRole] => [name, role]),
  ),
);

/** Names of columns are compared without blanks around them and without regard to case. */
export function sameName(name: string): string {
  return name.trim().toLowerCase();
}

/** The role of a column that has another name than the contract's. */
export function roleOfAlias(name: string): ColumnRole | undefined {
  // NFKC makes full-width letters and brackets, as Chinese keyboards write them, ordinary ones.
  const plain = name.normalize("NFKC").toLowerCase();
  return ROLE_OF_ALIAS.get(plain.replace(/\([^()]*\)\s*$/u, "").replace(/[\s_\-.#:*"']|\p{Cf}/gu, ""));
}

/** Both forms of related ids are one field. */
export function fieldKind(role: ColumnRole): ColumnRole {
  return role === "list" ? "related" : role;
}
