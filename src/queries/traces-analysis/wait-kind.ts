import type { Span } from '../../model/trace.ts';

/** What an operation is for the one that waits for it. `own`: none of the others, so its caller's or its agent's own work. */
export type WaitKind = 'own' | 'model' | 'tool' | 'queue' | 'human';

export const waitKinds: readonly WaitKind[] = ['own', 'model', 'tool', 'queue', 'human'];

/** Operations of OpenTelemetry's conventions for generative AI that ask a model. */
const modelOperations: ReadonlySet<unknown> = new Set(['chat', 'text_completion', 'generate_content', 'embeddings']);

/** Client pools and queues have no attribute of their own in the conventions; instrumentations name these spans so. */
const queueNames = /^(?:acquire|await|wait(?:ing)?|enqueue|dequeue|queue[d]?)\b/i;

/** By the conventions for generative AI, MCP and messaging; the name decides only about queues. Reads `waitAttributes` and the model. */
export function waitKind({ attributes, model, name, kind }: Pick<Span, 'attributes' | 'model' | 'name' | 'kind'>): WaitKind {
  const operation = attributes['gen_ai.operation.name'];
  const method = attributes['mcp.method.name'];
  if (method === 'elicitation/create') return 'human';
  if (method === 'sampling/createMessage' || modelOperations.has(operation)) return 'model';
  if (operation === 'execute_tool' || method === 'tools/call') return 'tool';
  if (attributes['messaging.operation.type'] === 'receive' || queueNames.test(name)) return 'queue';
  return model !== '' && kind === 'client' ? 'model' : 'own';
}

/** How long a person was asked within the operation, in nanoseconds, as recorders measure it; 0 for all others. */
export function humanNanos({ attributes }: Pick<Span, 'attributes'>): number {
  const value = attributes['meshscope.human_ms'];
  // Anyone can send an attribute of this name; an object cannot even be asked for its number.
  const millis = typeof value === 'object' ? 0 : Number(value);
  return Number.isFinite(millis) && millis > 0 ? Math.round(millis * 1e6) : 0;
}
