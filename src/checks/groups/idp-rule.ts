import type { Effect } from '../../core/resource.ts';
import type { Severity } from '../../core/report.ts';
import { adminRealmAt } from '../../blueprint/issuer.ts';
import { identityProvider } from '../../providers/keycloak/specs/identity-provider.ts';
import { client as clientType } from '../../providers/keycloak/specs/client.ts';
import type { Check, PlainSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { newBrowser, signingIn } from '../kit/browser.ts';
import { servicesToBe } from '../kit/given.ts';
import type { Kit } from '../kit/index.ts';
import { post } from '../kit/tokens.ts';
import { authorizationUrl, oneAtATime, withRedirect } from './idp-sign-in.ts';
import { all, byAcceptance, endpoint, theRealm } from './idp.ts';
import type { ClientSubject } from './idp.ts';

/** What the live realm lets through beside the blueprint, by how bad it is. */
const nothingThat = (id: string, claim: string, severity: Severity, source: string, effects: readonly Effect[]): Check =>
  defineCheck<PlainSubject>({
    id, claim, severity, source,
    readsConfiguration: true,
    subjects: theRealm,
    run: async (_subject, kit) => {
      const found = (await kit.realmReach()).filter(({ effect }) => effects.includes(effect));
      const evidence = [{ request: 'work out what is within reach of the live realm' }, ...found.map(({ kind, id: name, what }) => ({ request: `${kind}/${name}`, answer: what.slice(0, 400) }))];
      return found[0] === undefined ? { status: 'passed', evidence } : { status: 'failed', origin: found[0].origin, why: `${found.length} live objects or fields that the blueprint neither states nor accepts`, hint: 'authctl drift names each with what to do', evidence };
    },
  });

interface Bearer {
  readonly who: string;
  readonly token: string;
}

/** A client that every realm has, whose tokens carry whatever their bearer may do to the realm. */
const ADMIN_CLI = 'admin-cli';

/** Every persona, as who signs in, and where it takes passwords as who uses Keycloak's own command line; and every service of the blueprint. */
const bearers = async (kit: Kit): Promise<readonly Bearer[]> => {
  const { realm, personas } = kit.blueprint;
  const live = (await kit.live(clientType.kind)).filter(clientType.is).find(({ id }) => id === `${realm.name}/${ADMIN_CLI}`);
  const byPassword = live !== undefined && live.spec.enabled !== false && live.spec.publicClient && live.spec.directAccessGrantsEnabled;
  const found: Bearer[] = [];
  for (const [username, persona] of Object.entries(personas)) {
    // The sign-in first: a wrong password would be counted by what follows.
    found.push({ who: username, token: (await kit.tokens.persona(username)).access.reveal() });
    if (!byPassword) continue;
    const { password, oneTime } = signingIn(username, persona, kit.clock);
    const totp = await oneTime?.();
    const form = { grant_type: 'password', client_id: ADMIN_CLI, username, password: password.reveal(), ...(totp !== undefined && { totp }) };
    const { body } = await oneAtATime(kit, username, () => post(kit.send, `${endpoint(kit)}/token`, form));
    if (typeof body.access_token === 'string') found.push({ who: `${username} by ${ADMIN_CLI}`, token: body.access_token });
  }
  for (const id of servicesToBe(kit.blueprint)) found.push({ who: `the service ${id}`, token: (await kit.tokens.client(id)).access.reveal() });
  return found;
};

/** What a right over the realm opens first. */
const ADMIN_API = ['', '/users?max=1', '/clients?max=1', '/groups?max=1', '/roles?max=1'];

/** Who rules the realm, and who vouches for people in it: nobody beside those that the blueprint knows. */
export const idpRule: readonly Check[] = [
  nothingThat('IDP-47', 'nothing in the realm that the blueprint does not know opens anything, or sends what it knows elsewhere', 'critical', 'OWASP API9:2023; NIST SP 800-207 section 2.1', ['opens', 'exposes']),
  nothingThat('IDP-48', 'no guard of the realm is thinner than the blueprint has it', 'high', 'OWASP API8:2023; NIST SP 800-63B section 5.2', ['weakens']),
  defineCheck<PlainSubject>({
    id: 'IDP-49', claim: 'no persona and no service of the blueprint rules the realm: the Admin API refuses them', severity: 'critical', source: 'OWASP API5:2023; Keycloak Server Administration Guide, Managing realm administration permissions',
    needs: ['persona'],
    credential: 'any',
    subjects: theRealm,
    run: async (_subject, kit) => {
      const { blueprint } = kit;
      const { keycloak } = blueprint.targets;
      if (keycloak === undefined) return { status: 'skipped', why: 'keycloak', evidence: [] };
      const base = adminRealmAt(keycloak, blueprint.realm.name);
      const asking = async (path: string, token?: string) =>
        (await kit.send({ url: `${base}${path}`, method: 'GET', headers: token === undefined ? [] : [['Authorization', `Bearer ${token}`]] })).status;
      const nobody = await asking(ADMIN_API[1] ?? '');
      if (nobody !== 401) return { status: 'inconclusive', why: `the Admin API must be there first, and ask who calls: without a token it answered ${nobody}`, evidence: [] };
      const tries = (await bearers(kit)).flatMap((bearer) => ADMIN_API.map((path) => ({ ...bearer, path })));
      return all(
        tries,
        async ({ path, token }) => {
          const status = await asking(path, token);
          return status === 401 || status === 403 ? undefined : `expected 403, got ${status}`;
        },
        ({ who, path }) => `${who} asks the Admin API for ${path === '' ? 'the realm' : path.slice(1, path.indexOf('?'))}`,
      );
    },
  }),
  defineCheck<ClientSubject>({
    id: 'IDP-50', claim: 'no other server vouches for people at the login page, unless the blueprint states or accepts it', severity: 'critical', source: 'OpenID Connect Core section 3.1.2.1; Keycloak Server Administration Guide, Integrating identity providers',
    subjects: withRedirect,
    run: async ({ client }, kit) => {
      const { blueprint } = kit;
      const page = await newBrowser(kit.send).visit(authorizationUrl(kit, client, blueprint.realm.clients[client]?.redirectUris[0] ?? ''));
      if (page.status !== 200 || !page.body.includes('kc-form-login')) return { status: 'inconclusive', why: `the login page must be there first, and it got ${page.status}`, evidence: [] };
      const named = [...new Set([...page.body.matchAll(/\/broker\/([^/?"&]+)\/login/g)].map(([, alias = '']) => alias))];
      const stated = Object.keys(blueprint.raw.keycloak.entities.identityProviders ?? {});
      const seen = named.filter((alias) => !stated.includes(alias)).map((alias) => ({ id: identityProvider.id(blueprint.realm.name, alias), what: `${alias} vouches for people` }));
      const { told } = byAcceptance(kit, identityProvider.kind, seen);
      const evidence = [{ request: `the login page of ${client}`, status: page.status, ...(named.length > 0 && { answer: `offers ${named.join(', ')}` }) }];
      return told.length === 0 ? { status: 'passed', evidence } : { status: 'failed', why: told.map(({ what }) => what).join('; '), hint: 'switch it off in Keycloak, or state or accept it in the blueprint', evidence };
    },
  }),
];
