import { elasticsearchError } from '../lib/elasticsearch-errors.ts';
import { invalidIndexName } from './catalogue-errors.ts';

const forbidden = /[\\/*?"<>| ,]/;
const maxBytes = 255;

/** What is wrong with a name that an index or an alias would get; undefined when nothing is. */
function nameFault(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (forbidden.test(name)) return `must not contain the following characters ['\\','/','*','?','"','<','>','|',' ',',']`;
  if (name.includes('#')) return "must not contain '#'";
  if (name.includes(':')) return "must not contain ':'";
  if (/^[_+-]/.test(name)) return "must not start with '_', '-', or '+'";
  if (name === '.' || name === '..') return "must not be '.' or '..'";
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return 'must not contain control characters or lone surrogates';
  const bytes = Buffer.byteLength(name);
  return bytes > maxBytes ? `index name is too long, (${bytes} > ${maxBytes})` : undefined;
}

/** Throws `invalid_index_name_exception` unless an index may have this name. */
export function checkIndexName(name: string): void {
  const fault = nameFault(name) ?? (name === name.toLowerCase() ? undefined : 'must be lowercase');
  if (fault !== undefined) throw invalidIndexName(name, fault);
}

/** Throws `invalid_alias_name_exception` unless an alias may have this name. Unlike indices, aliases may have capitals. */
export function checkAliasName(name: string): void {
  const fault = nameFault(name);
  if (fault === undefined) return;
  throw elasticsearchError('invalid_alias_name_exception', `Invalid alias name [${name}]: ${fault}`, {
    details: {
      index_uuid: '_na_',
      index: name,
    },
  });
}
