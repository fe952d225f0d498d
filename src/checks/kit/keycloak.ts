import { randomBytes } from 'node:crypto';
import { givenRoles } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { newFixtureName } from '../../core/fixture.ts';
import { Problem } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import type { Api } from './api.ts';
import type { Person } from './browser.ts';
import type { Fixtures } from './fixtures/index.ts';
import type { Send } from './http.ts';
import { adminOf } from './keycloak-admin.ts';

const refusedBy = (blueprint: Blueprint) => (what: string, status: number): Problem =>
  new Problem('VERIFY_KEYCLOAK', `keycloak answered ${status} to ${what}`, {
    at: blueprint.at('targets.keycloak'),
    hint: 'the checks that end sessions need manage-users on the realm; without --disruptive they are left out',
  });

/** An account that is there for one check. */
export interface Visitor extends Person {
  readonly id: string;
}

/**
 * Runs `work` with a new account that has the realm roles of a persona, and takes it away again, however it ends: what happens to its
 * sessions happens to nobody else.
 */
export const withVisitor = async <Result>(
  { blueprint, send, fixtures }: { readonly blueprint: Blueprint; readonly send: Send; readonly fixtures: Fixtures },
  persona: string,
  work: (visitor: Visitor, keycloak: Api) => Promise<Result>,
): Promise<Result> => {
  const keycloak = await adminOf({ blueprint, send, refused: refusedBy(blueprint) });
  const username = newFixtureName(Date.now());
  const password = new Secret(randomBytes(18).toString('base64url'));
  try {
    const made = await fixtures.hold({ target: 'keycloak', sort: 'user', name: username, within: blueprint.realm.name }, () =>
      keycloak.demand('POST', '/users', {
        username,
        email: `${username}@${blueprint.name}.test`,
        emailVerified: true,
        enabled: true,
        firstName: 'Visitor',
        lastName: 'Of a check',
        requiredActions: [],
        credentials: [{ type: 'password', value: password.reveal(), temporary: false }],
      }),
    );
    const id = made.headers.location?.split('/').at(-1) ?? '';
    const wanted = givenRoles(blueprint, { what: 'persona', name: persona });
    const roles = await Promise.all(wanted.map((role) => keycloak.get<object>(`/roles/${encodeURIComponent(role)}`)));
    await keycloak.demand('POST', `/users/${id}/role-mappings/realm`, roles);
    return await work({ id, username, password }, keycloak);
  } finally {
    await fixtures.release(username);
  }
};
