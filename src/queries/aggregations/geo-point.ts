import type { Field, Fields } from '../fields/field.ts';

/** Latitude and longitude as Nullable(Float64) SQL. */
export type GeoPoint = Readonly<{ lat: string; lon: string }>;

/**
 * A point comes as `{lat, lon}`, as the text `lat,lon`, or as the array `[lon, lat]`; all of them may be in one field.
 * Undefined when no document has one.
 */
export function geoPoint(fields: Fields, name: string): GeoPoint | undefined {
  const forms = [...pairOfFields(fields, name), ...fields.find(name).readings.flatMap(fromReading)];
  if (forms.length === 0) return undefined;
  const join = (parts: readonly string[]) => (parts.length === 1 ? (parts[0] as string) : `coalesce(${parts.join(', ')})`);
  return { lat: join(forms.map((form) => form.lat)), lon: join(forms.map((form) => form.lon)) };
}

/** SQL that is true where there is a point. */
export const hasPoint = (point: GeoPoint): string => `((${point.lat}) IS NOT NULL AND (${point.lon}) IS NOT NULL)`;

function pairOfFields(fields: Fields, name: string): readonly GeoPoint[] {
  const lat = number(fields.find(`${name}.lat`));
  const lon = number(fields.find(`${name}.lon`));
  return lat === undefined || lon === undefined ? [] : [{ lat, lon }];
}

function number(field: Field): string | undefined {
  const parts = field.readings.flatMap((reading) => {
    if (reading.array) return [];
    if (reading.type === 'string') return [`toFloat64OrNull(${reading.sql})`];
    return reading.type === 'float' || reading.type === 'integer' ? [`toNullable(toFloat64(${reading.sql}))`] : [];
  });
  if (parts.length === 0) return undefined;
  return parts.length === 1 ? parts[0] : `coalesce(${parts.join(', ')})`;
}

function fromReading(reading: Field['readings'][number]): readonly GeoPoint[] {
  if (reading.type === 'string' && !reading.array) {
    const part = (index: number) => `toFloat64OrNull(trim(splitByChar(',', assumeNotNull(${reading.sql}))[${index}]))`;
    return [{ lat: part(1), lon: part(2) }];
  }
  if (!reading.array || (reading.type !== 'float' && reading.type !== 'integer')) return [];
  const part = (index: number) => `if(length(${reading.sql}) >= 2, toFloat64((${reading.sql})[${index}]), NULL)`;
  return [{ lat: part(2), lon: part(1) }];
}
