import type { Environment } from '../../blueprint/resolve.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { groupsOf } from '../../patterns/objects.ts';
import type { StackNeeds } from '../types.ts';
import { placeholderOf } from './placeholders.ts';

/**
 * What the local session service is told; nothing when no service is authenticated by sessions. The blueprint's secrets are placeholders,
 * where `env` does not hold them.
 * Throws `STACK_SESSION` for what the local stack has no session service for.
 */
export const sessionNeeds = (blueprint: Blueprint, names: readonly string[], env: Environment): Pick<StackNeeds, 'session'> => {
  const [group, another] = groupsOf(blueprint).filter(({ authentication }) => authentication.pattern === 'session');
  const session = group?.authentication.session;
  if (!group || !session) return {};
  const { client, path } = group.authentication;
  const unsupported = (message: string, expected: string): Problem => new Problem('STACK_SESSION', message, { at: blueprint.at(`${path}.session`), expected });
  if (another) throw unsupported('the local stack has one session service', 'one authentication of the pattern session');
  if (session.server !== 'authctl') throw unsupported(`the local stack does not start ${session.server}`, 'server: authctl');
  const value = blueprint.realm.clients[client]?.secret?.reveal() ?? '';
  const secretName = names.find((name) => value === placeholderOf(name) || value === env[name]);
  if (secretName === undefined) throw unsupported("the client's secret does not come from the environment", 'secret: "${NAME}"');
  return {
    session: {
      realm: blueprint.realm.name,
      client,
      secretName,
      scope: ['openid', ...(blueprint.realm.clients[client]?.scopes ?? [])].join(' '),
      path: session.path,
      cookie: session.cookie,
      prefix: blueprint.name,
      idle: session.idle,
      absolute: session.absolute,
      renew: session.renew,
      store: session.store,
    },
  };
};
