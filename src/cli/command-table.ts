import type { Command } from './command.ts';

/** Every command in the order of `--help`. Each is loaded only when it is used. */
export const commandTable: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['up', async () => (await import('./up-command.ts')).upCommand],
  ['demo', async () => (await import('./demo.ts')).demoCommand],
  ['search', async () => (await import('./search.ts')).searchCommand],
  ['tail', async () => (await import('./tail.ts')).tailCommand],
  ['trace', async () => (await import('./trace.ts')).traceCommand],
  ['traces', async () => (await import('./traces.ts')).tracesCommand],
  ['tools', async () => (await import('./tools.ts')).toolsCommand],
  ['export', async () => (await import('./export.ts')).exportCommand],
  ['ingest', async () => (await import('./ingest.ts')).ingestCommand],
  ['wrap', async () => (await import('./wrap.ts')).wrapCommand],
  ['proxy', async () => (await import('./proxy.ts')).proxyCommand],
  ['tap', async () => (await import('./tap.ts')).tapCommand],
  ['init', async () => (await import('./init.ts')).initCommand],
  ['mcp', async () => (await import('./mcp.ts')).mcpCommand],
  ['loadtest', async () => (await import('./loadtest.ts')).loadtestCommand],
  ['dead-letters', async () => (await import('./dead-letters.ts')).deadLettersCommand],
  ['audit', async () => (await import('./audit.ts')).auditCommand],
  ['config', async () => (await import('./config.ts')).configCommand],
  ['doctor', async () => (await import('./doctor.ts')).doctorCommand],
]);
