const effort = Number(process.env.TEST_EFFORT ?? 1);

/** How many random cases a property is tried with (for fast-check). `TEST_EFFORT=20 npm test` tries twenty times as many. */
export const randomCases = (count: number) => ({ numRuns: Math.ceil(count * effort) });
