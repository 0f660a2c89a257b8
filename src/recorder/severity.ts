/** MCP's levels (RFC 5424) as the severities of OpenTelemetry's logs data model, appendix B, and the page's level names. */
const severities: Readonly<Record<string, { number: number; text: string }>> = {
  debug: { number: 5, text: 'DEBUG' },
  info: { number: 9, text: 'INFO' },
  notice: { number: 10, text: 'INFO' },
  warning: { number: 13, text: 'WARNING' },
  error: { number: 17, text: 'ERROR' },
  critical: { number: 18, text: 'CRITICAL' },
  alert: { number: 19, text: 'CRITICAL' },
  emergency: { number: 21, text: 'CRITICAL' },
};

export const severityOf = (level: string): Readonly<{ number: number; text: string }> =>
  Object.hasOwn(severities, level) ? (severities[level] as { number: number; text: string }) : { number: 9, text: 'INFO' };
