import { createDraft } from '../../../src/import/draft.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const importOf = async (content: object | string) => {
  await writeFile(join(cwd, 'source.yaml'), typeof content === 'string' ? content : JSON.stringify(content));
  const report = await createAuthctl({ env: {}, cwd, localStack: false }).import({ files: ['source.yaml'], out: 'blueprint.yaml', force: true });
  return { ...report, unsaid: (report.data?.unsaid ?? []).map(({ address }) => address) };
};
/** What validate says of it, once its variables are set. */
const problemsOf = async ({ data }: Awaited<ReturnType<typeof importOf>>) => {
  const env = Object.fromEntries((data?.secrets ?? []).map(({ variable }) => [variable, 'set-by-somebody']));
  return (await createAuthctl({ env, cwd, localStack: false }).validate(join(cwd, 'blueprint.yaml'))).problems.map(({ code, message }) => `${code} ${message}`);
};

const mapper = (protocolMapper: string, config: object) => [{ name: 'one', protocol: 'openid-connect', protocolMapper, config }];
const realmWith = (rest: object) => ({ realm: 'shop', ...rest });
const component = (config: object) => realmWith({ components: { 'org.keycloak.storage.UserStorageProvider': [{ name: 'accounts', providerId: 'jdbc', config }] } });
const plugin = (name: string, config: object) => ({ _format_version: '3.0', plugins: [{ name, instance_name: 'one', config }] });

describe('a secret whose field says nothing of it', () => {
  it.each([
    ['the claim that a mapper of a client sets', realmWith({ clients: [{ clientId: 'a', protocolMappers: mapper('oidc-hardcoded-claim-mapper', { 'claim.name': 'api_key', 'claim.value': 'planted-1' }) }] })],
    ['the claim that a mapper of a scope sets', realmWith({ clientScopes: [{ name: 's', protocol: 'openid-connect', protocolMappers: mapper('oidc-hardcoded-claim-mapper', { 'claim.name': 'a.password', 'claim.value': 'planted-1' }) }] })],
    ['the attribute that an identity provider brings', realmWith({ identityProviders: [{ alias: 'i', providerId: 'oidc' }], identityProviderMappers: [{ name: 'm', identityProviderAlias: 'i', identityProviderMapper: 'hardcoded-attribute-idp-mapper', config: { attribute: 'token', 'attribute.value': 'planted-1' } }] })],
    ['a connection string', component({ jdbcUrl: ['jdbc:postgresql://h/db?user=u&password=planted-1'] })],
    ['a connection string of another sort', component({ connection: ['Server=h;Uid=u;Pwd=planted-1'] })],
    ['a key of encryption', component({ encryptionKey: ['planted-1'] })],
    ['a key of AWS', plugin('aws-lambda', { aws_key: 'planted-1', function_name: 'f' })],
    ['a header by its name', plugin('http-log', { http_endpoint: 'https://log.example', headers: { 'X-Key': 'planted-1' } })],
    ['a header in a list', plugin('request-transformer', { add: { headers: ['X-Some-Token:planted-1'] } })],
    ['a parameter in a list', plugin('request-transformer', { add: { querystring: ['key:planted-1'] } })],
    ['a text in a program', plugin('pre-function', { access: ["local password = 'planted-1'"] })],
    ['the id of a login at a vault', { _format_version: '3.0', vaults: [{ prefix: 'store', name: 'hcv', config: { approle_secret_id: 'planted-1' } }] }],
  ])('%s becomes a reference', async (_, content) => {
    const imported = await importOf(content);
    expect(imported.problems).toEqual([]);
    expect(JSON.stringify(imported)).not.toContain('planted');
    expect(imported.data?.secrets).toHaveLength(2);
    expect(await problemsOf(imported)).toEqual([]);
  });

  it.each([
    ['a claim of another name', realmWith({ clients: [{ clientId: 'a', protocolMappers: mapper('oidc-hardcoded-claim-mapper', { 'claim.name': 'tenant', 'claim.value': 'kept-1' }) }] })],
    ['a header that is renamed', plugin('request-transformer', { rename: { headers: ['X-Auth:kept-1'] } })],
    ['a header that says no credential', plugin('request-transformer', { add: { headers: ['X-Stage:kept-1'] } })],
    ['a program that looks for a token', plugin('pre-function', { access: ['local token = kong.request.get_header("kept-1")'] })],
  ])('%s stays as it is', async (_, content) => {
    const { data } = await importOf(content);
    expect(data?.blueprint).toContain('kept-1');
    expect(data?.secrets).toHaveLength(1);
  });
});

describe('what cannot be said of a realm is named', () => {
  it('when it is of another form than Keycloak writes', async () => {
    const imported = await importOf(realmWith({ clients: { a: 1 }, groups: 'none', roles: { realm: { a: 1 }, client: ['a'] }, users: [null, {}], components: [], attributes: ['a'] }));
    expect(imported.unsaid).toEqual(expect.arrayContaining(['realm.clients', 'realm.groups', 'realm.roles.realm', 'realm.roles.client', 'realm.users', 'realm.components', 'realm.attributes']));
    expect(await problemsOf(imported)).toEqual([]);
  });
  it('when it is there twice', async () => {
    expect((await importOf(realmWith({ clients: [{ clientId: 'a' }, { clientId: 'a' }, { clientId: 'b' }] }))).unsaid).toEqual(['realm.clients a']);
  });
  it('when other versions alone have it', async () => {
    expect((await importOf(realmWith({ applications: [{ name: 'a' }], federatedUsers: [{ id: 'f' }] }))).unsaid).toEqual(['realm.applications', 'realm.federatedUsers']);
  });
});

describe('what cannot be said of a gateway is named', () => {
  const gateway = (rest: object) => ({ _format_version: '3.0', ...rest });
  it('when no section is for it', async () => {
    const { unsaid } = await importOf(gateway({ _konnect: { control_plane_name: 'x' }, rbac_roles: [{ name: 'r' }], partials: [{ name: 'p' }], services: {}, upstreams: [{}], _transform: false, _info: { select_tags: ['a'] }, consumers: [{ username: 'bo', groups: [{ name: 'gold' }] }] }));
    expect(unsaid.toSorted()).toEqual(['_info', '_konnect', '_transform', 'consumer bo, groups', 'partials', 'rbac_roles', 'services', 'upstreams']);
  });
  it('when two have one name', async () => {
    expect((await importOf(gateway({ routes: [{ name: 'r', paths: ['/a'] }, { name: 'r', paths: ['/b'] }] }))).unsaid).toEqual(['routes r']);
  });
  it('with whom a plugin is for', async () => {
    expect((await importOf(gateway({ consumer_groups: [{ name: 'gold', plugins: [{ name: 'rate-limiting' }] }] }))).unsaid).toContain('plugin rate-limiting on consumer_group gold');
  });
});

it('fills in what a file of decK says once for several', async () => {
  const { data, unsaid } = await importOf({
    _format_version: '3.0',
    _info: { defaults: { route: { strip_path: false }, service: { retries: 2 } } },
    _plugin_configs: { slow: { minute: 5, policy: 'redis' } },
    services: [{ name: 'a', host: 'a.example', retries: 3, routes: [{ name: 'r', paths: ['/r'] }] }],
    plugins: [{ name: 'rate-limiting', instance_name: 'slowly', _config: 'slow', config: { minute: 9 } }],
  });
  expect(unsaid).toEqual([]);
  expect(data?.blueprint).toMatch(/retries: 3/);
  expect(data?.blueprint).toMatch(/strip_path: false/);
  expect(data?.blueprint).toMatch(/minute: 9\n\s+policy: redis/);
  expect(data?.blueprint).not.toContain('_config');
});

it.each([
  ['several documents', 'realm: a\n---\nrealm: b\n', 2, /second document/],
  ['several realms', '[{"realm":"a"},{"realm":"b"}]', 1, /list of 2 realms/],
  ['what is nested without end', `{"realm":"a","attributes":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`, 1, /deeper than 100 levels/],
])('says of %s what is wrong in words for who has the file', async (_, content, line, words) => {
  const { problems } = await importOf(content);
  expect(problems).toMatchObject([{ code: 'IMPORT_SYNTAX', at: { line } }]);
  expect(problems[0]?.message).toMatch(words);
  expect(problems[0]?.hint ?? problems[0]?.expected).toBeTruthy();
});

describe('roles that contain each other in a circle', () => {
  const circles = {
    roles: {
      realm: [
        { name: 'alone', composite: true, composites: { realm: ['alone'] } },
        { name: 'one', composite: true, composites: { realm: ['two'] } },
        { name: 'two', composite: true, composites: { realm: ['one'] } },
        { name: 'In Words', composite: true, composites: { realm: ['In Other Words'] } },
        { name: 'In Other Words', composite: true, composites: { realm: ['In Words'] } },
      ],
      client: { app: [{ name: 'read', composite: true, composites: { client: { app: ['write', 'read'] } } }, { name: 'write', composite: true, composites: { client: { app: ['read'] }, realm: ['one'] } }] },
    },
    clients: [{ clientId: 'app', bearerOnly: true }],
  };

  it('are said without what closes it, which is told', async () => {
    const imported = await importOf(realmWith(circles));
    expect(await problemsOf(imported)).toEqual([]);
    expect(imported.data?.unsaid.filter(({ address }) => address.startsWith('role '))).toEqual([
      { address: 'role alone', why: 'it contains itself, which gives nobody anything' },
      { address: 'role two', why: 'it contains one, and so itself (one -> two -> one): a blueprint has no circle, and who has two would not have one by it any more' },
      { address: 'role In Other Words', why: 'it contains In Words, and so itself (In Words -> In Other Words -> In Words): a blueprint has no circle, and who has In Other Words would not have In Words by it any more' },
      { address: 'role app/read', why: 'it contains itself, which gives nobody anything' },
      { address: 'role app/write', why: 'it contains app/read, and so itself (app/read -> app/write -> app/read): a blueprint has no circle, and who has app/write would not have app/read by it any more' },
    ]);
  });
});

it('what a field of the blueprint cannot hold is left out of it, and told', () => {
  const draft = createDraft();
  draft.put(['targets', 'aws'], { region: 'eu-central-1', adopts: 'quay\u0007side' });
  draft.put(['services', 'orders', 'routes', 'list', 'hosts'], ['shop.example', 'not a host']);
  expect(draft.tree.get('targets')).toEqual(new Map([['aws', new Map([['region', 'eu-central-1']])]]));
  expect(draft.tree.get('services')).toEqual(new Map([['orders', new Map([['routes', new Map([['list', new Map([['hosts', ['shop.example']]])]])]])]]));
  expect(draft.unsaid).toEqual([
    { address: 'targets.aws.adopts', why: 'a blueprint takes the name or the id of an API there' },
    { address: 'services.orders.routes.list.hosts.1', why: expect.stringMatching(/^a blueprint takes .* there$/) as string },
  ]);
});
