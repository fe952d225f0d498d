import { text } from '../plugins/config.ts';
import type { Configured, PluginHandler } from '../plugins/types.ts';
import { exitAnswer, type Answer } from '../proxy/answer.ts';
import { refuse, type Exchange } from '../proxy/exchange.ts';
import { luaPattern } from '../schema/lua-pattern.ts';
import type { NamedField } from '../schema/types.ts';
import type { CommunityPlugin } from './types.ts';

type Config = Configured['config'];

const aText = (value?: string): object => ({ type: 'string', required: value !== undefined, ...(value !== undefined && value !== '' && { default: value }) });

const FIELDS = [
  { client_id: { type: 'string', required: true } },
  { client_secret: { type: 'string', required: true } },
  { discovery: aText('https://.well-known/openid-configuration') },
  { introspection_endpoint: aText() },
  { timeout: { type: 'number' } },
  { bearer_only: aText('no') },
  { realm: aText('kong') },
  { scope: aText('openid') },
  { validate_scope: aText('no') },
  { use_jwks: aText('no') },
  { filters: aText() },
  { ignore_auth_filters: aText() },
  { disable_userinfo_header: aText('no') },
  { userinfo_header_name: aText('X-USERINFO') },
  { bearer_jwt_auth_enable: aText('no') },
  { bearer_jwt_auth_allowed_auds: { type: 'array', elements: { type: 'string' } } },
] as readonly NamedField[];

/** Paths that it passes by: `filters` and `ignore_auth_filters` are lists of Lua patterns, with commas between them. */
const isPassedBy = (config: Config, path: string): boolean =>
  ['filters', 'ignore_auth_filters'].flatMap((name) => (text(config[name]) ?? '').split(',')).some((pattern) => pattern !== '' && luaPattern(pattern).test(path));

/** What the issuer says of a token (RFC 7662), or why it says nothing. */
const introspect = async (token: string, config: Config): Promise<Readonly<Record<string, unknown>> | string> => {
  const body = new URLSearchParams({ token, client_id: text(config['client_id']) ?? '', client_secret: text(config['client_secret']) ?? '' });
  try {
    const answer = await fetch(text(config['introspection_endpoint']) ?? '', { method: 'POST', body, signal: AbortSignal.timeout(5000) });
    if (answer.status !== 200) return `response indicates failure, status=${answer.status}`;
    const said = (await answer.json()) as Readonly<Record<string, unknown>>;
    return said['active'] === true ? said : 'invalid token';
  } catch {
    return 'accessing introspection endpoint failed';
  }
};

const access = async (exchange: Exchange, { config }: Configured): Promise<Answer | undefined> => {
  const { request } = exchange;
  if (isPassedBy(config, request.path)) return undefined;
  if (text(config['introspection_endpoint']) === undefined || config['bearer_only'] !== 'yes' || config['use_jwks'] === 'yes' || config['bearer_jwt_auth_enable'] === 'yes')
    return exitAnswer(503, { message: 'of oidc the embedded gateway emulates bearer_only with an introspection_endpoint, and nothing else' });
  const [scheme = '', token = ''] = (request.headers.get('authorization') ?? '').split(' ');
  const said = scheme.toLowerCase() !== 'bearer' ? 'no Bearer authorization header value found' : await introspect(token, config);
  if (typeof said === 'string') {
    const challenge = `Bearer realm="${text(config['realm']) ?? 'kong'}",error="${said}"`;
    return refuse(exchange, 401, undefined, [['WWW-Authenticate', challenge]]);
  }
  const { scope } = said;
  if (config['validate_scope'] === 'yes' && !(typeof scope === 'string' && scope.split(' ').includes(text(config['scope']) ?? ''))) return refuse(exchange, 403);
  if (config['disable_userinfo_header'] !== 'yes') request.headers.set(text(config['userinfo_header_name']) ?? 'X-USERINFO', Buffer.from(JSON.stringify(said)).toString('base64'));
  return undefined;
};

/**
 * An emulation of the community's plugin oidc by what its documentation and its source say, at version 1.3, where it guards an API: the issuer is asked
 * about each token, and nothing of the answer but `active` is looked at, unless `validate_scope` is on. It was never held against the plugin itself.
 * (https://github.com/revomatico/kong-oidc)
 */
export const oidc = (): CommunityPlugin => {
  const handler: PluginHandler = { name: 'oidc', priority: 1000, access };
  return {
    handler,
    schema: {
      name: 'oidc',
      priority: 1000,
      version: '1.3.0',
      fields: [
        { consumer: { type: 'foreign', eq: null, reference: 'consumers' } },
        { protocols: { type: 'set', default: ['grpc', 'grpcs', 'http', 'https'], elements: { type: 'string', one_of: ['grpc', 'grpcs', 'http', 'https'] }, required: true } },
        { config: { type: 'record', required: true, fields: FIELDS } },
      ] as readonly NamedField[],
    },
  };
};
