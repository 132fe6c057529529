import { count } from "@caselink/common";
import type { ApiFactValues, ApiProfile } from "./api-profile.ts";

/** One observed fact about the API, in words. */
export interface ApiFactText {
  name: keyof ApiFactValues;
  text: string;
  evidence: string;
}

/** The known facts of a profile, each as one sentence with the day of the observation. */
export function apiFactTexts(profile: ApiProfile | undefined): ApiFactText[] {
  const { symmetric, repeated_create, rejected_call, read_lag_ms } = profile?.facts ?? {};
  const texts: ApiFactText[] = [];
  const add = (name: ApiFactText["name"], fact: { evidence: string; observed_at: string }, text: string): void => {
    texts.push({ name, text: `${text} (${fact.observed_at.slice(0, 10)})`, evidence: fact.evidence });
  };
  if (symmetric) {
    const counted = symmetric.value ? "on both tickets" : "on its own ticket, not on the related one";
    add("symmetric", symmetric, `an association counts ${counted}`);
  }
  if (repeated_create) {
    const { value } = repeated_create;
    add("repeated_create", repeated_create, `a repeated create ${value === "success" ? "succeeds" : `gets ${value}`}`);
  }
  if (rejected_call) {
    const created = rejected_call.value === "partial" ? "can create some of them" : "creates none of them";
    add("rejected_call", rejected_call, `a rejected call with several ids ${created}`);
  }
  if (read_lag_ms) {
    const shown = read_lag_ms.value === 0 ? "immediately" : `after up to ${count(Math.ceil(read_lag_ms.value))} ms`;
    add("read_lag_ms", read_lag_ms, `a write shows in reads ${shown}`);
  }
  return texts;
}
