import { version } from '../lib/version.ts';
import { parseAuditedTools } from '../recorder/audited-tools.ts';
import { type ContentRules, parseContentRules } from '../recorder/content-rules.ts';
import { defaultCollectorUrl, defaultIndex, defaultSpoolFolder, recorderFile } from '../recorder/defaults.ts';
import type { RecordingOptions } from '../recorder/recorder.ts';
import { readRecorderFile } from '../recorder/recorder-file.ts';
import type { Session } from '../recorder/session.ts';
import { UsageError, wholeNumber } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Flags of every command that records. */
export const recorderFlags = {
  name: { type: 'string', placeholder: 'NAME', help: 'Name under which the server is shown (default: taken from its command or URL).' },
  url: { type: 'string', placeholder: 'URL', help: 'The collector (default: MESHSCOPE_URL, else this machine, port 8000).' },
  index: { type: 'string', placeholder: 'NAME', help: 'Index of the log records.', fallback: defaultIndex },
  content: {
    type: 'string',
    placeholder: 'HOW',
    help: 'Arguments and results: off, redacted, full, or by tool: redacted,get_*=off,weather/*=full.',
    fallback: 'redacted',
  },
  'max-content': {
    type: 'string',
    placeholder: 'BYTES',
    help: 'Contents too long for a log record are stored whole up to this size; 0 stores none.',
    fallback: '1048576',
  },
  spool: { type: 'string', placeholder: 'DIR', help: 'Where records wait for the collector (default: ~/.meshscope/spool).' },
} as const;

/** Of commands that stand between a client and a server. */
export const auditFlag = {
  audit: {
    type: 'string',
    placeholder: 'TOOLS',
    help: 'Audit records of calls, of all tools or of those named: delete_*,bank/*.',
  },
} as const;

/** `--audit` may stand without a value. */
export const withAuditValue = (args: readonly string[]): readonly string[] =>
  args.map((arg, at) => (arg === '--audit' && (args[at + 1] ?? '--').startsWith('-') ? '--audit=*' : arg));

type Values = { readonly [Name in keyof typeof recorderFlags | 'audit']?: string };

/** Longer arguments and results are cut, in characters. */
const contentLimit = 16 * 1024;

/** More than the published SDKs of MCP take (10 MiB). */
const maxMessageBytes = 16 * 1024 ** 2;
const maxSpoolBytes = 64 * 1024 ** 2;

/** `say` gets one line when the user's file cannot be read. */
export function recordingOptions(values: Values, env: Terminal['env'], session: Session, say: (line: string) => void): RecordingOptions {
  const file = readRecorderFile(recorderFile(), say);
  const url = values.url ?? (env.MESHSCOPE_URL || defaultCollectorUrl);
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new UsageError(`--url must be a URL such as ${defaultCollectorUrl}, not ${JSON.stringify(url)}.`);
  return {
    session,
    url,
    index: values.index ?? defaultIndex,
    version: version(),
    spoolFolder: values.spool ?? defaultSpoolFolder(),
    maxSpoolBytes,
    content: [...file.content, ...contentRules('MESHSCOPE_CONTENT', env.MESHSCOPE_CONTENT), ...contentRules('--content', values.content)],
    audit: parseAuditedTools(values.audit ?? (env.MESHSCOPE_AUDIT || (file.audit ?? 'off'))),
    contentLimit,
    maxWholeBytes: wholeNumber('max-content', values['max-content'] ?? '1048576', 0, maxMessageBytes),
    maxMessageBytes,
  };
}

function contentRules(from: string, text: string | undefined): ContentRules {
  const rules = text ? parseContentRules(text) : [];
  if (rules !== undefined) return rules;
  throw new UsageError(
    `${from} must be off, redacted or full, or a list such as redacted,get_key=off,weather/*=full; not ${JSON.stringify(text)}.`,
  );
}

/** Tells the person of records that end with this process. */
export function sayLost({ stderr }: Terminal, command: string, records: number): void {
  if (records > 0) stderr.write(`meshscope ${command}: ${records} records were lost: neither the collector nor the disk took them\n`);
}
