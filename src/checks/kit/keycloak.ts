import { randomBytes } from 'node:crypto';
import { givenRoles } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import { createApi } from './api.ts';
import type { Api } from './api.ts';
import type { Person } from './browser.ts';
import type { Send } from './http.ts';
import { post } from './tokens.ts';

interface AdminInput {
  readonly blueprint: Blueprint;
  readonly send: Send;
  readonly refused: (what: string, status: number) => Problem;
}

/** The realm's Admin API, as the blueprint's service account. Throws `KEYCLOAK_UNAUTHORIZED`. */
export const adminOf = async ({ blueprint, send, refused }: AdminInput): Promise<Api> => {
  const target = blueprint.targets.keycloak;
  if (!target) throw new Error('no keycloak target');
  const { realm, clientId, clientSecret } = target.credentials;
  const answer = await post(send, `${target.url}/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
  });
  if (typeof answer.body.access_token !== 'string')
    throw new Problem('KEYCLOAK_UNAUTHORIZED', `keycloak refused the credentials of "${clientId}" (${answer.status})`, {
      at: blueprint.at('targets.keycloak.credentials'),
    });
  return createApi({
    send,
    base: `${target.url}/admin/realms/${encodeURIComponent(blueprint.realm.name)}`,
    headers: [['Authorization', `Bearer ${answer.body.access_token}`]],
    target: 'keycloak',
    at: blueprint.at('targets.keycloak'),
    refused,
  });
};

const refusedBy = (blueprint: Blueprint) => (what: string, status: number): Problem =>
  new Problem('VERIFY_KEYCLOAK', `keycloak answered ${status} to ${what}`, {
    at: blueprint.at('targets.keycloak'),
    hint: 'the checks that end sessions need manage-users on the realm; without --disruptive they are left out',
  });

/** An account that is there for one check. */
export interface Visitor extends Person {
  readonly id: string;
}

const VISITOR = 'authctl-visitor-';
/** Those of this run that are in use: checks run beside each other. */
const present = new Set<string>();

/**
 * Runs `work` with a new account that has the realm roles of a persona, and takes it away again, however it ends: what happens to its
 * sessions happens to nobody else. One that a killed run left behind goes with the next.
 */
export const withVisitor = async <Result>(
  { blueprint, send }: { readonly blueprint: Blueprint; readonly send: Send },
  persona: string,
  work: (visitor: Visitor, keycloak: Api) => Promise<Result>,
): Promise<Result> => {
  const keycloak = await adminOf({ blueprint, send, refused: refusedBy(blueprint) });
  const left = await keycloak.get<{ id: string; username: string }[]>(`/users?search=${VISITOR}&max=100`);
  for (const { id, username } of left) if (username.startsWith(VISITOR) && !present.has(username)) await keycloak.ask('DELETE', `/users/${id}`);
  const username = `${VISITOR}${randomBytes(6).toString('hex')}`;
  present.add(username);
  const password = new Secret(randomBytes(18).toString('base64url'));
  const made = await keycloak.demand('POST', '/users', {
    username,
    email: `${username}@${blueprint.name}.test`,
    emailVerified: true,
    enabled: true,
    firstName: 'Visitor',
    lastName: 'Of a check',
    requiredActions: [],
    credentials: [{ type: 'password', value: password.reveal(), temporary: false }],
  });
  const id = made.headers.location?.split('/').at(-1) ?? '';
  try {
    const wanted = givenRoles(blueprint, { what: 'persona', name: persona });
    const roles = await Promise.all(wanted.map((role) => keycloak.get<object>(`/roles/${encodeURIComponent(role)}`)));
    await keycloak.demand('POST', `/users/${id}/role-mappings/realm`, roles);
    return await work({ id, username, password }, keycloak);
  } finally {
    await keycloak.ask('DELETE', `/users/${id}`);
    present.delete(username);
  }
};
