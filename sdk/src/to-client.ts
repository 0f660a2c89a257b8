import { plainValue, type ValueFilter } from './plain-value.ts';
import { currentScope } from './scope.ts';
import type { ProtocolLevel } from './severity.ts';

type Send = (message: string, fields?: Readonly<Record<string, unknown>>) => boolean;

/** Each says whether the message was sent: the client has asked for the level, and its request is still open. */
export type ClientLogger = Readonly<Record<ProtocolLevel, Send>>;

/**
 * Sends protocol log messages (`notifications/message`) to the client whose request is being handled, with what must not leave the
 * process taken out. Nothing is sent outside of an instrumented request.
 */
export function clientLogger(name: string, filter: ValueFilter): ClientLogger {
  const at =
    (level: ProtocolLevel): Send =>
    (message, fields) => {
      const { client } = currentScope();
      if (!client) return false;
      try {
        return client.log(level, plainValue(fields === undefined ? message : { message, ...fields }, filter), name);
      } catch {
        return false;
      }
    };
  return {
    debug: at('debug'),
    info: at('info'),
    notice: at('notice'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
    alert: at('alert'),
    emergency: at('emergency'),
  };
}
