import type { Database } from "../../database.ts";
import { groupSql } from "../row-sql.ts";
import { ASSOCIATIONS_PER_TICKET } from "../limits.ts";

/**
 * Aggregates that show whether the rows of a ticket need a closer check. They have a fixed size, so DuckDB can spill
 * them to the disk, and most files need only this one pass over their tickets. A collision of hashes can make a ticket
 * suspicious, but never hides one: equal ids have equal hashes, and {@link haveGroupsDistinctHashes} covers the groups.
 */
function summariesSql(groupId: string | undefined): string {
  return `
    SELECT case_id, count(*) AS asked, min(hash(grp)) AS least_group, max(hash(grp)) AS greatest_group,
      min(hash(related_id)) AS least, max(hash(related_id)) AS greatest, bit_xor(hash(related_id)) AS mixed
    FROM (${validRowsSql(groupId)}) GROUP BY case_id`;
}

/** With three hashes, `mixed` XOR `least` XOR `greatest` is the third: it shows whether two of them are equal. */
const IS_SUSPICIOUS = `
  asked > ${ASSOCIATIONS_PER_TICKET} OR least_group <> greatest_group OR (asked > 1 AND least = greatest)
  OR (asked = 3 AND xor(xor(mixed, least), greatest) IN (least, greatest))`;

function validRowsSql(groupId: string | undefined): string {
  return `SELECT case_id, related_id, ${groupSql(groupId)} AS grp FROM input ANTI JOIN row_error USING ("row")`;
}

/**
 * Counts the tickets of the valid rows, and fills the table `suspicious_ticket` with those that may have a duplicate
 * row, two groups, or more rows than a ticket can have associations.
 */
export async function screenTickets(
  database: Database,
  groupId: string | undefined,
): Promise<{ tickets: number; suspicious: number }> {
  await database.run("CREATE TABLE suspicious_ticket (case_id VARCHAR)");
  const [found] = await database.all(
    `SELECT count(*) AS tickets, count_if(${IS_SUSPICIOUS}) AS suspicious FROM (${summariesSql(groupId)})`,
  );
  const tickets = Number(found?.tickets);
  const areDistinct = await haveGroupsDistinctHashes(database, groupId);
  if (areDistinct && Number(found?.suspicious) === 0) return { tickets, suspicious: 0 };
  await database.run(
    `INSERT INTO suspicious_ticket SELECT case_id FROM (${summariesSql(groupId)}) WHERE ${areDistinct ? IS_SUSPICIOUS : "true"}`,
  );
  return { tickets, suspicious: await database.count("SELECT count(*) FROM suspicious_ticket") };
}

/** Returns whether no two groups have the same hash. */
async function haveGroupsDistinctHashes(database: Database, groupId: string | undefined): Promise<boolean> {
  const groups = `SELECT DISTINCT grp FROM (${validRowsSql(groupId)})`;
  return (await database.count(`SELECT count(*) - count(DISTINCT hash(grp)) FROM (${groups})`)) === 0;
}
