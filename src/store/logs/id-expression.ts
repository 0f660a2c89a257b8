import { automaticId } from '../../model/journal-line.ts';

/** The last digits of a number in hexadecimal; `hex` itself prints whole bytes without leading zeros. */
const hexDigits = (sql: string, digits: number) => `right(leftPad(lower(hex(${sql})), 16, '0'), ${digits})`;

/** The id that `automaticId` gives to a row of a segment. */
export const automaticIdExpression = (segment: string, row: string) => `concat(${hexDigits(segment, 13)}, ${hexDigits(row, 7)})`;

/** `_id` of a row, for conditions: the explicit one, or the automatic one made of where the row was in the journal. */
export const idExpression = `if(notEmpty(_id), _id, ${automaticIdExpression('_segment', '_row')})`;

/** SQL of the columns that `idText` makes the `_id` of. For rows that are shown: the engine takes longer to analyse the expression than to read them. */
export const idParts = 'tuple(_id, _segment, _row)';

export function idText(parts: unknown): string {
  const [id, segment, row] = parts as readonly [id: string, segment: string, row: number];
  return id === '' ? automaticId(Number(segment), row) : id;
}
