import { randomBytes } from 'node:crypto';
import { calculatePKCECodeChallenge } from 'openid-client';
import type { Blueprint } from '../../blueprint/types.ts';
import { demandsSignIn, signInDemand } from '../../access/index.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { asksOneTime, loginActionIn, newBrowser, personOf } from '../kit/browser.ts';
import type { Person } from '../kit/browser.ts';
import { claimsBehind } from '../kit/introspection.ts';
import type { Ask } from '../kit/levels.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { brokeDown, gotThrough, statusText } from '../kit/through.ts';
import { post } from '../kit/tokens.ts';
import { authorizationUrl, oneAtATime } from './idp-sign-in.ts';
import { endpoint } from './idp.ts';
import { protectedReads, refuses } from '../refuses.ts';

/** Routes that demand the field of a sign-in, of those that only read. */
const demanding =
  (field: 'acr' | 'maxAge') =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    protectedReads(blueprint).filter(({ route }) => demandsSignIn(route) && (field === 'acr' ? (route.acr?.length ?? 0) > 0 : route.maxAge !== undefined));

/** Those where a person is expected, whom the kit can sign in anew. */
const ofPersons = (blueprint: Blueprint, kit: Kit, subject: RouteSubject): string | undefined => {
  const who = kit.whoPasses(subject);
  return who !== undefined && blueprint.foreign === undefined && Object.hasOwn(blueprint.personas, who) ? who : undefined;
};

/** The good token, whose sign-in is as it must be: else whatever is refused would be refused for something else. */
const control = async (kit: Kit, subject: RouteSubject): Promise<Attack> => ({ label: 'a good token', token: (await kit.good(subject)).reveal() });

/** The good token with another sign-in in it, which the issuer's key has signed. */
const signedInAs = async (kit: Kit, subject: RouteSubject, others: readonly (readonly [label: string, payload: Readonly<Record<string, unknown>>])[]): Promise<readonly Attack[]> => {
  const good = (await kit.good(subject)).reveal();
  return others.map(([label, payload]) => ({ label, token: kit.harness?.forge(good, { payload }) ?? '' }));
};

/** What says none of the levels that do: `2` has no other letters, and who names a level `0` is shown another one. */
export const noneOf = (accepted: readonly string[]): readonly (readonly [label: string, payload: Readonly<Record<string, unknown>>])[] => {
  const [level = ''] = accepted;
  const said: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['no acr', { acr: undefined }],
    ['acr null', { acr: null }],
    ['an empty acr', { acr: '' }],
    ['a list as acr', { acr: [level] }],
    ['a number as acr', { acr: 99 }],
    ['an object as acr', { acr: { [level]: true } }],
    ['acr in other letters', { acr: level.toUpperCase() === level ? level.toLowerCase() : level.toUpperCase() }],
    ['acr with a blank', { acr: `${level} ` }],
    ['several levels in one acr', { acr: `${level} ${level}` }],
    ['a level as another issuer calls it', { acr: `urn:elsewhere:${level}` }],
    ['the level in another claim', { acr: '0', amr: [level], acr_values: level }],
  ];
  return said.filter(([, { acr }]) => !accepted.some((one) => one === acr));
};

const weak = { challenge: 'insufficient_user_authentication', control } as const;
const [HOUR, DAY] = [3600, 86_400];

/** A sign-in with nothing but what everybody shows. */
const PLAIN: Ask = {};

/** What a challenge asks for, as a client would ask its issuer (RFC 9470 section 4). */
const askIn = (challenge: string): Ask => {
  const [acr, age] = [/acr_values="([^"]+)"/.exec(challenge)?.[1], /max_age="?(\d+)/.exec(challenge)?.[1]];
  return { ...(acr !== undefined && { acr_values: acr }), ...(age !== undefined && { max_age: age }) };
};

/** What somebody gets at the login page who asks for a level and shows a password alone: the page that asks for more, or the `acr` of the token. */
const byPasswordAlone = async (kit: Kit, subject: RouteSubject, { username, password }: Person, level: string): Promise<{ readonly asked: boolean; readonly acr?: unknown; readonly status: number }> => {
  const { client } = subject.service.authentication;
  const { redirectUris = [] } = kit.blueprint.realm.clients[client] ?? {};
  const [redirect_uri = ''] = redirectUris;
  const code_verifier = randomBytes(32).toString('base64url');
  const browser = newBrowser(kit.send);
  const page = await browser.visit(authorizationUrl(kit, client, redirect_uri, { acr_values: level, code_challenge: await calculatePKCECodeChallenge(code_verifier) }));
  const action = loginActionIn(page.body);
  if (action === undefined) return { asked: false, status: page.status };
  const answer = await browser.visit(action, { method: 'POST', form: new URLSearchParams({ username, password: password.reveal(), credentialId: '' }) });
  const code = new URL(answer.headers.location ?? '/', kit.blueprint.issuer).searchParams.get('code');
  if (code === null) return { asked: asksOneTime(answer.body), status: answer.status };
  const form = { grant_type: 'authorization_code', client_id: client, ...kit.tokens.clientAuth.form(client), code, redirect_uri, code_verifier };
  const { status, body } = await post(kit.send, `${endpoint(kit)}/token`, form);
  return { asked: false, status, acr: typeof body.access_token === 'string' ? (await claimsBehind(kit, body.access_token, subject.service.authentication)).acr : undefined };
};

/** How people have signed in: strongly and lately enough, or they are asked to do it again. */
export const stp: readonly Check[] = [
  defineCheck({
    id: 'STP-01',
    claim: 'a sign-in that is too weak is answered with what is needed, and a sign-in that is asked for so gets through',
    severity: 'critical',
    source: 'RFC 9470 sections 3, 4 and 5',
    needs: ['realm', 'persona'],
    subjects: demanding('acr'),
    run: async (subject, kit) => {
      const { blueprint } = kit;
      const who = ofPersons(blueprint, kit, subject);
      if (who === undefined) return { status: 'skipped', why: 'no persona is expected to pass', evidence: [] };
      const tokenBy = async (ask: Ask): Promise<string> => (await kit.tokens.persona(who, undefined, subject.service.authentication, ask)).access.reveal();
      const refused = await kit.call(subject, { label: 'the token of a sign-in without more', token: await tokenBy(PLAIN) });
      const challenge = refused.headers['www-authenticate'] ?? '';
      if (refused.status !== 401 || (refused.upstream?.length ?? 0) > 0)
        return { status: brokeDown(refused) ? 'crashed' : 'failed', why: `a sign-in without more got ${statusText(refused)}`, evidence: [refused.evidence] };
      const ask = askIn(challenge);
      if (!challenge.includes('error="insufficient_user_authentication"') || ask.acr_values === undefined)
        return { status: 'failed', why: `WWW-Authenticate says ${challenge === '' ? 'nothing' : challenge}, and not which sign-in is needed`, evidence: [refused.evidence] };
      const passed = await kit.call(subject, { label: 'the token of a sign-in as the answer asks for it', token: await tokenBy(ask) });
      const evidence = [refused.evidence, passed.evidence];
      if (gotThrough(passed)) return { status: 'passed', evidence };
      return { status: brokeDown(passed) ? 'crashed' : 'failed', why: `a sign-in as the answer asks for it got ${statusText(passed)}`, evidence };
    },
  }),
  refuses({
    ...weak,
    id: 'STP-02',
    claim: 'a token that does not say in its acr, as a text, one of the levels that are demanded is refused',
    severity: 'critical',
    source: 'RFC 9470 section 3; OpenID Connect Core section 2',
    needs: ['issuer-key'],
    subjects: demanding('acr'),
    attacks: (kit, subject) => signedInAs(kit, subject, noneOf(signInDemand(kit.blueprint, subject.route)?.acr ?? [])),
  }),
  refuses({
    ...weak,
    id: 'STP-03',
    claim: 'a sign-in that is longer ago than the route takes is refused, however new the token is',
    severity: 'high',
    source: 'RFC 9470 section 3; OpenID Connect Core section 2',
    needs: ['issuer-key'],
    subjects: demanding('maxAge'),
    attacks: (kit, subject) => {
      const longest = Math.floor(kit.clock.now() / 1000) - (subject.route.maxAge ?? 0);
      return signedInAs(kit, subject, [
        ['a sign-in of two minutes too long ago', { auth_time: longest - 120 }],
        ['a sign-in of a day too long ago', { auth_time: longest - DAY }],
        ['a sign-in of 1970', { auth_time: 0 }],
      ]);
    },
  }),
  defineCheck({
    id: 'STP-05',
    claim: 'the issuer gives a level that asks for a one-time password to nobody who has shown a password alone',
    severity: 'critical',
    source: 'RFC 9470 section 5; OpenID Connect Core section 5.5.1.1',
    needs: ['realm', 'persona'],
    subjects: demanding('acr'),
    run: async (subject, kit) => {
      const { blueprint } = kit;
      const who = ofPersons(blueprint, kit, subject);
      const person = who === undefined ? undefined : personOf(blueprint, who, kit.clock);
      const { acr: accepted = [] } = signInDemand(blueprint, subject.route) ?? {};
      const level = accepted.find((name) => Object.hasOwn(blueprint.realm.levels, name) && blueprint.realm.levels[name]?.by === 'otp');
      if (person === undefined || level === undefined) return { status: 'skipped', why: 'no level that is demanded asks for a one-time password', evidence: [] };
      const { asked, acr, status } = await oneAtATime(kit, person.username, () => byPasswordAlone(kit, subject, person, level));
      const evidence = [{ request: `sign in at ${level} with a password alone`, status, answer: asked ? 'a one-time password is asked for' : 'none is asked for' }];
      if (asked) return { status: 'passed', evidence };
      if (acr === undefined) return { status: status >= 500 ? 'crashed' : 'inconclusive', why: `the sign-in ended with ${status}, without the page that asks for a one-time password`, evidence };
      return accepted.some((one) => one === acr) ? { status: 'failed', why: `a password alone got a token with acr ${String(acr)}`, evidence } : { status: 'passed', evidence };
    },
  }),
  refuses({
    ...weak,
    id: 'STP-04',
    claim: 'a token that does not say when its bearer signed in, or in no form that is a time, or in the future, is refused',
    severity: 'high',
    source: 'RFC 9470 section 3; RFC 7519 section 2',
    needs: ['issuer-key'],
    subjects: demanding('maxAge'),
    attacks: (kit, subject) => {
      const now = Math.floor(kit.clock.now() / 1000);
      const times = [undefined, null, String(now), [now], { at: now }, true, -now, now + HOUR, now * 1000, 1e300];
      const words = ['no auth_time', 'auth_time null', 'a text', 'a list', 'an object', 'true', 'a negative time', 'a time in the future', 'milliseconds', 'a huge number'];
      return signedInAs(kit, subject, times.map((auth_time, at) => [words[at] ?? '', { auth_time }]));
    },
  }),
];
