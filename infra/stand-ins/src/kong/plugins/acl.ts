import type { LuaHost } from '../lua/host.ts';
import { stringsOf } from '../lua/values.ts';
import type { Answer } from '../proxy/answer.ts';
import { refuse, type Exchange } from '../proxy/exchange.ts';
import { findAll } from '../proxy/lookup.ts';
import { texts } from './config.ts';
import type { Configured, PluginHandler } from './types.ts';

const refusal = (exchange: Exchange): Answer =>
  (exchange.credential === undefined ? refuse(exchange, 401) : refuse(exchange, 403, 'You cannot consume this service'));

const decide = (
  exchange: Exchange, config: Configured['config'], authenticated: () => readonly string[] | undefined,
): Answer | undefined => {
  const deny = texts(config['deny']);
  const { consumer, credential } = exchange;
  // Groups that another plugin vouches for count for who is no consumer, and for consumers where the configuration says so.
  const vouched = consumer === undefined || credential === undefined || config['always_use_authenticated_groups'] === true
    ? authenticated() : undefined;
  if (consumer === undefined && vouched === undefined) return refusal(exchange);
  const groups = vouched ?? texts(findAll(exchange.store, 'acls', 'consumer', consumer?.id ?? '').map((acl) => acl['group']));
  if (vouched === undefined && groups.length === 0 && deny.length === 0) return refusal(exchange);
  const listed = (deny.length > 0 ? deny : texts(config['allow'])).some((group) => groups.includes(group));
  if (listed === (deny.length > 0)) return refuse(exchange, 403, 'You cannot consume this service');
  if (config['hide_groups_header'] !== true) {
    exchange.request.headers.set(vouched === undefined ? 'X-Consumer-Groups' : 'X-Authenticated-Groups', groups.join(', '));
  }
  return undefined;
};

/**
 * Kong's acl plugin: groups of the consumer, or those a plugin left in `kong.ctx.shared.authenticated_groups`.
 * (kong/plugins/acl/handler.lua)
 */
export const acl = (lua: LuaHost): PluginHandler => ({
  name: 'acl',
  priority: 950,
  access: (exchange, { config }) => decide(exchange, config, () => {
    const groups = lua.shared(exchange, 'authenticated_groups');
    return groups === undefined ? undefined : stringsOf(groups);
  }),
});
