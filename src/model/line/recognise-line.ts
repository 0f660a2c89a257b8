import { parseGoText } from './go-text.ts';
import { parseKlogText } from './klog-text.ts';
import { parseLevelText } from './level-text.ts';
import { parseLogfmtText } from './logfmt-text.ts';
import { parseMcpMeshText } from './mcp-mesh-text.ts';
import { parsePythonText } from './python-text.ts';
import type { TextFormat, TextRecord } from './text-record.ts';

/** In the order in which they are tried; the first that recognises the line wins. `whole`: it must see the whole line. */
export const textFormats: readonly Readonly<{ format: string; parse: TextFormat; whole: boolean }>[] = [
  { format: 'mcp-mesh', parse: parseMcpMeshText, whole: false },
  { format: 'python', parse: parsePythonText, whole: false },
  { format: 'klog', parse: parseKlogText, whole: false },
  { format: 'go', parse: parseGoText, whole: false },
  { format: 'level', parse: parseLevelText, whole: false },
  { format: 'logfmt', parse: parseLogfmtText, whole: true },
];

/** What a format has to say stands at the beginning of the line; patterns never see more, so a huge line costs nothing. */
const maxHeadChars = 1024;

const escapeCharacter = String.fromCharCode(0x1b);
const colourCodes = new RegExp(`${escapeCharacter}\\[[0-9;]{0,20}m`, 'g');

/** Without the escape codes by which loggers colour their output for a terminal. */
export function withoutColours(text: string): string {
  return text.includes(escapeCharacter) ? text.replaceAll(colourCodes, '') : text;
}

/** Reads one line of text without colour codes; undefined when no format recognises it. */
export function recogniseLine(line: string, nowMillis: number): TextRecord | undefined {
  const head = line.slice(0, maxHeadChars);
  for (const { parse, whole } of textFormats) {
    const record = parse(whole ? line : head, nowMillis);
    if (record === undefined) continue;
    return whole || line.length === head.length ? record : { ...record, msg: record.msg + line.slice(maxHeadChars) };
  }
  return undefined;
}
