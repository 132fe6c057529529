import { InvalidArgumentError } from "commander";

/** The value of an option that takes a number above 0. */
export function positiveNumber(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError("it takes a number above 0");
  return number;
}
