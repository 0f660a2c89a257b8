import type { AttributeScope } from './query.ts';

/** A column of `spans`, and the same as a member of `Span`. */
export type TextColumn = Readonly<{
  type: 'text';
  sql: string;
  member:
    | 'service'
    | 'instance'
    | 'address'
    | 'name'
    | 'parentId'
    | 'runtime'
    | 'capability'
    | 'target'
    | 'model'
    | 'provider'
    | 'statusMessage';
}>;
export type CountColumn = Readonly<{
  type: 'count';
  sql: string;
  member: 'inputTokens' | 'outputTokens' | 'totalTokens' | 'requestBytes' | 'responseBytes';
}>;

/** `alone`: senders' names for it all end in the column, so attributes need not be looked at. */
export type KnownAttribute = Readonly<{ column: TextColumn | CountColumn; alone: boolean }>;

const text = (member: TextColumn['member'], sql: string = member): TextColumn => ({ type: 'text', member, sql });
const count = (member: CountColumn['member'], sql: string): CountColumn => ({ type: 'count', member, sql });

const service = text('service');
const instance = text('instance');
const address = text('address');
const target = text('target');
const model = text('model');
const provider = text('provider');
const inputTokens = count('inputTokens', 'input_tokens');
const outputTokens = count('outputTokens', 'output_tokens');
const totalTokens = count('totalTokens', 'total_tokens');

const resourceNames = new Map<string, TextColumn>([
  ['service.name', service],
  ['service.instance.id', instance],
  ['agent.name', service],
  ['agent.id', instance],
]);

const alone = new Map<string, TextColumn>([
  ['agent_name', service],
  ['agent_id', instance],
  ['operation', text('name')],
  ['function_name', text('name')],
  ['parent_span', text('parentId', 'parent_id')],
]);

const first = new Map<string, TextColumn | CountColumn>([
  ['ip_address', address],
  ['agent_ip', address],
  ['runtime', text('runtime')],
  ['capability', text('capability')],
  ['target_agent', target],
  ['peer.service', target],
  ['error_message', text('statusMessage', 'status_message')],
  ['llm_model', model],
  ['gen_ai.request.model', model],
  ['llm_provider', provider],
  ['gen_ai.provider.name', provider],
  ['gen_ai.system', provider],
  ['llm_input_tokens', inputTokens],
  ['gen_ai.usage.input_tokens', inputTokens],
  ['llm_output_tokens', outputTokens],
  ['gen_ai.usage.output_tokens', outputTokens],
  ['llm_total_tokens', totalTokens],
  ['request_bytes', count('requestBytes', 'request_bytes')],
  ['response_bytes', count('responseBytes', 'response_bytes')],
]);

/** The column behind an attribute of MCP Mesh or OpenTelemetry, and whether attributes of that name may hold what the column does not. */
export function knownAttribute(scope: AttributeScope, name: string): KnownAttribute | undefined {
  const ofResource = scope === 'any' || scope === 'resource' ? resourceNames.get(name) : undefined;
  if (ofResource !== undefined) return { column: ofResource, alone: true };
  if (scope !== 'any' && scope !== 'span') return undefined;
  const onlyColumn = alone.get(name) ?? (name.startsWith('agent.') ? resourceNames.get(name) : undefined);
  if (onlyColumn !== undefined) return { column: onlyColumn, alone: true };
  const column = first.get(name);
  return column === undefined ? undefined : { column, alone: false };
}

/** For completion. */
export const knownAttributeNames = (scope: AttributeScope): readonly string[] =>
  [...resourceNames.keys(), ...alone.keys(), ...first.keys()].filter((name) => knownAttribute(scope, name) !== undefined);
