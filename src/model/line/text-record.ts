/** What a text format says about the first line of a record. A format that does not recognise the line gives undefined. */
export type TextRecord = Readonly<{
  msg: string;
  /** Upper case, as the line spells it. */
  level?: string | undefined;
  /** RFC 3339 in UTC. */
  timestamp?: string | undefined;
  /** `timestamp` was written without a time zone, and the zone of this process was assumed. */
  zoneAssumed?: boolean;
  /** Name of the logger. */
  name?: string | undefined;
  /** Further members of the document. */
  more?: ReadonlyMap<string, string | number | Readonly<Record<string, string | number>>>;
}>;

/** Recognises one text format. `nowMillis`: when the line was read, for formats that write no year. */
export type TextFormat = (line: string, nowMillis: number) => TextRecord | undefined;

/** Level names of the loggers that MCP servers use; longer names stand before their prefixes. */
export const levelPattern =
  'TRACE|DEBUG|INFORMATION|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERGENCY|trace|debug|info|notice|warning|warn|error|critical|fatal|severe|alert|emergency';
