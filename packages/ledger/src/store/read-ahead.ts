/**
 * What a function makes of items, in their order, with several under way at once: storage that answers late is waited for
 * once instead of for every item.
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
      // Told when its turn comes; until then it is not unhandled.
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
