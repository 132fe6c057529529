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

/** Returns all known names for some fields, or for all, in the form in which other names are compared. */
export function namesOfFields(...roles: readonly ColumnRole[]): string[] {
  return [...ROLE_OF_ALIAS].flatMap(([name, role]) => (roles.length === 0 || roles.includes(role) ? [name] : []));
}

/** Returns the form in which column names are compared: without blanks around them, in lower case. */
export function sameName(name: string): string {
  return name.trim().toLowerCase();
}

/** Returns the role of a column by one of its other names; undefined if it has none. */
export function roleOfAlias(name: string): ColumnRole | undefined {
  return ROLE_OF_ALIAS.get(plainName(name).base);
}

/** A name of a column for related ids. Several such columns differ in their number: `related_id`, `related_id2`. */
export interface RelatedName {
  role: "related" | "list";
  /** The name without its number, in the form in which names are compared. */
  base: string;
  /** As it was written; empty if the name has none. */
  number: string;
}

/** A number within a name, with digits or in Chinese. */
const NUMBER = /\d+|[一二三四五六七八九十]+/gu;

/** Returns the parts of a name for related ids, also with a number in it; undefined if it is none. */
export function relatedName(name: string): RelatedName | undefined {
  const { base, remark } = plainName(name);
  const role = relatedRole(base);
  if (role !== undefined) return { role, base, number: /^\d+$/.test(remark) ? remark : "" };
  for (const { 0: number, index } of base.matchAll(NUMBER)) {
    const rest = base.slice(0, index) + base.slice(index + number.length);
    const numbered = relatedRole(rest);
    if (numbered !== undefined) return { role: numbered, base: rest, number };
  }
  return undefined;
}

/** Returns whether a name with a number may stand for related ids, although it is none of the known names. */
export function resemblesRelated(name: string): boolean {
  return /^(related|associated|linked|被?关联)/.test(plainName(name).base) && name.search(NUMBER) >= 0;
}

function relatedRole(base: string): "related" | "list" | undefined {
  const role = ROLE_OF_ALIAS.get(base);
  return role === "related" || role === "list" ? role : undefined;
}

/** Returns whether a name without its number is the contract's own. */
export function isContractBase(base: string): boolean {
  return base === "relatedid" || base === "relatedids" || base === "relatedidlist";
}

/** Returns a name in the form in which other names are compared, and the remark in brackets at its end. */
function plainName(name: string): { base: string; remark: string } {
  // NFKC turns the full-width letters and brackets of Chinese keyboards into ordinary ones, and ① into 1.
  const plain = name.normalize("NFKC").toLowerCase();
  const [whole = "", remark = ""] = /\(([^()]*)\)\s*$/u.exec(plain) ?? [];
  const base = plain.slice(0, plain.length - whole.length).replace(/[\s_\-.#:*"']|\p{Cf}/gu, "");
  return { base, remark: remark.trim() };
}

/** Returns one role for both forms of related ids, which are one field. */
export function fieldKind(role: ColumnRole): ColumnRole {
  return role === "list" ? "related" : role;
}
