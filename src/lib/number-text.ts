/** A double as the engine prints it where it makes text of a number. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value).replace('e+', 'e');
}
