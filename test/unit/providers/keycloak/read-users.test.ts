import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { KeycloakAdmin } from '../../../../src/providers/keycloak/client.ts';
import { readUsers } from '../../../../src/providers/keycloak/read-users.ts';

/** What is asked for side by side must be waited for side by side: Node ends a process at a refusal that nobody waits for yet. */
it('fails once, by what was refused first, while other questions are on their way', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => { unhandled.push(reason); };
  process.prependListener('unhandledRejection', note);
  onTestFinished(() => { process.off('unhandledRejection', note); });
  const ana = { id: '1', username: 'ana', attributes: { 'authctl.owner': ['shop'] } };
  const admin: Partial<KeycloakAdmin> = {
    list: async <Row>(path: string): Promise<Row[]> => {
      if (!path.includes('/users?')) await pause(30);
      return (path.includes('q=') ? [ana] : []) as Row[];
    },
    findList: () => Promise.reject(new Error('refused')),
  };
  const interest = { realm: 'shop', owner: 'shop', personas: ['ana'], seeds: [] } as unknown as Parameters<typeof readUsers>[1];
  const realm = { realm: { realm: 'shop' }, roles: [{ name: 'clerk' }, { name: 'boss' }], unmanagedAttributePolicy: 'ENABLED' } as unknown as Parameters<typeof readUsers>[2];
  await expect(readUsers(admin as KeycloakAdmin, interest, realm)).rejects.toThrow('refused');
  await pause(60);
  expect(unhandled).toEqual([]);
});
