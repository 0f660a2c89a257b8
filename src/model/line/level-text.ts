import { levelPattern, type TextFormat } from './text-record.ts';
import { readTextTime, timePattern } from './text-time.ts';

/** A time in front, then perhaps a level in brackets or not: Logback, Spring Boot, tracing-subscriber, zap's console. */
const dated = new RegExp(`^[\\[(]?${timePattern}[\\])]?(?:[ \\t|:-]+[\\[(<]?(${levelPattern})\\b[\\])>]?)?(?:[ \\t]*[|:-])?[ \\t]+`);
/** Logback's `2024-01-01 12:00:00.123 [main] ERROR com.example.App - message`. */
const threaded = new RegExp(`^${timePattern} +\\[[^\\]]{1,200}\\] +(${levelPattern})\\b +`);
/** `[ERROR] message`, `ERROR: message`, uvicorn's `INFO:     message`. A bare word in capitals is too little. */
const levelOnly = new RegExp(`^(?:\\[(${levelPattern}) *\\]:?|(${levelPattern}):)[ \\t]+`);

/** A line that begins with a time, a level, or both, in a layout without a name of its own. */
export const parseLevelText: TextFormat = (line) => {
  const match = threaded.exec(line) ?? dated.exec(line);
  if (match !== null) {
    const time = readTextTime(match[1] as string, match[2] as string, match[3], match[4]);
    return time === undefined ? undefined : { msg: line.slice(match[0].length), level: match[5]?.toUpperCase(), ...time };
  }
  const level = levelOnly.exec(line);
  return level === null ? undefined : { msg: line.slice(level[0].length), level: (level[1] ?? level[2])?.toUpperCase() };
};
