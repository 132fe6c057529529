import { latencyChart, rateChart } from "./charts.ts";
import { latency, rate } from "./format-numbers.ts";
import { html, nothing, type Html } from "./html-text.ts";
import type { PageWords } from "./page-words.ts";
import type { ReportFacts } from "./report-facts.ts";
import { swatch } from "./swatch.ts";

/** The charts of rate and latency. A chart with fewer than two points is left out. */
export function pageCharts({ rate: rates, latency: latencies }: ReportFacts, words: PageWords): Html {
  const { t, counted, duration } = words;
  const parts: Html[] = [];
  if (rates && rates.buckets.length > 1) {
    const perSecond = rates.buckets.map(({ succeeded, other }) => ((succeeded + other) * 1000) / rates.bucketMs);
    const title = t`Up to ${rate(Math.max(...perSecond))} rows settled per second`;
    const note = t`Rows settled, by ${duration(rates.bucketMs)}, UTC.`;
    const key = rates.buckets.some(({ other }) => other > 0)
      ? html` <span class="key">${swatch("done")} ${t`succeeded`} ${swatch("not-done")} ${t`not done`}</span>`
      : nothing;
    parts.push(
      html`<figure>
        <h2>${title}</h2>
        ${rateChart(rates, t`${title}. ${note}`, words)}
        <figcaption>${note}${key}</figcaption>
      </figure>`,
    );
  }
  if (latencies && latencies.calls > 1) {
    const { p50, p95, p99, calls } = latencies;
    const title = t`Half of the calls took ${latency(p50)} or less`;
    const note = t`Response time of the API for the ${counted(calls, "call")} that made a change. p50 ${latency(p50)}, p95 ${latency(p95)}, p99 ${latency(p99)}.`;
    parts.push(
      html`<figure>
        <h2>${title}</h2>
        ${latencyChart(latencies, t`${title}. ${note}`, words)}
        <figcaption>${note}</figcaption>
      </figure>`,
    );
  }
  return parts.length === 0
    ? nothing
    : html`<section class="charts" aria-label="${t`Rate and latency`}">${parts}</section>`;
}
