import { currentScope, runInScope } from './scope.ts';

export type ContextFields = Readonly<Record<string, unknown>>;

/**
 * Fields that every log line below gets. It is a function and not a pair of enter and exit, so it is left in the right order whatever
 * is thrown, and whatever else runs meanwhile. Inner fields win over outer ones; `request_id` and `user_id` are members of the line.
 */
export const LogContext: Readonly<{
  run: <T>(fields: ContextFields, work: () => T) => T;
  current: () => ContextFields;
  /** `work`, bound to the context that is current now; for callbacks of libraries that lose it. */
  bind: <A extends unknown[], R>(work: (...args: A) => R) => (...args: A) => R;
}> = {
  run: (fields, work) => runInScope({ fields: { ...currentScope().fields, ...fields } }, work),
  current: () => currentScope().fields ?? {},
  bind: (work) => {
    const scope = currentScope();
    return (...args) =>
      runInScope({ trace: undefined, requestId: undefined, client: undefined, fields: undefined, ...scope }, () => work(...args));
  },
};
