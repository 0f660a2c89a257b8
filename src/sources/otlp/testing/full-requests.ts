import { jsonToProtobuf } from '../json-to-protobuf.ts';
import { requestFields, type Signal } from '../otlp-schema.ts';

export const fromJson = (signal: Signal, text: string) => Buffer.from(jsonToProtobuf(Buffer.from(text), requestFields[signal]));

/** A request of each signal that has every field. */
export const full: Readonly<Record<Signal, string>> = {
  traces: JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: [{ key: 'service.name', value: { stringValue: 'a' } }],
          droppedAttributesCount: 2,
          entityRefs: [{ type: 'host', idKeys: ['host.id'] }],
        },
        schemaUrl: 'https://schema/1',
        scopeSpans: [
          {
            schemaUrl: 'https://schema/2',
            scope: { name: 'lib', version: '1', attributes: [{ key: 'x', value: { boolValue: true } }], droppedAttributesCount: 1 },
            spans: [
              {
                traceId: '5af7183fb1d4cf5f5af7183fb1d4cf5f',
                spanId: '6b221d5bc9e6496c',
                parentSpanId: '0000000000000000',
                traceState: 'a=b',
                flags: 769,
                name: 'n',
                kind: 'SPAN_KIND_PRODUCER',
                startTimeUnixNano: '1790000000123456789',
                endTimeUnixNano: 1790000000223456789n.toString(),
                attributes: [
                  { key: 'i', value: { intValue: '9223372036854775807' } },
                  { key: 'd', value: { doubleValue: 'NaN' } },
                  { key: 'b', value: { bytesValue: 'AAEC' } },
                  {
                    key: 'm',
                    value: { kvlistValue: { values: [{ key: '__proto__', value: { arrayValue: { values: [{}, { intValue: -1 }] } } }] } },
                  },
                ],
                droppedAttributesCount: 3,
                events: [
                  {
                    timeUnixNano: '1790000000123456790',
                    name: 'e',
                    attributes: [{ key: 'k', value: { stringValue: 'v' } }],
                    droppedAttributesCount: 1,
                  },
                ],
                droppedEventsCount: 4,
                links: [
                  {
                    traceId: 'ab',
                    spanId: 'cd',
                    traceState: 's',
                    flags: 1,
                    droppedAttributesCount: 1,
                    attributes: [{ key: 'k', value: { doubleValue: 1 } }],
                  },
                ],
                droppedLinksCount: 5,
                status: { code: 2, message: 'm' },
                unknown: [1],
              },
            ],
          },
        ],
      },
    ],
  }),
  logs: JSON.stringify({
    resourceLogs: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'a' } },
            { key: 'k8s.node.name', value: { stringValue: 'n1' } },
          ],
        },
        scopeLogs: [
          {
            scope: { name: 'lib' },
            logRecords: [
              {
                timeUnixNano: '1790000000123456789',
                observedTimeUnixNano: '1790000000223456789',
                severityNumber: 'SEVERITY_NUMBER_FATAL',
                body: { stringValue: 'gone "wrong"\n' },
                attributes: [
                  { key: 'exception.type', value: { stringValue: 'TypeError' } },
                  { key: 'exception.stacktrace', value: { stringValue: 'at a\nat b' } },
                  { key: 'code.line.number', value: { intValue: '17' } },
                  { key: 'exception.message', value: { intValue: 3 } },
                ],
                droppedAttributesCount: 1,
                flags: 1,
                traceId: '5AF7183FB1D4CF5F5AF7183FB1D4CF5F',
                spanId: '6b221d5bc9e6496c',
                eventName: 'crash',
              },
            ],
          },
        ],
      },
    ],
  }),
  metrics: JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'a' } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'g',
                gauge: {
                  dataPoints: [
                    { timeUnixNano: '5', asInt: '0' },
                    { asDouble: '-Infinity', flags: 1 },
                  ],
                },
                metadata: [{ key: 'k', value: { intValue: 1 } }],
              },
              {
                name: 's',
                sum: {
                  aggregationTemporality: 1,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      asInt: '-9223372036854775808',
                      exemplars: [
                        {
                          timeUnixNano: 7,
                          asInt: 1,
                          traceId: 'ab',
                          spanId: 'cd',
                          filteredAttributes: [{ key: 'k', value: { intValue: 1 } }],
                        },
                      ],
                    },
                  ],
                },
              },
              {
                name: 'h',
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [{ count: '18446744073709551615', sum: 0, bucketCounts: ['0', 1, '0'], explicitBounds: [0, 1.5] }],
                },
              },
              {
                name: 'x',
                exponentialHistogram: {
                  dataPoints: [
                    {
                      count: 3,
                      scale: -2,
                      zeroCount: 1,
                      zeroThreshold: 0.5,
                      positive: { offset: -1, bucketCounts: [0, '2'] },
                      negative: {},
                      min: -1,
                      max: 2,
                    },
                  ],
                },
              },
              {
                name: 'y',
                summary: {
                  dataPoints: [
                    {
                      quantileValues: [
                        { quantile: 0.5, value: 3 },
                        { quantile: 1, value: 'NaN' },
                      ],
                    },
                  ],
                },
              },
              { name: 'future' },
            ],
          },
        ],
      },
    ],
  }),
};
