import { stackEnv } from '../authctl.ts';

export interface Asking {
  /** What is asked stands below this; below the realm unless stated. */
  readonly below?: string;
  /** Nothing there is an answer. */
  readonly missing?: boolean;
}

/** The Admin API of the running stack, as somebody uses it who changes a realm by hand. */
export const keycloakByHand = (realm: string) => {
  const logIn = async (url: string, env: Readonly<Record<string, string>>): Promise<string> => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: env.KEYCLOAK_CLIENT_ID ?? 'authctl', client_secret: env.KEYCLOAK_CLIENT_SECRET ?? '' });
    const answer = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const ask = async <Body = void>(method: string, path: string, body?: unknown, { below = `/${realm}`, missing = false }: Asking = {}): Promise<Body> => {
    const env = stackEnv();
    const url = env.KEYCLOAK_URL ?? '';
    const answer = await fetch(`${url}/admin/realms${below}${path}`, {
      method,
      headers: { accept: 'application/json', authorization: `Bearer ${await logIn(url, env)}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok && !(missing && answer.status === 404)) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as Body;
  };
  const only = async <Body>(path: string): Promise<Body> => {
    const [found] = await ask<Body[]>('GET', path);
    if (found === undefined) throw new Error(`${path}: nothing there`);
    return found;
  };
  return { ask, only };
};
