import { sqlString } from '../../lib/sql-text.ts';

/** Stands for what differs from one message to the next. */
export const placeholder = '<*>';

/** In characters; what differs only beyond this is one pattern. */
const maxLength = 400;

const uuid = '\\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\b';
/** Every word with a digit in it: numbers, ids, hashes, parts of times and addresses. */
const wordWithDigit = '\\w*\\d\\w*';
const placeholders = '<\\*>(?:[-.,:/_+]?<\\*>)+';

/** SQL: the message without ids, numbers and times. Each expression is one that the engine runs in linear time. */
export const templateExpression = (message: string): string =>
  [uuid, wordWithDigit, placeholders].reduce(
    (sql, pattern) => `replaceRegexpAll(${sql}, ${sqlString(pattern)}, ${sqlString(placeholder)})`,
    `substringUTF8(${message}, 1, ${maxLength})`,
  );
