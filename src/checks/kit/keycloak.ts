import { randomBytes } from 'node:crypto';
import axios, { isAxiosError } from 'axios';
import type { AxiosInstance } from 'axios';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import type { Person } from './browser.ts';
import { post } from './tokens.ts';

/** The realm's Admin API, as the blueprint's service account. Throws `KEYCLOAK_UNAUTHORIZED`. */
export const adminOf = async (blueprint: Blueprint): Promise<AxiosInstance> => {
  const target = blueprint.targets.keycloak;
  if (!target) throw new Error('no keycloak target');
  const { realm, clientId, clientSecret } = target.credentials;
  const answer = await post(`${target.url}/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
  });
  if (typeof answer.body.access_token !== 'string')
    throw new Problem('KEYCLOAK_UNAUTHORIZED', `keycloak refused the credentials of "${clientId}" (${answer.status})`, {
      at: blueprint.at('targets.keycloak.credentials'),
    });
  return axios.create({
    baseURL: `${target.url}/admin/realms/${encodeURIComponent(blueprint.realm.name)}`,
    headers: { authorization: `Bearer ${answer.body.access_token}` },
    timeout: 15_000,
  });
};

const refusedBy = (blueprint: Blueprint, thrown: unknown): Error => {
  if (!isAxiosError(thrown)) return thrown as Error;
  const { method = '', url = '' } = thrown.config ?? {};
  return new Problem('VERIFY_KEYCLOAK', `keycloak answered ${thrown.response?.status ?? thrown.code ?? 'nothing'} to ${method.toUpperCase()} ${url}`, {
    at: blueprint.at('targets.keycloak'),
    hint: 'the checks that end sessions need manage-users on the realm; without --disruptive they are left out',
  });
};

/** An account that is there for one check. */
export interface Visitor extends Person {
  readonly id: string;
}

const VISITOR = 'authctl-visitor-';

/**
 * Runs `work` with a new account that has the realm roles of a persona, and takes it away again, however it ends: what happens to its
 * sessions happens to nobody else. One that a killed run left behind goes with the next.
 */
export const withVisitor = async <Result>(
  blueprint: Blueprint,
  persona: string,
  work: (visitor: Visitor, keycloak: AxiosInstance) => Promise<Result>,
): Promise<Result> => {
  const keycloak = await adminOf(blueprint);
  keycloak.interceptors.response.use(undefined, (thrown: unknown) => Promise.reject(refusedBy(blueprint, thrown)));
  const { data: left } = await keycloak.get<{ id: string; username: string }[]>('/users', { params: { search: VISITOR, max: 100 } });
  for (const { id, username } of left) if (username.startsWith(VISITOR)) await keycloak.delete(`/users/${id}`, { validateStatus: () => true });
  const username = `${VISITOR}${randomBytes(6).toString('hex')}`;
  const password = new Secret(randomBytes(18).toString('base64url'));
  const made = await keycloak.post<undefined>('/users', {
    username,
    email: `${username}@${blueprint.name}.test`,
    emailVerified: true,
    enabled: true,
    firstName: 'Visitor',
    lastName: 'Of a check',
    requiredActions: [],
    credentials: [{ type: 'password', value: password.reveal(), temporary: false }],
  });
  const id = String(made.headers.location).split('/').at(-1) ?? '';
  try {
    const wanted = blueprint.personas[persona]?.roles ?? [];
    const roles = await Promise.all(wanted.map(async (role) => (await keycloak.get<object>(`/roles/${encodeURIComponent(role)}`)).data));
    await keycloak.post(`/users/${id}/role-mappings/realm`, roles);
    return await work({ id, username, password }, keycloak);
  } finally {
    await keycloak.delete(`/users/${id}`, { validateStatus: () => true });
  }
};
