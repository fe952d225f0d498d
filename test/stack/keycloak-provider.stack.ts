import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { Blueprint, KeycloakTarget } from '../../src/blueprint/types.ts';
import { applyPlan } from '../../src/core/apply.ts';
import { changesOf, makePlan, reasonsOf, addressOfChange } from '../../src/core/plan.ts';
import type { Plan, PlanOptions } from '../../src/core/plan.ts';
import { Secret } from '../../src/core/secret.ts';
import { realmPart } from '../../src/patterns/realm.ts';
import { connectKeycloak } from '../../src/providers/keycloak/index.ts';
import { aPersona, shop } from '../unit/providers/keycloak/blueprint.ts';
import { resources } from '../unit/providers/keycloak/resources.ts';
import { stackEnv } from './authctl.ts';

const env: Record<string, string | undefined> = process.env.AUTHCTL_STACK_DIR === undefined ? process.env : stackEnv();
const url = env.KEYCLOAK_URL ?? '';
const secret = env.KEYCLOAK_CLIENT_SECRET ?? '';
const made: string[] = [];

const credentials: KeycloakTarget['credentials'] = {
  realm: 'master',
  clientId: env.KEYCLOAK_CLIENT_ID ?? 'authctl',
  clientSecret: new Secret(secret),
};

const newShop = (over: Partial<Blueprint> = {}): Blueprint => {
  const realmName = `kcp-${randomBytes(4).toString('hex')}`;
  made.push(realmName);
  return shop({ realmName, targets: { keycloak: { url, credentials } }, ...over });
};

/** An administrator with a browser, as far as Keycloak can tell. */
const byHand = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
  const login = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: credentials.clientId, client_secret: secret }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const answer = await fetch(`${url}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Body;
};

interface Rep {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  readonly username: string;
  readonly secret: string;
  readonly attributes: Record<string, unknown>;
  readonly email: string;
  readonly protocolMappers: readonly Rep[];
}
const clientByHand = async (realm: string, clientId: string): Promise<Rep> =>
  (await byHand<Rep[]>('GET', `/${realm}/clients?clientId=${clientId}`))[0]!;
const scopeByHand = async (realm: string, name: string): Promise<Rep> =>
  (await byHand<Rep[]>('GET', `/${realm}/client-scopes`)).find((scope) => scope.name === name)!;
const userByHand = async (realm: string, username: string): Promise<Rep> =>
  (await byHand<Rep[]>('GET', `/${realm}/users?exact=true&username=${username}`))[0]!;
const groupByHand = async (realm: string, name: string): Promise<Rep> =>
  (await byHand<Rep[]>('GET', `/${realm}/groups?briefRepresentation=false`)).find((group) => group.name === name)!;
const roleByHand = (realm: string, name: string): Promise<Rep> => byHand('GET', `/${realm}/roles/${name}`);

const expansion = (blueprint: Blueprint) => ({ name: blueprint.name, desired: realmPart(blueprint).desired, deferred: [] });
const planned = async (blueprint: Blueprint, options: PlanOptions = {}) => {
  const provider = connectKeycloak(blueprint);
  const plan = await makePlan([provider], expansion(blueprint), options);
  return { provider, plan, requests: provider.requests() };
};
/** What a plan would change: `update keycloak.role/… description`. */
const told = (plan: Plan): string[] =>
  changesOf(plan)
    .filter(({ action }) => action !== 'keep')
    .map((change) => [change.action, addressOfChange(change), ...reasonsOf(change).map(({ path }) => path)].join(' '));
/** The same without what the blueprint does not state: what apply has to do with. */
const differences = (plan: Plan): string[] => told({ ...plan, dangers: [] });
/** What the blueprint does not state, by its effect. */
const beside = (plan: Plan): string[] =>
  plan.dangers.flatMap((change) => (change.action === 'danger' ? [`${change.danger.effect} ${addressOfChange(change)} ${change.danger.field ?? ''}`.trim()] : [])).toSorted();
const applied = async (blueprint: Blueprint, options: PlanOptions = {}) => {
  const { provider, plan } = await planned(blueprint, options);
  const before = provider.requests().writes;
  const results = await applyPlan({ providers: [provider], plan, options });
  await provider.close?.();
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  return { results, writes: provider.requests().writes - before };
};

afterAll(async () => {
  for (const realm of made) await byHand('DELETE', `/${realm}`).catch(() => undefined);
});

describe.skipIf(url === '' || secret === '')('Keycloak (needs KEYCLOAK_URL and KEYCLOAK_CLIENT_SECRET)', () => {
  it('makes a realm from nothing, and then has nothing to do', async () => {
    const blueprint = newShop();
    await applied(blueprint);
    const { plan, requests, provider } = await planned(blueprint);
    expect(told(plan)).toEqual([]);
    const more = resources.flatMap(({ reads }) => reads?.(blueprint.realm.name, Object.keys(blueprint.personas)) ?? []);
    // Six lists, what each kind reads beside them, and who holds the roles of the blueprint and those that rule a realm; what each persona
    // proves itself by, the tokens that make clients, the keys of both realms, and whether anybody rules from outside.
    expect(requests).toEqual({ reads: 24 + more.length + Object.keys(blueprint.personas).length + 1 + 2, writes: 0 });
    expect(await provider.output?.('keys')).toEqual([
      expect.objectContaining({ alg: 'ES256', pem: expect.stringContaining('BEGIN PUBLIC KEY') as string }),
    ]);
    expect((await applied(blueprint)).writes).toBe(0);
  });

  it('keeps the built-in scopes of Keycloak, and a default realm signs with RS256', async () => {
    const blueprint = newShop();
    const rs256 = { ...blueprint, realm: { ...blueprint.realm, tokens: { ...blueprint.realm.tokens, algorithm: 'RS256' as const } } };
    await applied(rs256);
    expect(told((await planned(rs256)).plan)).toEqual([]);
    const names = (await byHand<Rep[]>('GET', `/${rs256.realm.name}/client-scopes`)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['basic', 'roles', 'acr', 'profile', 'email', 'orders:read']));
    // A change of algorithm brings a key for it, published before the first token.
    await applied(blueprint);
    expect(told((await planned(blueprint)).plan)).toEqual([]);
    const keys = (await connectKeycloak(blueprint).output?.('keys')) as { alg: string }[];
    expect(keys.map(({ alg }) => alg).toSorted()).toEqual(['ES256', 'RS256']);
  });

  it('gives those in a group its roles', async () => {
    const blueprint = newShop({ personas: { sam: { ...aPersona([], new Secret('sam-password')), groups: ['staff'] } } });
    const realm = blueprint.realm.name;
    await applied(blueprint);
    const { id } = await userByHand(realm, 'sam');
    const names = async (path: string): Promise<string[]> => (await byHand<Rep[]>('GET', `/${realm}/users/${id}/role-mappings/realm${path}`)).map(({ name }) => name);
    expect(await names('')).not.toContain('support');
    expect(await names('/composite')).toContain('support');
    const nobody = { ...blueprint, personas: { sam: aPersona([], new Secret('sam-password')) } };
    await applied(nobody);
    expect(await names('/composite')).not.toContain('support');
  });

  it('has no keys to give while there is no realm', async () => {
    expect(await connectKeycloak(newShop()).output?.('keys')).toBeUndefined();
  });

  describe('what somebody changed by hand', () => {
    const blueprint = newShop();
    const realm = blueprint.realm.name;

    it('starts from a clean realm', async () => {
      await applied(blueprint);
      expect(told((await planned(blueprint)).plan)).toEqual([]);
    });

    const cases: readonly [what: string, change: () => Promise<unknown>, expected: readonly string[]][] = [
      [
        'a realm setting',
        () => byHand('PUT', `/${realm}`, { accessTokenLifespan: 86_400 }),
        [`update keycloak.realm/${realm} accessTokenLifespan`],
      ],
      [
        'a role description',
        () => byHand('PUT', `/${realm}/roles/customer`, { name: 'customer', description: 'x' }),
        [`update keycloak.role/${realm}/customer description`],
      ],
      [
        'a role taken out of another',
        async () => byHand('DELETE', `/${realm}/roles/admin/composites`, [await roleByHand(realm, 'support')]),
        [`update keycloak.role/${realm}/admin composites`],
      ],
      [
        'a role put into another',
        async () => byHand('POST', `/${realm}/roles/support/composites`, [await roleByHand(realm, 'offline_access')]),
        [`update keycloak.role/${realm}/support composites`],
      ],
      [
        'a deleted role, and with it every use of it',
        () => byHand('DELETE', `/${realm}/roles/customer`),
        [
          `create keycloak.role/${realm}/customer`,
          `update keycloak.role/${realm}/admin composites`,
          `update keycloak.client-scope/${realm}/orders:write scopeMappings`,
          `update keycloak.client/${realm}/storefront scopeMappings`,
          `update keycloak.user/${realm}/alice realmRoles`,
        ],
      ],
      [
        'a deleted scope',
        async () => byHand('DELETE', `/${realm}/client-scopes/${(await scopeByHand(realm, 'orders:read')).id}`),
        [
          `create keycloak.client-scope/${realm}/orders:read`,
          `update keycloak.client/${realm}/storefront optionalClientScopes`,
          `update keycloak.client/${realm}/reports defaultClientScopes`,
        ],
      ],
      [
        'an attribute of a scope',
        async () =>
          byHand('PUT', `/${realm}/client-scopes/${(await scopeByHand(realm, 'orders:read')).id}`, {
            name: 'orders:read',
            protocol: 'openid-connect',
            attributes: { 'include.in.token.scope': 'false' },
          }),
        [`update keycloak.client-scope/${realm}/orders:read attributes.include.in.token.scope`],
      ],
      [
        'an audience in a mapper',
        async () => {
          const {
            id,
            protocolMappers: [mapper],
          } = await scopeByHand(realm, 'orders:read');
          return byHand('PUT', `/${realm}/client-scopes/${id}/protocol-mappers/models/${mapper?.id}`, {
            ...mapper,
            config: { 'included.custom.audience': 'everything' },
          });
        },
        [
          [
            `update keycloak.client-scope/${realm}/orders:read`,
            ...['included.custom.audience', 'access.token.claim', 'id.token.claim', 'introspection.token.claim'].map(
              (field) => `mappers.audience orders.config.${field}`,
            ),
          ].join(' '),
        ],
      ],
      [
        'a removed mapper',
        async () => {
          const {
            id,
            protocolMappers: [mapper],
          } = await scopeByHand(realm, 'orders:read');
          return byHand('DELETE', `/${realm}/client-scopes/${id}/protocol-mappers/models/${mapper?.id}`);
        },
        [`update keycloak.client-scope/${realm}/orders:read mappers.audience orders`],
      ],
      [
        'a role in a scope',
        async () =>
          byHand('POST', `/${realm}/client-scopes/${(await scopeByHand(realm, 'orders:read')).id}/scope-mappings/realm`, [
            await roleByHand(realm, 'admin'),
          ]),
        [`update keycloak.client-scope/${realm}/orders:read scopeMappings`],
      ],
      [
        'a wildcard redirect URI',
        async () => byHand('PUT', `/${realm}/clients/${(await clientByHand(realm, 'storefront')).id}`, { redirectUris: ['*'] }),
        [`update keycloak.client/${realm}/storefront redirectUris`],
      ],
      [
        'a client secret',
        async () => byHand('PUT', `/${realm}/clients/${(await clientByHand(realm, 'reports')).id}`, { secret: 'guessed' }),
        [`update keycloak.client/${realm}/reports secret`],
      ],
      [
        'PKCE switched off',
        async () =>
          byHand('PUT', `/${realm}/clients/${(await clientByHand(realm, 'storefront')).id}`, {
            attributes: { 'pkce.code.challenge.method': '' },
          }),
        [`update keycloak.client/${realm}/storefront attributes.pkce.code.challenge.method`],
      ],
      [
        'a scope that became a default',
        async () => {
          const [client, scope] = await Promise.all([clientByHand(realm, 'storefront'), scopeByHand(realm, 'orders:write')]);
          await byHand('DELETE', `/${realm}/clients/${client.id}/optional-client-scopes/${scope.id}`);
          return byHand('PUT', `/${realm}/clients/${client.id}/default-client-scopes/${scope.id}`);
        },
        [`update keycloak.client/${realm}/storefront defaultClientScopes optionalClientScopes`],
      ],
      [
        'a role in the scope of a client',
        async () =>
          byHand('POST', `/${realm}/clients/${(await clientByHand(realm, 'reports')).id}/scope-mappings/realm`, [
            await roleByHand(realm, 'admin'),
          ]),
        [`update keycloak.client/${realm}/reports scopeMappings`],
      ],
      [
        'a role of a service account',
        async () => {
          const account = await byHand<Rep>('GET', `/${realm}/clients/${(await clientByHand(realm, 'reports')).id}/service-account-user`);
          return byHand('POST', `/${realm}/users/${account.id}/role-mappings/realm`, [await roleByHand(realm, 'admin')]);
        },
        [`update keycloak.client/${realm}/reports serviceAccountRoles`],
      ],
      [
        'a deleted client',
        async () => byHand('DELETE', `/${realm}/clients/${(await clientByHand(realm, 'reports')).id}`),
        [`create keycloak.client/${realm}/reports`],
      ],
      [
        'a role given to a user',
        async () =>
          byHand('POST', `/${realm}/users/${(await userByHand(realm, 'alice')).id}/role-mappings/realm`, [
            await roleByHand(realm, 'admin'),
          ]),
        [`update keycloak.user/${realm}/alice realmRoles`],
      ],
      [
        'somebody who was taken out of a group',
        async () => byHand('DELETE', `/${realm}/users/${(await userByHand(realm, 'sam')).id}/groups/${(await groupByHand(realm, 'staff')).id}`),
        [`update keycloak.group/${realm}/staff members`],
      ],
      [
        'somebody who was put into a group',
        async () => byHand('PUT', `/${realm}/users/${(await userByHand(realm, 'alice')).id}/groups/${(await groupByHand(realm, 'staff')).id}`),
        [`update keycloak.group/${realm}/staff members`],
      ],
      [
        'a role of a group',
        async () =>
          byHand('POST', `/${realm}/groups/${(await groupByHand(realm, 'staff')).id}/role-mappings/realm`, [await roleByHand(realm, 'admin')]),
        [`update keycloak.group/${realm}/staff realmRoles`],
      ],
      [
        'a deleted group',
        async () => byHand('DELETE', `/${realm}/groups/${(await groupByHand(realm, 'staff')).id}`),
        [`create keycloak.group/${realm}/staff`],
      ],
      [
        'a disabled user',
        async () => byHand('PUT', `/${realm}/users/${(await userByHand(realm, 'sam')).id}`, { enabled: false }),
        [`update keycloak.user/${realm}/sam enabled`],
      ],
      [
        'a wiped email address',
        async () =>
          byHand('PUT', `/${realm}/users/${(await userByHand(realm, 'sam')).id}`, {
            attributes: (await userByHand(realm, 'sam')).attributes,
          }),
        [`update keycloak.user/${realm}/sam email firstName lastName`],
      ],
      [
        'a deleted user',
        async () => byHand('DELETE', `/${realm}/users/${(await userByHand(realm, 'sam')).id}`),
        [`create keycloak.user/${realm}/sam`, `update keycloak.group/${realm}/staff members`],
      ],
      [
        'a user profile that drops and hides our attributes',
        async () => {
          const { unmanagedAttributePolicy: _policy, ...profile } = await byHand<Record<string, unknown>>('GET', `/${realm}/users/profile`);
          return byHand('PUT', `/${realm}/users/profile`, profile);
        },
        [`update keycloak.user/${realm}/alice password`, `update keycloak.user/${realm}/sam password`],
      ],
    ];

    it.each(cases)('is found and put right: %s', async (_what, change, expected) => {
      await change();
      const { plan } = await planned(blueprint);
      expect(told(plan).toSorted()).toEqual(expected.toSorted());
      await applied(blueprint);
      expect(told((await planned(blueprint)).plan)).toEqual([]);
    });

    it('leaves alone what it does not own', async () => {
      const sam = await userByHand(realm, 'sam');
      const storefront = await clientByHand(realm, 'storefront');
      const before = await byHand<Rep>('GET', `/${realm}`);
      await byHand('PUT', `/${realm}`, {
        attributes: { ...before.attributes, team: 'red' },
        accessTokenLifespan: 1,
        smtpServer: { host: 'mail.test', from: 'a@b.test' },
      });
      await byHand('PUT', `/${realm}/clients/${storefront.id}`, { attributes: { team: 'red' }, name: 'Shop', implicitFlowEnabled: true });
      await byHand('PUT', `/${realm}/roles/support`, {
        name: 'support',
        description: 'helps',
        attributes: { ...(await roleByHand(realm, 'support')).attributes, team: ['red'] },
      });
      await byHand('POST', `/${realm}/roles/support/composites`, [await roleByHand(realm, 'offline_access')]);
      await byHand('PUT', `/${realm}/users/${sam.id}`, { ...sam, enabled: false, attributes: { ...sam.attributes, team: ['red'] } });
      await applied(blueprint);
      const { plan } = await planned(blueprint);
      expect(differences(plan)).toEqual([]);
      expect(beside(plan)).toEqual([
        `differs keycloak.client/${realm}/storefront attributes.team`,
        `differs keycloak.client/${realm}/storefront name`,
        `differs keycloak.realm/${realm} attributes.team`,
        `differs keycloak.role/${realm}/support attributes.team`,
        `differs keycloak.role/${realm}/support description`,
        `differs keycloak.user/${realm}/sam attributes.team`,
        `exposes keycloak.realm/${realm} smtpServer`,
      ]);
      expect(await byHand('GET', `/${realm}`)).toMatchObject({
        attributes: { ...before.attributes, team: 'red' },
        accessTokenLifespan: 300,
        smtpServer: { host: 'mail.test' },
      });
      expect(await clientByHand(realm, 'storefront')).toMatchObject({
        id: storefront.id,
        name: 'Shop',
        implicitFlowEnabled: false,
        attributes: { ...storefront.attributes, team: 'red' },
      });
      expect(await roleByHand(realm, 'support')).toMatchObject({ description: 'helps', attributes: { team: ['red'] } });
      expect(await userByHand(realm, 'sam')).toMatchObject({
        id: sam.id,
        email: sam.email,
        enabled: true,
        attributes: { ...sam.attributes, team: ['red'] },
      });
    });

    it('leaves a mapper that somebody made whenever it writes the object, and names it', async () => {
      const { id } = await scopeByHand(realm, 'orders:read');
      const mapper = {
        name: 'extra',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-audience-mapper',
        config: { 'included.custom.audience': 'invoices' },
      };
      await byHand('POST', `/${realm}/client-scopes/${id}/protocol-mappers/models`, mapper);
      const storefront = await clientByHand(realm, 'storefront');
      await byHand('POST', `/${realm}/clients/${storefront.id}/protocol-mappers/models`, mapper);
      const { plan, provider } = await planned(blueprint);
      expect(told(plan)).toEqual(
        expect.arrayContaining([`danger keycloak.client-scope/${realm}/orders:read`, `danger keycloak.client/${realm}/storefront`]),
      );
      const lives = (await Promise.all(provider.kinds.map((kind) => kind.list()))).flat();
      for (const address of ['orders:read', 'storefront']) {
        const live = lives.find((object) => object.id === `${realm}/${address}`)!;
        const kind = provider.kinds.find(({ name }) => name === live.kind)!;
        await kind.put(
          expansion(blueprint).desired.find((object) => object.kind === live.kind && object.id === live.id)!,
          live,
        );
      }
      expect((await scopeByHand(realm, 'orders:read')).protocolMappers.map(({ name }) => name).toSorted()).toEqual(['audience orders', 'extra']);
      expect((await clientByHand(realm, 'storefront')).protocolMappers.map(({ name }) => name)).toEqual(['extra']);
      expect(differences((await planned(blueprint)).plan)).toEqual([]);
      for (const path of [`client-scopes/${id}`, `clients/${storefront.id}`]) {
        const [extra] = (await byHand<Rep[]>('GET', `/${realm}/${path}/protocol-mappers/models`)).filter(({ name }) => name === 'extra');
        await byHand('DELETE', `/${realm}/${path}/protocol-mappers/models/${extra?.id}`);
      }
    });

    it('names what others made that weakens it', async () => {
      await byHand('POST', `/${realm}/clients`, {
        clientId: 'wild',
        protocol: 'openid-connect',
        publicClient: true,
        standardFlowEnabled: true,
        directAccessGrantsEnabled: true,
        implicitFlowEnabled: true,
        redirectUris: ['https://*'],
        optionalClientScopes: ['orders:read'],
      });
      await byHand('POST', `/${realm}/roles/default-roles-${realm}/composites`, [await roleByHand(realm, 'admin')]);
      const { plan } = await planned(blueprint);
      expect(differences(plan)).toEqual([]);
      expect(beside(plan).filter((line) => /wild|default-roles/.test(line))).toEqual([
        `opens keycloak.client/${realm}/wild`,
        `opens keycloak.role/${realm}/default-roles-${realm} composites.admin`,
      ]);
      await byHand('DELETE', `/${realm}/clients/${(await clientByHand(realm, 'wild')).id}`);
      await byHand('DELETE', `/${realm}/roles/default-roles-${realm}/composites`, [await roleByHand(realm, 'admin')]);
    });

    it('sets a password that the blueprint changed, and the new one works', async () => {
      const changed = {
        ...blueprint,
        personas: { ...blueprint.personas, alice: { ...blueprint.personas['alice']!, password: new Secret('another-password') } },
      };
      const { plan } = await planned(changed);
      expect(differences(plan)).toEqual([`update keycloak.user/${realm}/alice password`]);
      expect(JSON.stringify(plan)).not.toContain('another-password');
      await applied(changed);
      expect(differences((await planned(changed)).plan)).toEqual([]);
      const grant = await byHand<Rep>('GET', `/${realm}/clients?clientId=admin-cli`).then(() =>
        fetch(`${url}/realms/${realm}/protocol/openid-connect/token`, {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'alice', password: 'another-password' }),
        }),
      );
      expect(grant.status).toBe(200);
      await applied(blueprint);
    });

    it('reads the same through a login that may not export', async () => {
      const id = randomBytes(16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      await byHand('POST', `/${realm}/clients`, {
        id,
        clientId: 'viewer',
        protocol: 'openid-connect',
        publicClient: false,
        standardFlowEnabled: false,
        directAccessGrantsEnabled: false,
        serviceAccountsEnabled: true,
        secret: 'viewer-secret',
      });
      const account = await byHand<Rep>('GET', `/${realm}/clients/${id}/service-account-user`);
      const management = await clientByHand(realm, 'realm-management');
      const roles = await byHand<Rep[]>('GET', `/${realm}/clients/${management.id}/roles`);
      const give = (...names: string[]) =>
        byHand(
          'POST',
          `/${realm}/users/${account.id}/role-mappings/clients/${management.id}`,
          roles.filter(({ name }) => names.includes(name)),
        );
      const viewer = {
        ...blueprint,
        targets: { keycloak: { url, credentials: { realm, clientId: 'viewer', clientSecret: new Secret('viewer-secret') } } },
      };

      await expect(planned(viewer)).rejects.toMatchObject({ code: 'KEYCLOAK_FORBIDDEN' });
      await give('view-realm', 'view-clients', 'view-users');
      // The fingerprints are made by another login: whether the passwords are as stated is unknown to this one, and said.
      const seen = (await planned(viewer)).plan;
      expect([differences(seen), seen.unseen.map(({ what }) => what).filter((what) => what.includes('as stated'))]).toEqual([
        [],
        ['whether they are as stated: the password of alice, the password of sam'],
      ]);
      const support = { ...blueprint.realm.roles['support']!, description: 'somebody else says so' };
      const { provider, plan } = await planned({ ...viewer, realm: { ...blueprint.realm, roles: { ...blueprint.realm.roles, support } } });
      expect(differences(plan)).toEqual([`update keycloak.role/${realm}/support description`]);
      const results = await applyPlan({ providers: [provider], plan });
      expect(results.map(({ outcome, problem }) => [outcome, problem?.code])).toEqual([['failed', 'KEYCLOAK_FORBIDDEN']]);
      await byHand('DELETE', `/${realm}/clients/${id}`);
    });

    it('deletes what carries its mark and is no longer wanted, except what is protected', async () => {
      const { storefront: _storefront, reports: _reports, ...clients } = blueprint.realm.clients;
      const { customer: _customer, ...roles } = blueprint.realm.roles;
      const less = {
        ...blueprint,
        realm: { ...blueprint.realm, clients, scopes: {}, groups: {}, roles: { ...roles, admin: { includes: ['support'] } } },
        personas: { sam: blueprint.personas['sam']! },
      };
      await applied(less, { prune: true });
      expect(differences((await planned(less)).plan)).toEqual([`orphan keycloak.client/${realm}/storefront`]);
      expect(await byHand('GET', `/${realm}/groups`)).toEqual([]);
    });
  });

  it('is in nobody’s way: what carries no mark, or another, is blocked; --adopt takes the first over', async () => {
    const blueprint = newShop();
    const realm = blueprint.realm.name;
    await byHand('POST', '', { realm, enabled: true, displayName: 'Theirs' });
    await byHand('POST', `/${realm}/roles`, { name: 'customer' });
    await byHand('POST', `/${realm}/clients`, { clientId: 'storefront', protocol: 'openid-connect', publicClient: true });
    await byHand('POST', `/${realm}/users`, { username: 'alice', enabled: true });
    const { plan } = await planned(blueprint);
    const actions = (all: readonly string[]): string[] => all.map((text) => text.split(' ').slice(0, 2).join(' '));
    expect(
      actions(told(plan))
        .filter((text) => text.startsWith('blocked'))
        .toSorted(),
    ).toEqual(
      ['keycloak.client/storefront', 'keycloak.realm', 'keycloak.role/customer', 'keycloak.user/alice']
        .map((text) => `blocked ${text.replace(/^(keycloak\.[a-z]+)/, `$1/${realm}`)}`)
        .toSorted(),
    );
    await applied(blueprint, { adopt: true });
    const after = (await planned(blueprint)).plan;
    expect(differences(after)).toEqual([]);
    expect(beside(after)).toEqual([`differs keycloak.realm/${realm} displayName`]);
    expect(await byHand('GET', `/${realm}`)).toMatchObject({ displayName: 'Theirs' });
    const other = { ...blueprint, name: 'other' };
    expect(new Set((await planned(other, { adopt: true })).plan.waves.flat().map(({ action }) => action))).toEqual(new Set(['blocked']));
  });

  it('puts twice as well as once, even when it does not know that the object is there', async () => {
    const blueprint = newShop();
    await applied(blueprint);
    const provider = connectKeycloak(blueprint);
    for (const desired of expansion(blueprint).desired)
      await provider.kinds.find(({ name }) => name === desired.kind)!.put(desired, undefined);
    expect(told((await planned(blueprint)).plan)).toEqual([]);
    await byHand('POST', `/${blueprint.realm.name}/roles`, { name: 'late' });
    const late = { ...expansion(blueprint).desired.find(({ kind }) => kind === 'keycloak.role')!, id: `${blueprint.realm.name}/late` };
    await expect(provider.kinds.find(({ name }) => name === 'keycloak.role')!.put(late, undefined)).rejects.toMatchObject({
      code: 'KEYCLOAK_CONFLICT',
    });
    const live = (await provider.kinds.find(({ name }) => name === 'keycloak.client')!.list()).find(({ id }) => id.endsWith('/reports'))!;
    for (let times = 0; times < 2; times += 1) await provider.kinds.find(({ name }) => name === 'keycloak.client')!.remove(live);
  });

  it('takes settings of Keycloak’s own through raw: sets in any order, and secrets that cannot be read back', async () => {
    const smtp = (password: string) => ({
      host: 'mail.test',
      from: 'shop@shop.test',
      auth: 'true',
      user: 'shop',
      password: new Secret(password),
    });
    const raw = (password: string) => ({
      realm: {
        displayName: 'Shop',
        loginTheme: 'keycloak',
        eventsEnabled: true,
        eventsListeners: ['jboss-logging'],
        supportedLocales: ['ja', 'en'],
        internationalizationEnabled: true,
        smtpServer: smtp(password),
      },
      clients: { storefront: { name: 'The shop', redirectUris: ['https://shop.example/b', 'https://shop.example/a'] } },
      entities: {},
    });
    const kong = { services: {}, routes: {}, plugins: {}, entities: {} };
    const blueprint = newShop({ raw: { keycloak: raw('smtp-password'), kong } as unknown as Blueprint['raw'] });
    await applied(blueprint);
    expect(told((await planned(blueprint)).plan)).toEqual([]);
    const changed = { ...blueprint, raw: { keycloak: raw('other-password'), kong } as unknown as Blueprint['raw'] };
    expect(told((await planned(changed)).plan)).toEqual([`update keycloak.realm/${blueprint.realm.name} smtpServer.password`]);
    await applied(changed);
    expect(told((await planned(changed)).plan)).toEqual([]);
    const { password: _password, ...open } = smtp('');
    const careless = {
      ...blueprint,
      raw: { keycloak: { ...raw(''), realm: { smtpServer: { ...open, host: 'other.test' } } }, kong } as unknown as Blueprint['raw'],
    };
    const { provider } = await planned(careless);
    const kind = provider.kinds.find(({ name }) => name === 'keycloak.realm')!;
    const [live] = await kind.list();
    await expect(kind.put(expansion(careless).desired[0]!, live)).rejects.toMatchObject({ code: 'KEYCLOAK_MASKED' });
    const wrong = { ...blueprint, raw: { keycloak: { realm: { noSuchField: 1 }, clients: {}, entities: {} }, kong } };
    expect(() => expansion(wrong)).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ code: 'RAW_UNKNOWN_FIELD' })] }));
    // A field that only this Keycloak does not know: it says so itself.
    const [desired] = expansion(blueprint).desired;
    await expect(kind.put({ ...desired!, spec: { ...desired!.spec, noSuchField: 1 } }, live)).rejects.toMatchObject({
      code: 'KEYCLOAK_REFUSED',
      message: expect.stringContaining('noSuchField') as string,
    });
  });

  it('says who may not log in, and what cannot be reached', async () => {
    const blueprint = newShop();
    const as = (over: Partial<KeycloakTarget['credentials']>, at = url) =>
      planned({ ...blueprint, targets: { keycloak: { url: at, credentials: { ...credentials, ...over } } } });
    await expect(as({ clientSecret: new Secret('wrong-secret') })).rejects.toMatchObject({ code: 'KEYCLOAK_UNAUTHORIZED' });
    await expect(as({ realm: 'no-such-realm' })).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK' });
    await expect(as({}, 'http://127.0.0.1:1')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', nature: 'unreachable' });
  });
});
