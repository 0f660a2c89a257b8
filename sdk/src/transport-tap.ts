import type { Message } from './mcp-message.ts';

type Callback = (...args: unknown[]) => unknown;

/** The part of both SDK generations' transports that is used here. */
export type Transport = {
  send: (message: unknown, options?: unknown) => unknown;
  onmessage?: ((message: unknown, extra?: unknown) => unknown) | undefined;
  onclose?: (() => unknown) | undefined;
  sessionId?: string | undefined;
};

export type SendOptions = Readonly<{ relatedRequestId?: unknown; requestSignal?: AbortSignal | undefined }>;

/** How a message goes on: what is handed over instead of it, and around what. */
export type Passage = Readonly<{
  message: unknown;
  run: <T>(work: () => T) => T;
  /** The transport has taken it. */
  done?: (() => void) | undefined;
  failed?: ((error: unknown) => void) | undefined;
}>;

export type TapHooks = Readonly<{
  inbound: (message: Message, extra: unknown) => Passage;
  outbound: (message: Message, options: SendOptions) => Passage;
  closed: () => void;
}>;

const tapped = new WeakSet<object>();

const unchanged = (message: unknown): Passage => ({ message, run: (work) => work() });

/** Telemetry must not break a conversation: whatever fails in a hook, the message goes on as it is. */
function guarded(hook: () => Passage, message: unknown): Passage {
  try {
    return hook();
  } catch {
    return unchanged(message);
  }
}

/**
 * Watches a transport in place. It is not wrapped, because the SDKs ask for its class and its package-private members. `onmessage` gets an
 * accessor, because the client of the second generation starts the transport for a probe and installs a new callback afterwards.
 */
export function tapTransport(transport: Transport, hooks: TapHooks): void {
  if (tapped.has(transport)) return;
  tapped.add(transport);
  const { send } = transport;
  transport.send = function (this: unknown, message: unknown, options?: unknown): unknown {
    if (!isMessage(message)) return send.call(this, message, options);
    const passage = guarded(() => hooks.outbound(message, (options ?? {}) as SendOptions), message);
    try {
      const sent = passage.run(() => send.call(this, passage.message, options));
      if (sent instanceof Promise && (passage.done ?? passage.failed)) sent.then(passage.done, passage.failed);
      else passage.done?.();
      return sent;
    } catch (error) {
      passage.failed?.(error);
      throw error;
    }
  };

  // A handler that calls the one before it, as `connect` of both generations arranges, shows the same message twice.
  let current: unknown;
  intercept(transport, 'onmessage', (handler) => (message, ...rest) => {
    if (!isMessage(message) || message === current) return handler.call(transport, message, ...rest);
    const passage = guarded(() => hooks.inbound(message, rest[0]), message);
    const before = current;
    current = passage.message;
    try {
      return passage.run(() => handler.call(transport, passage.message, ...rest));
    } finally {
      current = before;
    }
  });
  let isClosed = false;
  intercept(transport, 'onclose', (handler) => (...args) => {
    if (!isClosed) {
      isClosed = true;
      hooks.closed();
    }
    return handler.call(transport, ...args);
  });
}

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Replaces a callback property by one whose function is `wrap` of whatever is put there, now and later. */
function intercept(transport: object, name: 'onmessage' | 'onclose', wrap: (handler: Callback) => Callback): void {
  const holder = transport as Record<string, Callback | undefined>;
  const inherited = inheritedSetter(transport, name);
  let raw = holder[name];
  let wrapped: Callback | undefined;
  const set = (handler: Callback | undefined): void => {
    raw = handler;
    wrapped = handler && wrap(handler);
    inherited?.call(transport, wrapped);
  };
  Object.defineProperty(transport, name, { configurable: true, enumerable: true, set, get: () => (inherited ? raw : wrapped) });
  if (raw) set(raw);
}

/** Some transports have the callback as an accessor of their class; it must still be told. */
function inheritedSetter(transport: object, name: string): ((value: unknown) => void) | undefined {
  for (let one: object | null = transport; one; one = Object.getPrototypeOf(one) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(one, name);
    if (descriptor) return descriptor.set;
  }
  return undefined;
}
