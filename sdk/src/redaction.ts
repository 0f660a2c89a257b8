import type { ValueFilter } from './plain-value.ts';

/**
 * What must not leave the process. `keys`: names of members, in any depth, letters of either case. `paths`: `request.params.password`,
 * `users[*].email`; `*` stands for one step. `patterns`: parts of any text. `defaults: false` takes out the built-in keys and patterns.
 */
export type RedactionOptions = Readonly<{
  keys?: readonly (string | RegExp)[];
  paths?: readonly string[];
  patterns?: readonly RegExp[];
  defaults?: boolean;
  mark?: string;
}>;

const secretKey =
  /pass(?:word|wd|phrase)?$|secret|token$|api[-_]?key|authorization|credential|cookie|private[-_]?key|access[-_]?key|session[-_]?key|^auth$/i;

const secretText =
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[\w-]{16,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g;

/** No match of the built-in expression is shorter: `Basic`, a blank and eight characters. */
const shortestSecret = 14;

const maxDecided = 2000;

/** The password of a URL. Apart from the rest, because only texts with a URL need the search. */
const urlPassword = /(:\/\/[^\s:/@]{0,128}:)[^\s/@]{1,256}@/g;

export function createRedaction(options: RedactionOptions = {}): ValueFilter {
  const mark = options.mark ?? '[redacted]';
  const builtIn = options.defaults !== false;
  const names = new Set((options.keys ?? []).flatMap((key) => (typeof key === 'string' ? [key.toLowerCase()] : [])));
  const forms = [
    ...(options.keys ?? []).flatMap((key) => (key instanceof RegExp ? [stateless(key)] : [])),
    ...(builtIn ? [secretKey] : []),
  ];
  const paths = (options.paths ?? []).map(stepsOf);
  const patterns = (options.patterns ?? []).map(everywhere);

  // The same few names come with every record, and asking the expressions costs more than the rest of the copy.
  const decided = new Map<string, boolean>();
  const hidesKey = (key: string) => {
    const known = decided.get(key);
    if (known !== undefined) return known;
    const isHidden = names.has(key.toLowerCase()) || forms.some((form) => form.test(key));
    if (decided.size < maxDecided && key.length <= 64) decided.set(key, isHidden);
    return isHidden;
  };
  return {
    mark,
    wantsPaths: paths.length > 0,
    hides: (key, path, value) => {
      // `token: null` and `hasPassword: true` say something and tell nothing.
      if (value === null || value === undefined) return false;
      if (typeof value !== 'boolean' && hidesKey(key)) return true;
      return paths.some((steps) => steps.length === path.length && steps.every((step, index) => step === '*' || step === path[index]));
    },
    text: (text) => {
      const rest = patterns.reduce((left, pattern) => left.replace(pattern, mark), text);
      if (!builtIn) return rest;
      const clean = rest.length < shortestSecret ? rest : rest.replace(secretText, mark);
      return clean.includes('://') ? clean.replace(urlPassword, `$1${mark}@`) : clean;
    },
  };
}

const stepsOf = (path: string): readonly string[] =>
  path
    .replaceAll(/\[(\*|\d+)\]/g, '.$1')
    .split('.')
    .filter((step) => step !== '');

/** `test` of a global or sticky expression remembers where it stopped. */
const stateless = (form: RegExp) => new RegExp(form.source, form.flags.replaceAll(/[gy]/g, ''));
const everywhere = (form: RegExp) => new RegExp(form.source, `${form.flags.replaceAll(/[gy]/g, '')}g`);
