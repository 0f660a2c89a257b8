/** What a container runtime wrapped around a piece of output. */
export type ContainerPiece = Readonly<{
  payload: Buffer;
  stream: 'stdout' | 'stderr';
  /** RFC 3339, as the runtime wrote it. */
  time: string;
  /** The output line goes on in the next piece of this stream. */
  partial: boolean;
  /** Docker's `--log-opt labels` and `env`. */
  attributes: string | undefined;
}>;

const criHead = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::[^ ]{0,100})?(?: |$)/;
const longestCriHead = 192;
const dockerStart = Buffer.from('{"log":"');
const dockerTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:\d\d)$/;

/** A line of the Kubernetes CRI log format: `2024-01-01T00:00:00.123456789Z stdout F message`; `P` marks a partial line. */
export function parseCriLine(line: Buffer): ContainerPiece | undefined {
  // Every such line has a `T` and two dashes here; most other lines are told apart without a regular expression.
  if (line[4] !== 0x2d || line[7] !== 0x2d || line[10] !== 0x54) return undefined;
  const match = criHead.exec(line.toString('latin1', 0, Math.min(line.length, longestCriHead)));
  if (match === null) return undefined;
  return {
    payload: line.subarray(match[0].length),
    stream: match[2] as 'stdout' | 'stderr',
    time: match[1] as string,
    partial: match[3] === 'P',
    attributes: undefined,
  };
}

/** A line of Docker's json-file driver: `{"log":"message\n","stream":"stdout","time":"…"}`; without `\n` it is partial. */
export function parseDockerLine(line: Buffer): ContainerPiece | undefined {
  if (line.length < dockerStart.length || line.compare(dockerStart, 0, dockerStart.length, 0, dockerStart.length) !== 0) return undefined;
  const value = parseObject(line.toString('utf8'));
  if (value === undefined) return undefined;
  const { log, stream, time, attrs, ...others } = value;
  if (typeof log !== 'string' || (stream !== 'stdout' && stream !== 'stderr') || Object.keys(others).length > 0) return undefined;
  if (typeof time !== 'string' || !dockerTime.test(time)) return undefined;
  const partial = !log.endsWith('\n');
  const payload = Buffer.from(partial ? log : log.slice(0, log.endsWith('\r\n') ? -2 : -1));
  return { payload, stream, time, partial, attributes: attrs === undefined ? undefined : JSON.stringify(attrs) };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
