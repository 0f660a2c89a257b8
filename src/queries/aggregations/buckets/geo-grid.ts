import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { sqlString } from '../../../lib/sql-text.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { type GeoPoint, geoPoint, hasPoint } from '../geo-point.ts';
import { isObject, type Params } from '../params.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn } from '../row.ts';
import { unmapped } from './terms.ts';

type Grid = Readonly<{
  type: string;
  precision: number;
  smallest: number;
  largest: number;
  cell: (point: GeoPoint, precision: number) => string;
}>;

/** Web Mercator ends where the map is a square. */
const maxLatitude = 85.0511287798066;

const grids: readonly Grid[] = [
  {
    type: 'geohash_grid',
    precision: 5,
    smallest: 1,
    largest: 12,
    cell: ({ lat, lon }, precision) => `geohashEncode(assumeNotNull(${lon}), assumeNotNull(${lat}), ${precision})`,
  },
  {
    type: 'geotile_grid',
    precision: 7,
    smallest: 0,
    largest: 29,
    cell: ({ lat, lon }, zoom) => {
      const tiles = 2 ** zoom;
      const clip = (sql: string) => `greatest(0, least(${tiles - 1}, toInt64(floor(${sql}))))`;
      const angle = `radians(greatest(-${maxLatitude}, least(${maxLatitude}, assumeNotNull(${lat}))))`;
      const x = clip(`(assumeNotNull(${lon}) + 180) / 360 * ${tiles}`);
      const y = clip(`(1 - log(tan(${angle}) + 1 / cos(${angle})) / pi()) / 2 * ${tiles}`);
      return `concat('${zoom}/', toString(${x}), '/', toString(${y}))`;
    },
  },
];

/** Counts points per cell of a map; the commonest cells come first. */
export const geoGrids: readonly Kind[] = grids.map((grid) => ({
  type: grid.type,
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const precision = params.integer('precision', grid.precision, 0);
    if (precision < grid.smallest || precision > grid.largest) {
      throw illegalArgument(`Invalid ${grid.type} precision of ${precision}. Must be between ${grid.smallest} and ${grid.largest}.`);
    }
    const size = params.integer('size', 10_000, 1);
    const bounds = parseBox(params);
    params.ignore('shard_size');
    return async (level, children) => {
      const point = geoPoint(level.context.fields, field);
      if (point === undefined) return await unmapped(level, children, grid.type, false);
      const present = [hasPoint(point), ...(bounds === undefined ? [] : [bounds(point)])].join(' AND ');
      const codec = { output: (alias: string) => alias, literal: (output: unknown) => sqlString(String(output)) };
      const sql = `if(${present}, ${grid.cell(point, precision)}, '')`;
      const group = level.groupBy([{ sql, explode: false, missing: 'empty', codec }]);
      const inside = level.below(group);
      const count = inside.documentCount();
      const planned = await planChildren(inside, children);
      group.order = [`${count} DESC`];
      group.limit = size;
      const key = `o_${group.columns[0]?.alias}`;
      return {
        typedName: grid.type,
        read: (row) => {
          const buckets = group
            .rowsIn(row)
            .map((inner) => ({ key: inner.values[key], doc_count: countIn(inner, count), ...readChildren(children, planned, inner) }));
          countBuckets(level, buckets.length);
          return { buckets: applyPipelines(children, buckets) };
        },
      };
    };
  },
}));

/** `bounds`: `{top_left, bottom_right}` or `{top, left, bottom, right}`; a box over the date line has left > right. */
function parseBox(params: Params): ((point: GeoPoint) => string) | undefined {
  const json = params.object('bounds');
  if (json === undefined) return undefined;
  const topLeft = isObject(json.top_left) ? json.top_left : { lat: json.top, lon: json.left };
  const bottomRight = isObject(json.bottom_right) ? json.bottom_right : { lat: json.bottom, lon: json.right };
  const [top, left, bottom, right] = [topLeft.lat, topLeft.lon, bottomRight.lat, bottomRight.lon].map(Number);
  if (![top, left, bottom, right].every((edge) => edge !== undefined && Number.isFinite(edge))) throw params.wrongValue('bounds', json);
  const across = Number(left) > Number(right) ? 'OR' : 'AND';
  return ({ lat, lon }) => `ifNull(${lat} <= ${top} AND ${lat} >= ${bottom} AND (${lon} >= ${left} ${across} ${lon} <= ${right}), 0)`;
}
