/** Times, oldest first. */
export function createTimeline() {
  let times: number[] = [];
  let head = 0;
  /** The number of times up to and including `time`. */
  function rank(time: number): number {
    let low = head;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  return {
    add(time: number) {
      // Rejections are added in the order of their responses, not of their starts.
      times.push(Math.max(time, times.at(-1) ?? time));
    },
    count: (from: number, to: number) => rank(to) - rank(from),
    fromLast: (count: number): number | undefined =>
      times.length - count < head ? undefined : times[times.length - count],
    /** The first time after `time`. */
    firstAfter: (time: number): number | undefined => times[rank(time)],
    /** Drops the times before `time`, but not the last `kept`. */
    dropBefore(time: number, kept = 0) {
      while (head < times.length - kept && (times[head] as number) < time) head++;
      if (head > 1_000 && head > times.length / 2) {
        times = times.slice(head);
        head = 0;
      }
    },
  };
}
