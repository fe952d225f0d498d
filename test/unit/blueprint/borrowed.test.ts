import { describe, expect, it } from 'vitest';
import { elsewhere } from '../../../src/blueprint/elsewhere.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { complaints, env, load, sso } from './loading.ts';

/** What a local stack that runs here would supply for blueprints/sso.yaml. */
const { AWS_ENDPOINT, ...secrets } = env;
const stack = { KEYCLOAK_URL: 'http://127.0.0.1:1', KONG_ADMIN_URL: 'http://127.0.0.1:2', KONG_PROXY_URL: 'http://localhost:3', OPA_URL: 'http://127.0.0.1:4', AWS_ENDPOINT, ...secrets };
const staging = `
environments:
  staging:
    targets: { keycloak: { url: https://id.example }, kong: { admin: { url: https://kong.example }, proxy: { url: https://api.example } } }
`;

describe('what a local stack offers', () => {
  it('fills in what the environment lacks, and no more', async () => {
    const blueprint = await load(await sso(), { env: { ADA_PASSWORD: 'my own password' }, offered: stack });
    expect(blueprint.targets.keycloak?.url).toBe('http://127.0.0.1:1');
    expect(blueprint.personas['alice']?.password.reveal()).toBe('alice-password');
    expect(blueprint.personas['ada']?.password.reveal()).toBe('my own password');
  });

  it('is no secret of an environment that is elsewhere', async () => {
    const told = await complaints((await sso()) + staging, { env: { ADA_PASSWORD: 'my own password' }, offered: stack, overlay: 'staging' });
    expect(told.map(({ code, marked }) => [code, marked])).toEqual(
      ['KEYCLOAK_CLIENT_SECRET', 'REPORTS_SECRET', 'ALICE_PASSWORD', 'SAM_PASSWORD'].map((name) => ['BLUEPRINT_VARIABLE_MISSING', `"\${${name}}"`]),
    );
  });

  it('is not in the way where the environment has its own secrets', async () => {
    expect((await load((await sso()) + staging, { env: secrets, offered: stack, overlay: 'staging' })).targets.keycloak?.url).toBe('https://id.example');
  });
});

describe('a target is elsewhere', () => {
  const of = async (change: Partial<Blueprint['targets']>): Promise<readonly string[]> => [
    ...elsewhere({ ...(await load(await sso(), { env, offered: stack })).targets, ...change }),
  ];

  it('only when an address of it is of another machine', async () => {
    expect(await of({})).toEqual([]);
    const { keycloak } = (await load(await sso())).targets;
    expect(await of(keycloak ? { keycloak: { ...keycloak, admin: 'https://10.0.0.7:8443' } } : {})).toEqual(['keycloak']);
  });

  it('when its bundles are put to another machine', async () => {
    const { opa } = (await load(await sso(), { env, offered: stack })).targets;
    if (opa === undefined) return expect.fail('the shop has OPA');
    const publishing = (publish: string) => of({ opa: { ...opa, bundle: { ...opa.bundle, publish } } });
    expect([await publishing('https://bundles.example/opa'), await publishing('http://127.0.0.1:8080/opa'), await publishing('file:bundles')]).toEqual([['opa'], [], []]);
  });

  it('when it is the real AWS', async () => {
    const { aws } = (await load(await sso(), { env, offered: stack })).targets;
    if (aws === undefined) return expect.fail('the shop has AWS');
    const { endpoint: _, ...real } = aws;
    expect(await of({ aws: real })).toEqual(['aws']);
  });
});
