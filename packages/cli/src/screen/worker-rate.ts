import { t } from "../language/words.ts";

/** In requests per second; undefined: none, or none is known. */
interface RateMaximums {
  /** That of the batch, for each worker. */
  maxRate?: number | undefined;
  /** The lowest of those that the workers have. */
  workerMaxRate?: number | undefined;
}

/** The line about a worker that sends less than the batch may; undefined if none is known that does. */
export function workerRateLine({ maxRate, workerMaxRate }: RateMaximums): string | undefined {
  if (workerMaxRate === undefined || workerMaxRate >= (maxRate ?? Infinity)) return undefined;
  return t`a worker sends at most ${workerMaxRate} requests per second (CASELINK_MAX_RATE)`;
}
