// Bodies of `POST /v1/traces` in protobuf: one is encoded, and then only its ids and times are written anew.
import { agents, spansPerTrace, tools, traceIdAt } from './mesh-entries.mjs';

const varint = (value) => {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
};
const key = (field, type) => varint(field * 8 + type);
const bytes = (field, content) => Buffer.concat([key(field, 2), varint(content.length), content]);
const text = (field, value) => bytes(field, Buffer.from(value));
const fixed64 = (field, value) => {
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(value);
  return Buffer.concat([key(field, 1), content]);
};
const attribute = (name, value) =>
  Buffer.concat([text(1, name), bytes(2, typeof value === 'number' ? Buffer.concat([key(3, 0), varint(value)]) : text(1, value))]);

const services = agents.slice(0, 4);

const marker = (value, length) => {
  const content = Buffer.alloc(length, 0xee);
  content.writeUInt32BE(value, length - 4);
  return content;
};

/** One body of whole traces, as a server instrumented by OpenTelemetry's MCP conventions would send it; ids are markers. */
function template(spans) {
  const byService = services.map((service, index) => {
    const own = [];
    for (let position = 0; position < spans; position++) {
      if (position % services.length !== index) continue;
      const trace = Math.floor(position / spansPerTrace);
      const place = position % spansPerTrace;
      const tool = tools[(trace + place * 3) % tools.length];
      const parts = [bytes(1, marker(trace, 16)), bytes(2, marker(position, 8))];
      if (place > 0) parts.push(bytes(4, marker(position - place + Math.floor((place - 1) / 2), 8)));
      parts.push(
        text(5, `tools/call ${tool}`),
        key(6, 0),
        varint(place === 0 ? 2 : 3),
        fixed64(7, 0xeeeeeeeeeeeeeee1n),
        fixed64(8, 0xeeeeeeeeeeeeeee2n),
      );
      const attributes = [
        ['mcp.method.name', 'tools/call'],
        ['gen_ai.tool.name', tool],
        ['mcp.session.id', `session-${trace % 100}`],
        ['jsonrpc.request.id', position],
        ['network.transport', 'tcp'],
        ['server.address', '10.1.2.3'],
        ['server.port', 9093],
        ['mcp.protocol.version', '2026-06-18'],
      ];
      for (const [name, value] of attributes) parts.push(bytes(9, attribute(name, value)));
      if (trace % 50 === 7 && place === 3) parts.push(bytes(15, Buffer.concat([text(2, 'upstream answered 503'), key(3, 0), varint(2)])));
      own.push(bytes(2, Buffer.concat(parts)));
    }
    const resource = bytes(
      1,
      Buffer.concat(
        [
          ['service.name', service],
          ['service.instance.id', `${service}-1a2b`],
          ['telemetry.sdk.language', 'nodejs'],
        ].map(([name, value]) => bytes(1, attribute(name, value))),
      ),
    );
    const scope = bytes(1, Buffer.concat([text(1, '@meshscope/bench'), text(2, '1.0.0')]));
    return bytes(1, Buffer.concat([resource, bytes(2, Buffer.concat([scope, ...own]))]));
  });
  return Buffer.concat(byService);
}

/** Places in the template that change with each body. */
function places(body) {
  const found = [];
  for (let at = 0; at < body.length - 8; at++) {
    if (body[at] !== 0xee || body[at + 1] !== 0xee || body[at + 2] !== 0xee || body[at + 3] !== 0xee) continue;
    const before = body[at - 1];
    if (before === 16) found.push({ kind: 'trace', at, value: body.readUInt32BE(at + 12) });
    else if (before === 8) found.push({ kind: 'span', at, value: body.readUInt32BE(at + 4) });
    else continue;
    at += before - 1;
  }
  for (const [kind, low] of [
    ['start', 0xe1],
    ['end', 0xe2],
  ]) {
    const needle = Buffer.alloc(8, 0xee);
    needle[0] = low;
    for (let at = body.indexOf(needle); at !== -1; at = body.indexOf(needle, at + 8)) found.push({ kind, at, value: 0 });
  }
  return found;
}

/** Returns a function that gives the body number `n`; the buffer is the same each time. */
export function otlpBodies(seed, spansPerBody) {
  const body = template(spansPerBody);
  const changing = places(body);
  const traces = spansPerBody / spansPerTrace;
  return (number, endMillis) => {
    let span = 0;
    for (const { kind, at, value } of changing) {
      if (kind === 'trace') body.write(traceIdAt(seed, number * traces + value), at, 'hex');
      else if (kind === 'span') body.writeBigUInt64BE(BigInt(number * spansPerBody + value) + 1n, at);
      else if (kind === 'end') body.writeBigUInt64LE(BigInt(endMillis) * 1_000_000n, at);
      else body.writeBigUInt64LE(BigInt(endMillis - 5 - ((span++ * 7919) % 400)) * 1_000_000n, at);
    }
    return body;
  };
}
