import { endpointsOf } from '../../blueprint/issuer.ts';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Blueprint, Persona } from '../../blueprint/types.ts';
import { expand } from '../../patterns/index.ts';
import { realm } from '../../providers/keycloak/specs/realm.ts';
import type { Evidence, Severity } from '../../core/report.ts';
import type { Check, Outcome } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { inTurn, newBrowser, signingIn, throughTheLoginPage, loginActionIn } from '../kit/browser.ts';
import type { Browser } from '../kit/browser.ts';
import type { HttpAnswer } from '../kit/http.ts';
import type { Kit } from '../kit/index.ts';
import { all, ask, challenge, clientsOf, endpoint } from './idp.ts';
import type { ClientSubject } from './idp.ts';

/** The clients that people sign in through: each may have a login flow of its own. */
export const withRedirect = (blueprint: Blueprint): readonly ClientSubject[] =>
  clientsOf('people')(blueprint).filter(({ client }) => blueprint.realm.clients[client]?.redirectUris[0] !== undefined);
/** One is enough for what is the realm's. */
const signInClient = (blueprint: Blueprint): readonly ClientSubject[] => withRedirect(blueprint).filter(({ client }) => client === blueprint.authentication.client);
/** A persona for each client, as far as they go: nobody is tried twice with a wrong password. From the last one on, because most other checks sign the first one in. */
const whoTries = (blueprint: Blueprint, client: string): readonly [username: string, persona: Persona] | undefined =>
  Object.entries(blueprint.personas).at(-1 - withRedirect(blueprint).findIndex((subject) => subject.client === client));

export const authorizationUrl = (kit: Kit, client: string, redirectUri: string, changes: Readonly<Record<string, string>> = {}): string =>
  `${endpoint(kit)}/auth?${new URLSearchParams({
    response_type: 'code', client_id: client, redirect_uri: redirectUri, scope: 'openid', state: randomUUID(), nonce: randomUUID(),
    code_challenge: challenge(), code_challenge_method: 'S256', ...changes,
  }).toString()}`;

export const oneAtATime = <Result>(kit: Kit, username: string, work: () => Promise<Result>): Promise<Result> => inTurn(`${kit.blueprint.issuer} ${username}`, work);

/** Whether a redirect carries what signs somebody in. */
export const holdsCode = ({ headers: { location = '' } }: HttpAnswer): boolean => /[?&#](code|access_token|id_token)=/.test(location);

/** What somebody does at the login page, in a browser that Keycloak does not know. */
interface Try {
  readonly label: string;
  readonly act: (browser: Browser, page: HttpAnswer, action: string) => Promise<HttpAnswer>;
}
const send = (label: string, form: Readonly<Record<string, string>>): Try => ({ label, act: (browser, _page, action) => browser.visit(action, { method: 'POST', form: new URLSearchParams(form) }) });

interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly severity: Severity;
  readonly tries: (username: string, persona: Persona) => readonly Try[];
}

/**
 * None of these gets a code, and the persona gets one right after: a login page that lets nobody in refuses nothing. That sign-in also takes
 * back what Keycloak counts against the account.
 */
const nobodyIn = ({ tries, ...claim }: Claim): Check =>
  defineCheck<ClientSubject>({
    ...claim,
    source: 'RFC 6749 section 3.1; ASVS 5.0 6.3.1',
    needs: ['persona'],
    subjects: withRedirect,
    run: async ({ client }, kit): Promise<Outcome> => {
      const [username = '', persona] = whoTries(kit.blueprint, client) ?? [];
      const redirectUri = kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '';
      if (persona === undefined) return { status: 'skipped', why: 'no persona is left for this client', evidence: [] };
      return oneAtATime(kit, username, async () => {
        const evidence: Evidence[] = [];
        for (const { label, act } of tries(username, persona)) {
          const browser = newBrowser(kit.send);
          const page = await browser.visit(authorizationUrl(kit, client, redirectUri));
          const action = loginActionIn(page.body);
          if (page.status !== 200 || action === undefined) return { status: 'inconclusive', why: `the login page answered ${page.status} without its form`, evidence };
          const answer = await act(browser, page, action);
          evidence.push({ request: `sign in with ${label}`, status: answer.status });
          if (holdsCode(answer)) return { status: 'failed', why: `${label} got a code`, evidence };
          if (answer.status >= 500) return { status: 'crashed', why: `a ${answer.status} is no refusal`, evidence };
        }
        await throughTheLoginPage(newBrowser(kit.send), authorizationUrl(kit, client, redirectUri), redirectUri, signingIn(username, persona, kit.clock), true);
        return { status: 'passed', evidence: [...evidence, { request: 'sign in with the right password', answer: 'a code' }] };
      });
    },
  });

const password = (): string => randomBytes(18).toString('base64url');

/** What the realm says of accounts that people make or take over by themselves. */
const selfService = (blueprint: Blueprint) => {
  const spec = expand(blueprint).desired.find(realm.is)?.spec;
  return [
    { what: 'make an account', path: 'protocol/openid-connect/registrations', form: 'kc-register-form', stated: spec?.registrationAllowed },
    { what: 'make an account by prompt=create', path: 'protocol/openid-connect/auth', form: 'kc-register-form', stated: spec?.registrationAllowed },
    { what: 'set the password of an account anew', path: 'login-actions/reset-credentials', form: 'kc-reset-password-form', stated: spec?.resetPasswordAllowed },
  ].filter(({ stated }) => stated !== true);
};

/** Who gets through the login page: whoever knows the password of an account, and nobody else. */
export const idpSignIn: readonly Check[] = [
  nobodyIn({
    id: 'IDP-30', claim: 'a wrong password signs nobody in', severity: 'critical',
    // One wrong password in a run: more could lock the account.
    tries: (username) => [send('a wrong password', { username, password: password(), credentialId: '' })],
  }),
  nobodyIn({
    id: 'IDP-31', claim: 'nobody signs in without a password: empty, left out, or by the address of the form alone', severity: 'critical',
    tries: (username) => [
      send('an empty password', { username, password: '', credentialId: '' }),
      send('no password', { username }),
      { label: 'the address of the form and no form', act: (browser, _page, action) => browser.visit(action) },
    ],
  }),
  nobodyIn({
    id: 'IDP-32', claim: 'a name that nobody has signs nobody in', severity: 'critical',
    tries: () => {
      const nobody = randomUUID();
      return [send('a name that nobody has', { username: nobody, password: password(), credentialId: '' }), send('a name that nobody has and no password', { username: nobody }), send('no name', { password: password() })];
    },
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-33', claim: 'the login page asks for a password, whatever the request says about how to sign in', severity: 'critical', source: 'RFC 6749 section 3.1; OpenID Connect Core section 3.1.2.1',
    subjects: withRedirect,
    run: ({ client }, kit) =>
      all<Readonly<Record<string, string>>>(
        [{}, { acr_values: '0' }, { acr_values: 'anonymous' }, { login_hint: Object.keys(kit.blueprint.personas)[0] ?? 'nobody' }, { max_age: '0' }, { prompt: 'login' }],
        async (changes) => {
          const redirectUri = kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '';
          const page = await newBrowser(kit.send).visit(authorizationUrl(kit, client, redirectUri, changes));
          if (holdsCode(page)) return 'got a code';
          return page.status === 200 && /<input[^>]*\btype=["']?password/.test(page.body) ? undefined : `got ${page.status} and no field for a password`;
        },
        (changes) => Object.entries(changes).map((pair) => pair.join('=')).join(' ') || 'a plain request',
      ),
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-34', claim: 'a browser that nobody has signed in gets no code without a page (prompt=none)', severity: 'critical', source: 'OpenID Connect Core sections 3.1.2.1 and 3.1.2.6',
    subjects: withRedirect,
    run: ({ client }, kit) =>
      all<Readonly<Record<string, string>>>(
        [{}, { login_hint: Object.keys(kit.blueprint.personas)[0] ?? 'nobody' }, { id_token_hint: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.' }],
        async (changes) => {
          const answer = await ask(kit, client, { prompt: 'none', ...changes });
          // A hint that nobody can read may be an error of its own, on a page or not.
          const unreadable = 'id_token_hint' in changes && (answer.error === 'invalid_request' || answer.status === 400);
          return unreadable || ['login_required', 'interaction_required'].includes(answer.error ?? '') ? undefined : `expected login_required, got ${answer.status} ${answer.error ?? 'without an error'}`;
        },
        (changes) => ['prompt=none', ...Object.keys(changes)].join(' with '),
      ),
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-35', claim: 'strangers make no account and set no password by themselves, unless the blueprint says so', severity: 'high', source: 'ASVS 5.0 6.4.3; Initiating User Registration via OpenID Connect 1.0; Keycloak Server Administration Guide, Login settings',
    subjects: (blueprint) => (selfService(blueprint).length === 0 ? [] : signInClient(blueprint)),
    run: async ({ client }, kit) => {
      const control = await ask(kit, client, {});
      if (!control.form) return { status: 'inconclusive', why: `the login page must be there first, and it got ${control.status}`, evidence: [] };
      return all(
        selfService(kit.blueprint),
        async ({ path, form }) => {
          const redirect_uri = kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '';
          const query = new URLSearchParams({ client_id: client, response_type: 'code', scope: 'openid', redirect_uri, code_challenge: challenge(), code_challenge_method: 'S256', ...(path.endsWith('/auth') && { prompt: 'create' }) });
          const answer = await newBrowser(kit.send).visit(`${endpointsOf(kit.blueprint).realm}/${path}?${query.toString()}`);
          if (answer.status >= 500) return `a ${answer.status} is no refusal`;
          return answer.body.includes(form) ? 'got the form for it' : undefined;
        },
        ({ what }) => what,
      );
    },
  }),
];
