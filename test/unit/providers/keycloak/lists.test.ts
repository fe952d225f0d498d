import { describe, expect, it } from 'vitest';
import { createAdmin } from '../../../../src/providers/keycloak/client.ts';
import { listsOf } from '../../../../src/providers/keycloak/reach/lists.ts';
import { createSession } from '../../../../src/providers/keycloak/session.ts';
import type { Answer } from '../../../../src/providers/http.ts';
import { shop, target } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';

/** A server that answers by what is asked for, and what it was asked. */
const serving = (answer: (path: string) => Answer) => {
  const asked: string[] = [];
  const http = {
    ...fakeKeycloak(),
    send: (_method: string, path: string): Promise<Answer> => {
      if (path.endsWith('/token')) return Promise.resolve({ status: 200, body: { access_token: 'x', expires_in: 60 } });
      asked.push(path.replace('/admin/realms', ''));
      return Promise.resolve(answer(path));
    },
  };
  const admin = createAdmin(http, { target: target(), mask: String });
  return { asked, lists: listsOf(createSession(shop(), admin, { clientId: 'authctl', clientSecret: 'key' })) };
};
const rows = (count: number): object[] => Array.from({ length: count }, (_, at) => ({ at }));

describe('a list that is looked through', () => {
  it.each<readonly [total: number, requests: number]>([
    [0, 1],
    [5, 1],
    [1999, 1],
    [2000, 2],
    [4001, 3],
  ])('is read whole, a page at a time: %s rows by %s requests', async (total, requests) => {
    const { asked, lists } = serving((path) => {
      const query = new URLSearchParams(path.split('?')[1]);
      const first = Number(query.get('first'));
      return { status: 200, body: rows(total).slice(first, first + Number(query.get('max'))) };
    });
    expect(await lists.list('/shop/users?briefRepresentation=true', 'list people', 'view-users')).toEqual(rows(total));
    expect(asked).toEqual(Array.from({ length: requests }, (_, at) => `/shop/users?briefRepresentation=true&first=${at * 2000}&max=2000`));
    expect(lists.unseen).toEqual([]);
  });

  it.each(['/shop/clients-initial-access', '/shop/users?first=0&max=1'])('is asked for once where it takes no pages: %s', async (path) => {
    const { asked, lists } = serving(() => ({ status: 200, body: rows(2000) }));
    expect(await lists.list(path, 'list x', 'y')).toHaveLength(2000);
    expect(asked).toEqual([path]);
  });

  it('is nothing where it is not there', async () => {
    const { lists } = serving(() => ({ status: 404, body: { error: 'not found' } }));
    expect(await lists.list('/shop/organizations', 'list organizations', 'x')).toEqual([]);
    expect(lists.unseen).toEqual([]);
  });

  it('is told as not looked at, once, where this login may not see it', async () => {
    const { lists } = serving(() => ({ status: 403, body: {} }));
    for (const doing of ['list who is in', 'list who is in', 'list what lists list ']) expect(await lists.list('/shop/x', doing, 'view-users')).toEqual([]);
    expect(lists.unseen).toEqual([
      { target: 'keycloak', what: 'who is in', why: 'this login may not see them (view-users)' },
      { target: 'keycloak', what: 'what lists list ', why: 'this login may not see them (view-users)' },
    ]);
  });

  it('is a problem where the server fails', async () => {
    const { lists } = serving(() => ({ status: 500, body: {} }));
    await expect(lists.list('/shop/x', 'list x', 'y')).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED', message: expect.stringContaining('list x') as string });
    expect(lists.unseen).toEqual([]);
  });
});
