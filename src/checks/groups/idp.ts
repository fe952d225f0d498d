import { createHash, randomBytes } from 'node:crypto';
import { endpointsOf, tokenEndpointAt } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { dayOf, sortByAcceptance } from '../../core/accept.ts';
import type { Sorted } from '../../core/accept.ts';
import { textsOf } from '../../core/json.ts';
import { cookieSection, sessionAudience } from '../../patterns/token-cookie.ts';
import { exchangingClients } from '../../patterns/token-exchange.ts';
import { client as clientType } from '../../providers/keycloak/specs/client.ts';
import type { Check, Outcome, PlainSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { servicesToBe } from '../kit/given.ts';
import { readJson } from '../kit/http.ts';
import type { Kit } from '../kit/index.ts';
import { claimsBehind } from '../kit/introspection.ts';
import { partsOf } from '../kit/jws.ts';
import { signingIn } from '../kit/browser.ts';
import { authorize, post } from '../kit/tokens.ts';
import { endedFor, notItself, rightProof } from './idp-proof.ts';
import { publishedKeys } from './sig.ts';

export const theRealm = (blueprint: Blueprint): readonly PlainSubject[] => [{ name: `keycloak ${blueprint.realm.name}`, origin: blueprint.at('realm'), of: 'keycloak' }];
export const clientsOf = (wanted: 'people' | 'service') => (blueprint: Blueprint): readonly ClientSubject[] =>
  Object.entries(blueprint.realm.clients)
    .filter(([, { type }]) => (type === 'service') === (wanted === 'service'))
    .map(([client]) => ({ client, name: `keycloak client ${client}`, origin: blueprint.at(`realm.clients.${client}`), of: 'keycloak' }));

export interface ClientSubject extends PlainSubject {
  readonly client: string;
}

export const endpoint = (kit: Kit): string => endpointsOf(kit.blueprint).protocol;
export const challenge = (): string => createHash('sha256').update(randomBytes(32)).digest('base64url');

/** Asks for authorization and reports how Keycloak took it: an error page, or a redirect and where to. `twice` is said beside what is said already. */
export const ask = async (kit: Kit, client: string, changes: Readonly<Record<string, string | undefined>>, twice: readonly (readonly [name: string, value: string])[] = []) => {
  const query = new URLSearchParams();
  const base = {
    response_type: 'code',
    client_id: client,
    redirect_uri: kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '',
    scope: 'openid',
    state: 'state',
    code_challenge: challenge(),
    code_challenge_method: 'S256',
    ...changes,
  };
  for (const [name, value] of Object.entries(base)) if (value !== undefined) query.set(name, value);
  for (const [name, value] of twice) query.append(name, value);
  const answer = await kit.send({ url: `${endpointsOf(kit.blueprint).authorization}?${query.toString()}`, method: 'GET', headers: [['Accept', 'text/html']] });
  const location = answer.headers.location ?? '';
  return { status: answer.status, location, error: /[?&#]error=([^&]+)/.exec(location)?.[1], form: answer.body.includes('kc-form-login') };
};

/** Which live objects of a kind the blueprint accepts, and which not, each in the words of who found it; whatever is found there opens something. */
export const byAcceptance = ({ blueprint, clock }: Kit, kind: string, found: readonly { readonly id: string; readonly what: string }[]): Sorted =>
  sortByAcceptance(found.map((one) => ({ ...one, kind, effect: 'opens', origin: blueprint.at('accept'), hint: '' })), blueprint.accept, dayOf(clock.now()));

export const all = async <T>(items: readonly T[], test: (item: T) => Promise<string | undefined>, label: (item: T) => string): Promise<Outcome> => {
  const evidence = [];
  for (const item of items) {
    const why = await test(item);
    evidence.push({ request: label(item), ...(why !== undefined && { answer: why }) });
    if (why !== undefined) return { status: 'failed', why: `${label(item)}: ${why}`, evidence };
  }
  return { status: 'passed', evidence };
};

/** The identity provider: what OAuth's security best practice (RFC 9700) asks of it, asked of the live one. */
export const idp: readonly Check[] = [
  defineCheck({
    id: 'IDP-01',
    claim: 'redirect URIs are compared exactly',
    severity: 'critical',
    source: 'RFC 9700 sections 2.1 and 4.1.3; ASVS 5.0 10.4.1',
    subjects: clientsOf('people'),
    run: async ({ client }, kit) => {
      const good = new URL(kit.blueprint.realm.clients[client]?.redirectUris[0] ?? 'https://x.invalid/');
      const variants = [
        `https://evil.example${good.pathname}`,
        `${good.href}/extra`,
        `${good.href}?extra=1`,
        `${good.href}#fragment`,
        `${good.protocol}//evil@${good.host}${good.pathname}`,
        `${good.protocol}//${good.host}.evil.example${good.pathname}`,
        `${good.protocol}//${good.host}${good.pathname}/../other`,
        'javascript:alert(1)',
      ];
      if (kit.blueprint.realm.clients[client]?.redirectUris.length === 0) return { status: 'skipped', why: 'the client has no redirect URI', evidence: [] };
      const control = await ask(kit, client, {});
      if (!control.form) return { status: 'inconclusive', why: `the declared redirect URI must lead to the login page first, and it got ${control.status}`, evidence: [] };
      return all(
        variants,
        async (redirect_uri) => {
          const answer = await ask(kit, client, { redirect_uri });
          return answer.status >= 400 && answer.status < 500 ? undefined : `expected a 4xx page, got ${answer.status} ${answer.form ? 'and the login form' : ''}`;
        },
        (uri) => `redirect_uri ${uri}`,
      );
    },
  }),
  defineCheck({
    id: 'IDP-02',
    claim: 'no client has a wildcard among its redirect URIs or web origins',
    severity: 'critical',
    source: 'RFC 9700 section 4.1; ASVS 5.0 10.4.1',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const prefix = `${kit.blueprint.realm.name}/`;
      const clients = (await kit.live(clientType.kind)).filter(clientType.is).filter(({ id }) => id.startsWith(prefix));
      const builtIn = new Set(['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console']);
      const wild = clients.filter(({ id, spec }) => {
        const uris = [...spec.redirectUris, ...spec.webOrigins];
        return !builtIn.has(id.slice(prefix.length)) && uris.some((uri) => uri.includes('*'));
      });
      const evidence = [{ request: `read ${clients.length} live clients` }];
      if (clients.length === 0) return { status: 'failed', why: 'the realm has no client', evidence };
      return wild.length === 0 ? { status: 'passed', evidence } : { status: 'failed', why: `a wildcard at ${wild.map(({ id }) => id).join(', ')}`, hint: 'authctl apply takes it away from clients of the blueprint', evidence };
    },
  }),
  defineCheck({
    id: 'IDP-03',
    claim: 'authorization without PKCE is refused',
    severity: 'high',
    source: 'RFC 9700 section 2.1.1; ASVS 5.0 10.4.6',
    subjects: clientsOf('people'),
    run: ({ client }, kit) =>
      all(
        [{ code_challenge: undefined, code_challenge_method: undefined }],
        async (changes) => {
          const answer = await ask(kit, client, changes);
          return answer.error === 'invalid_request' ? undefined : `got ${answer.status} ${answer.error ?? 'without an error'}`;
        },
        () => 'no code_challenge',
      ),
  }),
  defineCheck({
    id: 'IDP-04',
    claim: 'the PKCE method plain is refused',
    severity: 'high',
    source: 'RFC 7636 section 4.2; ASVS 5.0 10.4.6',
    subjects: clientsOf('people'),
    run: ({ client }, kit) =>
      all(
        ['plain', 'S512', ''],
        async (method) => {
          const answer = await ask(kit, client, { code_challenge_method: method });
          return answer.error === 'invalid_request' ? undefined : `got ${answer.status} ${answer.error ?? 'without an error'}`;
        },
        (method) => `code_challenge_method "${method}"`,
      ),
  }),
  defineCheck({
    id: 'IDP-05',
    claim: 'a code with another verifier is refused, and a code works only once',
    severity: 'high',
    source: 'RFC 7636 section 4.6; RFC 9700 section 4.5; ASVS 5.0 10.4.2',
    needs: ['persona'],
    subjects: (blueprint) => clientsOf('people')(blueprint).filter(({ client }) => client === blueprint.authentication.client && blueprint.realm.clients[client]?.type === 'public'),
    run: async ({ client }, kit) => {
      const [username, persona] = Object.entries(kit.blueprint.personas)[0] ?? [];
      const redirectUri = kit.blueprint.realm.clients[client]?.redirectUris[0];
      if (username === undefined || persona === undefined || redirectUri === undefined) return { status: 'skipped', why: 'persona', evidence: [] };
      const configuration = await kit.tokens.configurationOf(client);
      const signIn = () => authorize(kit.send, { configuration, redirectUri, scope: 'openid', ...signingIn(username, persona, kit.clock) });
      const redeem = (code: string, verifier: string) =>
        post(kit.send, endpointsOf(kit.blueprint).token, { grant_type: 'authorization_code', client_id: client, code, redirect_uri: redirectUri, code_verifier: verifier });
      const first = await signIn();
      const wrong = await redeem(first.code.reveal(), randomBytes(32).toString('base64url'));
      const second = await signIn();
      const good = await redeem(second.code.reveal(), second.verifier.reveal());
      const again = await redeem(second.code.reveal(), second.verifier.reveal());
      const evidence = [
        { request: 'redeem with another verifier', status: wrong.status, answer: String(wrong.body.error) },
        { request: 'redeem with the right verifier', status: good.status },
        { request: 'redeem the same code again', status: again.status, answer: String(again.body.error) },
      ];
      if (good.status !== 200) return { status: 'inconclusive', why: 'the control, a right redemption, did not work', evidence };
      return wrong.status === 400 && wrong.body.error === 'invalid_grant' && again.status === 400 && again.body.error === 'invalid_grant'
        ? { status: 'passed', evidence }
        : { status: 'failed', why: 'expected invalid_grant both times', evidence };
    },
  }),
  defineCheck({
    id: 'IDP-07',
    claim: 'a code works for no client but the one that it was given to',
    severity: 'high',
    source: 'RFC 6749 section 4.1.3; OIDF ensure-authorization-code-is-bound-to-client',
    needs: ['persona', 'service-client'],
    subjects: (blueprint) => clientsOf('people')(blueprint).filter(({ client }) => client === blueprint.authentication.client),
    run: async ({ client }, kit) => {
      const [username, persona] = Object.entries(kit.blueprint.personas)[0] ?? [];
      const redirectUri = kit.blueprint.realm.clients[client]?.redirectUris[0];
      const [thief] = servicesToBe(kit.blueprint);
      if (username === undefined || persona === undefined || redirectUri === undefined || thief === undefined) return { status: 'skipped', why: 'no variant applies here', evidence: [] };
      const control = await rightProof(kit, thief);
      if (control) return control;
      const configuration = await kit.tokens.configurationOf(client);
      const { code, verifier } = await authorize(kit.send, { configuration, redirectUri, scope: 'openid', ...signingIn(username, persona, kit.clock) });
      const { status, body } = await post(kit.send, endpointsOf(kit.blueprint).token, {
        grant_type: 'authorization_code', code: code.reveal(), redirect_uri: redirectUri, code_verifier: verifier.reveal(),
        client_id: thief, ...kit.tokens.clientAuth.form(thief),
      });
      const evidence = [{ request: `redeem the code of ${client} as ${thief}`, status, answer: String(body.error) }];
      if (status >= 500) return { status: 'crashed', why: `got ${status}`, evidence };
      return status === 400 && typeof body.access_token !== 'string'
        ? { status: 'passed', evidence }
        : { status: 'failed', why: `expected 400, got ${status}`, evidence };
    },
  }),
  defineCheck({
    id: 'IDP-08',
    claim: 'the implicit and password grants are off',
    severity: 'high',
    source: 'RFC 9700 sections 2.1.2 and 2.4; ASVS 5.0 10.4.4',
    subjects: clientsOf('people'),
    run: async ({ client }, kit) => {
      const implicit = await ask(kit, client, { response_type: 'token' });
      const [username, persona] = Object.entries(kit.blueprint.personas)[0] ?? ['nobody'];
      const password = await post(kit.send, endpointsOf(kit.blueprint).token, {
        grant_type: 'password',
        client_id: client,
        ...kit.tokens.clientAuth.form(client),
        username,
        password: persona?.password.reveal() ?? 'x',
      });
      const evidence = [
        { request: 'response_type=token', status: implicit.status, answer: implicit.error ?? '' },
        { request: 'grant_type=password', status: password.status, answer: String(password.body.error) },
      ];
      return implicit.error !== undefined && password.status >= 400 && password.status < 500 && password.body.error === 'unauthorized_client'
        ? { status: 'passed', evidence }
        : { status: 'failed', why: 'one of the two grants is open', evidence };
    },
  }),
  defineCheck({
    id: 'IDP-10',
    claim: 'tokens live as long as the blueprint says',
    severity: 'medium',
    source: 'ASVS 5.0 10.4.3; the blueprint: accessTokenLifespan',
    needs: ['persona'],
    subjects: theRealm,
    run: async (_subject, kit) => {
      const { payload } = partsOf((await kit.tokens.persona(Object.keys(kit.blueprint.personas)[0] ?? '')).access.reveal());
      const lived = Number(payload.exp) - Number(payload.iat);
      const declared = kit.blueprint.realm.tokens.accessTokenLifespan;
      const evidence = [{ request: 'exp - iat of a real token', answer: `${lived} s` }];
      // The issuer reads its clock twice: a second is no other lifespan.
      return Math.abs(lived - declared) <= 1 ? { status: 'passed', evidence } : { status: 'failed', why: `${lived} s, the blueprint says ${declared} s`, evidence };
    },
  }),
  defineCheck({
    id: 'IDP-11',
    claim: 'the token endpoint demands of a client that is not public that it proves who it is: by its secret, its key or its certificate',
    severity: 'critical',
    source: 'RFC 6749 section 3.2.1; RFC 7523 section 3; RFC 8705 section 2.1; ASVS 5.0 10.4.10',
    subjects: clientsOf('service'),
    run: async ({ client }, kit) => {
      const control = await rightProof(kit, client);
      if (control) return control;
      return all(
        notItself(kit, client),
        async ({ form, tls }) => {
          const asked = post(kit.send, endpointsOf(kit.blueprint).token, { grant_type: 'client_credentials', client_id: client, ...form }, {}, tls);
          // A server may end a connection as soon as it sees a certificate that it does not trust: the right one has got an answer just now.
          const { status, body } = await (tls?.own ? asked.catch(endedFor) : asked);
          // RFC 6749 section 5.2 leaves 400 to clients that do not authenticate by a secret: Keycloak answers so to one with a key of its own.
          const refused = status === 0 || status === 401 || (status === 400 && ['invalid_client', 'unauthorized_client'].includes(String(body.error)));
          return refused && typeof body.access_token !== 'string' ? undefined : `expected 401, got ${status}`;
        },
        ({ label }) => label,
      );
    },
  }),
  defineCheck({
    id: 'IDP-12',
    claim: 'a client gets only scopes that are declared for it',
    severity: 'high',
    source: 'RFC 6749 section 3.3; ASVS 5.0 10.4.11',
    needs: ['service-client'],
    subjects: clientsOf('service'),
    run: async ({ client }, kit) => {
      const own = kit.blueprint.realm.clients[client];
      const control = await rightProof(kit, client);
      if (control) return control;
      const foreign = Object.keys(kit.blueprint.realm.scopes).filter((scope) => !own?.scopes.includes(scope));
      const answer = await post(kit.send, endpointsOf(kit.blueprint).token, {
        grant_type: 'client_credentials',
        client_id: client,
        ...kit.tokens.clientAuth.form(client),
        scope: [...foreign, 'openid'].join(' '),
      });
      const granted = String(answer.body.scope ?? '').split(' ');
      const evidence = [{ request: `ask for ${foreign.join(' ')}`, status: answer.status }];
      if (answer.status >= 500) return { status: 'crashed', why: `got ${answer.status}`, evidence };
      const wrong = foreign.filter((scope) => granted.includes(scope));
      return wrong.length === 0 ? { status: 'passed', evidence } : { status: 'failed', why: `got ${wrong.join(', ')}`, evidence };
    },
  }),
  defineCheck({
    id: 'IDP-15',
    claim: 'no default administrator is left',
    severity: 'critical',
    source: 'OWASP API8:2023; ASVS 5.0 6.3.2',
    subjects: theRealm,
    run: (_subject, kit) =>
      all(
        [['admin', 'admin'], ['admin', 'password'], ['keycloak', 'keycloak']] as const,
        async ([username, password]) => {
          const answer = await post(kit.send, tokenEndpointAt(kit.blueprint.targets.keycloak?.url ?? '', 'master'), {
            grant_type: 'password',
            client_id: 'admin-cli',
            username,
            password,
          });
          if (answer.status >= 500) return `got ${answer.status}: whether it is there is not known`;
          return typeof answer.body.access_token === 'string' ? 'signed in' : undefined;
        },
        ([username, password]) => `${username}/${password} on the master realm`,
      ),
  }),
  defineCheck({
    id: 'IDP-19',
    claim: 'discovery offers no unsigned tokens',
    severity: 'medium',
    source: 'OpenID Connect Discovery section 3; RFC 8725 section 3.2',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const answer = await kit.send({ url: endpointsOf(kit.blueprint).discovery, method: 'GET', headers: [] });
      const evidence = [{ request: 'GET .well-known/openid-configuration', status: answer.status }];
      if (answer.status !== 200) return { status: 'failed', why: `discovery answered ${answer.status}`, evidence };
      const algorithms = textsOf(readJson(answer.body)?.id_token_signing_alg_values_supported);
      return algorithms.includes('none') || algorithms.length === 0
        ? { status: 'failed', why: `offers ${algorithms.join(', ') || 'nothing'}`, evidence }
        : { status: 'passed', evidence };
    },
  }),
  defineCheck({
    id: 'IDP-20',
    claim: 'nobody can register a client without being asked',
    severity: 'high',
    source: 'RFC 7591 section 5; ASVS 5.0 10.4.7',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const answer = await kit.send({
        url: endpointsOf(kit.blueprint).registration,
        method: 'POST',
        headers: [['Content-Type', 'application/json']],
        body: JSON.stringify({ client_name: 'authctl-probe', redirect_uris: ['https://evil.example/'] }),
      });
      const evidence = [{ request: 'POST clients-registrations/openid-connect', status: answer.status }];
      return answer.status === 401 || answer.status === 403 ? { status: 'passed', evidence } : { status: 'failed', why: `got ${answer.status}`, evidence };
    },
  }),
  defineCheck({
    id: 'IDP-21',
    claim: 'the published key set holds no private member',
    severity: 'critical',
    source: 'RFC 7517 section 9.2',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const keys = await publishedKeys(kit);
      const evidence = [{ request: `read ${keys.length} published keys` }];
      if (keys.length === 0) return { status: 'failed', why: 'no key is published', evidence };
      const leaking = keys.filter((jwk) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((member) => member in jwk));
      return leaking.length === 0 ? { status: 'passed', evidence } : { status: 'failed', why: `${leaking.length} keys hold private members`, evidence };
    },
  }),
  defineCheck({
    id: 'IDP-22',
    claim: "a token carries the audience of every scope it was granted, that of the sign-in cookie where the gateway sets one, that of a gateway that exchanges it, and no other",
    severity: 'critical',
    source: 'RFC 9068 section 3; the blueprint: scopes',
    needs: ['persona'],
    subjects: theRealm,
    run: async (_subject, kit) => {
      const { blueprint } = kit;
      const client = blueprint.realm.clients[blueprint.authentication.client];
      return all(
        (client?.scopes ?? []).filter((scope) => blueprint.realm.scopes[scope]?.roles.length === 0),
        async (scope) => {
          const token = (await kit.tokens.persona(Object.keys(blueprint.personas)[0] ?? '', [scope])).access.reveal();
          const audience = [(await claimsBehind(kit, token, blueprint.authentication)).aud].flat().filter((one) => one !== undefined);
          const wanted = [
            blueprint.realm.scopes[scope]?.audience ?? '',
            ...(cookieSection(blueprint)?.client === blueprint.authentication.client ? [sessionAudience(blueprint)] : []),
            ...(client?.lightweightTokens === true ? exchangingClients(blueprint) : []),
          ].toSorted();
          return audience.toSorted().join() === wanted.join() ? undefined : `expected the audience ${wanted.join(' and ')}, got ${JSON.stringify(audience)}`;
        },
        (scope) => `a sign-in that asks for ${scope}`,
      );
    },
  }),
];
