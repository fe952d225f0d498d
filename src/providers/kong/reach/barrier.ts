import { textsOf } from '../../../core/json.ts';
import { isPlugin } from '../specs/plugin-config.ts';
import type { PluginConfig, PluginName } from '../specs/plugin-config.ts';
import { communityGuard, communityNames } from './community.ts';
import type { CommunityGuard } from './community.ts';
import { furtherIn, isWithin } from '../specs/further.ts';
import type { Further } from '../specs/further.ts';
import type { Gateway, Protected } from './gateway.ts';
import { askedBy, issuersOf } from './oidc.ts';
import type { Asked, Wanted } from './oidc.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin, LiveRoute } from './objects.ts';
import type { Desired } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import { runsForHttp } from '../specs/protocols.ts';

/**
 * What stands between a stranger and what a route leads to. `nothing`: no credential is asked for. `other`: something is, but not a token of
 * ours for this service. `thin`: a token of ours for this service, with less asked of it than on its own routes. `same`: as there. `closed`:
 * nobody gets through.
 */
export interface Barrier {
  readonly is: 'nothing' | 'other' | 'thin' | 'same' | 'closed';
  /** Completes "GET /x reaches …": `without a token`. */
  readonly words: string;
  /** A plugin answers every request in the place of the service, whatever it shows. */
  readonly answers?: true;
  /** Where any token for it will do. */
  readonly audience?: string;
  /** What openid-connect asks of a token. */
  readonly asked?: Asked;
  /** The guard that does not come with Kong. */
  readonly community?: CommunityGuard;
}

/** Plugins that ask for a credential of their own, none of which is a token of the issuer. */
const OTHER_CREDENTIALS: Readonly<Record<string, string>> = {
  'key-auth': 'with any key of key-auth that Kong holds',
  'key-auth-enc': 'with any key of key-auth that Kong holds',
  'basic-auth': 'with any password of basic-auth that Kong holds',
  'hmac-auth': 'with any secret of hmac-auth that Kong holds',
  'ldap-auth': 'with a login of another directory',
  'ldap-auth-advanced': 'with a login of another directory',
  'mtls-auth': "with a client's certificate",
  'header-cert-auth': "with a client's certificate in a header",
  oauth2: "with a token of Kong's own oauth2 plugin",
  'oauth2-introspection': 'with a token of another issuer',
  'jwt-signer': 'with a token of another issuer',
  'vault-auth': 'with a key of a vault',
  saml: 'with a sign-in by SAML',
};

export const barriersOf = (gateway: Gateway): ((route: LiveRoute, target: Protected | undefined) => Barrier) => {
  const known = new Map<string, readonly Demands[]>();
  return (route, target) => {
    const id = target?.service.id ?? '';
    const wanted = known.get(id) ?? demandsOf(gateway, target);
    known.set(id, wanted);
    return barrierOf(gateway, route, wanted);
  };
};

const barrierOf = (gateway: Gateway, route: LiveRoute, wanted: readonly Demands[]): Barrier => {
  const place = { route: route.id, service: route.spec.service == null ? undefined : referenceOf(route.spec.service) };
  const on = (name: string): LivePlugin | undefined => {
    const plugin = gateway.inForce.at(name, place);
    return plugin && runsFor(plugin, route) ? plugin : undefined;
  };
  const configOn = <Name extends PluginName>(name: Name): PluginConfig<Name> | undefined => {
    const plugin = on(name);
    return plugin && isPlugin(name, plugin) ? plugin.spec.config : undefined;
  };
  const stopped = on('request-termination');
  if (stopped && (stopped.spec.config?.trigger ?? null) === null) return { is: 'closed', words: `but for a plugin that answers in its place (${stopped.id})`, answers: true };
  const scope = configOn('authctl-scope-guard');
  if (scope?.deny_all === true) return { is: 'closed', words: 'but for a guard that refuses everybody' };

  const jwt = on('jwt');
  const guard = configOn('authctl-token-guard');
  const follows = guard?.public !== true && guard?.keys === 'followed';
  // A guard that takes keys from elsewhere than the blueprint's takes anybody's.
  if (follows && !jwt && !wanted.some(({ keySets }) => keySets.includes(guard.jwks_url ?? ''))) return { is: 'other', words: `with a token that a key published at ${guard.jwks_url ?? 'no address'} has signed` };
  const beside = follows ? furtherIn(guard).find((one) => !wanted.some(({ further }) => further.some((stated) => isWithin(one, stated)))) : undefined;
  if (beside) return { is: 'other', words: `with a token of ${beside.issuer} that a key published at ${beside.keys} has signed` };
  const verified = follows || (jwt !== undefined && letsNobodyIn(jwt));
  const phantom = configOn('authctl-phantom-token');
  const pinned = [...(guard && guard.public !== true && verified ? [guard] : []), ...(phantom ? [phantom] : [])].filter(({ issuer, audience }) => wanted.some((one) => issuer != null && one.issuers.includes(issuer) && one.audience === audience));
  const oidc = on('openid-connect');
  if (oidc && letsNobodyIn(oidc)) {
    const asked = askedBy(isPlugin('openid-connect', oidc) ? oidc.spec.config : {}, wanted);
    if (asked.is !== 'same') return { is: asked.is, words: asked.words, asked };
    const decides = wanted.every(({ policy }) => !policy) || on('authctl-opa') !== undefined || on('opa') !== undefined;
    return decides ? { is: 'same', words: asked.words, asked } : { is: 'thin', words: 'with a token for the same audience and with scopes, and no policy is asked', asked };
  }
  const session = configOn('authctl-session');
  if (pinned.length > 0 || session) {
    const asked = (scope?.scopes ?? []).length > 0 || (scope?.roles ?? []).length > 0;
    const decides = wanted.every(({ policy }) => !policy) || on('authctl-opa') !== undefined;
    if (asked && decides) return { is: 'same', words: 'with a token for the same audience and with scopes' };
    const audience = asked ? undefined : pinned[0]?.audience;
    return { is: 'thin', words: `with any token for the same audience, whatever its ${asked ? 'roles' : 'scopes'}`, ...(audience != null && { audience }) };
  }
  if (guard && guard.public !== true && verified) return { is: 'other', words: `with a token of ${guard.issuer ?? 'any issuer'} for ${guard.audience ?? 'any audience'}` };
  // Where the blueprint asks for no token of its issuer and states both, only the consumers that it lets in come through.
  const listed = on('acl');
  if (jwt !== undefined && verified && wanted.length === 0 && listed !== undefined && textsOf(listed.spec.config?.allow).length > 0 && [jwt, listed].every(gateway.ours))
    return { is: 'same', words: `with a token of a consumer in ${textsOf(listed.spec.config?.allow).join(' or ')}` };
  if (verified) return { is: 'other', words: 'with any token that a key in Kong has signed, whatever its issuer and audience' };
  const community = communityNames.flatMap((name) => on(name) ?? []).flatMap((plugin) => communityGuard(plugin) ?? [])[0];
  if (community) {
    const words = [community.words, ...community.past.map((one) => one.words)].join('; and ');
    return { is: 'other', words, community, asked: { is: 'other', words, scopes: community.scopes, roles: community.roles } };
  }
  const credential = Object.entries(OTHER_CREDENTIALS).find(([name]) => {
    const plugin = on(name);
    return plugin !== undefined && letsNobodyIn(plugin);
  });
  if (credential) return { is: 'other', words: credential[1] };
  if (guard && guard.public !== true) return { is: 'nothing', words: 'with a token that nobody has signed' };
  return { is: 'nothing', words: jwt || oidc ? 'without a token, as an anonymous consumer' : 'without a token' };
};

/** A plugin for streams alone runs for no request, and one for requests for no stream. */
const runsFor = ({ spec }: LivePlugin, route: LiveRoute): boolean => {
  const protocols = textsOf(spec.protocols);
  const [first] = textsOf(route.spec.protocols);
  return first === undefined || runsForHttp([first]) ? runsForHttp(protocols) : protocols.length === 0 || protocols.some((one) => !runsForHttp([one]));
};

const letsNobodyIn = ({ spec: { config } }: LivePlugin): boolean => (config?.anonymous ?? null) === null;

interface Demands extends Wanted {
  /** The policy is asked there, too. */
  readonly policy: boolean;
  /** Where the keys are that its tokens are signed with, for a guard that follows them. */
  readonly keySets: readonly string[];
  /** Further issuers whose tokens it takes. */
  readonly further: readonly Further[];
}

/** What the blueprint demands of tokens on the services that lead to the same place. */
const demandsOf = (gateway: Gateway, target: Protected | undefined): readonly Demands[] => {
  if (target === undefined) return [];
  const endpoints = new Set(gateway.endpoints(target.service.spec));
  const services = new Set([...gateway.wanted.values()].filter(kong.service.is).filter(({ spec }) => gateway.endpoints(spec).some((one) => endpoints.has(one))).map(({ id }) => id));
  const routes = new Set([...gateway.wanted.values()].filter(kong.route.is).filter(({ spec }) => spec.service != null && services.has(referenceOf(spec.service))).map(({ id }) => id));
  const here = [...gateway.wanted.values()].filter(kong.plugin.is).filter(({ spec }) => (spec.service != null && services.has(referenceOf(spec.service))) || (spec.route != null && routes.has(referenceOf(spec.route))));
  const policy = here.some(({ spec }) => spec.name === 'authctl-opa' || spec.name === 'opa');
  const keySets = [...gateway.wanted.values()].filter(kong.plugin.is).flatMap((plugin) => (isPlugin('authctl-token-guard', plugin) && plugin.spec.config.jwks_url != null ? [plugin.spec.config.jwks_url] : []));
  return here.flatMap((plugin: Desired): readonly Demands[] => {
    if ((isPlugin('authctl-token-guard', plugin) && plugin.spec.config.public !== true) || isPlugin('authctl-phantom-token', plugin)) {
      const { issuer, audience } = plugin.spec.config;
      return issuer == null || audience == null ? [] : [{ issuers: [issuer], audience, policy, keySets, further: isPlugin('authctl-token-guard', plugin) ? furtherIn(plugin.spec.config) : [] }];
    }
    if (isPlugin('openid-connect', plugin)) {
      const { audience_required: audiences, auth_methods: methods, extra_jwks_uris: keys } = plugin.spec.config;
      return textsOf(audiences).map((audience) => ({ issuers: issuersOf(plugin.spec.config), audience, ...(methods && { methods }), ...(keys && { keys }), policy, keySets, further: [] }));
    }
    return [];
  });
};
