/** Times, oldest first. */
export function createTimeline() {
  let times: number[] = [];
  let head = 0;
  /** How many are at or before. */
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
      // Refusals come in the order of their answers.
      times.push(Math.max(time, times.at(-1) ?? time));
    },
    count: (from: number, to: number) => rank(to) - rank(from),
    fromLast: (count: number): number | undefined =>
      times.length - count < head ? undefined : times[times.length - count],
    dropBefore(time: number) {
      while (head < times.length && (times[head] as number) < time) head++;
      if (head > 1_000 && head > times.length / 2) {
        times = times.slice(head);
        head = 0;
      }
    },
  };
}
