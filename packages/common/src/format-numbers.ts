import { english, type TextTag } from "./text-tag.ts";

const integers = new Intl.NumberFormat("en-US");

/** `14402` becomes `14,402`. */
export const count = (value: number): string => integers.format(value);

/** `1 ticket`, `2 tickets`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/**
 * `48 s`, `1 min 35 s`, `2 h 5 min`: at most two units.
 *
 * @param t translates the words; default: English
 */
export function duration(milliseconds: number, t: TextTag = english): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds === 0) return t`less than a second`;
  if (seconds < 60) return `${seconds} ${t`s`}`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), t`min`, seconds % 60, t`s`);
  if (seconds < 86_400) return pair(Math.floor(seconds / 3600), t`h`, Math.floor((seconds % 3600) / 60), t`min`);
  return pair(Math.floor(seconds / 86_400), t`d`, Math.floor((seconds % 86_400) / 3600), t`h`);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
