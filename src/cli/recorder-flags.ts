import { version } from '../lib/version.ts';
import { parseContentRules } from '../recorder/content-rules.ts';
import { defaultCollectorUrl, defaultIndex, defaultSpoolFolder } from '../recorder/defaults.ts';
import type { RecordingOptions } from '../recorder/recorder.ts';
import type { Session } from '../recorder/session.ts';
import { UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Flags of every command that records. */
export const recorderFlags = {
  name: { type: 'string', placeholder: 'NAME', help: 'Name under which the server is shown (default: taken from its command or URL).' },
  url: { type: 'string', placeholder: 'URL', help: 'The collector (default: MESHSCOPE_URL, else this machine, port 8000).' },
  index: { type: 'string', placeholder: 'NAME', help: 'Index of the log records.', fallback: defaultIndex },
  content: {
    type: 'string',
    placeholder: 'HOW',
    help: 'Arguments and results: off, redacted or full; for single tools: redacted,get_key=off.',
    fallback: 'redacted',
  },
  spool: { type: 'string', placeholder: 'DIR', help: 'Where records wait for the collector (default: ~/.meshscope/spool).' },
} as const;

type Values = { readonly [Name in keyof typeof recorderFlags]?: string };

/** Longer arguments and results are cut, in characters. */
const contentLimit = 16 * 1024;

/** More than the published SDKs of MCP take (10 MiB). */
const maxMessageBytes = 16 * 1024 ** 2;
const maxSpoolBytes = 64 * 1024 ** 2;

export function recordingOptions(values: Values, env: Terminal['env'], session: Session): RecordingOptions {
  const content = parseContentRules(values.content ?? 'redacted');
  if (content === undefined)
    throw new UsageError(
      `--content must be off, redacted or full, or a list such as redacted,get_key=off; not ${JSON.stringify(values.content)}.`,
    );
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
    content,
    contentLimit,
    maxMessageBytes,
  };
}
