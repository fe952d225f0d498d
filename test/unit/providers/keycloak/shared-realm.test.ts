import { beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { createEngine } from '../../../../src/core/engine.ts';
import { addressOfChange, changesOf } from '../../../../src/core/plan.ts';
import type { Report } from '../../../../src/core/report.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { realmPart } from '../../../../src/patterns/realm.ts';
import { createKeycloakProvider } from '../../../../src/providers/keycloak/index.ts';
import { aPersona, line, shop } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
beforeEach(() => {
  keycloak = fakeKeycloak();
});

const base = shop();
const shared = (blueprint: Blueprint): Blueprint => ({ ...blueprint, realm: { ...blueprint.realm, shared: true } });
const storefront = base.realm.clients.storefront!;
/** Two teams, each with a repository of its own, and the platform, whose realm it is. */
const shopTeam = shared(base);
const deskTeam: Blueprint = shared({
  ...base,
  name: 'desk',
  realm: {
    ...base.realm,
    roles: { agent: { includes: [] } },
    groups: {},
    scopes: { 'tickets:read': { audience: 'tickets', mappers: {}, roles: [] } },
    clients: { desk: { ...storefront, redirectUris: ['https://desk.example/callback'], scopes: ['tickets:read'], protected: false } },
  },
  personas: { dora: aPersona(['agent'], new Secret('dora-password')) },
});
const platform: Blueprint = { ...base, name: 'platform', realm: { ...base.realm, roles: {}, groups: {}, scopes: {}, clients: {} }, personas: {} };

const engine = (blueprint: Blueprint, desired = realmPart(blueprint).desired) =>
  createEngine([createKeycloakProvider(blueprint, keycloak)], { name: blueprint.name, desired, deferred: [] });
const yes = { approve: () => Promise.resolve(true) };
const told = ({ plan, problems }: Report): readonly string[] => [
  ...problems.map(({ code }) => code),
  ...(plan ? changesOf(plan).filter(({ action }) => action !== 'keep').map((change) => `${change.action} ${addressOfChange(change)}${change.action === 'danger' ? ` ${change.danger.field ?? ''}: ${change.danger.effect}` : ''}`) : []),
];
const applied = async (blueprint: Blueprint): Promise<void> => expect(await engine(blueprint).apply(yes)).toMatchObject({ problems: [] });
const realm = () => keycloak.realms.get('shop')!;

describe('a realm that several blueprints share', () => {
  it('must be there, and is made by none of them', async () => {
    expect((await engine(shopTeam).apply(yes)).problems).toMatchObject([{ code: 'KEYCLOAK_NO_REALM', at: line }]);
    expect(keycloak.realms.has('shop')).toBe(false);
  });

  it('is written by whose it is alone: neither tells anything of the other, one goes and the other stays', async () => {
    for (const blueprint of [platform, shopTeam, deskTeam]) await applied(blueprint);
    for (const blueprint of [shopTeam, deskTeam]) expect(told(await engine(blueprint).drift({}))).toEqual([]);
    const settings = structuredClone(realm().rep);
    expect(await engine(shopTeam, []).apply({ ...yes, prune: true })).toMatchObject({ problems: [] });
    expect(realm().rep).toEqual(settings);
    expect(realm().clients.some(({ clientId }) => clientId === 'reports')).toBe(false);
    expect(realm().clients.some(({ clientId }) => clientId === 'desk')).toBe(true);
    expect(told(await engine(deskTeam).drift({}))).toEqual([]);
  });

  it('has its settings looked at for what is less safe than the blueprint would have it, and not for taste', async () => {
    for (const blueprint of [platform, shopTeam]) await applied(blueprint);
    const before = keycloak.sent.length;
    Object.assign(realm().rep, { registrationAllowed: true, bruteForceProtected: false, accessTokenLifespan: 86_400, ssoSessionIdleTimeout: 60, displayName: 'Ours', sslRequired: 'all' });
    const changes = told(await engine(shopTeam).drift({}));
    expect(changes.filter((one) => one.includes('keycloak.realm/shop')).toSorted()).toEqual([
      'danger keycloak.realm/shop accessTokenLifespan: weakens',
      'danger keycloak.realm/shop bruteForceProtected: weakens',
      'danger keycloak.realm/shop registrationAllowed: opens',
    ]);
    expect((await engine(shopTeam).apply(yes)).problems).toEqual([]);
    expect(realm().rep).toMatchObject({ registrationAllowed: true, accessTokenLifespan: 86_400 });
    expect(keycloak.sent.slice(before).filter((what) => /^(PUT|POST|DELETE) (?!.*partial-export)/.test(what))).toEqual([]);
  });

  it('is told by what it is and what it would be, on the line of the realm, and anew when it is another', async () => {
    for (const blueprint of [platform, shopTeam]) await applied(blueprint);
    const dangers = async () => ((await engine(shopTeam).plan({})).plan?.dangers ?? []).flatMap((change) => ('danger' in change && change.danger.field === 'accessTokenLifespan' ? [change.danger] : []));
    expect(await dangers()).toEqual([]);
    realm().rep.accessTokenLifespan = 301;
    const [first] = await dangers();
    expect(first).toEqual({
      kind: 'keycloak.realm', id: 'shop', effect: 'weakens', field: 'accessTokenLifespan', origin: line, hint: expect.stringMatching(/./) as string, seen: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      what: 'accessTokenLifespan of the shared realm is 301, and this blueprint would have it 300',
    }); // prettier-ignore
    realm().rep.accessTokenLifespan = 302;
    expect((await dangers())[0]?.seen).not.toBe(first?.seen);
  });

  it('is not looked at for who asks for nothing', async () => {
    for (const blueprint of [platform, shopTeam]) await applied(blueprint);
    Object.assign(realm().rep, { registrationAllowed: true });
    const provider = createKeycloakProvider(shopTeam, keycloak);
    expect(await provider.reach!([], [])).toEqual({ dangers: [], unseen: [] });
  });

  it("tells of another team's client only when it really leads to ours", async () => {
    for (const blueprint of [platform, shopTeam]) await applied(blueprint);
    const reaching: Blueprint = { ...deskTeam, realm: { ...deskTeam.realm, scopes: { 'orders:peek': { audience: 'orders', mappers: {}, roles: [] } }, clients: { desk: { ...deskTeam.realm.clients.desk!, scopes: ['orders:peek'] } } } };
    await applied(reaching);
    const [first, ...more] = told(await engine(shopTeam).drift({})).filter((one) => one.startsWith('danger'));
    expect(first).toMatch(/keycloak\.(client\/shop\/desk|client-scope\/shop\/orders:peek)/);
    expect(more.every((one) => /desk|orders:peek/.test(one))).toBe(true);
  });
});
