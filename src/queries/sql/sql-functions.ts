/**
 * Functions that a statement of a stranger may call: they compute from their arguments, and nothing else. Not here, on purpose: whatever reads
 * files, tables, dictionaries, settings or the machine; what takes a function or a type by name in a text; what makes much of little (`range`,
 * `repeat`); what takes more than linear time for one value (edit distances, `sequenceMatch`); what waits.
 */
const scalars = `
abs sign sqrt cbrt exp exp2 exp10 log log2 log10 pow power round roundBankers floor ceil ceiling trunc intDiv intDivOrZero modulo greatest least
isNaN isFinite isInfinite ifNotFinite bitAnd bitOr bitXor bitShiftRight bitTest
lower upper lowerUTF8 upperUTF8 length lengthUTF8 concat substring substringUTF8 substr left right leftUTF8 rightUTF8 position positionCaseInsensitive
positionUTF8 startsWith endsWith trim trimLeft trimRight ltrim rtrim replace replaceAll replaceOne replaceRegexpAll replaceRegexpOne splitByChar splitByString
splitByWhitespace splitByNonAlpha arrayStringConcat match extract extractAll countSubstrings countMatches hasToken hasTokenCaseInsensitive empty notEmpty
reverse toString domain path cutQueryString isValidUTF8 toValidUTF8
toInt8 toInt16 toInt32 toInt64 toUInt8 toUInt16 toUInt32 toUInt64 toFloat32 toFloat64 toBool
toInt32OrNull toInt64OrNull toUInt32OrNull toUInt64OrNull toFloat64OrNull toInt64OrZero toUInt64OrZero toFloat64OrZero toInt64OrDefault toFloat64OrDefault
if multiIf coalesce ifNull nullIf isNull isNotNull assumeNotNull toNullable
now now64 today yesterday toDate toDateTime toDateTime64 toDateOrNull toDateTimeOrNull parseDateTimeBestEffort parseDateTimeBestEffortOrNull
parseDateTime64BestEffort parseDateTime64BestEffortOrNull toStartOfSecond toStartOfMinute toStartOfFiveMinutes toStartOfFiveMinute toStartOfTenMinutes
toStartOfFifteenMinutes toStartOfHour toStartOfDay toStartOfWeek toStartOfMonth toStartOfQuarter toStartOfYear toStartOfInterval toYear toMonth toDayOfMonth
toDayOfWeek toDayOfYear toHour toMinute toSecond toMillisecond toUnixTimestamp toUnixTimestamp64Milli toUnixTimestamp64Micro toUnixTimestamp64Nano
fromUnixTimestamp fromUnixTimestamp64Milli fromUnixTimestamp64Micro fromUnixTimestamp64Nano dateDiff date_diff date_trunc dateTrunc formatDateTime
addSeconds addMinutes addHours addDays addWeeks addMonths subtractSeconds subtractMinutes subtractHours subtractDays subtractWeeks subtractMonths toTimeZone
toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek toIntervalMonth
array arrayElement arrayJoin has hasAny hasAll indexOf countEqual arrayMap arrayFilter arrayExists arrayAll arrayCount arraySum arrayAvg arrayMin arrayMax
arraySort arrayReverseSort arrayDistinct arrayUniq arrayConcat arraySlice arrayFirst arrayLast arrayFirstIndex arrayZip arrayEnumerate arrayReverse
arrayCumSum arrayDifference arrayCompact tuple tupleElement mapKeys mapValues mapContains mapContainsKey mapFilter mapApply
JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool JSONExtractRaw JSONExtractArrayRaw JSONExtractKeys
JSONExtractKeysAndValuesRaw JSONHas JSONLength JSONType isValidJSON
cityHash64 sipHash64 xxHash64 MD5 SHA256 hex crc32
`;

/** Each also with the suffix `If`. */
const aggregates = `
count sum avg min max any anyLast argMin argMax uniq uniqExact uniqCombined uniqHLL12 median quantile quantiles quantileExact quantileTDigest quantileTiming
quantilesExact quantilesTDigest quantilesTiming stddevPop stddevSamp varPop varSamp corr covarPop covarSamp groupArray groupUniqArray groupConcat topK entropy
skewPop kurtPop avgWeighted simpleLinearRegression
`;

/** The regular expression MUST be a literal, which can be looked at. */
const patternFirst: ReadonlySet<string> = new Set([
  'match',
  'extract',
  'extractAll',
  'countMatches',
  'replaceRegexpAll',
  'replaceRegexpOne',
]);

/** The engine takes the name of any function, as if it were a column's, where these take a lambda. So there MUST be a lambda. */
const lambdaTakers: ReadonlySet<string> = new Set(
  `Map Filter Exists All Count Sum Avg Min Max Sort ReverseSort First Last FirstIndex CumSum Difference Compact`
    .split(' ')
    .map((name) => `array${name}`)
    .concat('mapFilter', 'mapApply'),
);

const parametric = /^(?:quantile|topK$|groupArray$|groupUniqArray$|groupConcat$)/;

export type SqlFunction = Readonly<{
  /** As the engine spells it. */
  name: string;
  isAggregate: boolean;
  /** Takes numbers in parentheses of their own: `quantile(0.9)(x)`. */
  isParametric: boolean;
  /** As the first of several arguments. */
  takesLambda: boolean;
  takesPattern: boolean;
}>;

const names = (text: string) => text.trim().split(/\s+/);

const known: ReadonlyMap<string, SqlFunction> = new Map(
  [
    ...names(scalars).map((name) => ({
      name,
      isAggregate: false,
      isParametric: false,
      takesLambda: lambdaTakers.has(name),
      takesPattern: patternFirst.has(name),
    })),
    ...names(aggregates).flatMap((name) =>
      [name, `${name}If`].map((each) => ({
        name: each,
        isAggregate: true,
        isParametric: parametric.test(name),
        takesLambda: false,
        takesPattern: false,
      })),
    ),
  ].map((one) => [one.name.toLowerCase(), one]),
);

/** Without regard to case, as SQL writers expect of most. */
export const sqlFunction = (name: string): SqlFunction | undefined => known.get(name.toLowerCase());

export const sqlFunctionNames: readonly string[] = [...known.values()].map(({ name }) => name);
