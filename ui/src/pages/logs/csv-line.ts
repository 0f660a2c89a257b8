/** A cell that a spreadsheet would run as a formula; a plain negative number is none. */
const isFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text) && !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text);

/** One line of CSV (RFC 4180). Log text is written by strangers, so what would be a formula gets an apostrophe in front. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells
    .map((cell) => (isFormula(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')}\r\n`;
