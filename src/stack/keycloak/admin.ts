import { Problem } from '../../core/problem.ts';

export const ADMIN_CLIENT = 'authctl';

const askToken = (url: string, secret: string): Promise<Response> =>
  fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: ADMIN_CLIENT, client_secret: secret }),
    signal: AbortSignal.timeout(30_000),
  });

const unexpected = (what: string, status: number): Problem =>
  new Problem('STACK_KEYCLOAK_ADMIN', `the new Keycloak answered ${String(status)} to ${what}`, {
    hint: 'run "authctl stack down" and "authctl stack up" again; its log tells more',
  });

const tokenFor = async (url: string, secret: string): Promise<string> => {
  const answer = await askToken(url, secret);
  if (!answer.ok) throw unexpected('the login of its first administrator', answer.status);
  return ((await answer.json()) as { access_token: string }).access_token;
};

/** An administrator's request; the parsed body, or `undefined` when there is none. Throws `STACK_KEYCLOAK_ADMIN` unless it is 2xx. */
const ask = async (url: string, token: string, method: string, path: string, body?: unknown): Promise<unknown> => {
  const answer = await fetch(`${url}/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  if (!answer.ok) throw unexpected(`${method} /admin/${path}`, answer.status);
  const text = await answer.text();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
};

/**
 * Gives the administrator's client the secret `next`. Returns only when the old one has been refused and the new one has been
 * accepted; throws `STACK_KEYCLOAK_ADMIN` otherwise. `url` is Keycloak's base URL.
 */
export const rotateSecret = async (url: string, old: string, next: string): Promise<void> => {
  const token = await tokenFor(url, old);
  const found = (await ask(url, token, 'GET', `realms/master/clients?clientId=${ADMIN_CLIENT}`)) as readonly { readonly id: string }[];
  const id = found[0]?.id;
  if (id === undefined) throw unexpected('a search for its administrator', 404);
  await ask(url, token, 'PUT', `realms/master/clients/${id}`, { clientId: ADMIN_CLIENT, secret: next });
  const refused = await askToken(url, old);
  if (refused.status !== 401) throw unexpected('a login with the secret that was replaced', refused.status);
  await tokenFor(url, next);
};

/** Does what `apply` will do, so that the classes for it are loaded: a realm, a client and a role made and removed, users listed. */
export const exercise = async (url: string, secret: string): Promise<void> => {
  const token = await tokenFor(url, secret);
  const realm = 'realms/exercise';
  await ask(url, token, 'POST', 'realms', { realm: 'exercise', enabled: true });
  await ask(url, token, 'POST', `${realm}/clients`, { clientId: 'one', protocol: 'openid-connect' });
  await ask(url, token, 'POST', `${realm}/roles`, { name: 'one' });
  await ask(url, token, 'POST', `${realm}/client-scopes`, { name: 'one', protocol: 'openid-connect' });
  await ask(url, token, 'POST', `${realm}/users`, { username: 'one', enabled: true });
  await ask(url, token, 'GET', `${realm}/users`);
  await ask(url, token, 'POST', `${realm}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await fetch(`${url}/realms/exercise/protocol/openid-connect/certs`, { signal: AbortSignal.timeout(30_000) });
  await ask(url, token, 'DELETE', realm);
};
