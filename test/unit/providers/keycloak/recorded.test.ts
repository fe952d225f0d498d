import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fakeKeycloak } from './fake-keycloak.ts';
import { recordingOf } from './recorded/recording.ts';
import type { Recorded, Transport } from './recorded/recording.ts';

const FILE = new URL('../../../data/keycloak/recorded.json', import.meta.url);
const recorded: readonly Recorded[] = JSON.parse(readFileSync(FILE, 'utf8'));

const byFake = (): Transport => {
  const keycloak = fakeKeycloak();
  const logIn = async (): Promise<string> => {
    const form = new URLSearchParams({ client_id: 'authctl', client_secret: keycloak.secret });
    const { body } = await keycloak.send('POST', '/realms/master/protocol/openid-connect/token', { bytes: Buffer.from(form.toString()) });
    return (body as { access_token: string }).access_token;
  };
  return async (method, path, { body, form, as }) => {
    if (as === 'anybody')
      return keycloak.send(method as 'GET', `/realms${path}`, form && { bytes: Buffer.from(new URLSearchParams(form).toString()) });
    keycloak.forbidden = as === 'powerless' ? /./ : undefined;
    const Authorization = `Bearer ${as === 'forger' ? 'none' : await logIn()}`;
    return keycloak.send(method as 'GET', `/admin/realms${path}`, { headers: { Authorization }, body });
  };
};

describe('the fake', () => {
  const answers = recordingOf(byFake());
  it.each(recorded.map((one, at) => [`${at}: ${one.request}`, at] as const))('answers like Keycloak %s', async (_request, at) => {
    expect((await answers)[at]).toEqual(recorded[at]);
  });

  it('is asked nothing else', async () => {
    expect((await answers).map(({ request }) => request)).toEqual(recorded.map(({ request }) => request));
  });

  it('refuses what it does not know, and invents nothing', async () => {
    const send = byFake();
    await send('POST', '', { body: { realm: 'shop' } });
    for (const [method, path, body] of [
      ['GET', '/shop/groups', undefined],
      ['DELETE', '/shop', undefined],
      ['GET', '/shop/users?search=a', undefined],
      ['PUT', '/shop', { noSuchField: 1 }],
      ['POST', '/shop/roles', { name: 'a', clientRole: true }],
    ] as const)
      expect(await send(method, path, { body })).toMatchObject({ status: 501 });
  });
});
