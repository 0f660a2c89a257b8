import { beforeExit } from './before-exit.ts';
import type { LogFields } from './log-document.ts';
import { runOutsideScope } from './scope.ts';

export type CountThenLogOptions = Readonly<{
  /** What is counted apart from the message. */
  key?: string;
  /** How many this call stands for. */
  by?: number;
  everyMillis?: number;
}>;

type Count = { count: number; readonly since: number; fields: LogFields };

const minute = 60_000;
/** Things that are counted at the same time; further ones share a line. */
const maxKeys = 1000;

/** Counts by message and key, and calls `log` once at the end of each period in which something was counted, and at the end of the program. */
export function createCounter(
  log: (message: string, fields: LogFields) => void,
): (message: string, fields: LogFields, options: CountThenLogOptions) => void {
  const open = new Map<string, Readonly<{ count: Count; end: () => void }>>();
  beforeExit(() => {
    for (const { end } of [...open.values()]) end();
  });

  return (message, fields, { key = '', by = 1, everyMillis = minute }) => {
    const wanted = `${message}\n${key}`;
    const name = open.has(wanted) || open.size < maxKeys ? wanted : '';
    const known = open.get(name);
    if (known) {
      known.count.count += by;
      known.count.fields = fields;
      return;
    }
    const count: Count = { count: by, since: Date.now(), fields };
    const end = () => {
      clearTimeout(timer);
      open.delete(name);
      const said = name === '' ? 'Other counted messages' : message;
      log(said, {
        ...count.fields,
        ...(key === '' || name === '' ? {} : { key }),
        count: count.count,
        period_ms: Date.now() - count.since,
      });
    };
    const timer = runOutsideScope(() => setTimeout(end, everyMillis));
    timer.unref();
    open.set(name, { count, end });
  };
}
