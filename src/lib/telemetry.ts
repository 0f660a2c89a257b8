/** Counts and measurements of this process, in the data model of Prometheus. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

export type Labels = Readonly<Record<string, string>>;

/** A measurement that is in a bucket, and the trace in which it was made. `timeMillis`: since the epoch. */
export type Exemplar = Readonly<{ labels: Labels; value: number; timeMillis: number }>;

export type Sample = Readonly<{
  /** What the name of the metric is continued with: `_bucket`, `_sum` and `_count` of histograms. */
  suffix?: string;
  labels: Labels;
  value: number;
  exemplar?: Exemplar;
}>;

export type Metric = Readonly<{ name: string; help: string; type: MetricType; samples: readonly Sample[] }>;

export interface Counter<Label extends string> {
  /** Adds `amount`, 1 unless told, which MUST NOT be negative. */
  add(labels: Readonly<Record<Label, string>>, amount?: number): void;
  /** The sum so far; 0 for labels that were never added to. */
  value(labels: Readonly<Record<Label, string>>): number;
}

export interface Histogram<Label extends string> {
  /** `times`: how many had this value, such as the records of one batch; 1 unless told. */
  observe(value: number, labels: Readonly<Record<Label, string>>, times?: number): void;
}

/** A number, or samples with labels. Undefined: not known, and left out. */
export type Reading = number | readonly Sample[] | undefined;

export interface Telemetry {
  counter<const Label extends string = never>(name: string, help: string, labelNames?: readonly Label[]): Counter<Label>;
  /** A counter that something else keeps; `read` is called for each snapshot and may be asynchronous. */
  observedCounter(name: string, help: string, read: () => Reading | Promise<Reading>): void;
  /** A histogram that something else keeps: samples with suffixes, buckets cumulative and their bounds as `boundText` writes them. */
  observedHistogram(name: string, help: string, read: () => readonly Sample[]): void;
  /** A value that goes up and down, read for each snapshot. */
  gauge(name: string, help: string, read: () => Reading | Promise<Reading>): void;
  /** `buckets` are upper bounds, ascending, without infinity. */
  histogram<const Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly Label[],
  ): Histogram<Label>;
  /** Everything in the order of registration. A reading that fails leaves its metric without samples. */
  snapshot(): Promise<readonly Metric[]>;
}

/** Each name can be registered once; a second time, or an invalid name, is a bug and throws. */
export function createTelemetry(): Telemetry {
  const collectors = new Map<string, () => Promise<Metric>>();

  const register = (name: string, help: string, type: MetricType, read: () => Reading | Promise<Reading>) => {
    if (!/^[a-zA-Z_:][\w:]*$/.test(name)) throw new Error(`BUG: ${name} is not the name of a metric`);
    if (collectors.has(name)) throw new Error(`BUG: the metric ${name} is registered twice`);
    collectors.set(name, async () => ({ name, help, type, samples: await readSamples(read) }));
  };

  return {
    counter(name, help, labelNames = []) {
      const series = createSeries(labelNames, () => ({ sum: 0 }));
      if (labelNames.length === 0) series.at({});
      register(name, help, 'counter', () => series.all().map(({ labels, state }) => ({ labels, value: state.sum })));
      return {
        add: (labels, amount = 1) => {
          if (!(amount >= 0)) throw new Error(`BUG: ${name} cannot grow by ${amount}`);
          series.at(labels).sum += amount;
        },
        value: (labels) => series.find(labels)?.sum ?? 0,
      };
    },
    observedCounter: (name, help, read) => register(name, help, 'counter', read),
    observedHistogram: (name, help, read) => register(name, help, 'histogram', read),
    gauge: (name, help, read) => register(name, help, 'gauge', read),
    histogram(name, help, buckets, labelNames = []) {
      const bounds = [...buckets, Number.POSITIVE_INFINITY];
      if (bounds.some((bound, at) => at > 0 && !(bound > (bounds[at - 1] as number)))) {
        throw new Error(`BUG: the buckets of ${name} do not ascend`);
      }
      const series = createSeries(labelNames, () => ({ sum: 0, counts: bounds.map(() => 0) }));
      if (labelNames.length === 0) series.at({});
      register(name, help, 'histogram', () =>
        series.all().flatMap(({ labels, state }) => histogramSamples(labels, bounds, state.counts, state.sum)),
      );
      return {
        observe: (value, labels, times = 1) => {
          // A value that is no number is in no bucket, not even the last, and would spoil the sum for ever.
          if (Number.isNaN(value)) return;
          if (!(times >= 0)) throw new Error(`BUG: ${name} cannot grow by ${times}`);
          const state = series.at(labels);
          const at = bounds.findIndex((bound) => value <= bound);
          state.counts[at] = (state.counts[at] as number) + times;
          state.sum += value * times;
        },
      };
    },
    snapshot: () => Promise.all([...collectors.values()].map((collect) => collect())),
  };
}

async function readSamples(read: () => Reading | Promise<Reading>): Promise<readonly Sample[]> {
  try {
    const reading = await read();
    if (reading === undefined) return [];
    return typeof reading === 'number' ? [{ labels: {}, value: reading }] : reading;
  } catch {
    // The others must be seen all the more when a part fails; an absent metric is what monitors alert on.
    return [];
  }
}

function createSeries<State>(labelNames: readonly string[], create: () => State) {
  if (labelNames.some((name) => !/^[a-zA-Z_]\w*$/.test(name))) throw new Error(`BUG: invalid label among ${labelNames.join()}`);
  const series = new Map<string, { labels: Labels; state: State }>();
  const keyOf = (labels: Labels) => JSON.stringify(labelNames.map((name) => labels[name] ?? ''));
  return {
    find: (labels: Labels) => series.get(keyOf(labels))?.state,
    at: (labels: Labels) => {
      const key = keyOf(labels);
      const found = series.get(key);
      if (found !== undefined) return found.state;
      const added = { labels: Object.fromEntries(labelNames.map((name) => [name, labels[name] ?? ''])), state: create() };
      series.set(key, added);
      return added.state;
    },
    all: () => [...series.values()],
  };
}

/**
 * A bound of a bucket as the value of the label `le`: as OpenMetrics wants it, in the older format too, so that a series does not change
 * its labels with what a scraper asks for.
 */
export function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

/** Buckets are cumulative: each counts what is at most its bound. */
function histogramSamples(labels: Labels, bounds: readonly number[], counts: readonly number[], sum: number): Sample[] {
  let count = 0;
  const samples: Sample[] = bounds.map((bound, at) => {
    count += counts[at] as number;
    return { suffix: '_bucket', labels: { ...labels, le: boundText(bound) }, value: count };
  });
  return [...samples, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count }];
}
