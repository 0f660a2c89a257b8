/** What a decision is made about. */
export type SampleSubject = Readonly<{
  /** Of log lines: DEBUG, INFO, …; undefined for calls. */
  level?: string | undefined;
  /** Method and target of a call, or message of a line. */
  name: string;
  tool?: string | undefined;
  traceId?: string | undefined;
  isError: boolean;
}>;

/** All members of a rule that are there must fit. `name` and `tool`: the text itself, or an expression. */
export type SamplingRule = Readonly<{ level?: string; name?: string | RegExp; tool?: string | RegExp; rate: number }>;

/**
 * `rate` is the part that is kept, 0 to 1; the first rule that fits has its own. Records of one trace are kept or left out together.
 * Errors are always kept. `perKey` keeps no more than so many of one key in each second.
 */
export type SamplingOptions = Readonly<{
  rate?: number;
  rules?: readonly SamplingRule[];
  perKey?: Readonly<{ key: (subject: SampleSubject) => string; perSecond: number }>;
}>;

/** `rate`: what one kept record stands for is 1/rate; undefined when everything like it is kept. */
export type SamplingDecision = Readonly<{ kept: boolean; rate: number | undefined }>;

export type Sampler = (subject: SampleSubject) => SamplingDecision;

const everything: SamplingDecision = { kept: true, rate: undefined };
const nothing: SamplingDecision = { kept: false, rate: undefined };

/** Keys that are remembered within one second; beyond it they share one. */
const maxKeys = 1000;

export function createSampler(options: SamplingOptions | undefined): Sampler {
  if (options === undefined) return () => everything;
  const base = checkedRate(options.rate ?? 1);
  const rules = (options.rules ?? []).map((rule) => ({ fits: ruleFits(rule), rate: checkedRate(rule.rate) }));
  const isWithinLimit = options.perKey ? keyLimit(options.perKey) : () => true;

  return (subject) => {
    if (subject.isError) return everything;
    const rate = rules.find((rule) => rule.fits(subject))?.rate ?? base;
    if (rate < 1 && fractionOf(subject.traceId) >= rate) return nothing;
    if (!isWithinLimit(subject)) return nothing;
    return rate < 1 ? { kept: true, rate } : everything;
  };
}

function checkedRate(rate: number): number {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`a sampling rate is between 0 and 1, not ${rate}`);
  return rate;
}

function ruleFits({ level, name, tool }: SamplingRule): (subject: SampleSubject) => boolean {
  const fits = (wanted: string | RegExp | undefined, text: string | undefined) =>
    wanted === undefined || (text !== undefined && (typeof wanted === 'string' ? wanted === text : text.search(wanted) >= 0));
  return (subject) => fits(level, subject.level) && fits(name, subject.name) && fits(tool, subject.tool);
}

function keyLimit({ key, perSecond }: NonNullable<SamplingOptions['perKey']>): (subject: SampleSubject) => boolean {
  let second = 0;
  let counts = new Map<string, number>();
  return (subject) => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) {
      second = now;
      counts = new Map();
    }
    const wanted = key(subject);
    const name = counts.has(wanted) || counts.size < maxKeys ? wanted : '';
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count <= perSecond;
  };
}

/** A number of [0, 1) that is the same wherever the trace goes: its last 32 bits, which are random in W3C's level 2. */
function fractionOf(traceId: string | undefined): number {
  if (traceId === undefined) return Math.random();
  const bits = Number.parseInt(traceId.slice(-8), 16);
  return Number.isNaN(bits) ? Math.random() : bits / 0x1_0000_0000;
}
