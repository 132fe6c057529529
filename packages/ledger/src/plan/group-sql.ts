import { sqlText } from "../database.ts";

/** The group of a row is the file's or, where it names none, the batch's. */
export function groupSql(groupId: string | undefined): string {
  return groupId === undefined ? "group_id" : `CASE WHEN group_id = '' THEN ${sqlText(groupId)} ELSE group_id END`;
}
