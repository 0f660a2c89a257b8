/** Levels of MCP (RFC 5424), least first, with the page's level names and the numbers of OpenTelemetry's logs data model, appendix B. */
const severities: Readonly<Record<string, Readonly<{ rank: number; number: number; level: string }>>> = {
  debug: { rank: 0, number: 5, level: 'DEBUG' },
  info: { rank: 1, number: 9, level: 'INFO' },
  notice: { rank: 2, number: 10, level: 'INFO' },
  warning: { rank: 3, number: 13, level: 'WARNING' },
  error: { rank: 4, number: 17, level: 'ERROR' },
  critical: { rank: 5, number: 18, level: 'CRITICAL' },
  alert: { rank: 6, number: 19, level: 'CRITICAL' },
  emergency: { rank: 7, number: 21, level: 'CRITICAL' },
};

export type ProtocolLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';

/** What an unknown level is taken for: `info`. */
export const severityOf = (level: string): Readonly<{ rank: number; number: number; level: string }> =>
  (Object.hasOwn(severities, level) ? severities[level] : severities.info) as { rank: number; number: number; level: string };

export const isProtocolLevel = (level: unknown): level is ProtocolLevel => typeof level === 'string' && Object.hasOwn(severities, level);
