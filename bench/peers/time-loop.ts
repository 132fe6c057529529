const [address, ticketCount, inFlight] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];

/** The loop's command line arguments: URL TICKETS IN_FLIGHT. */
export const target = { url: address, inFlight };

/**
 * Calls `link` with three related tickets for each ticket, for `inFlight` tickets at a time. Prints one line of JSON: the
 * duration and the processor time in seconds, and the peak memory in MB.
 */
export async function timeLoop(
  link: (ticket: string, wanted: string[]) => Promise<void>,
  close?: () => Promise<void>,
): Promise<void> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let i = next++; i < ticketCount; i = next++) await link(`L${i}`, [`L${i}-a`, `L${i}-b`, `L${i}-c`]);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(before);
  await close?.();
  console.log(
    JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, rssMb: process.resourceUsage().maxRSS / 1024 }),
  );
}
