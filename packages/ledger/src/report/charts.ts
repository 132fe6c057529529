import { scaleLinear, scaleLog, scaleUtc } from "d3-scale";
import { clock, latency, rate } from "./format-numbers.ts";
import { html, nothing, type Html } from "./html-text.ts";
import type { PageWords } from "./page-words.ts";
import type { LatencyBucket, ReportFacts } from "./report-facts.ts";

const WIDTH = 560;
const HEIGHT = 190;
const LEFT = 44;
const RIGHT = 8;
const TOP = 22;
const BOTTOM = HEIGHT - 24;

/** Rows settled per second over time. The chart is SVG: it prints, follows the colour theme and needs no script. */
export function rateChart(
  { bucketMs, buckets }: NonNullable<ReportFacts["rate"]>,
  label: string,
  { t, counted }: PageWords,
): Html {
  const seconds = bucketMs / 1000;
  const first = buckets[0]?.startMs ?? 0;
  const x = scaleUtc([first, first + buckets.length * bucketMs], [LEFT, WIDTH - RIGHT]);
  const most = Math.max(...buckets.map(({ succeeded, other }) => succeeded + other)) / seconds;
  const y = scaleLinear([0, most], [BOTTOM, TOP]).nice(4);
  const bars = buckets.map(({ startMs, succeeded, other }) => {
    if (succeeded + other === 0) return nothing;
    const left = x(startMs);
    const width = Math.max(1, x(startMs + bucketMs) - left - 1);
    const middle = y(succeeded / seconds);
    const top = y((succeeded + other) / seconds);
    const perSecond = rate((succeeded + other) / seconds);
    const title =
      other > 0
        ? t`${clock(startMs)}  ${perSecond} rows per second, ${counted(other, "row")} not done`
        : t`${clock(startMs)}  ${perSecond} rows per second`;
    return html`<g
      ><title>${title}</title><rect class="hit" ${box(left, TOP, width + 1, BOTTOM)} />${
        succeeded > 0 ? html`<rect class="done" ${box(left, middle, width, BOTTOM)} />` : nothing
      }${other > 0 ? html`<rect class="not-done" ${box(left, Math.min(top, middle - 1), width, middle)} />` : nothing}</g
    >`;
  });
  const times = x.ticks(5).map((at) => tick(x(at), timeLabel(at, x.domain())));
  return chart(label, [...valueAxis(y, rate, t`rows per second`), ...bars, baseline(), ...times]);
}

function timeLabel(at: Date, [from, to]: Date[]): string {
  const isLong = from && to && to.getTime() - from.getTime() > 86_400_000;
  if (isLong) return at.toISOString().slice(5, 16).replace("T", " ");
  return clock(at.getTime()).replace(/:00$/, "");
}

/** Histogram of the calls' response times on a logarithmic axis, with the three percentiles marked. */
export function latencyChart(
  { buckets, p50, p95, p99 }: NonNullable<ReportFacts["latency"]>,
  label: string,
  words: PageWords,
): Html {
  const { t } = words;
  const from = buckets[0]?.fromMs ?? 1;
  const to = Math.max(buckets.at(-1)?.toMs ?? 10, from * 4);
  const x = scaleLog([from, to], [LEFT, WIDTH - RIGHT]);
  const y = scaleLinear([0, Math.max(...buckets.map(({ calls }) => calls))], [BOTTOM, TOP]).nice(4);
  const bars = buckets.map((bucket) => latencyBar(bucket, x, y, words));
  const marks = marksOf({ p50, p95, p99 }, x);
  const ticks = latencyTicks(from, to).map((at) => tick(x(at), latency(at)));
  return chart(label, [
    ...valueAxis(y, (calls) => compact.format(calls), t`calls`),
    ...bars,
    ...marks,
    baseline(),
    ...ticks,
  ]);
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact" });

function latencyBar(
  { fromMs, toMs, calls }: LatencyBucket,
  x: (ms: number) => number,
  y: (calls: number) => number,
  { t, counted }: PageWords,
): Html {
  const width = Math.max(1, x(toMs) - x(fromMs) - 1);
  const title = t`${latency(fromMs)} to ${latency(toMs)}: ${counted(calls, "call")}`;
  return html`<g
    ><title>${title}</title><rect class="hit" ${box(x(fromMs), TOP, width + 1, BOTTOM)} /><rect
      class="done"
      ${box(x(fromMs), Math.min(y(calls), BOTTOM - 1), width, BOTTOM)}
  /></g>`;
}

/** Lines at the percentiles. Labels that would overlap (less than 34 units apart) are joined into one. */
function marksOf(percentiles: Record<string, number>, x: (ms: number) => number): Html[] {
  const marks: { at: number; names: string[] }[] = [];
  for (const [name, ms] of Object.entries(percentiles)) {
    const at = Math.min(x(Math.max(ms, 1)), WIDTH - RIGHT);
    const last = marks.at(-1);
    if (last && at - last.at < 34) last.names.push(name);
    else marks.push({ at, names: [name] });
  }
  return marks.map(
    ({ at, names }) =>
      html`<line class="mark" x1="${round(at)}" x2="${round(at)}" y1="${TOP - 4}" y2="${BOTTOM}" /><text
          class="mark-label"
          x="${round(at)}"
          y="${TOP - 9}"
          text-anchor="${at > WIDTH - 60 ? "end" : "middle"}"
          >${names.join(", ")}</text
        >`,
  );
}

/** Axis ticks: 1, 2 and 5 of each decade if these are at most eight, otherwise only the powers of ten. */
function latencyTicks(from: number, to: number): number[] {
  const all: number[] = [];
  for (let decade = 1; decade <= to; decade *= 10) all.push(decade, 2 * decade, 5 * decade);
  const inRange = all.filter((at) => at >= from * 0.999 && at <= to * 1.001);
  return inRange.length <= 8 ? inRange : inRange.filter((at) => Number.isInteger(Math.log10(at)));
}

function chart(label: string, parts: Html[]): Html {
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${parts}</svg>`;
}

function valueAxis(
  y: ReturnType<typeof scaleLinear<number, number>>,
  format: (value: number) => string,
  unit: string,
): Html[] {
  const ticks = y.ticks(3);
  return [
    html`<text class="unit" x="0" y="9">${unit}</text>`,
    ...ticks
      .filter((at) => at > 0)
      .map(
        (at) =>
          html`<line
              class="grid-line"
              x1="${LEFT}"
              x2="${WIDTH - RIGHT}"
              y1="${round(y(at))}"
              y2="${round(y(at))}"
            /><text x="${LEFT - 6}" y="${round(y(at) + 4)}" text-anchor="end">${format(at)}</text>`,
      ),
  ];
}

function baseline(): Html {
  return html`<line class="base-line" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${BOTTOM}" y2="${BOTTOM}" />`;
}

function tick(at: number, text: string): Html {
  const anchor = at < LEFT + 20 ? "start" : at > WIDTH - RIGHT - 24 ? "end" : "middle";
  return html`<text x="${round(at)}" y="${BOTTOM + 17}" text-anchor="${anchor}">${text}</text>`;
}

function box(left: number, top: number, width: number, bottom: number): Html {
  return html`x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(Math.max(0, bottom - top))}"`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const BAR_WIDTH = 1000;
/** Narrowest segment, in the units of {@link BAR_WIDTH} and including the gap: wide enough to press with a finger. */
const MIN_SEGMENT_WIDTH = 9;

/** A bar divided by outcome. Even an outcome of a single row gets a visible segment. */
export function shareBar(
  parts: { outcome: string; label: string; rows: number; kind: string }[],
  { t, counted }: PageWords,
): Html {
  const all = parts.reduce((sum, { rows }) => sum + rows, 0);
  let left = 0;
  const rectangles = parts.map(({ outcome, label, rows, kind }) => {
    const width = Math.max(MIN_SEGMENT_WIDTH, (rows / all) * BAR_WIDTH);
    const rectangle = html`<rect
      class="${kind}"
      data-outcome="${outcome}"
      x="${round(left)}"
      y="0"
      width="${round(Math.max(1, width - 2))}"
      height="14"
      ><title>${t`${label}: ${counted(rows, "row")}`}</title></rect
    >`;
    left += width;
    return rectangle;
  });
  return html`<svg
    class="share-bar"
    viewBox="0 0 ${round(Math.max(left, 1))} 14"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    ${rectangles}
  </svg>`;
}
