import { readFile } from "node:fs/promises";

export const alertsFile = new URL("../../deploy/prometheus/alerts.yml", import.meta.url);
const dashboardFile = new URL("../../deploy/grafana/caselink.json", import.meta.url);

/** The metrics that the alert rules and the dashboard use, without the suffixes of a histogram's series. */
export async function usedMetrics(): Promise<Set<string>> {
  const texts = await Promise.all([alertsFile, dashboardFile].map((file) => readFile(file, "utf8")));
  return namesIn(texts.join("\n"));
}

/** The metrics of caselink and Temporal that a text names. */
export function namesIn(text: string): Set<string> {
  const names = [...text.matchAll(/\b(?:caselink|temporal)_[a-z0-9_]+/g)].map(([name]) => name);
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));
}
