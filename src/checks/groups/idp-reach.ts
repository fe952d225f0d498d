import { randomBytes } from 'node:crypto';
import { calculatePKCECodeChallenge } from 'openid-client';
import type { Evidence } from '../../core/report.ts';
import { cookieSection, sessionAudience } from '../../patterns/token-cookie.ts';
import { client as clientType } from '../../providers/keycloak/specs/client.ts';
import type { ClientSpec } from '../../providers/keycloak/specs/client.ts';
import type { Check, Outcome, PlainSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { newBrowser, signingIn, throughTheLoginPage } from '../kit/browser.ts';
import type { Kit } from '../kit/index.ts';
import { partsOf } from '../kit/jws.ts';
import { post } from '../kit/tokens.ts';
import { oneReadPerService } from '../refuses.ts';
import { authorizationUrl, holdsCode, oneAtATime } from './idp-sign-in.ts';
import { byAcceptance, endpoint, theRealm } from './idp.ts';

/** A live client that the blueprint has not made, and that nobody has to know a secret for. */
interface Stranger {
  readonly client: string;
  readonly spec: ClientSpec;
}

/** Strangers that are on and fit; those that the blueprint accepts are told and not tried. */
const strangers = async (kit: Kit, wanted: (spec: ClientSpec) => boolean): Promise<{ readonly tried: readonly Stranger[]; readonly evidence: Evidence[] }> => {
  const { blueprint } = kit;
  const prefix = `${blueprint.realm.name}/`;
  const evidence: Evidence[] = [];
  const tried: Stranger[] = [];
  const live = (await kit.live(clientType.kind)).filter(clientType.is).filter(({ id, owner }) => id.startsWith(prefix) && owner !== blueprint.name);
  for (const { kind, id, spec } of live) {
    const client = id.slice(prefix.length);
    if (spec.enabled === false || !spec.publicClient || spec.bearerOnly || spec.protocol !== 'openid-connect' || kit.fixtures.made(client) || !wanted(spec)) continue;
    const [accepted] = byAcceptance(kit, kind, [{ id, what: 'a client of somebody else' }]).accepted;
    if (accepted) evidence.push({ request: `client ${client}`, answer: `accepted: ${accepted.reason}` });
    else tried.push({ client, spec });
  }
  return { tried, evidence };
};

/** An address that a client may be sent back to: a pattern's star is any text, and a path is below Keycloak's own address. */
const redirectOf = ({ blueprint: { issuer } }: Kit, { redirectUris }: ClientSpec): string => {
  const [first = ''] = redirectUris.toSorted((one, other) => Number(one.includes('*')) - Number(other.includes('*')));
  if (first === '*') return 'https://authctl.invalid/';
  const filled = first.replace(/\*$/, 'authctl');
  return filled.startsWith('/') ? `${issuer.slice(0, issuer.lastIndexOf('/realms/'))}${filled}` : filled;
};
const signsPeopleIn = ({ standardFlowEnabled, redirectUris }: ClientSpec): boolean => standardFlowEnabled && redirectUris.length > 0;

/** What a token of a stranger has that our services ask for, or `undefined`: by what it says, and by who lets it in. */
const whatItOpens = async (kit: Kit, client: string, body: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
  const { blueprint } = kit;
  const token = String(body.access_token);
  const claims = token.split('.').length === 3 ? partsOf(token).payload : {};
  const scopes = [body.scope, claims.scope].flatMap((scope) => String(scope ?? '').split(' ')).filter((scope) => Object.hasOwn(blueprint.realm.scopes, scope));
  const ours = new Set([...Object.values(blueprint.services).map(({ audience }) => audience), ...(cookieSection(blueprint) ? [sessionAudience(blueprint)] : [])]);
  const audiences = [claims.aud].flat().filter((one): one is string => typeof one === 'string' && ours.has(one));
  if (audiences.length > 0) return `its token is for ${audiences.join(', ')}`;
  if (scopes.length > 0) return `its token has the scope ${[...new Set(scopes)].join(', ')}`;
  for (const subject of oneReadPerService(blueprint).filter(({ service }) => service.authentication.session === undefined)) {
    const { status } = await kit.call(subject, { label: `a token of the client ${client}`, token, unwatched: true });
    if (status >= 200 && status <= 299) return `its token got ${status} at ${subject.name}`;
  }
  return undefined;
};

/** The verdict on all strangers: one that opens something is enough, and where none could be tried nothing is known. */
const verdictOn = async (
  { tried, evidence }: Awaited<ReturnType<typeof strangers>>,
  none: string,
  attempt: (stranger: Stranger) => Promise<{ readonly opens?: string | undefined; readonly untried?: string; readonly status?: number }>,
): Promise<Outcome> => {
  if (tried.length === 0) return { status: 'skipped', why: none, evidence };
  const bad: string[] = [];
  let judged = 0;
  for (const stranger of tried) {
    const { opens, untried, status } = await attempt(stranger);
    const answer = opens ?? untried;
    evidence.push({ request: `client ${stranger.client}`, ...(status !== undefined && { status }), ...(answer !== undefined && { answer }) });
    if (untried === undefined) judged += 1;
    if (opens !== undefined) bad.push(`${stranger.client}: ${opens}`);
  }
  if (bad.length > 0) return { status: 'failed', why: bad.join('; '), hint: 'authctl drift names what gives it that; take it away, or accept the client in the blueprint', evidence };
  return judged === 0 ? { status: 'inconclusive', why: 'no foreign client could be tried', evidence } : { status: 'passed', evidence };
};

/** Clients beside the blueprint's: whoever made them, they get nothing that our services take. */
export const idpReach: readonly Check[] = [
  defineCheck<PlainSubject>({
    id: 'IDP-44', claim: 'no foreign client that anybody can use may ask for a scope of the blueprint', severity: 'critical', source: 'RFC 6749 section 3.3; RFC 9700 section 2.3',
    subjects: theRealm,
    run: async (_subject, kit) =>
      verdictOn(await strangers(kit, signsPeopleIn), 'no foreign public client signs people in', async ({ client, spec }) => {
        const asking = async (scope: string) => {
          const answer = await newBrowser(kit.send).visit(authorizationUrl(kit, client, redirectOf(kit, spec), { scope }));
          return { status: answer.status, given: answer.body.includes('kc-form-login') || holdsCode(answer) };
        };
        const control = await asking('openid');
        if (!control.given) return { untried: 'without our scopes, too, there was no login page', status: control.status };
        for (const scope of Object.keys(kit.blueprint.realm.scopes)) {
          const { given, status } = await asking(`openid ${scope}`);
          if (given) return { opens: `it may ask for ${scope}`, status };
        }
        return { status: control.status };
      }),
  }),
  defineCheck<PlainSubject>({
    id: 'IDP-45', claim: 'a person who signs in through a foreign public client gets no token that our services take', severity: 'critical', source: 'RFC 9068 section 4; RFC 9700 section 2.3',
    needs: ['persona'],
    credential: 'any',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const found = await strangers(kit, signsPeopleIn);
      const { blueprint } = kit;
      const [username = '', persona] = Object.entries(blueprint.personas)[0] ?? [];
      const home = blueprint.realm.clients[blueprint.authentication.client]?.redirectUris[0];
      if (persona === undefined || home === undefined) return { status: 'skipped', why: 'persona', evidence: [] };
      if (found.tried.length === 0) return { status: 'skipped', why: 'no foreign public client signs people in', evidence: found.evidence };
      // One sign-in for all of them: Keycloak knows the browser from then on.
      const browser = newBrowser(kit.send);
      await oneAtATime(kit, username, () => throughTheLoginPage(browser, authorizationUrl(kit, blueprint.authentication.client, home), home, signingIn(username, persona, kit.clock)));
      return verdictOn(found, '', async ({ client, spec }) => {
        const verifier = randomBytes(32).toString('base64url');
        const redirect_uri = redirectOf(kit, spec);
        const { status, headers } = await browser.visit(authorizationUrl(kit, client, redirect_uri, { code_challenge: await calculatePKCECodeChallenge(verifier) }));
        const code = /[?&#]code=([^&#]+)/.exec(headers.location ?? '')?.[1];
        if (code === undefined) return { untried: 'there was no code for it', status };
        const { body, status: redeemed } = await post(kit.send, `${endpoint(kit)}/token`, { grant_type: 'authorization_code', client_id: client, code, redirect_uri, code_verifier: verifier });
        if (typeof body.access_token !== 'string') return { untried: 'there was no token for its code', status: redeemed };
        return { opens: await whatItOpens(kit, client, body), status: redeemed };
      });
    },
  }),
  defineCheck<PlainSubject>({
    id: 'IDP-46', claim: 'a password given to a foreign client (admin-cli among them) gets no token that our services take', severity: 'critical', source: 'RFC 9700 section 2.4; Keycloak Server Administration Guide, Admin CLI',
    needs: ['persona'],
    credential: 'any',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const { blueprint } = kit;
      const [username = '', persona] = Object.entries(blueprint.personas)[0] ?? [];
      if (persona === undefined) return { status: 'skipped', why: 'persona', evidence: [] };
      const found = await strangers(kit, ({ directAccessGrantsEnabled }) => directAccessGrantsEnabled);
      // The right password: a wrong one here would be refused for that, and counted.
      if (found.tried.length > 0) await kit.tokens.persona(username);
      return verdictOn(found, 'no foreign public client takes passwords', async ({ client }) => {
        // One by one: where one scope is refused, so is whatever was asked for with it.
        for (const scope of [undefined, ...Object.keys(blueprint.realm.scopes)]) {
          const form = { grant_type: 'password', client_id: client, username, password: persona.password.reveal(), ...(scope !== undefined && { scope }) };
          const { status, body } = await oneAtATime(kit, username, () => post(kit.send, `${endpoint(kit)}/token`, form));
          if (status >= 500) return { untried: 'an error of the server is no refusal', status };
          const opens = typeof body.access_token === 'string' ? await whatItOpens(kit, client, body) : undefined;
          if (opens !== undefined) return { opens, status };
        }
        return {};
      });
    },
  }),
];
