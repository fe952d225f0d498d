import { readFileSync } from 'node:fs';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { PermissionsRequest } from 'authctl';
import { describe, expect, it } from 'vitest';
import { providers } from '../../../src/providers/index.ts';
import { permissionReference } from '../../../src/providers/permissions-reference.ts';

const authctl = createAuthctl({ env: {}, localStack: false });
const needed = async (login: PermissionsRequest['login'], blueprint = 'blueprints/sso.yaml') => {
  const report = await authctl.permissions(blueprint, { login });
  expect([exitCodeOf(report), report.problems]).toEqual([0, []]);
  return { text: report.text ?? '', targets: report.data?.targets ?? {} };
};
const writing = (rights: readonly string[] = []): readonly string[] => rights.filter((right) => !/^(view-|read |GET |POST \/v1\/|bundle:read)/.test(right));

describe('the least rights of a login', () => {
  it('write nothing for who only looks, and are more for each who does more', async () => {
    for (const login of ['plan', 'verify'] as const)
      for (const { rights } of Object.values((await needed(login)).targets)) expect(writing(rights)).toEqual([]);
    const [plan, apply] = [await needed('plan'), await needed('apply')];
    for (const [target, { rights }] of Object.entries(plan.targets)) expect(apply.targets[target]?.rights).toEqual(expect.arrayContaining([...rights]));
    expect(writing(apply.targets['keycloak']?.rights)).toEqual(expect.arrayContaining(['manage-realm', 'manage-clients', 'manage-users', 'login:create-realm', 'login:manage-clients']));
  });

  it('are no more for drift, which may be given more to say who and when', async () => {
    const [plan, drift, apply] = [await needed('plan'), await needed('drift'), await needed('apply')];
    expect(Object.entries(drift.targets).map(([target, { rights }]) => [target, rights])).toEqual(Object.entries(plan.targets).map(([target, { rights }]) => [target, rights]));
    const optional = ({ targets }: typeof plan) => Object.fromEntries(Object.entries(targets).map(([target, found]) => [target, found.optional]));
    expect(optional(drift)).toEqual({ keycloak: ['view-events'], kong: ['read /audit/objects', 'read /audit/requests'], opa: [], aws: ['cloudtrail:LookupEvents'] });
    expect(new Set(Object.values(optional(plan)).flat())).toEqual(new Set());
    expect(Object.values(optional(apply)).flat().filter((right) => /audit|LookupEvents|view-events/.test(right))).toEqual([]);
    const [, more] = drift.targets['aws']?.grants ?? [];
    expect([more?.what, JSON.parse(more?.text ?? '')]).toEqual([
      'AWS: an IAM policy; to say who changed what was found, and may be left out',
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: ['*'] }] },
    ]);
    expect(drift.text).toMatch(/roles of the client "shop-realm"; to say who changed what was found, and may be left out\n {4}view-events\n/);
  });

  it('are for the kinds that the blueprint asks for: no identity provider is written where there is none', async () => {
    expect((await needed('apply')).targets['keycloak']?.rights).not.toContain('manage-identity-providers');
    expect((await needed('apply')).targets['kong']?.rights).not.toContain('create /certificates');
  });

  it('delete the last object of a kind that the blueprint has no more only where they are given what is told apart', async () => {
    const all = Object.fromEntries(providers.map(({ name, permissions: { kinds } }) => [name, Object.values(kinds).flatMap(({ write, remove = write }) => remove)]));
    for (const login of ['apply', 'destroy'] as const) {
      const { text, targets } = await needed(login);
      for (const [target, { rights, optional }] of Object.entries(targets)) {
        expect([target, all[target]?.filter((right) => ![...rights, ...optional].includes(right))]).toEqual([target, []]);
        expect(optional.filter((right) => rights.includes(right))).toEqual([]);
      }
      expect(targets['keycloak']?.optional).toEqual(['manage-organizations', 'manage-identity-providers']);
      expect(targets['kong']?.optional).toContain('delete /certificates/*');
      expect(targets['aws']?.optional).toEqual(['DELETE /domainnames/*/apimappings/*']);
      expect(text).toMatch(/roles of the client "shop-realm"; to delete what the blueprint does not have any more \(--prune, rollback, destroy\), and may be left out\n {4}manage-organizations\n/);
    }
    for (const login of ['plan', 'verify --disruptive'] as const) expect(Object.values((await needed(login)).targets).flatMap(({ optional }) => optional)).toEqual([]);
  });

  it('are told as each server takes them', async () => {
    const { text, targets } = await needed('apply');
    expect(text).toContain('Keycloak: the service account of client "authctl" in realm "master", roles of the client "shop-realm"\n    view-realm\n');
    expect(text).toContain('for the lock, of the client "master-realm"\n    manage-clients\n');
    expect(text).toContain('{"workspace":"default","endpoint":"/routes/*","actions":"create,delete,read,update"}');
    expect(text).toContain('\tinput.path == ["v1","status"]');
    const [policy] = targets['aws']?.grants ?? [];
    expect(JSON.parse(policy?.text ?? '')).toMatchObject({
      Version: '2012-10-17',
      Statement: expect.arrayContaining([{ Effect: 'Allow', Action: 'apigateway:POST', Resource: expect.arrayContaining(['arn:aws:apigateway:ap-northeast-1::/apis']) as string[] }]) as object[],
    });
  });
});

it('the page is what the tables say (npm run generate)', () => {
  const [, made] = /<!-- permissions -->\n([^]*)<!-- \/permissions -->/.exec(readFileSync('docs/permissions.md', 'utf8')) ?? [];
  expect(made?.trim()).toBe(permissionReference(providers));
});
