import { request } from 'node:https';
import { expect, it } from 'vitest';
import { ownStack } from './own.ts';

const BLUEPRINT = 'blueprints/certified.yaml';

it('binds tokens to certificates: Keycloak makes them so, and who stole one gets nowhere', async () => {
  const stack = ownStack(BLUEPRINT);
  try {
    await stack.succeed('stack', 'up', BLUEPRINT);
    await stack.succeed('apply', BLUEPRINT, '--yes');
    const env = stack.env();
    const shown = { cert: env['CLIENT_CERTIFICATE'], key: env['CLIENT_CERTIFICATE_KEY'], ca: env['SERVER_CERTIFICATE'] };
    const ask = (base: string | undefined, path: string, { tls = {}, method = 'GET', headers = {}, body }: { readonly tls?: object; readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }) =>
      new Promise<{ readonly status: number; readonly text: string; readonly challenge: string | undefined }>((resolve, reject) => {
        request(`${base ?? ''}${path}`, { method, headers, ca: env['SERVER_CERTIFICATE'], agent: false, ...tls }, (answer) => {
          let text = '';
          answer.on('data', (piece: Buffer) => { text += piece.toString(); }).on('end', () => { resolve({ status: answer.statusCode ?? 0, text, challenge: answer.headers['www-authenticate'] }); });
        }).on('error', reject).end(body);
      });
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'settlement' }).toString() };
    const endpoint = '/realms/clearing/protocol/openid-connect/token';

    // Keycloak gives such a client no token without a certificate, and names the one it was shown; what it calls itself stays its other address.
    expect((await ask(env['KEYCLOAK_MTLS_URL'], endpoint, form)).status).toBe(401);
    const granted = JSON.parse((await ask(env['KEYCLOAK_MTLS_URL'], endpoint, { ...form, tls: shown })).text) as { readonly access_token: string };
    const claims = JSON.parse(Buffer.from(granted.access_token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>;
    expect(claims).toMatchObject({ iss: `${env['KEYCLOAK_URL'] ?? ''}/realms/clearing`, typ: 'Bearer', cnf: { 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) as string } });
    const bearer = { authorization: `Bearer ${granted.access_token}` };
    expect((await ask(env['KONG_MTLS_URL'], '/payments', { headers: bearer, tls: shown })).status).toBe(200);
    expect(await ask(env['KONG_MTLS_URL'], '/payments', { headers: bearer })).toMatchObject({ status: 401, challenge: expect.stringContaining('error="invalid_token"') as string });
    expect((await fetch(`${env['KONG_PROXY_URL'] ?? ''}/payments`, { headers: bearer })).status).toBe(401);

    const { exitCode, verdicts } = await stack.verify('--only', 'POP,AZ-06,IDP-11');
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
    expect(exitCode).toBe(0);
    expect([...new Set(verdicts.filter(({ status }) => status === 'passed').map(({ id }) => id))]).toEqual(expect.arrayContaining(['AZ-06', 'IDP-11', 'POP-07', 'POP-08']));
    expect(await stack.succeed('plan', BLUEPRINT, '--exit-code')).toContain('no changes');
  } finally {
    await stack.down();
  }
});
