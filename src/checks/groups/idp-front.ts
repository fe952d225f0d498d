import { randomBytes } from 'node:crypto';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Check } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { canBe } from '../kit/given.ts';
import { newBrowser, signingIn, throughTheLoginPage } from '../kit/browser.ts';
import type { Kit } from '../kit/index.ts';
import { post } from '../kit/tokens.ts';
import { authorizationUrl, oneAtATime, withRedirect } from './idp-sign-in.ts';
import { all, ask, challenge, endpoint } from './idp.ts';
import type { ClientSubject } from './idp.ts';
import { calculatePKCECodeChallenge } from 'openid-client';

/** What redeems and exchanges needs to say who it is: a public client does, another by what the blueprint holds of it. */
const canAuthenticate = (blueprint: Blueprint): readonly ClientSubject[] =>
  withRedirect(blueprint).filter(({ client }) => canBe(blueprint, client));

interface FrontClaim<T> extends Pick<Check, 'id' | 'claim' | 'severity' | 'source'> {
  readonly variants: (kit: Kit, client: string) => readonly T[];
  readonly test: (kit: Kit, client: string, variant: T) => Promise<string | undefined>;
  readonly label: (variant: T) => string;
}

/** A claim about requests in the browser's name, none of which may get the login page: one that is right must get it first. */
const refusedAtTheDoor = <T>({ variants, test, label, ...claim }: FrontClaim<T>): Check =>
  defineCheck<ClientSubject>({
    ...claim,
    subjects: withRedirect,
    run: async ({ client }, kit) => {
      const control = await ask(kit, client, {});
      if (!control.form) return { status: 'inconclusive', why: `the declared request must lead to the login page first, and it got ${control.status}`, evidence: [] };
      const tried = variants(kit, client);
      if (tried.length === 0) return { status: 'skipped', why: 'no variant applies here', evidence: [] };
      return all(tried, (variant) => test(kit, client, variant), label);
    },
  });

const EVIL = 'https://evil.example/callback';
/** Refused where the person stays: no login form, and no redirect to where nobody declared one. */
const stays = (kit: Kit, client: string, { status, location, form }: Awaited<ReturnType<typeof ask>>): string | undefined => {
  if (form) return `got ${status} and the login form`;
  if (status >= 500) return `a ${status} is no refusal`;
  const declared = kit.blueprint.realm.clients[client]?.redirectUris ?? [];
  const home = declared.some((uri) => location === uri || location.startsWith(`${uri}?`) || location.startsWith(`${uri}#`));
  return location === '' || home ? undefined : `was sent to ${location.split(/[?#]/)[0]}`;
};

/** Spellings of a redirect URI that some comparison could take for it. */
const spellings = (uri: string): readonly string[] => {
  const { protocol, host, hostname, port, pathname, origin } = new URL(uri);
  // A port of its own is what native applications on this machine have (RFC 8252 section 7.3).
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
  return [
    `${origin}${pathname.toUpperCase()}`,
    `${origin}/`,
    `${uri}/`,
    `${uri};x=1`,
    `${uri}.evil.example`,
    `${uri}%2f..%2fother`,
    `${protocol}//${host}@evil.example${pathname}`,
    `https://evil.example\\@${host}${pathname}`,
    `https://evil.example#@${host}${pathname}`,
    `https://evil.example/?${uri}`,
    `https://x.${host}${pathname}`,
    ...(loopback ? [] : [`${protocol}//${hostname}:${port === '8443' ? '9443' : '8443'}${pathname}`]),
    ...(protocol === 'https:' ? [`http://${host}${pathname}`] : []),
    `custom-scheme://${host}${pathname}`,
    'data:text/html,x',
  ].filter((spelling) => spelling !== uri);
};

const unsigned = (claims: object): string => `${[{ alg: 'none', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

/** Scopes of Keycloak's own that a new realm lets a client ask for: the first keeps a session without end. */
const SHIPPED_SCOPES = ['offline_access', 'microprofile-jwt', 'phone', 'address'];

/** Grants of Keycloak that no client of a blueprint is given, with what they need to be tried. */
const OTHER_GRANTS: readonly { readonly label: string; readonly path: string; readonly form: Readonly<Record<string, string>> }[] = [
  { label: 'client_credentials', path: 'token', form: { grant_type: 'client_credentials' } },
  { label: 'the JWT bearer grant', path: 'token', form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: unsigned({ sub: 'admin' }) } },
  { label: 'CIBA', path: 'token', form: { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'unknown' } },
  { label: 'a device code of its own making', path: 'token', form: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'unknown' } },
  { label: 'the device flow', path: 'auth/device', form: { scope: 'openid', code_challenge: challenge(), code_challenge_method: 'S256' } },
];
const refusedGrant = ({ status, body }: Awaited<ReturnType<typeof post>>): string | undefined => {
  if (['access_token', 'device_code', 'auth_req_id'].some((member) => member in body)) return `got ${status} and what it asked for`;
  return status >= 400 && status < 500 ? undefined : `expected a 4xx, got ${status}`;
};

/** The doors of a client of the blueprint: what it is not declared for is refused before anybody signs in. */
export const idpFront: readonly Check[] = [
  refusedAtTheDoor<string>({
    id: 'IDP-36', claim: 'no other spelling of a redirect URI is taken for it', severity: 'critical', source: 'RFC 9700 section 4.1.3; RFC 3986 section 6.2.1',
    variants: ({ blueprint }, client) => {
      const declared = blueprint.realm.clients[client]?.redirectUris ?? [];
      // What a pattern takes in is another claim (IDP-02).
      return declared.some((uri) => uri.includes('*')) ? [] : spellings(declared[0] ?? '').filter((uri) => !declared.includes(uri));
    },
    test: async (kit, client, redirect_uri) => stays(kit, client, await ask(kit, client, { redirect_uri })),
    label: (uri) => `redirect_uri ${uri}`,
  }),
  refusedAtTheDoor<'first' | 'last'>({
    id: 'IDP-37', claim: 'a second redirect URI in the same request leads nobody there', severity: 'high', source: 'RFC 6749 section 3.1',
    variants: () => ['first', 'last'],
    test: async (kit, client, place) => {
      const good = kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '';
      const [one, other] = place === 'first' ? [EVIL, good] : [good, EVIL];
      return stays(kit, client, await ask(kit, client, { redirect_uri: one }, [['redirect_uri', other]]));
    },
    label: (place) => `the foreign redirect_uri comes ${place}`,
  }),
  refusedAtTheDoor<string>({
    id: 'IDP-38', claim: 'no token and no ID token is put into a URL: every response type but code is refused', severity: 'high', source: 'RFC 9700 section 2.1.2; OAuth 2.0 Multiple Response Type Encoding Practices section 5',
    variants: () => ['id_token', 'id_token token', 'code token', 'code id_token', 'code id_token token'].flatMap((type) => [type, `${type} by form_post`, `${type} by query`]),
    test: async (kit, client, variant) => {
      const [response_type = '', response_mode] = variant.split(' by ');
      const answer = await ask(kit, client, { response_type, nonce: 'nonce', ...(response_mode !== undefined && { response_mode }) });
      // A refusal by form_post is a page that sends it on.
      const said = answer.error !== undefined || response_mode !== undefined || (answer.status >= 400 && answer.status < 500);
      return said ? stays(kit, client, answer) : `got ${answer.status} without an error`;
    },
    label: (variant) => `response_type=${variant}`,
  }),
  refusedAtTheDoor<Readonly<Record<string, string>>>({
    id: 'IDP-39', claim: 'a request object is no way around the redirect URI, and none is fetched from elsewhere', severity: 'critical', source: 'RFC 9101 sections 5.2.2 and 10.4; RFC 9126 section 4',
    variants: ({ blueprint }, client) => [
      { request: unsigned({ iss: client, aud: blueprint.issuer, client_id: client, response_type: 'code', redirect_uri: EVIL, scope: 'openid' }) },
      { request_uri: 'https://evil.example/request.jwt' },
      { request_uri: 'urn:ietf:params:oauth:request_uri:of-nobody' },
    ],
    test: async (kit, client, changes) => stays(kit, client, await ask(kit, client, changes)),
    label: (changes) => (changes.request_uri === undefined ? 'a request object with a redirect URI of its own' : `request_uri ${changes.request_uri}`),
  }),
  refusedAtTheDoor<string>({
    id: 'IDP-40', claim: 'a client cannot ask for a scope that it is not given, offline access among them', severity: 'high', source: 'RFC 6749 section 3.3; OpenID Connect Core section 11',
    variants: ({ blueprint: { realm } }, client) => [...Object.keys(realm.scopes), ...SHIPPED_SCOPES, 'authctl-no-such-scope'].filter((scope) => realm.clients[client]?.scopes.includes(scope) !== true),
    test: async (kit, client, scope) => {
      const answer = await ask(kit, client, { scope: `openid ${scope}` });
      return answer.error === 'invalid_scope' ? undefined : `expected invalid_scope, got ${answer.status} ${answer.error ?? (answer.form ? 'and the login form' : 'without an error')}`;
    },
    label: (scope) => `scope ${scope}`,
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-41', claim: 'a code is worth nothing without its verifier, with its challenge for one, or for another redirect URI', severity: 'high', source: 'RFC 7636 section 4.6; RFC 6749 section 4.1.3; RFC 9700 section 4.8.2',
    needs: ['persona'],
    subjects: (blueprint) => canAuthenticate(blueprint).filter(({ client }) => client === blueprint.authentication.client),
    run: async ({ client }, kit) => {
      const [username = '', persona] = Object.entries(kit.blueprint.personas)[0] ?? [];
      const redirectUri = kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '';
      if (persona === undefined) return { status: 'skipped', why: 'persona', evidence: [] };
      // One sign-in for all codes: Keycloak knows the browser from then on.
      const browser = newBrowser(kit.send);
      const verifier = randomBytes(32).toString('base64url');
      const code_challenge = await calculatePKCECodeChallenge(verifier);
      const redeem = async (form: Readonly<Record<string, string>>) => {
        const landed = await oneAtATime(kit, username, () => throughTheLoginPage(browser, authorizationUrl(kit, client, redirectUri, { code_challenge }), redirectUri, signingIn(username, persona, kit.clock)));
        const code = landed.searchParams.get('code') ?? '';
        return post(kit.send, `${endpoint(kit)}/token`, { grant_type: 'authorization_code', client_id: client, ...kit.tokens.clientAuth.form(client), code, redirect_uri: redirectUri, ...form });
      };
      const tries = [
        ['without a verifier', {}],
        ['with the challenge as its verifier', { code_verifier: code_challenge }],
        ['for another redirect URI', { code_verifier: verifier, redirect_uri: `${redirectUri}/other` }],
      ] as const;
      const control = await redeem({ code_verifier: verifier });
      if (control.status !== 200) return { status: 'inconclusive', why: `a right redemption must work first, and it got ${control.status}`, evidence: [] };
      return all(tries, async ([, form]) => refusedGrant(await redeem(form)), ([label]) => `redeem a code ${label}`);
    },
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-42', claim: "nobody exchanges a person's token for another, or for somebody else's", severity: 'critical', source: 'RFC 8693 sections 2.1 and 5',
    needs: ['persona'],
    subjects: canAuthenticate,
    run: async ({ client }, kit) => {
      const { blueprint } = kit;
      const [first = '', second = first] = Object.keys(blueprint.personas);
      const token = (await kit.tokens.persona(first)).access.reveal();
      const audience = Object.values(blueprint.services)[0]?.audience ?? '';
      return all<readonly [string, Readonly<Record<string, string>>]>(
        [
          ['for itself', {}],
          ['for an audience', { audience }],
          ['for every scope', { scope: Object.keys(blueprint.realm.scopes).join(' ') }],
          ['for somebody else', { requested_subject: second }],
          ['for a refresh token', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
        ],
        async ([, form]) => {
          const exchange = {
            grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: client, ...kit.tokens.clientAuth.form(client),
            subject_token: token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', ...form,
          };
          return refusedGrant(await post(kit.send, `${endpoint(kit)}/token`, exchange));
        },
        ([label]) => `exchange a token ${label}`,
      );
    },
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-43', claim: 'a client that people sign in through gets no token by a grant that nobody declared', severity: 'high', source: 'RFC 6749 section 4.4; RFC 8628 section 3.1; RFC 7523 section 2.1',
    subjects: canAuthenticate,
    run: async ({ client }, kit) => {
      const control = await ask(kit, client, {});
      if (!control.form) return { status: 'inconclusive', why: `the declared request must lead to the login page first, and it got ${control.status}`, evidence: [] };
      return all(
        OTHER_GRANTS,
        async ({ path, form }) => refusedGrant(await post(kit.send, `${endpoint(kit)}/${path}`, { client_id: client, ...kit.tokens.clientAuth.form(client), ...form })),
        ({ label }) => label,
      );
    },
  }),
];
