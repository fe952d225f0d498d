import type { Answer } from '../proxy/answer.ts';
import { queryOf, refuse, type Exchange } from '../proxy/exchange.ts';
import { find, foreignId } from '../proxy/lookup.ts';
import { decodeArgs, withoutArg, type QueryValue } from '../proxy/text.ts';
import { authenticateWith, setConsumer } from './auth.ts';
import { text, texts } from './config.ts';
import type { Configured, PluginHandler } from './types.ts';

type Config = Configured['config'];

const bodyArgs = async (exchange: Exchange): Promise<ReadonlyMap<string, QueryValue>> => {
  const type = (exchange.request.headers.get('content-type') ?? '').toLowerCase();
  if (!type.startsWith('application/x-www-form-urlencoded')) throw new Error(`key-auth cannot search a body of type "${type}" here`);
  return decodeArgs((await exchange.request.body()).toString('latin1'));
};

const hide = (exchange: Exchange, name: string): void => {
  const { upstream } = exchange;
  if (upstream.query !== undefined && queryOf(exchange).has(name)) upstream.query = withoutArg(upstream.query, name);
  exchange.request.headers.remove(name);
};

const authenticate = (exchange: Exchange, config: Config, inBody: ReadonlyMap<string, QueryValue> | undefined): Answer | undefined => {
  const realm = text(config['realm']);
  const challenge = realm === undefined ? 'Key' : `Key realm="${realm}"`;
  const unauthorized = (message: string): Answer => refuse(exchange, 401, message, [['WWW-Authenticate', challenge]]);
  let key: string | undefined;
  for (const name of texts(config['key_names'])) {
    const inHeaders = config['key_in_header'] === true ? exchange.request.headers.all(name) : [];
    const inQuery = inHeaders.length === 0 && config['key_in_query'] === true ? queryOf(exchange).get(name) : undefined;
    const found: QueryValue | undefined = inHeaders.length > 1 ? inHeaders : inHeaders[0] ?? inQuery ?? inBody?.get(name);
    if (typeof found === 'object') return unauthorized('Duplicate API key found');
    if (typeof found !== 'string') continue;
    key = found;
    if (config['hide_credentials'] === true) hide(exchange, name);
    break;
  }
  if (key === undefined || key === '') return unauthorized('No API key found in request');
  const credential = find(exchange.store, 'keyauth_credentials', 'key', key);
  if (credential === undefined) return unauthorized('Unauthorized');
  const consumer = exchange.store.byId('consumers', foreignId(credential, 'consumer') ?? '');
  if (consumer === undefined) return refuse(exchange, 500, 'An unexpected error occurred');
  setConsumer(exchange, consumer, credential, credential.id);
  return undefined;
};

/**
 * Kong's key-auth plugin. A key in the body is looked for in forms only; with other types the request is a 500.
 * (kong/plugins/key-auth/handler.lua)
 */
export const keyAuth: PluginHandler = {
  name: 'key-auth',
  priority: 1250,
  access: (exchange, { config }) => {
    if (config['key_in_body'] !== true) return authenticateWith(exchange, config, () => authenticate(exchange, config, undefined));
    if (config['hide_credentials'] === true) throw new Error('key-auth cannot take a key out of a body here');
    return bodyArgs(exchange).then((args) => authenticateWith(exchange, config, () => authenticate(exchange, config, args)));
  },
};
