import type { Database } from "../../database.ts";
import { ASSOCIATIONS_PER_TICKET } from "../limits.ts";
import { describeTickets, type DescribedTickets } from "./describe-tickets.ts";

/**
 * Finds the related tickets that more rows to send name than a ticket can have associations. On a symmetric API these
 * are over the limit. The first statement has an aggregate of fixed size, which DuckDB can spill to the disk.
 */
export async function findCrowdedRelated(database: Database, fileNames: readonly string[]): Promise<DescribedTickets> {
  const isCrowded = `HAVING count(*) > ${ASSOCIATIONS_PER_TICKET}`;
  await database.run(
    `CREATE TEMP TABLE crowded_hash AS SELECT hash(related_id) AS id FROM unsettled_row GROUP BY id ${isCrowded}`,
  );
  if ((await database.count("SELECT count(*) FROM crowded_hash")) === 0) return { tickets: [], count: 0 };
  await database.run(
    `CREATE TEMP TABLE too_many AS
     SELECT related_id AS case_id, count(*) AS asked, min("row") AS first_row FROM unsettled_row
     WHERE hash(related_id) IN (SELECT id FROM crowded_hash) GROUP BY related_id ${isCrowded}`,
  );
  return describeTickets(database, fileNames, ["related_id"]);
}
