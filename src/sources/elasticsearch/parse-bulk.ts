import type { DocumentOperation } from '../../model/document-operation.ts';

/**
 * Reads the lines of a `_bulk` body: an action line, and for all actions but `delete` a source line behind it
 * (Elasticsearch's bulk API). Sources stay bytes. Senders repeat one action line over and over, so its parsed form is
 * kept and compared by bytes.
 */
/** One `target` object per distinct action line; offsets of the source in the body, both 0 for `delete`. */
export type BulkOperation = Readonly<{ target: DocumentOperation; start: number; end: number }>;

export type BulkDefaults = Readonly<{ index: string | undefined; requireAlias: boolean; pipeline: string | undefined }>;

/** The whole request is refused. `type` is Elasticsearch's. */
export type BulkFailure = Readonly<{ type: 'illegal_argument_exception' | 'action_request_validation_exception'; reason: string }>;

const actions: ReadonlySet<string> = new Set(['index', 'create', 'update', 'delete']);
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export function parseBulk(body: Buffer, defaults: BulkDefaults): readonly BulkOperation[] | BulkFailure {
  const operations: BulkOperation[] = [];
  let previous: { start: number; end: number; target: DocumentOperation } | undefined;
  let lineNumber = 0;
  let at = 0;
  if (body.length === 0) return { type: 'action_request_validation_exception', reason: 'Validation Failed: 1: no requests added;' };
  if (body[body.length - 1] !== lineFeed)
    return { type: 'illegal_argument_exception', reason: 'The bulk request must be terminated by a newline [\\n]' };
  while (at < body.length) {
    const lineEnd = body.indexOf(lineFeed, at);
    const start = at;
    const end = trimEnd(body, start, lineEnd);
    at = lineEnd + 1;
    lineNumber++;
    if (end === start) continue;
    if (!previous || !isRepeated(body, previous.start, previous.end, start, end)) {
      const target = parseActionLine(body.toString('utf8', start, end), lineNumber, defaults);
      if ('reason' in target) return target;
      previous = { start, end, target };
    }
    const { target } = previous;
    if (target.action === 'delete') {
      operations.push({ target, start: 0, end: 0 });
      continue;
    }
    if (at >= body.length)
      return {
        type: 'illegal_argument_exception',
        reason: `Malformed action/metadata line [${lineNumber}], a source line is expected behind it`,
      };
    const sourceEnd = body.indexOf(lineFeed, at);
    operations.push({ target, start: at, end: trimEnd(body, at, sourceEnd) });
    at = sourceEnd + 1;
    lineNumber++;
  }
  if (operations.length === 0) return { type: 'action_request_validation_exception', reason: 'Validation Failed: 1: no requests added;' };
  const missing = problemsOfAll(operations);
  return missing.length > 0
    ? { type: 'action_request_validation_exception', reason: `Validation Failed: ${missing.slice(0, 20).join('')}` }
    : operations;
}

function trimEnd(body: Buffer, start: number, end: number): number {
  return end > start && body[end - 1] === carriageReturn ? end - 1 : end;
}

/** Whether the second part of the body has the same bytes as the first. */
function isRepeated(body: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  let at = start;
  while (at < end && body[at] === body[otherStart + at - start]) at++;
  return at === end;
}

function problemsOfAll(operations: readonly BulkOperation[]): string[] {
  const missing: string[] = [];
  let previous: DocumentOperation | undefined;
  let problems: readonly string[] = [];
  for (const [position, { target }] of operations.entries()) {
    if (target !== previous) problems = problemsOf(target);
    previous = target;
    for (const problem of problems) missing.push(`${position + 1}: ${problem};`);
  }
  return missing;
}

function problemsOf({ action, index, id }: DocumentOperation): string[] {
  const problems = index === '' ? ['index is missing'] : [];
  if ((action === 'update' || action === 'delete') && id === undefined) problems.push('id is missing');
  return problems;
}

function parseActionLine(text: string, line: number, defaults: BulkDefaults): DocumentOperation | BulkFailure {
  const malformed = (expected: string): BulkFailure => ({
    type: 'illegal_argument_exception',
    reason: `Malformed action/metadata line [${line}], ${expected}`,
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return malformed(`expected START_OBJECT: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return malformed(`expected START_OBJECT but found [${text.slice(0, 40)}]`);
  const [action, ...others] = Object.keys(parsed);
  if (action === undefined || others.length > 0) return malformed(`expected one action but found [${Object.keys(parsed).join(', ')}]`);
  if (!actions.has(action)) return malformed(`expected field [create], [delete], [index] or [update] but found [${action}]`);
  const meta = (parsed as Record<string, unknown>)[action];
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return malformed(`expected an object behind [${action}]`);
  return toTarget(action as DocumentOperation['action'], meta as Record<string, unknown>, malformed, defaults);
}

const known: ReadonlySet<string> = new Set([
  '_index',
  '_id',
  '_type',
  'routing',
  '_routing',
  'pipeline',
  'require_alias',
  'require_data_stream',
  'dynamic_templates',
  'version',
  '_version',
  'version_type',
  '_version_type',
  'if_seq_no',
  'if_primary_term',
  'retry_on_conflict',
  '_retry_on_conflict',
  'list_executed_pipelines',
  'op_type',
]);

/** Beyond 2^53 a version would be another one than was sent. */
function isWhole(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return (typeof value === 'number' || (typeof value === 'string' && /^\d{1,16}$/.test(value))) && Number.isSafeInteger(Number(value));
}

function toTarget(
  action: DocumentOperation['action'],
  meta: Record<string, unknown>,
  malformed: (expected: string) => BulkFailure,
  defaults: BulkDefaults,
): DocumentOperation | BulkFailure {
  const unknown = Object.keys(meta).find((key) => !known.has(key));
  if (unknown !== undefined) return malformed(`contains an unknown parameter [${unknown}]`);
  const isText = (key: string) => ['string', 'number', 'boolean', 'undefined'].includes(typeof meta[key]) || meta[key] === null;
  const mistyped = ['_index', '_id', 'pipeline', 'version_type', '_version_type'].find((key) => !isText(key));
  if (mistyped !== undefined) return malformed(`expected a simple value for field [${mistyped}]`);
  const misnumbered = ['if_seq_no', 'if_primary_term', 'version', '_version'].find((key) => !isWhole(meta[key]));
  if (misnumbered !== undefined) return malformed(`expected a whole number for field [${misnumbered}]`);
  const text = (key: string): string | undefined => (meta[key] === undefined || meta[key] === null ? undefined : String(meta[key]));
  const number = (key: string): number | undefined => (text(key) === undefined ? undefined : Number(text(key)));
  const versionType = text('version_type') ?? text('_version_type');
  if (versionType !== undefined && !['internal', 'external', 'external_gte'].includes(versionType))
    return malformed(`No version type match [${versionType}]`);
  const id = text('_id');
  if (id === '') return malformed('if _id is specified it must not be empty');
  return {
    action: action === 'index' && meta.op_type === 'create' ? 'create' : action,
    index: text('_index') ?? defaults.index ?? '',
    id,
    requireAlias:
      meta.require_alias === undefined
        ? defaults.requireAlias
          ? true
          : undefined
        : meta.require_alias === true || meta.require_alias === 'true',
    pipeline: text('pipeline') ?? defaults.pipeline,
    ifSeqNo: number('if_seq_no'),
    version: number('version') ?? number('_version'),
    versionType: versionType === 'external' || versionType === 'external_gte' ? versionType : undefined,
  };
}
