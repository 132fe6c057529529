const integers = new Intl.NumberFormat("en-US");

/** `14402` as `14,402`. */
export const count = (value: number): string => integers.format(value);

/** `1 ticket`, `2 tickets`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** `0.4 %`, `95.1 %`. `0 %` and `100 %` appear only if the share is exactly that. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  if (part === whole) return "100 %";
  const percent = Math.min(99.9, Math.max(0.1, (100 * part) / whole));
  return `${percent.toFixed(1)} %`;
}

/** `3.4 ms`, `21 ms`, `1.3 s`. */
export function latency(milliseconds: number): string {
  if (milliseconds < 10) return `${Number(milliseconds.toFixed(1))} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${Number((milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0))} s`;
}

/** A rate per second: `0.3`, `9.5`, `287`. */
export const rate = (perSecond: number): string =>
  perSecond >= 10 ? count(Math.round(perSecond)) : String(Number(perSecond.toFixed(perSecond < 1 ? 2 : 1)));

/** `48 s`, `1 min 35 s`, `2 h 5 min`: two units at most. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds === 0) return "less than a second";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86_400) return pair(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "min");
  return pair(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3600), "h");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" });

/** `24 November 2026, 20:14:07 UTC`. Text that is not a date is returned unchanged. */
export function moment(iso: string): string {
  const milliseconds = Date.parse(iso);
  return Number.isNaN(milliseconds) ? iso : `${moments.format(milliseconds).replace(" at ", ", ")} UTC`;
}

/** `20:14:07`, in UTC. */
export const clock = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(11, 19);
