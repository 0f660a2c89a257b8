import type { SpanRecord } from '../../model/span.ts';
import { type CallLabels, labelText } from './call-series.ts';

export type CallReading = Readonly<{
  side: 'server' | 'client';
  labels: CallLabels;
  seconds: number;
  requestBytes: number;
  responseBytes: number;
  /** The receiver says that it has no tool or prompt of this name. */
  isUnknownName: boolean;
}>;

/** A key in JSON text; in a string its quotes would be escaped. */
const methodKey = '"mcp.method.name":';

/** Names of methods are what a caller sends. */
const knownMethod =
  /^(?:initialize|ping|(?:tools|prompts|resources|completion|logging|sampling|elicitation|roots|server|subscriptions|tasks|notifications)\/[a-zA-Z_/]{1,40})$/;

const unknownName = /-3260[12]|\btool\b.*\bnot found|unknown tool/i;
/** What is looked at of a message, in UTF-16 units. */
const maxMessage = 300;

/** A subscription is open for hours; it would be the only thing that a histogram of latencies shows. */
const subscription = 'subscriptions/listen';

/** What a span says about a call of MCP; undefined for any other span, and for a round of a call that is not over. */
export function readCall(span: SpanRecord): CallReading | undefined {
  if (!span.attributes.includes(methodKey)) return undefined;
  const attributes = JSON.parse(span.attributes) as Readonly<Record<string, unknown>>;
  const text = (name: string) => {
    const value = attributes[name];
    return typeof value === 'string' ? labelText(value) : '';
  };
  const number = (name: string) => {
    const value = attributes[name];
    return typeof value === 'number' && value > 0 ? value : 0;
  };
  const method = text('mcp.method.name');
  const said = text('meshscope.outcome');
  const elapsed = spanSeconds(span);
  if (method === '' || method === subscription || said === 'input_required' || elapsed === undefined) return undefined;
  const side = span.kind === 'server' ? 'server' : 'client';
  const errorType = text('error.type');
  const service = labelText(span.service);
  return {
    side,
    labels: {
      server: side === 'server' ? service : text('mcp.server.name') || labelText(span.target) || service,
      client: text('mcp.client.name') || (side === 'server' ? '' : service),
      mcp_method_name: knownMethod.test(method) ? method : '_OTHER',
      gen_ai_tool_name: method === 'tools/call' ? text('gen_ai.tool.name') : '',
      gen_ai_prompt_name: method === 'prompts/get' ? text('gen_ai.prompt.name') : '',
      outcome: said || outcomeOf(errorType, span.status),
      error_type: errorType,
      reporter: 'meshscope.session' in attributes ? 'recorder' : 'self',
    },
    // A person's time to answer is not the tool's.
    seconds: Math.max(0, elapsed - number('meshscope.human_ms') / 1000),
    requestBytes: number('meshscope.request_bytes'),
    responseBytes: number('meshscope.response_bytes'),
    // Servers of the SDK's first generation answer an unknown tool with `isError` and a text, those of the second with the code.
    isUnknownName: /^-3260[12]$/.test(errorType) || (errorType !== '' && unknownName.test(span.statusMessage.slice(0, maxMessage))),
  };
}

function outcomeOf(errorType: string, status: SpanRecord['status']): string {
  if (/^-?\d+$/.test(errorType)) return 'rpc_error';
  if (errorType === 'tool_error') return errorType;
  return errorType !== '' || status === 'error' ? 'error' : 'ok';
}

/** How long it took; undefined when nothing tells. */
export function spanSeconds(span: Pick<SpanRecord, 'startNanos' | 'endNanos' | 'durationNanos'>): number | undefined {
  const { durationNanos } = span;
  if (durationNanos !== '') return Math.max(0, Number(durationNanos)) / 1e9;
  // Only now, because a line makes its texts when they are asked for.
  const { startNanos, endNanos } = span;
  // The difference of doubles would be wrong by up to half a microsecond.
  return startNanos === '' || endNanos === '' ? undefined : Math.max(0, Number(BigInt(endNanos) - BigInt(startNanos))) / 1e9;
}
