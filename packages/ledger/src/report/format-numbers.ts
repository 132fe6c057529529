import { count } from "@caselink/common";

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

const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" });

/** `24 November 2026, 20:14:07 UTC`. Text that is not a date is returned unchanged. */
export function moment(iso: string): string {
  const milliseconds = Date.parse(iso);
  return Number.isNaN(milliseconds) ? iso : `${moments.format(milliseconds).replace(" at ", ", ")} UTC`;
}

/** `20:14:07`, in UTC. */
export const clock = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(11, 19);
