import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext } from './trace-context.ts';

/** The way from a request handler to the client whose request it is. */
export type ClientChannel = Readonly<{
  /** Sends a protocol log message when the client wants that level; says whether it was sent. Never throws. */
  log: (level: string, data: unknown, logger: string | undefined) => boolean;
}>;

/** What is known at a point of the program about the work that led there. */
export type Scope = Readonly<{
  trace?: TraceContext | undefined;
  requestId?: string | undefined;
  client?: ClientChannel | undefined;
  /** Of `LogContext`. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}>;

const key = Symbol.for('meshscope.sdk.scope.1');
const globals = globalThis as { [key]?: AsyncLocalStorage<Scope> };

/** One store for the process, also when the program loads the package twice, as ES module and as CommonJS. */
const storage: AsyncLocalStorage<Scope> = globals[key] ?? new AsyncLocalStorage<Scope>();
globals[key] = storage;

const nothing: Scope = {};

export const currentScope = (): Scope => storage.getStore() ?? nothing;

/** Runs `work`, and everything that it starts, with some members of the scope replaced. */
export const runInScope = <T>(members: Scope, work: () => T): T => storage.run({ ...currentScope(), ...members }, work);

/** Runs `work` without a scope, for timers that outlive the request in which they happen to be made. */
export const runOutsideScope = <T>(work: () => T): T => storage.exit(work);
