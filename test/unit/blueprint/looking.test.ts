import { describe, expect, it } from 'vitest';
import { isOnlyLookedAt, lookedAtText, onlyLookedAt, onlyLooking, refusesWrites } from '../../../src/blueprint/looking.ts';
import { complaints, load, sso as readSso } from './loading.ts';

const lookedAt = async (text: string) => onlyLookedAt(await load(text));
const sso = await readSso();
const kongOnly = sso.replace('  kong:\n', '  kong:\n    manage: none\n');

describe('manage', () => {
  it('is all of every target, unless something is said', async () => {
    expect(await lookedAt(sso)).toEqual([]);
  });

  it('may be none of one target', async () => {
    const blueprint = await load(kongOnly);
    expect([onlyLookedAt(blueprint), isOnlyLookedAt(blueprint, 'kong'), isOnlyLookedAt(blueprint, 'opa')]).toEqual([['kong'], true, false]);
  });

  it('may be none of the whole blueprint, and all of a target in it', async () => {
    expect((await lookedAt(`${sso}\nmanage: none\n`)).toSorted()).toEqual(['aws', 'keycloak', 'kong', 'opa']);
    expect((await lookedAt(`${sso.replace('  opa:\n', '  opa:\n    manage: all\n')}\nmanage: none\n`)).toSorted()).toEqual(['aws', 'keycloak', 'kong']);
  });

  it('is no other word', async () => {
    expect(await complaints(`${sso}\nmanage: some\n`)).toMatchObject([{ code: 'BLUEPRINT_WRONG_VALUE' }]);
  });
});

describe('the guard before a sender', () => {
  const at = () => ({ file: 'shop.yaml', line: 4, column: 5 });
  const refused = (target: 'keycloak' | 'kong' | 'opa' | 'aws', method: string, path: string) =>
    // Nothing but `manage` is read of a target.
    refusesWrites({ targets: { [target]: { manage: 'none' } } as never, at }, target)?.(method, path)?.message;

  it('is none where the target is managed', () => {
    expect(refusesWrites({ targets: { kong: {} } as never, at }, 'kong')).toBeUndefined();
  });

  it('lets reads pass', () => {
    expect(['GET', 'HEAD', 'OPTIONS'].map((method) => refused('kong', method, '/routes'))).toEqual([undefined, undefined, undefined]);
  });

  it('lets no write pass, to whichever target, and shows no query', () => {
    for (const target of ['keycloak', 'kong', 'opa', 'aws'] as const)
      expect(['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => refused(target, method, '/x?secret=1'))).toEqual(
        ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /x was not sent: targets.${target} is only looked at`),
      );
  });

  it('lets a login, an export and a question pass, though they are POSTs', () => {
    expect([
      refused('keycloak', 'POST', '/realms/master/protocol/openid-connect/token'),
      refused('keycloak', 'POST', '/admin/realms/shop/partial-export?exportClients=true'),
      refused('opa', 'POST', '/v1/query'),
      refused('opa', 'POST', '/v1/data/shop/authz?metrics'),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('knows those by the whole path, the method and the target', () => {
    const kept = [
      refused('keycloak', 'POST', '/admin/realms/token'),
      refused('keycloak', 'POST', '/admin/realms/master/protocol/openid-connect/token/clients'),
      refused('keycloak', 'POST', '/admin/realms/shop/partialImport'),
      refused('keycloak', 'POST', '/admin/realms/shop/clients/partial-export?x'),
      refused('opa', 'PUT', '/v1/data/shop'),
      refused('opa', 'POST', '/v1/policies/x'),
      refused('opa', 'POST', '/v1/database'),
      refused('kong', 'POST', '/schemas/plugins/validate'),
    ];
    expect(kept.filter((one) => one === undefined)).toEqual([]);
  });
});

describe('who is told', () => {
  it('reads a sentence of one target, and of several', () => {
    expect([lookedAtText(['kong']), lookedAtText(['keycloak', 'kong']), lookedAtText(['a', 'b', 'c'])]).toEqual([
      'targets.kong is only looked at',
      'targets.keycloak and targets.kong are only looked at',
      'targets.a, targets.b and targets.c are only looked at',
    ]);
  });

  it('finds the line that says so', async () => {
    const line = kongOnly.split('\n').indexOf('    manage: none') + 1;
    expect(onlyLooking(await load(kongOnly), ['kong'], 'nothing can be applied')).toMatchObject({ code: 'TARGET_ONLY_LOOKED_AT', at: { line } });
    const all = await load(`${sso.trimEnd()}\nmanage: none\n`);
    expect(onlyLooking(all, onlyLookedAt(all), 'x').at?.line).toBe(sso.trimEnd().split('\n').length + 1);
  });
});
