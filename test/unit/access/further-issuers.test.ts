import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asFound, matrixOf } from '../../../src/access/index.ts';
import { inTheMatrix } from '../../../src/access/in-the-matrix.ts';
import { changesOf } from '../../../src/core/plan.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { load, repository } from '../blueprint/loading.ts';
import { planOver } from './in-force.ts';

const env = { KEYCLOAK_CLIENT_SECRET: 'secret-of-keycloak', BOARD_SECRET: 'secret-of-the-board', AGENCY_SECRET: 'secret-of-the-agency', PORT_SECRET: 'secret-of-the-port', PETRA_PASSWORD: 'password-of-petra', OTTO_PASSWORD: 'password-of-otto', AWS_ENDPOINT: 'http://127.0.0.1:9' };
const ferry = await load(await readFile(join(repository, 'blueprints/issuers.yaml'), 'utf8'), { env });
const partner = { issuer: ferry.issuers['partner']!.url, jwks_url: ferry.issuers['partner']!.jwksUri! };

/** Who of the partner may use what at a gateway, as it is found there. */
const mayUse = (gateway: 'kong' | 'aws', changed: Readonly<Record<string, Spec | null>> = {}): readonly string[] => {
  const found = asFound(ferry, planOver(ferry, changed), gateway);
  return matrixOf(found.blueprint, undefined).cells.flatMap(({ who, service, route, passes, gateway: at }) => (passes && at === gateway && who.startsWith('partner/') ? [`${who} ${service}.${route}`] : []));
};
const guard = (service: string, ...further: readonly object[]) => ({ [`kong.plugin/ferry.${service}.guard`]: { config: { keys: 'followed', issuer: ferry.issuer, audience: service, jwks_url: 'x', further_issuers: further } } as Spec });

describe('what is found of a further issuer', () => {
  const stated = ['partner/agency sailings.list', 'partner/agency sailings.held', 'partner/port sailings.held', 'partner/agency sailings.hold', 'partner/port sailings.hold'];
  const open = ['partner/agency sailings.health', 'partner/port sailings.health', 'partner/agency manifests.list'];

  it('is what the blueprint says where that is in force', () => {
    expect(mayUse('kong').toSorted()).toEqual([...stated, ...open].toSorted());
    expect(mayUse('aws')).toEqual(['partner/port tariffs.list']);
  });

  it('is gone with it, or with the keys that are its own, and is no other service’s', () => {
    expect(mayUse('kong', guard('sailings')).toSorted()).toEqual(open.toSorted());
    expect(mayUse('kong', guard('sailings', { ...partner, jwks_url: 'https://evil.example/certs' })).toSorted()).toEqual(open.toSorted());
    expect(mayUse('kong', guard('bookings', partner)).toSorted()).toEqual([...stated, ...open].toSorted());
  });

  it('changes what the matrix shows in part: whom a guard takes instead nobody knows', () => {
    const change = changesOf(planOver(ferry, guard('sailings'))).find((one) => 'desired' in one && one.desired.id === 'ferry.sailings.guard');
    if (change?.action !== 'update') throw new Error('the guard is as it was');
    expect(inTheMatrix({ ...change, because: [{ path: 'config.further_issuers', before: [partner], after: [] }] }, change.desired)).toBe('partly');
  });
});
