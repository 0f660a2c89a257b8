/** OpenTelemetry's severity numbers from ERROR on. */
const firstErrorNumber = 17;

const errorNames = ['error', 'err', 'critical', 'crit', 'fatal', 'alert', 'emergency', 'emerg', 'panic', 'severe', 'e', 'f', 'c'];
const errorLevels = [
  ...errorNames.flatMap((name) => [name, name.toUpperCase(), `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`]),
  // pino and bunyan.
  ...['50', '60'],
];

/** Log records of failures: by the names of levels that loggers use, and by OpenTelemetry's numbers. */
export const errorQuery = {
  bool: {
    should: [{ terms: { level: [...new Set(errorLevels)] } }, { range: { severity_number: { gte: firstErrorNumber } } }],
    minimum_should_match: 1,
  },
};
