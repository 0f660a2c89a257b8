/** A log record in the form of the logging page's formatter. */
export type AgentLog = Readonly<{
  timestamp: string;
  level: string;
  msg: string;
  agent: Readonly<{ name: string; type: string }>;
  service: Readonly<{ name: string; version: string }>;
  trace?: Readonly<{ trace_id: string; span_id: string }>;
  request?: Readonly<{ method: string; status: string; duration_ms: number; params: object }>;
  metrics?: Readonly<{ duration_ms: number }>;
  exception?: Readonly<{ type: string; message: string; traceback: string }>;
  audit?: Readonly<{ action: string; result: string; user_id: string }>;
  source: Readonly<{ file: string; line: number }>;
}>;

/** mulberry32: the same numbers in [0, 1) for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const minute = 60_000;
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(2, '0')}`);
const agents = ['weather-agent', 'payment-agent', ...names('agent-', 21)];
const methods = ['get_forecast', 'charge', ...names('tool_', 10)];
const statuses = ['success', 'error', 'timeout'];
const exceptions = ['TimeoutError', 'ValueError', 'KeyError', 'ConnectionError', ...names('Custom', 9)];

/** Ages in minutes for which no record exists, so that `now-1h` and `now-24h` mean the same while a test runs. */
const gaps = [
  [52, 61],
  [1425, 1441],
] as const;

/**
 * `count` records of the 30 hours before `now` (milliseconds), no two at one time or of one duration. Durations are multiples of
 * 1/4, which a float holds as exactly as a double. Most values are skewed, so that lists are cut at their size; some records lack
 * each of the optional parts.
 */
export function agentLogs(seed: number, count: number, now: number): AgentLog[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const skewed = <T>(values: readonly T[]) => values[Math.floor(values.length * random() ** 2)] as T;
  const times = new Set<number>();
  const time = (): number => {
    const recent = random() < 0.5;
    const age = 5000 + Math.floor(random() * (recent ? 50 * minute : 30 * 60 * minute));
    const inGap = gaps.some(([from, to]) => age >= from * minute && age <= to * minute);
    if (inGap || times.has(age)) return time();
    times.add(age);
    return now - age;
  };
  return Array.from({ length: count }, (_, at) => {
    const level = skewed(['INFO', 'ERROR', 'DEBUG', 'WARNING']);
    const duration = ((at * 7919) % 104_729) / 4;
    const request = random() < 0.6;
    return {
      timestamp: new Date(time()).toISOString(),
      level,
      msg: message(at, below),
      agent: { name: skewed(agents), type: 'mcp-mesh' },
      service: { name: `service-${below(3)}`, version: '1.0.0' },
      ...(random() < 0.8 && { trace: { trace_id: `trace-${below(count / 8)}`, span_id: `span-${at}` } }),
      ...(request && { request: { method: skewed(methods), status: skewed(statuses), duration_ms: duration, params: { days: below(9) } } }),
      ...(request && random() < 0.7 && { metrics: { duration_ms: duration } }),
      ...(level === 'ERROR' && random() < 0.9 && { exception: exception(skewed(exceptions), below(40)) }),
      ...(random() < 0.1 && { audit: audit(below) }),
      source: { file: '/app/agent.py', line: below(500) },
    };
  });
}

function message(at: number, below: (limit: number) => number): string {
  if (at % 97 === 0) return `Only once: ${at}`;
  // Longer than the mapping's ignore_above, so no term of msg.keyword.
  if (at % 89 === 0) return `Too long ${at} ${'x'.repeat(300)}`;
  return `Request processed: step ${below(120)}`;
}

const exception = (type: string, number: number) => ({
  type,
  message: `No answer from backend ${number}`,
  traceback: `Traceback (most recent call last):\n  File "agent.py", line ${number}\n${type}: No answer`,
});

const audit = (below: (limit: number) => number) => ({
  action: ['login', 'logout', 'auth_failure', 'forecast_retrieved'][below(4)] as string,
  result: ['success', 'failure'][below(2)] as string,
  user_id: `user-${below(20)}`,
});
