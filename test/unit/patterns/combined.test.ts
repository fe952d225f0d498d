import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const env = {
  KEYCLOAK_CLIENT_SECRET: 'keycloak-secret',
  LEDGER_SECRET: 'ledger-secret',
  GATEWAY_SECRET: 'gateway-secret',
  VERA_PASSWORD: 'vera-password',
  TONI_PASSWORD: 'toni-password',
  AWS_ENDPOINT: 'http://127.0.0.1:9',
};
const example = await readFile(join(repository, 'blueprints/mixed.yaml'), 'utf8');
const mixed = (change: (text: string) => string = (text) => text): Promise<Blueprint> => load(change(example), { env });

const pinned = (text: string): string => text.replace('keys: followed', 'keys: pinned');

const chainOf = (blueprint: Blueprint, service: string): readonly unknown[] =>
  expand(blueprint)
    .desired.filter(({ kind, spec }) => kind === 'kong.plugin' && (spec.service as { name?: string } | null)?.name === service)
    .map(({ spec }) => spec.name);

describe('patterns side by side', () => {
  it('give each service the chain of its own pattern', async () => {
    const blueprint = await mixed();
    const chain = ['authctl-token-guard', 'authctl-scope-guard'];
    expect(chainOf(blueprint, 'fair.orders')).toEqual(['cors', ...chain]);
    expect(chainOf(blueprint, 'fair.tickets')).toEqual(['cors', ...chain, 'authctl-phantom-token']);
  });

  it('put jwt into the chain where keys are pinned', async () => {
    const blueprint = await mixed(pinned);
    const chain = ['authctl-token-guard', 'jwt', 'authctl-scope-guard'];
    expect(chainOf(blueprint, 'fair.orders')).toEqual(['cors', ...chain]);
    expect(chainOf(blueprint, 'fair.tickets')).toEqual(['cors', ...chain, 'authctl-phantom-token']);
  });

  it('know the issuer once where keys are pinned, and not at all where they are followed', async () => {
    const followed = expand(await mixed());
    expect([followed.desired.filter(({ kind }) => kind === 'kong.consumer'), followed.deferred]).toEqual([[], []]);
    const { desired, deferred } = expand(await mixed(pinned));
    expect(desired.filter(({ kind }) => kind === 'kong.consumer').map(({ id }) => id)).toEqual(['fair.issuer']);
    expect(deferred.map(({ kind }) => kind)).toEqual(['kong.jwt_secret']);
  });

  it('put AWS in front of the services that name it, whatever stands before the others', async () => {
    const { desired } = expand(await mixed());
    expect(desired.filter(({ kind }) => kind === 'aws.authorizer').map(({ id }) => id)).toEqual(['fair/orders']);
  });

  it('judge a service by its own sign-in client', async () => {
    const problems = await mixed((text) => text.replace('scopes: [tickets:read]\n      lightweightTokens', 'scopes: []\n      lightweightTokens')).catch(problemsOf);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'BLUEPRINT_EXPECT', message: expect.stringContaining('the client "box-office" has no scope "tickets:read"') as string }),
      ]),
    );
  });

  it('refuse opaque tokens behind AWS, at the line of the service that says so', async () => {
    const problems = await mixed((text) => text.replace('    authentication:\n      pattern: opaque', '    gateways: [kong, aws]\n    authentication:\n      pattern: opaque')).catch(problemsOf);
    expect(problems).toEqual([
      expect.objectContaining({ code: 'BLUEPRINT_AWS_PATTERN', at: expect.objectContaining({ line: example.split('\n').findIndex((line) => line.includes('pattern: opaque')) + 2 }) as object }),
    ]);
  });

  it('never ask for one object in two places', async () => {
    const twice = example.replace(
      '    gateways: [kong, aws]\n',
      '    authentication: { pattern: opaque, client: box-office, introspection: { client: gateway, secret: "${GATEWAY_SECRET}" } }\n',
    );
    const blueprint = await mixed(() => twice.replaceAll('[orders:read, orders:write]', '[]').replace('scopes: [tickets:read]\n', 'scopes: [tickets:read, orders:read, orders:write]\n'));
    expect(() => expand(blueprint)).toThrow(expect.objectContaining({ code: 'PATTERN_TWICE', message: expect.stringContaining('keycloak.client/fair/gateway is asked for twice') as string }) as Error);
  });
});
