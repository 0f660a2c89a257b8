import { callerSource } from './caller-source.ts';
import { type CountThenLogOptions, createCounter } from './count-then-log.ts';
import { exceptionMember, type LogFields, type LogLevel, logDocument, severityNumbers } from './log-document.ts';
import { lazyMembers, plainValue } from './plain-value.ts';
import { currentTrace } from './propagation.ts';
import { currentScope } from './scope.ts';
import { writeStderr } from './stderr-lines.ts';
import { Telemetry, type TelemetryOptions } from './telemetry.ts';
import { type ClientLogger, clientLogger } from './to-client.ts';
import { watchUncaught } from './uncaught.ts';

export type AgentLoggerOptions = TelemetryOptions &
  Readonly<{
    /** The least level that is written: DEBUG, INFO (unless said otherwise), WARNING, ERROR. */
    level?: LogLevel;
    /** JSON lines on the standard error; on unless said otherwise. */
    stderr?: boolean;
    /** File, line and function of the caller; on unless said otherwise. */
    source?: boolean;
    /** `agent.type`. */
    type?: string;
  }>;

export type RequestFields = LogFields & Readonly<{ params?: unknown; durationMs?: number | undefined; status?: string }>;

type WriteOptions = Readonly<{
  /** The method that the program called, to find who did. */
  caller?: (...args: never[]) => unknown;
  members?: LogFields;
  isKept?: boolean;
  anyLevel?: boolean;
}>;

export type LogCounts = Readonly<{ requests_total: number; errors_total: number; warnings_total: number }>;

/**
 * The logger of an agent: JSON lines in the vocabulary of MCP Mesh's logging page, on the standard error and to meshscope, with the ids of
 * the trace and the request that they belong to. No call waits, and none throws, whatever it is given.
 */
export class AgentLogger {
  readonly name: string;
  private readonly options: AgentLoggerOptions;
  private readonly telemetry: Telemetry;
  private readonly total = { requests: 0, errors: 0, warnings: 0 };
  private readonly counter: (message: string, fields: LogFields, options: CountThenLogOptions) => void;

  constructor(agentName: string, options: AgentLoggerOptions = {}) {
    this.name = agentName;
    this.options = options;
    this.telemetry = new Telemetry(options, agentName);
    this.counter = createCounter((message, fields) => this.write('INFO', message, fields, {}));
  }

  /** Of lines that were logged, whether or not sampling kept them. */
  get counts(): LogCounts {
    const { requests, errors, warnings } = this.total;
    return { requests_total: requests, errors_total: errors, warnings_total: warnings };
  }

  debug(message: string, fields: LogFields = {}): void {
    this.write('DEBUG', message, fields, { caller: this.debug });
  }

  info(message: string, fields: LogFields = {}): void {
    this.write('INFO', message, fields, { caller: this.info });
  }

  warning(message: string, fields: LogFields = {}): void {
    this.write('WARNING', message, fields, { caller: this.warning });
  }

  error(message: string, fields: LogFields = {}): void {
    this.write('ERROR', message, fields, { caller: this.error });
  }

  /** A request that was processed; a `status` of `error` counts as one for sampling. */
  request(method: string, fields: RequestFields = {}): void {
    this.total.requests += 1;
    const { params, durationMs, status = 'success', ...rest } = Object.fromEntries(lazyMembers(fields)) as RequestFields;
    const members = {
      request: { method, params: params ?? {}, duration_ms: durationMs ?? null, status },
      metrics: { duration_ms: durationMs ?? null },
    };
    const isKept = status === 'error' || status === 'failure';
    this.write('INFO', `Request processed: ${method}`, rest, { caller: this.request, members, isKept });
  }

  /** An error with its class, message and stack, and those of its causes. */
  exception(message: string, error: unknown, fields: LogFields = {}): void {
    this.write('ERROR', message, fields, { caller: this.exception, members: { exception: exceptionMember(error) } });
  }

  /** Who did what to which resource, and how it ended. Never sampled, and written whatever the level. */
  audit(action: string, resource: string, result: string, fields: LogFields = {}): void {
    const { user_id: said } = Object.fromEntries(lazyMembers(fields));
    const user = said ?? currentScope().fields?.user_id;
    const audit = { action, resource, result, timestamp: new Date().toISOString(), ...(user === undefined ? {} : { user_id: user }) };
    this.write('INFO', `Audit: ${action} ${resource}`, fields, { caller: this.audit, members: { audit }, isKept: true, anyLevel: true });
  }

  /** Counts, and logs `message` with the count once a minute (`everyMillis`), instead of a line for each. */
  countThenLog(message: string, fields: LogFields = {}, options: CountThenLogOptions = {}): void {
    this.counter(message, fields, options);
  }

  /** Protocol log messages to the client whose request is being handled. */
  toClient(loggerName: string = this.name): ClientLogger {
    return clientLogger(loggerName, this.telemetry.filter);
  }

  /** Logs errors that nobody caught before the process ends because of them; how it ends stays as it is. Returns how to stop. */
  captureUncaught(): () => void {
    return watchUncaught(
      (error, origin) => this.lastLine(error, origin),
      () => this.telemetry.takeLogs(),
      this.telemetry.address,
    );
  }

  private write(level: LogLevel, message: string, fields: LogFields, { caller, members = {}, isKept, anyLevel }: WriteOptions): void {
    try {
      if (level === 'ERROR') this.total.errors += 1;
      if (level === 'WARNING') this.total.warnings += 1;
      if (!anyLevel && severityNumbers[level] < severityNumbers[this.options.level ?? 'INFO']) return;
      const isError = isKept === true || severityNumbers[level] >= severityNumbers.ERROR;
      const decision = this.telemetry.sampler({ level, name: message, traceId: currentTrace()?.traceId, isError });
      if (!decision.kept) return;
      const sampled = decision.rate === undefined ? {} : { sampled: true, sample_rate: decision.rate };
      const source = caller && this.options.source !== false ? callerSource(caller) : undefined;
      const plain = this.document(level, message, fields, { ...sampled, ...members }, source);
      const text = JSON.stringify(plain);
      if (this.options.stderr !== false) writeStderr(text);
      this.telemetry.logPlain(plain, text, severityNumbers[level]);
    } catch {
      this.telemetry.countFailure();
    }
  }

  private document(level: LogLevel, message: string, fields: LogFields, members: LogFields, source: unknown): Record<string, unknown> {
    const agent = { name: this.name, type: this.options.type ?? 'mcp-mesh' };
    const { service, filter } = this.telemetry;
    return plainValue(logDocument({ level, message, agent, service, fields, members, source }), filter) as Record<string, unknown>;
  }

  private lastLine(error: unknown, origin: string): string {
    return JSON.stringify(this.document('CRITICAL', 'Unhandled exception', {}, { exception: exceptionMember(error), origin }, undefined));
  }
}
