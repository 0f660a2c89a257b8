/** What follows FROM, with one more condition. */
export const andWhere = (from: string, condition: string): string => `${from} ${/\bWHERE\b/i.test(from) ? 'AND' : 'WHERE'} ${condition}`;
