import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, randomUUID, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import { makeHarness } from '../../../../src/checks/kit/harness.ts';
import { partsIfAny, signJws } from '../../../../src/checks/kit/jws.ts';
import { hasBoundTokens } from '../../../../src/patterns/bound.ts';
import { certificateOf } from '../../../../src/patterns/client-authentication.ts';
import { oneTimePassword } from '../../../../src/checks/kit/one-time.ts';
import { levelsOf } from '../../../../src/access/index.ts';
import { roleClosure } from '../../../../src/access/roles.ts';
import { sessionAudience, cookieSection } from '../../../../src/patterns/token-cookie.ts';
import { exchangingClients } from '../../../../src/patterns/token-exchange.ts';
import { answerOf } from './incoming.ts';
import { thumbprintOf } from './certificates.ts';
import type { Incoming } from './incoming.ts';
import type { Now } from './world.ts';

type Claims = Readonly<Record<string, unknown>>;

// Made once, and short ones: every token of a run is signed with them, and nobody but this world's gateways is to be convinced.
const own = generateKeyPairSync('rsa', { modulusLength: 1024 });
const harnessKey = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const KID = 'issuer-key';
export const harness = makeHarness('harness-key', 'RS256', harnessKey.privateKey);

export const publicKeys = [
  { ...own.publicKey.export({ format: 'jwk' }), kid: KID, use: 'sig', alg: 'RS256' },
  { ...harnessKey.publicKey.export({ format: 'jwk' }), kid: harness.kid, use: 'sig', alg: 'RS256' },
  { ...own.publicKey.export({ format: 'jwk' }), kid: 'for-encryption', use: 'enc', alg: 'RSA-OAEP' },
] as const;

/** Somebody who is signed in at the issuer. */
export interface IssuerSession {
  readonly id: string;
  readonly username: string;
  readonly client: string;
  /** How, and when in seconds. */
  readonly acr: string;
  readonly at: number;
  refresh: string;
  ended: boolean;
  /** Told when it ends. */
  readonly onEnd: Set<() => void>;
}

/** Clients that every realm of Keycloak comes with: whoever is signed in gets a token by them that is for none of our services. */
export const builtIn = (realm: string) => ({
  'account-console': { redirectUris: [`/realms/${realm}/account/*`], takesPasswords: false },
  'admin-cli': { redirectUris: [], takesPasswords: true },
}) as const;

/** A Keycloak of one realm, as strict as the one that authctl configures. */
export const createIssuer = (blueprint: Blueprint, now: Now) => {
  const { realm, issuer } = blueprint;
  const tokens = new Map<string, { readonly claims: Claims; readonly session?: IssuerSession; revoked: boolean }>();
  const codes = new Map<string, { readonly client: string; readonly session: IssuerSession; readonly query: URLSearchParams; used: boolean }>();
  const forms = new Map<string, URLSearchParams>();
  const sessions = new Map<string, IssuerSession>();
  const users = new Map(Object.entries(blueprint.personas).map(([name, { password, roles, otp }]) => [name, { id: name, name, password: password.reveal(), otp, roles: [...roles], enabled: true }]));
  /** Who has shown a password, and is asked for a one-time password. */
  const asked = new Map<string, string>();
  const shown = new Set<string>();
  const least = levelsOf(realm)[0]?.name ?? '1';
  const levelIn = (query: URLSearchParams): string => levelsOf(realm).find(({ name }) => query.get('acr_values')?.split(' ').includes(name))?.name ?? least;
  const introspectors = Object.values(blueprint.services).flatMap(({ authentication: { introspection } }) => (introspection ? [introspection] : []));
  const seconds = (): number => Math.floor(now() / 1000);
  const secretOf = (id: string): string | undefined =>
    realm.clients[id]?.secret?.reveal() ?? introspectors.find(({ client }) => client === id)?.secret.reveal();

  const signed = (claims: Claims): string => signJws({ alg: 'RS256', typ: 'JWT', kid: KID }, claims, own.privateKey, 'RS256');

  /** An access token of these scopes; a scope with roles is granted to those who hold one. */
  const issue = (client: string, username: string, asked: readonly string[], roles: readonly string[], session?: IssuerSession, bound?: Claims): { readonly access: string; readonly scope: string } => {
    const held = roleClosure(roles, realm);
    const granted = asked.filter((scope) => {
      const gate = realm.scopes[scope]?.roles ?? [];
      return realm.clients[client]?.scopes.includes(scope) === true && (gate.length === 0 || [...roleClosure(gate, realm)].some((role) => held.has(role)));
    });
    const cookie = cookieSection(blueprint)?.client === client ? [sessionAudience(blueprint)] : [];
    const gateways = realm.clients[client]?.lightweightTokens === true ? exchangingClients(blueprint) : [];
    const aud = [...new Set([...granted.map((scope) => realm.scopes[scope]!.audience), ...cookie, ...gateways])];
    const person = realm.clients[client]?.type !== 'service';
    const scope = [...(person ? ['openid'] : []), ...granted].join(' ');
    const claims = {
      iss: issuer, sub: username, typ: 'Bearer', azp: client, jti: randomUUID(), iat: seconds(), exp: seconds() + realm.tokens.accessTokenLifespan, scope,
      ...(aud.length > 0 && { aud: aud.length === 1 ? aud[0] : aud }),
      acr: session?.acr ?? least,
      ...(session && { auth_time: session.at }),
      realm_access: { roles: [...held] },
      preferred_username: person ? username : `service-account-${username}`,
      ...(!person && { client_id: client }),
      ...bound,
    };
    const access = signed(realm.clients[client]?.lightweightTokens ? { iss: issuer, jti: claims.jti, iat: claims.iat, exp: claims.exp, typ: 'Bearer', azp: client, scope, aud: gateways } : claims);
    tokens.set(access, { claims, revoked: false, ...(session && { session }) });
    return { access, scope };
  };

  /** What binds a token to the key of a proof that comes with its grant, and `undefined` where a client must send one and did not. */
  const bindingOf = (client: string, { header, certificate }: Incoming): Claims | undefined => {
    if (hasBoundTokens(blueprint, client, 'mtls')) return certificate === undefined ? undefined : { cnf: { 'x5t#S256': thumbprintOf(certificate) } };
    const jwk = partsIfAny(header('dpop') ?? '')?.header.jwk as Readonly<Record<string, unknown>> | undefined;
    if (jwk) return { typ: 'DPoP', cnf: { jkt: createHash('sha256').update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })).digest('base64url') } };
    return hasBoundTokens(blueprint, client, 'dpop') ? undefined : {};
  };

  const tokenAnswer = (session: IssuerSession, scope: string, nonce?: string, bound?: Claims): HttpAnswer => {
    const asked = scope.split(' ');
    const { access, scope: granted } = issue(session.client, session.username, asked, users.get(session.username)?.roles ?? [], session, bound);
    session.refresh = randomUUID();
    const id = { iss: issuer, sub: session.username, aud: session.client, azp: session.client, typ: 'ID', iat: seconds(), exp: seconds() + 300, ...(nonce !== undefined && { nonce }) };
    return answerOf(200, { access_token: access, id_token: signed(id), refresh_token: session.refresh, token_type: 'Bearer', expires_in: 300, scope: granted }, JSON_TYPE);
  };

  const end = (session: IssuerSession): void => {
    session.ended = true;
    for (const told of session.onEnd) told();
  };

  const root = issuer.slice(0, issuer.lastIndexOf('/realms/'));
  const strangers: ReadonlyMap<string, { readonly redirectUris: readonly string[]; readonly takesPasswords: boolean }> = new Map(Object.entries(builtIn(realm.name)));
  const mayReturn = (client: string, redirect: string): boolean =>
    realm.clients[client]?.redirectUris.includes(redirect) ?? strangers.get(client)?.redirectUris.some((uri) => redirect.startsWith(`${root}${uri.slice(0, -1)}`)) ?? false;

  const authorize = (request: Incoming): HttpAnswer => {
    const { query } = request;
    const redirect = query.get('redirect_uri') ?? '';
    if (query.has('request') || query.has('request_uri') || !mayReturn(query.get('client_id') ?? '', redirect)) return answerOf(400, 'Invalid parameter: redirect_uri');
    const no = (error: string): HttpAnswer => answerOf(302, '', { location: `${redirect}?error=${error}&iss=${encodeURIComponent(issuer)}` });
    if (new Set(query.keys()).size < [...query.keys()].length) return no('invalid_request');
    if (query.get('response_type') !== 'code') return no('unauthorized_client');
    if (query.get('code_challenge') === null || query.get('code_challenge_method') !== 'S256') return no('invalid_request');
    const own = realm.clients[query.get('client_id') ?? '']?.scopes ?? [];
    if (query.get('scope')?.split(' ').some((scope) => !['openid', 'acr', 'basic', 'roles', ...own].includes(scope))) return no('invalid_scope');
    const known = sessions.get(request.cookies('KC_SESSION')[0] ?? '');
    if (known && !known.ended) return signedIn({ username: known.username, query });
    if (query.get('prompt') === 'none') return no('login_required');
    const form = randomUUID();
    forms.set(form, query);
    return answerOf(200, `<form id="kc-form-login" method="post" action="${issuer}/login-actions/authenticate?form=${form}"><input name="username"><input name="password" type="password">`);
  };

  const signedIn = ({ username, query, acr = least }: { readonly username: string; readonly query: URLSearchParams; readonly acr?: string }): HttpAnswer => {
    const client = query.get('client_id') ?? '';
    const session: IssuerSession = { id: randomUUID(), username, client, acr, at: seconds(), refresh: '', ended: false, onEnd: new Set() };
    sessions.set(session.id, session);
    const code = randomUUID();
    codes.set(code, { client, session, query, used: false });
    const back = new URL(query.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries({ code, state: query.get('state') ?? '', session_state: session.id, iss: issuer })) back.searchParams.set(name, value);
    return answerOf(302, '', { location: back.href }, [`KC_SESSION=${session.id}; Path=/; HttpOnly`]);
  };

  const login = ({ query, form }: Incoming): HttpAnswer => {
    const id = query.get('form') ?? '';
    const wanted = forms.get(id);
    if (form.has('otp')) return wanted ? oneTime(id, wanted, form.get('otp') ?? '') : answerOf(200, 'Page has expired');
    const user = users.get(form.get('username') ?? '');
    if (!wanted || !user?.enabled || user.password !== form.get('password')) return answerOf(200, 'Invalid username or password');
    if (levelIn(wanted) === least) return signedIn({ username: user.name, query: wanted });
    asked.set(id, user.name);
    return oneTimePage(id);
  };

  const oneTimePage = (id: string): HttpAnswer => answerOf(200, `<form id="kc-otp-login-form" method="post" action="${issuer}/login-actions/authenticate?form=${id}"><input name="otp">`);

  /** Each is taken once, in its period and the one on either side. */
  const oneTime = (id: string, query: URLSearchParams, given: string): HttpAnswer => {
    const user = users.get(asked.get(id) ?? '');
    const period = Math.floor(now() / 30_000);
    const key = `${user?.name ?? ''} ${given}`;
    if (!user?.otp || shown.has(key) || ![period - 1, period, period + 1].some((one) => user.otp && oneTimePassword(user.otp, one) === given)) return oneTimePage(id);
    shown.add(key);
    return signedIn({ username: user.name, query, acr: levelIn(query) });
  };

  /** As RFC 7523 section 3 and RFC 8705 section 2.1 have it. */
  const isItself = (client: string, method: 'private_key_jwt' | 'tls_client_auth', { form, certificate }: Incoming): boolean => {
    if (method === 'tls_client_auth') return certificate !== undefined && thumbprintOf(certificate) === thumbprintOf(certificateOf(blueprint, client)!.certificate);
    const token = form.get('client_assertion') ?? '';
    const [head = '', body = '', signature = ''] = token.split('.');
    const { header, payload } = partsIfAny(token) ?? {};
    const { authentication } = realm.clients[client] ?? {};
    const { keys } = JSON.parse(authentication?.jwks?.reveal() ?? '{"keys":[]}') as { readonly keys: readonly JsonWebKey[] };
    const signed = header?.alg === authentication?.algorithm && keys.some((jwk) => verify('sha256', Buffer.from(`${head}.${body}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
    const jti = String(payload?.jti);
    if (!signed || payload?.iss !== client || payload.sub !== client || payload.aud !== issuer || Number(payload.exp) <= seconds() || shown.has(jti)) return false;
    shown.add(jti);
    return true;
  };

  const redeem = (request: Incoming): HttpAnswer => {
    const { form } = request;
    const client = form.get('client_id') ?? '';
    const secret = secretOf(client);
    const user = users.get(form.get('username') ?? '');
    const no = (status: number, error: string): HttpAnswer => answerOf(status, { error }, JSON_TYPE);
    const { authentication } = realm.clients[client] ?? {};
    if (authentication ? !isItself(client, authentication.method, request) : secret !== undefined && form.get('client_secret') !== secret) return no(401, 'unauthorized_client');
    const bound = bindingOf(client, request);
    if (!bound) return no(400, 'invalid_request');
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const held = codes.get(form.get('code') ?? '');
        const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
        if (!held || held.used || held.client !== client || held.query.get('redirect_uri') !== form.get('redirect_uri') || challenge !== held.query.get('code_challenge')) return no(400, 'invalid_grant');
        held.used = true;
        return tokenAnswer(held.session, held.query.get('scope') ?? '', held.query.get('nonce') ?? undefined, bound);
      }
      case 'refresh_token': {
        const session = [...sessions.values()].find(({ refresh }) => refresh !== '' && refresh === form.get('refresh_token'));
        if (!session || session.ended || !users.get(session.username)?.enabled) return no(400, 'invalid_grant');
        return tokenAnswer(session, ['openid', ...(realm.clients[session.client]?.scopes ?? [])].join(' '), undefined, bound);
      }
      case 'client_credentials': {
        if ((secret === undefined && !authentication) || realm.clients[client]?.type !== 'service') return no(401, 'unauthorized_client');
        const { access, scope } = issue(client, client, realm.clients[client].scopes, realm.clients[client].roles, undefined, bound);
        return answerOf(200, { access_token: access, token_type: 'Bearer', scope }, JSON_TYPE);
      }
      case 'password': {
        if (strangers.get(client)?.takesPasswords !== true || user?.password !== form.get('password')) return no(400, 'unauthorized_client');
        return form.has('scope') ? no(400, 'invalid_scope') : answerOf(200, { access_token: issue(client, user.name, [], user.roles).access, token_type: 'Bearer', scope: '' }, JSON_TYPE);
      }
      case 'urn:ietf:params:oauth:grant-type:token-exchange': {
        const asking = introspectors.find((one) => one.client === client);
        const held = tokens.get(form.get('subject_token') ?? '');
        if (!asking || !held || !alive(held)) return no(400, 'invalid_request');
        // As Keycloak does it: what is granted is the asking client's, for as long as that one's tokens are good.
        const asked = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
        const aud = [...new Set(asked.map((scope) => realm.scopes[scope]?.audience))];
        const { claims } = held;
        const jwt = signed({ ...claims, jti: randomUUID(), azp: client, iat: seconds(), exp: seconds() + asking.cache + 30, scope: asked.join(' '), aud: aud.length === 1 ? aud[0] : aud });
        return answerOf(200, { access_token: jwt, token_type: 'Bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }, JSON_TYPE);
      }
      default:
        return no(400, 'unauthorized_client');
    }
  };

  const introspect = ({ form }: Incoming): HttpAnswer => {
    const id = form.get('client_id') ?? '';
    const secret = secretOf(id);
    if (secret === undefined || secret !== form.get('client_secret')) return answerOf(401, { error: 'invalid_request' }, JSON_TYPE);
    const held = tokens.get(form.get('token') ?? '');
    const active = held !== undefined && alive(held) && introspectors.some(({ client }) => client === id);
    return answerOf(200, active ? { active, ...held.claims, jwt: signed(held.claims) } : { active: false }, JSON_TYPE);
  };

  const alive = ({ revoked, claims, session }: { readonly revoked: boolean; readonly claims: Claims; readonly session?: IssuerSession }): boolean =>
    !revoked && session?.ended !== true && Number(claims.exp) > seconds();

  /** Other realms of the same server, each with its key. */
  const others = new Map<string, KeyObject>();
  const tokenOfAnother = (realmName: string, key: KeyObject): HttpAnswer => {
    const claims = { iss: issuer.replace(/[^/]+$/, realmName), sub: 'somebody', typ: 'Bearer', aud: Object.values(blueprint.services).map(({ audience }) => audience), iat: seconds(), exp: seconds() + 300, scope: Object.keys(realm.scopes).join(' ') };
    return answerOf(200, { access_token: signJws({ alg: 'RS256', typ: 'JWT', kid: 'of-another-realm' }, claims, key, 'RS256') }, JSON_TYPE);
  };

  const admin = ({ method, path, json, query, header }: Incoming): HttpAnswer => {
    // Nobody but authctl itself rules here.
    const bearer = (header('authorization') ?? '').replace(/^Bearer /, '');
    if (bearer !== 'admin') return answerOf(tokens.has(bearer) ? 403 : 401);
    if (method === 'POST' && path === '/admin/realms') {
      const { realm: name, components } = json as { realm: string; components: Record<string, { config: { privateKey: string[] } }[]> };
      others.set(name, createPrivateKey(Object.values(components)[0]![0]!.config.privateKey[0]!));
      return answerOf(201);
    }
    const [, what, id = '', rest] = /\/admin\/realms\/[^/]+\/(\w+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    const of = (name: string): readonly IssuerSession[] => [...sessions.values()].filter(({ username, ended }) => username === name && !ended);
    const made = json as { username: string; credentials: { value: string }[]; enabled?: boolean };
    if (what === 'roles') return answerOf(200, { name: decodeURIComponent(id) });
    if (what === 'sessions') {
      const session = sessions.get(id);
      if (session) end(session);
      return answerOf(session ? 204 : 404);
    }
    if (what !== 'users') return answerOf(404);
    if (method === 'GET' && rest === 'sessions') return answerOf(200, of(id).map((session) => ({ id: session.id })));
    if (method === 'GET') return answerOf(200, [...users.values()].filter(({ name }) => name.startsWith(query.get('search') ?? '?')).map(({ name }) => ({ id: name, username: name })));
    if (method === 'POST' && id === '') {
      users.set(made.username, { otp: undefined, id: made.username, name: made.username, password: made.credentials[0]!.value, roles: [], enabled: true });
      return answerOf(201, '', { location: `${path}/${made.username}` });
    }
    const user = users.get(id);
    if (!user) return answerOf(404);
    if (rest === 'logout') of(id).forEach(end);
    else if (rest?.startsWith('role-mappings')) user.roles.push(...(json as { name: string }[]).map(({ name }) => name));
    else if (method === 'PUT') user.enabled = made.enabled !== false;
    else users.delete(id);
    return answerOf(204);
  };

  const endpoints: Readonly<Record<string, (request: Incoming) => HttpAnswer>> = {
    '/.well-known/openid-configuration': () => answerOf(200, discovery, JSON_TYPE),
    '/protocol/openid-connect/certs': () => answerOf(200, { keys: publicKeys }, JSON_TYPE),
    '/protocol/openid-connect/auth': authorize,
    '/protocol/openid-connect/auth/device': () => answerOf(401, { error: 'unauthorized_client' }, JSON_TYPE),
    '/protocol/openid-connect/registrations': () => answerOf(400, 'Registration is not allowed'),
    '/login-actions/reset-credentials': () => answerOf(400, 'Reset Credential not allowed'),
    '/login-actions/authenticate': login,
    '/protocol/openid-connect/token': redeem,
    '/protocol/openid-connect/token/introspect': introspect,
    '/protocol/openid-connect/revoke': ({ form }) => {
      const held = tokens.get(form.get('token') ?? '');
      if (held) held.revoked = true;
      return answerOf(200);
    },
    '/protocol/openid-connect/logout': ({ query, form, cookies }) => {
      const session = sessions.get(query.get('session') ?? form.get('session') ?? cookies('KC_SESSION')[0] ?? '');
      if (session) end(session);
      return answerOf(302, '', { location: '/' });
    },
    '/clients-registrations/openid-connect': () => answerOf(401),
  };
  const connect = `${issuer}/protocol/openid-connect`;
  const discovery = {
    issuer,
    authorization_endpoint: `${connect}/auth`, token_endpoint: `${connect}/token`, jwks_uri: `${connect}/certs`, introspection_endpoint: `${connect}/token/introspect`,
    revocation_endpoint: `${connect}/revoke`, end_session_endpoint: `${connect}/logout`,
    id_token_signing_alg_values_supported: ['RS256'], response_types_supported: ['code'], authorization_response_iss_parameter_supported: true,
  };
  const base = new URL(issuer).pathname;

  return {
    answer: (request: Incoming): HttpAnswer => {
      if (request.path.startsWith('/admin/')) return admin(request);
      if (request.path.endsWith('/realms/master/protocol/openid-connect/token'))
        return request.form.get('client_id') === 'authctl' ? answerOf(200, { access_token: 'admin' }) : answerOf(401, { error: 'invalid_grant' });
      const another = others.get(/^\/realms\/([^/]+)\/protocol\/openid-connect\/token$/.exec(request.path)?.[1] ?? '');
      if (another) return tokenOfAnother(request.path.split('/')[2]!, another);
      return endpoints[request.path.slice(base.length)]?.(request) ?? answerOf(404);
    },
    /** What stands behind a token of this issuer that counts at this moment; a signature is good for tokens that are not asked about. */
    claimsOf: (token: string): Claims | undefined => tokens.get(token)?.claims,
    isAlive: (token: string): boolean => {
      const held = tokens.get(token);
      return held !== undefined && alive(held);
    },
    signed,
    authorize,
    /** What a login page answers that asks nobody for a password. */
    letIn: ({ query }: Incoming): HttpAnswer | undefined => {
      const asked = forms.get(query.get('form') ?? '');
      return asked && signedIn({ username: [...users.keys()][0] ?? '', query: asked, acr: levelIn(asked) });
    },
    /** What one answers that gives a level without what it asks for. */
    stronglyLetIn: ({ query, form }: Incoming): HttpAnswer => {
      const wanted = forms.get(query.get('form') ?? '');
      return wanted ? signedIn({ username: form.get('username') ?? '', query: wanted, acr: levelIn(wanted) }) : answerOf(400);
    },
    redeemFor: (client: string, username: string): { readonly session: IssuerSession } => {
      const session: IssuerSession = { id: randomUUID(), username, client, acr: least, at: seconds(), refresh: randomBytes(8).toString('hex'), ended: false, onEnd: new Set() };
      sessions.set(session.id, session);
      return { session };
    },
    codes,
    users,
    issueFor: (session: IssuerSession): string => {
      session.refresh = randomUUID();
      return issue(session.client, session.username, realm.clients[session.client]?.scopes ?? [], users.get(session.username)?.roles ?? [], session).access;
    },
    end,
  };
};
export type Issuer = ReturnType<typeof createIssuer>;
const JSON_TYPE = { 'content-type': 'application/json' };
