import { describe, expect, it } from 'vitest';
import { complaints, env, load, sso } from './loading.ts';

const upstream = 'upstream: "${ORDERS_URL:-http://orders:9101}"';

describe('references', () => {
  it('take the variable, or the default when it is unset or empty', async () => {
    expect((await load(await sso(), { env: { ...env, ORDERS_URL: 'http://set:1' } })).services['orders']?.upstream).toBe('http://set:1');
    expect((await load(await sso(), { env: { ...env, ORDERS_URL: '' } })).services['orders']?.upstream).toBe('http://orders:9101');
  });

  it('stand anywhere in a text, more than once', async () => {
    const text = await sso([upstream, 'upstream: "http://${HOST}:${PORT:-9101}/v1"']);
    expect((await load(text, { env: { ...env, HOST: 'orders.internal' } })).services['orders']?.upstream).toBe(
      'http://orders.internal:9101/v1',
    );
  });

  it('become numbers and booleans where the place asks for them', async () => {
    const text = await sso(['leeway: 5', 'leeway: "${LEEWAY}"']);
    expect((await load(text, { env: { ...env, LEEWAY: '30' } })).authentication.token.leeway).toBe(30);
    expect(await complaints(text, { env: { ...env, LEEWAY: 'soon' } })).toMatchObject([
      { code: 'BLUEPRINT_WRONG_TYPE', marked: '"${LEEWAY}"' },
    ]);
  });

  it('leave an optional value out when they give nothing', async () => {
    const blueprint = await load(await sso());
    expect(blueprint.services['orders']).not.toHaveProperty('recorder');
  });

  it('are written $${ when they are none', async () => {
    const text = await sso(['description: Buys things', 'description: "costs $${AMOUNT}"']);
    expect((await load(text)).realm.roles['customer']?.description).toBe('costs ${AMOUNT}');
  });

  it('read a secret from a file beside the blueprint, without its last newline', async () => {
    const text = await sso(['secret: "${REPORTS_SECRET}"', 'secret: "${file:keys/reports}"']);
    const blueprint = await load({ 'blueprint.yaml': text, 'keys/reports': 'from a file\n' });
    expect(blueprint.realm.clients['reports']?.secret?.reveal()).toBe('from a file');
    expect(await complaints(text)).toMatchObject([{ code: 'BLUEPRINT_FILE_MISSING', marked: '"${file:keys/reports}"' }]);
  });

  it('refuse a secret that is too short to be masked, without showing it', async () => {
    const told = await complaints(await sso(), { env: { ...env, REPORTS_SECRET: 'hunter2' } });
    expect(told).toMatchObject([{ code: 'BLUEPRINT_SECRET_SHORT', marked: '"${REPORTS_SECRET}"' }]);
    expect(JSON.stringify(told)).not.toContain('hunter2');
    expect((await load(await sso(), { env: { ...env, REPORTS_SECRET: 'hunter22' } })).realm.clients['reports']?.secret?.reveal()).toBe('hunter22');
  });

  it.each(['${', '${1X}', '${A B}', '${}', '${NAME:default}', '${file:}'])('refuses %s', async (broken) => {
    expect(await complaints(await sso([upstream, `upstream: "http://${broken}"`]))).toMatchObject([{ code: 'BLUEPRINT_REFERENCE' }]);
  });

  it('name the variable that is missing, all of them, and say nothing else about those values', async () => {
    const told = await complaints(await sso([upstream, 'upstream: "${NOT_THERE}"']), { env: { AWS_ENDPOINT: 'http://127.0.0.1:1' } });
    expect(told.map(({ code, marked }) => [code, marked])).toEqual([
      ['BLUEPRINT_VARIABLE_MISSING', '"${KEYCLOAK_CLIENT_SECRET}"'],
      ['BLUEPRINT_VARIABLE_MISSING', '"${REPORTS_SECRET}"'],
      ['BLUEPRINT_VARIABLE_MISSING', '"${NOT_THERE}"'],
      ['BLUEPRINT_VARIABLE_MISSING', '"${ALICE_PASSWORD}"'],
      ['BLUEPRINT_VARIABLE_MISSING', '"${SAM_PASSWORD}"'],
      ['BLUEPRINT_VARIABLE_MISSING', '"${ADA_PASSWORD}"'],
    ]);
  });
});

describe('secrets', () => {
  it.each([
    ['secret: "${REPORTS_SECRET}"', 'secret: hunter2', 'hunter2'],
    ['secret: "${REPORTS_SECRET}"', 'secret: "${REPORTS_SECRET:-hunter2}"', '"${REPORTS_SECRET:-hunter2}"'],
    ['secret: "${REPORTS_SECRET}"', 'secret: "x${REPORTS_SECRET}"', '"x${REPORTS_SECRET}"'],
    ['password: "${ALICE_PASSWORD}"', 'password: 12345', '12345'],
  ])('must be a reference: %s -> %s', async (from, to, marked) => {
    expect(await complaints(await sso([from, to]))).toMatchObject([{ code: 'BLUEPRINT_SECRET_LITERAL', marked }]);
  });

  it('are wrapped in the raw section as well, by the name of the field', async () => {
    const raw = 'raw: { keycloak: { realm: { loginTheme: shop, smtpServer: { host: mail, auth: "true", password: "${SMTP}" } } } }\n';
    const blueprint = await load((await sso()) + raw, { env: { ...env, SMTP: 'smtp-password' } });
    expect(JSON.stringify(blueprint.raw.keycloak.realm)).toBe(
      '{"loginTheme":"shop","smtpServer":{"host":"mail","auth":"true","password":"[secret]"}}',
    );
    expect(blueprint.secrets.at(-1)?.reveal()).toBe('smtp-password');
    const literal = (await sso()) + raw.replace('"${SMTP}"', 'open-sesame');
    expect(await complaints(literal)).toMatchObject([{ code: 'BLUEPRINT_SECRET_LITERAL', marked: 'open-sesame' }]);
  });

  it('never show in a message, even when a secret was put into the wrong variable', async () => {
    const told = load(await sso(), { env: { ...env, KEYCLOAK_URL: 'tell-nobody' } });
    await expect(told).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('tell-nobody') as string }));
  });
});
