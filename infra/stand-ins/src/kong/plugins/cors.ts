import { exitAnswer } from '../proxy/answer.ts';
import type { Exchange } from '../proxy/exchange.ts';
import { texts } from './config.ts';
import { remembered, type Configured, type PluginHandler } from './types.ts';

const everyMethod = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT';
const plainOrigin = /^[A-Za-z0-9.:/-]+$/;

/** An origin without its scheme's own port, and its host alone. */
const normalOrigin = (origin: string): { domain: string; host: string } => {
  const found = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?\/\/(?:[^@/]*@)?([^:/?#]*)(?::(\d*))?/.exec(origin);
  const [, scheme, host, port] = found ?? [];
  if (host === undefined || host === '') return { domain: origin, host: origin };
  const own = (scheme === 'http' && port === '80') || (scheme === 'https' && port === '443');
  const shownPort = port === undefined || port === '' || own ? '' : `:${port}`;
  return { domain: `${scheme === undefined ? '' : `${scheme}://`}${host}${shownPort}`, host };
};

const matchers = remembered((config) => texts(config['origins']).map((entry) => {
  const byHost = !entry.includes(':');
  if (plainOrigin.test(entry)) {
    const { domain } = normalOrigin(entry);
    return (origin: { domain: string }): boolean => origin.domain === domain;
  }
  const regex = new RegExp(`^(?:${entry.replace(/^\^/, '').replace(/\$$/, '')})$`);
  return (origin: { domain: string; host: string }): boolean => regex.test(byHost ? origin.host : origin.domain);
}));

/** Sets Allow-Origin; true when any origin is allowed. In a preflight there is no upstream whose Vary could be lost. */
const allowOrigin = (exchange: Exchange, plugin: Configured, inFilter: boolean): boolean => {
  const { headers } = exchange.response;
  const origins = texts(plugin.config['origins']);
  if (origins.length === 0 || (origins.length === 1 && origins[0] === '*')) {
    headers.set('Access-Control-Allow-Origin', '*');
    return true;
  }
  if (inFilter) headers.add('vary', 'Origin');
  else headers.set('vary', 'Origin');
  const [only] = origins;
  if (origins.length === 1 && only !== undefined && plainOrigin.test(only)) {
    headers.set('Access-Control-Allow-Origin', only);
    return false;
  }
  const sent = exchange.request.headers.get('origin');
  if (sent !== undefined) {
    if (origins.includes('*')) {
      headers.set('Access-Control-Allow-Origin', '*');
      return true;
    }
    const origin = normalOrigin(sent);
    if (matchers(plugin).some((matches) => matches(origin))) {
      headers.set('Access-Control-Allow-Origin', origin.domain);
      return false;
    }
  }
  headers.remove('Access-Control-Allow-Origin');
  return false;
};

const allowCredentials = (exchange: Exchange, { config }: Configured, any: boolean, inFilter: boolean): void => {
  const { headers } = exchange.response;
  if (config['credentials'] !== true) return;
  if (any) {
    const origin = exchange.request.headers.get('origin');
    if (origin === undefined) return;
    if (inFilter) headers.add('vary', 'Origin');
    else headers.set('vary', 'Origin');
    headers.set('Access-Control-Allow-Origin', origin);
  }
  headers.set('Access-Control-Allow-Credentials', 'true');
};

/**
 * Kong's cors plugin: a preflight ends here with 200, before any authentication; other answers get the headers.
 * (kong/plugins/cors/handler.lua)
 */
export const cors: PluginHandler = {
  name: 'cors',
  priority: 2000,
  access: (exchange, plugin) => {
    const { config } = plugin;
    const { method, headers: sent } = exchange.request;
    if (method !== 'OPTIONS' || !sent.has('origin') || !sent.has('access-control-request-method')) return undefined;
    exchange.notes.set(plugin.id, 'preflight');
    if (config['preflight_continue'] === true) return undefined;
    const { headers } = exchange.response;
    allowCredentials(exchange, plugin, allowOrigin(exchange, plugin, false), false);
    const allowed = texts(config['headers']);
    const asked = sent.get('access-control-request-headers');
    if (allowed.length > 0) headers.set('Access-Control-Allow-Headers', allowed.join(','));
    else if (asked !== undefined) headers.set('Access-Control-Allow-Headers', asked);
    headers.set('Access-Control-Allow-Methods', Array.isArray(config['methods']) ? texts(config['methods']).join(',') : everyMethod);
    if (typeof config['max_age'] === 'number') headers.set('Access-Control-Max-Age', String(config['max_age']));
    if (config['private_network'] === true && sent.get('access-control-request-private-network') === 'true') {
      headers.set('Access-Control-Allow-Private-Network', 'true');
    }
    return exitAnswer(200);
  },
  headerFilter: (exchange, plugin) => {
    if (exchange.notes.has(plugin.id)) return undefined;
    allowCredentials(exchange, plugin, allowOrigin(exchange, plugin, true), true);
    const exposed = texts(plugin.config['exposed_headers']);
    if (exposed.length > 0) exchange.response.headers.set('Access-Control-Expose-Headers', exposed.join(','));
    return undefined;
  },
};
