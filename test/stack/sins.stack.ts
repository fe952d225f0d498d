import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authctl, byHand, verify } from './authctl.ts';
import { publishAllowAll } from './policy.ts';

const apply = async (): Promise<void> => {
  const ended = await authctl('apply', 'blueprints/sso.yaml', '--yes');
  if (ended.exitCode !== 0) throw new Error(`apply failed:\n${ended.stdout}${ended.stderr}`);
};

const nothing = (): Promise<void> => Promise.resolve();
/** Takes away again what no apply does. */
let takeAway = nothing;

interface Sin {
  readonly name: string;
  readonly commit: () => Promise<unknown>;
  /** Checks that must fail. */
  readonly named: readonly string[];
  /** What drift must name. */
  readonly drift: string;
}

interface Plugin {
  readonly name: string;
  readonly instance_name: string;
}

const sins: readonly Sin[] = [
  {
    name: 'the jwt plugin removed',
    commit: () => byHand().removePlugins(({ name }: Plugin) => name === 'jwt'),
    named: ['KONG-01', 'POS-01'],
    drift: 'kong.plugin/shop.orders.jwt',
  },
  {
    name: 'the token guard removed',
    commit: () => byHand().removePlugins(({ name }: Plugin) => name === 'authctl-token-guard'),
    named: ['KONG-02', 'POS-01'],
    drift: 'kong.plugin/shop.orders.guard',
  },
  {
    name: 'both guards removed, so that jwt stands alone',
    commit: () => byHand().removePlugins(({ name }: Plugin) => name.endsWith('-guard') || name === 'authctl-opa'),
    named: ['CLM-01', 'CLM-02', 'CLM-04', 'KONG-02'],
    drift: 'kong.plugin/shop.orders.guard',
  },
  {
    name: 'claims_to_verify emptied',
    commit: () => byHand().patchPlugins(({ name }: Plugin) => name === 'jwt', { claims_to_verify: [] }),
    named: ['KONG-03'],
    drift: 'config.claims_to_verify',
  },
  {
    name: 'the audience mapper removed in Keycloak',
    commit: () => byHand().removeAudience('orders:read'),
    named: ['AZ-06', 'IDP-22'],
    drift: 'keycloak.client-scope/shop/orders:read',
  },
  {
    name: 'the policy replaced by allow-all',
    commit: () => publishAllowAll(),
    named: ['AZ-01', 'AZ-02', 'AZ-06', 'AZ-15'],
    drift: 'opa.bundle/shop',
  },
  {
    name: "the AWS authorizer's audience changed",
    commit: () => byHand().changeAuthorizer('orders', { Audience: ['invoices'] }),
    named: ['AWS-02', 'CLM-01'],
    drift: 'aws.authorizer/shop/orders',
  },
  {
    name: "a Kong route's scope dropped",
    commit: () => byHand().patchPlugins(({ instance_name }: Plugin) => instance_name === 'shop.orders.list.scope', { scopes: [] }),
    named: ['CLM-13', 'KONG-04'],
    drift: 'kong.plugin/shop.orders.list.scope',
  },
  {
    name: "an AWS route's scope dropped",
    commit: () => byHand().dropAwsScope('GET /orders'),
    named: ['AWS-03', 'CLM-13'],
    drift: 'aws.route/shop/GET /orders',
  },
  {
    name: 'an AWS route without its authorizer',
    commit: () => byHand().removeAuthorizer('GET /orders'),
    named: ['AWS-03', 'STR-01'],
    drift: 'aws.route/shop/GET /orders',
  },
  {
    name: 'a wildcard redirect URI',
    commit: () => byHand().openRedirect('storefront'),
    named: ['IDP-01', 'IDP-02'],
    drift: 'keycloak.client/shop/storefront',
  },
  {
    name: 'the signing key rotated in Keycloak without apply',
    commit: async () => {
      takeAway = await byHand().rotateKey();
    },
    named: ['KONG-05', 'POS-01'],
    drift: 'kong.jwt_secret/shop.issuer/',
  },
];

describe('verify names the sin', () => {
  beforeAll(async () => {
    await apply();
    const clean = await verify();
    expect(clean.notPassed).toEqual([]);
  });
  afterEach(async () => {
    await takeAway();
    takeAway = nothing;
    await apply();
  });

  it.each(sins)('$name', async ({ commit, named, drift }) => {
    await commit();
    const found = await authctl('drift', 'blueprints/sso.yaml');
    expect(found.exitCode).toBe(2);
    expect(found.stdout).toContain(drift);
    expect(found.stdout).toMatch(/blueprints\/sso\.yaml:\d+:\d+/);
    const { exitCode, bad } = await verify();
    expect(exitCode).toBe(2);
    expect(bad).toEqual(expect.arrayContaining([...named]));
  });
});
