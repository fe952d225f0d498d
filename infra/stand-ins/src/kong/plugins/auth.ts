import type { Entity } from '../contract.ts';
import type { Answer } from '../proxy/answer.ts';
import type { Credential, Exchange } from '../proxy/exchange.ts';
import { find } from '../proxy/lookup.ts';
import { bytes } from '../proxy/text.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `kong.client.load_consumer`: by id, or by username where that is allowed. */
export const loadConsumer = (exchange: Exchange, idOrName: string, byName: boolean): Entity | undefined => {
  if (uuid.test(idOrName)) {
    const found = exchange.store.byId('consumers', idOrName.toLowerCase());
    if (found !== undefined) return found;
  }
  return byName ? find(exchange.store, 'consumers', 'username', bytes(idOrName)) : undefined;
};

const setOrClear = (exchange: Exchange, header: string, value: unknown): void => {
  if (typeof value === 'string') exchange.request.headers.set(header, bytes(value));
  else exchange.request.headers.remove(header);
};

/** Makes the consumer known to plugins and to the upstream, and takes away what a client may have sent in those headers. */
export const setConsumer = (
  exchange: Exchange, consumer: Entity | undefined, credential: Credential | undefined, identifier: unknown,
): void => {
  exchange.consumer = consumer;
  exchange.credential = credential;
  setOrClear(exchange, 'X-Consumer-ID', consumer?.id);
  setOrClear(exchange, 'X-Consumer-Custom-ID', consumer?.['custom_id']);
  setOrClear(exchange, 'X-Consumer-Username', consumer?.['username']);
  setOrClear(exchange, 'X-Credential-Identifier', identifier);
  setOrClear(exchange, 'X-Anonymous-Consumer', credential === undefined ? 'true' : undefined);
};

/**
 * The flow all of Kong's authentication plugins share: with `anonymous` they are alternatives, and failing means going on as that consumer
 * (which throws, a 500, when there is none); without it, failing is the answer.
 */
export const authenticateWith = (
  exchange: Exchange, config: Readonly<Record<string, unknown>>, authenticate: () => Answer | undefined,
): Answer | undefined => {
  if (config['run_on_preflight'] === false && exchange.request.method === 'OPTIONS') return undefined;
  const { anonymous } = config;
  if (typeof anonymous !== 'string') return authenticate();
  if (exchange.credential !== undefined || authenticate() === undefined) return undefined;
  const consumer = loadConsumer(exchange, anonymous, true);
  if (consumer === undefined) throw new Error('the anonymous consumer does not exist');
  setConsumer(exchange, consumer, undefined, undefined);
  return undefined;
};
