import { expect, it } from 'vitest';
import { outlineMessage } from './outline-message.ts';

const outline = (text: string) => outlineMessage({ head: Buffer.from(text).subarray(0, 300), tail: Buffer.from(text).subarray(-100) });
const long = 'x'.repeat(1000);

it.each([
  [
    `{"method":"tools/call","params":{"name":"echo","arguments":{"id":7,"a":"${long}"}},"jsonrpc":"2.0","id":3}`,
    ['request', 3, 'tools/call', { name: 'echo' }],
  ],
  [
    `{"jsonrpc":"2.0","id":"a\\"b","method":"resources/read","params":{"uri":"file:///x","z":"${long}"}}`,
    ['request', 'a"b', 'resources/read', { uri: 'file:///x' }],
  ],
  [`{"result":{"id":9,"content":[{"text":"${long}","id":8}]},"jsonrpc":"2.0","id":0}`, ['result', 0]],
  [`{ "jsonrpc": "2.0", "id": 4, "result": {"text":"${long}"} }`, ['result', 4]],
  [`{"jsonrpc":"2.0","result":{"text":"${long}","id":5}}`, undefined],
  [`[{"jsonrpc":"2.0","id":1,"result":"${long}"}]`, undefined],
  [`{"method":"notifications/message","params":{"id":1,"data":"${long}"}}`, undefined],
  [long, undefined],
])('tells of %.60s… what it can', (text, expected) => {
  const [message] = outline(text);
  if (expected === undefined) expect(message).toBeUndefined();
  else
    expect(message).toMatchObject({
      kind: expected[0],
      id: expected[1],
      ...(expected[2] ? { method: expected[2], params: expected[3] } : {}),
    });
});
