import type { SpanContent } from '../../../model/trace.ts';

/** What a record has that says nothing but who: for fixtures to fill. */
export const emptyContent: Omit<SpanContent, 'traceId' | 'spanId' | 'name' | 'service'> = {
  parentId: '',
  kind: '',
  status: '',
  statusMessage: '',
  instance: '',
  address: '',
  runtime: '',
  capability: '',
  target: '',
  model: '',
  provider: '',
  traceState: '',
  inputTokens: undefined,
  outputTokens: undefined,
  totalTokens: undefined,
  requestBytes: undefined,
  responseBytes: undefined,
  attributes: {},
  resource: {},
  scope: {},
  events: [],
  links: [],
};
