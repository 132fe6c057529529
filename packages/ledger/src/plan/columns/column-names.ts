import type { MappedField } from "../plan-request.ts";

/** The meaning of an input's column. `list`: several related ids in one cell. */
export type ColumnRole = "ticket" | "related" | "list" | "group";

/** Roles by the field names of the contract and of `map`. */
export const ROLE_OF_FIELD: ReadonlyMap<string, ColumnRole> = new Map<MappedField | "related_id_list", ColumnRole>([
  ["case_id", "ticket"],
  ["related_id", "related"],
  ["related_ids", "list"],
  ["related_id_list", "list"],
  ["group_id", "group"],
]);

/**
 * Other column names that people and consoles use. Case, blanks, `_`, `-`, `.`, `#` and a remark in brackets at the end
 * do not matter. Each name says id or number: a "Ticket" may be a title, a "User group" may be a name, and an
 * enterprise project is not a group. Chinese nouns have no plural, so a Chinese name for related ids allows several in
 * a cell.
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

/** Returns the form in which column names are compared: without blanks around them, in lower case. */
export function sameName(name: string): string {
  return name.trim().toLowerCase();
}

/** Returns the role of a column by one of its other names; undefined if it has none. */
export function roleOfAlias(name: string): ColumnRole | undefined {
  // NFKC turns the full-width letters and brackets of Chinese keyboards into ordinary ones.
  const plain = name.normalize("NFKC").toLowerCase();
  return ROLE_OF_ALIAS.get(plain.replace(/\([^()]*\)\s*$/u, "").replace(/[\s_\-.#:*"']|\p{Cf}/gu, ""));
}

/** Returns one role for both forms of related ids, which are one field. */
export function fieldKind(role: ColumnRole): ColumnRole {
  return role === "list" ? "related" : role;
}
