import type { Kind } from '../aggregation.ts';
import { geoPoint, hasPoint } from '../geo-point.ts';
import { countIn, numberIn } from '../row.ts';

/** The smallest box around all points. It never spans the date line, as with `wrap_longitude: false`. */
export const geoBounds: Kind = {
  type: 'geo_bounds',
  children: 'refused',
  parse(params) {
    const field = params.field();
    params.ignore('wrap_longitude');
    return (level) => {
      const point = geoPoint(level.context.fields, field);
      if (point === undefined) return { typedName: 'geo_bounds', read: () => ({}) };
      const inside = level.within(hasPoint(point));
      const column = (name: string, sql: string) => inside.aggregate({ name, args: [sql] });
      const [top, bottom] = [column('maxOrNull', point.lat), column('minOrNull', point.lat)];
      const [left, right] = [column('minOrNull', point.lon), column('maxOrNull', point.lon)];
      return {
        typedName: 'geo_bounds',
        read: (row) => {
          if (numberIn(row, top) === null) return {};
          return {
            bounds: {
              top_left: { lat: numberIn(row, top), lon: numberIn(row, left) },
              bottom_right: { lat: numberIn(row, bottom), lon: numberIn(row, right) },
            },
          };
        },
      };
    };
  },
};

export const geoCentroid: Kind = {
  type: 'geo_centroid',
  children: 'refused',
  parse(params) {
    const field = params.field();
    return (level) => {
      const point = geoPoint(level.context.fields, field);
      if (point === undefined) return { typedName: 'geo_centroid', read: () => ({ count: 0 }) };
      const inside = level.within(hasPoint(point));
      const count = inside.documentCount();
      const lat = inside.aggregate({ name: 'avgOrNull', args: [point.lat] });
      const lon = inside.aggregate({ name: 'avgOrNull', args: [point.lon] });
      return {
        typedName: 'geo_centroid',
        read: (row) => {
          const found = countIn(row, count);
          return found === 0 ? { count: 0 } : { location: { lat: numberIn(row, lat), lon: numberIn(row, lon) }, count: found };
        },
      };
    };
  },
};
