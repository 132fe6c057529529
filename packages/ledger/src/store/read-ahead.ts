/**
 * Calls `read` for up to `limit` items in parallel and yields the results in the order of the items. The latency of the
 * storage is then paid once per group of items instead of once per item.
 */
export async function* readAhead<Item, Result>(
  items: Iterable<Item>,
  read: (item: Item) => Promise<Result>,
  limit = 16,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  try {
    for (const item of items) {
      const reading = read(item);
      // An error is thrown when the item's turn comes; until then it must not count as unhandled.
      reading.catch(() => undefined);
      pending.push(reading);
      if (pending.length < limit) continue;
      yield await (pending.shift() as Promise<Result>);
    }
    while (pending.length > 0) yield await (pending.shift() as Promise<Result>);
  } finally {
    await Promise.allSettled(pending);
  }
}
