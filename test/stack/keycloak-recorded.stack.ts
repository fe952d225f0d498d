import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordingOf, written } from '../unit/providers/keycloak/recorded/recording.ts';
import type { Transport } from '../unit/providers/keycloak/recorded/recording.ts';
import { REALM, REALM_WITH_KEYS } from '../unit/providers/keycloak/recorded/ask.ts';
import { stackEnv } from './authctl.ts';

const FILE = new URL('../data/keycloak/recorded.json', import.meta.url);
const env = stackEnv();
const url = env.KEYCLOAK_URL ?? '';

const logIn = async (realm: string, client: string, secret: string): Promise<string> => {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret });
  const answer = await fetch(`${url}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body: form });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
};
const asAdministrator = (): Promise<string> => logIn('master', env.KEYCLOAK_CLIENT_ID ?? 'authctl', env.KEYCLOAK_CLIENT_SECRET ?? '');

const send: Transport = async (method, path, { body, form, as }) => {
  const token = as === 'forger' ? 'none' : as === 'powerless' ? await logIn(REALM, 'service', 'given-again') : await asAdministrator();
  const answer = await fetch(`${url}${as === 'anybody' ? '' : '/admin'}/realms${path}`, {
    method,
    headers: { ...(as !== 'anybody' && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(form && { body: new URLSearchParams(form) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: answer.headers.get('content-type')?.includes('json') && text !== '' ? (JSON.parse(text) as unknown) : text };
};
const away = async (): Promise<void> => {
  for (const realm of [REALM, REALM_WITH_KEYS]) await send('DELETE', `/${realm}`, {});
};
beforeAll(away);
afterAll(away);

it('answers as it was recorded; AUTHCTL_RECORD=1 records anew', async () => {
  const recording = await recordingOf(send);
  if (process.env.AUTHCTL_RECORD === '1') writeFileSync(FILE, written(recording));
  expect(recording).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
});
