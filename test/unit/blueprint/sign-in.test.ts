import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { complaints, env } from './loading.ts';

type Edit = readonly [string, string];
const secrets = Object.fromEntries(['STATEMENTS_SECRET', 'TILDA_PASSWORD', 'TILDA_OTP', 'ALDO_PASSWORD', 'ALDO_OTP'].map((name) => [name, `value-of-${name}`]));
const told = async (...edits: readonly Edit[]) => {
  const good = await readFile('blueprints/step-up.yaml', 'utf8');
  const text = edits.reduce((held, [from, to]) => {
    expect(held).toContain(from);
    return held.replace(from, to);
  }, good);
  return (await complaints(text, { env: { ...env, ...secrets } })).map(({ code, marked }) => [code, marked]);
};

const DETAILS = 'scopes: [payments:read], acr: one-time }';

describe('what a route demands of the sign-in', () => {
  it('is told nothing of where all is well', async () => {
    expect(await told()).toEqual([]);
    expect(await told([DETAILS, 'scopes: [payments:read], acr: [one-time] }'])).toEqual([]);
    // A service may say it for all of its routes: the service account, which never signs in, is then told of.
    expect(await told(['    routes:\n      list', '    maxAge: 8h\n    routes:\n      list'])).toEqual([['BLUEPRINT_EXPECT', 'list']]);
  });

  it.each<readonly [string, readonly Edit[], string, string]>([
    ['a level that is not declared', [[DETAILS, 'scopes: [payments:read], acr: one-tme }']], 'BLUEPRINT_UNKNOWN_LEVEL', 'one-tme'],
    ['one of several', [[DETAILS, 'scopes: [payments:read], acr: [one-time, gold] }']], 'BLUEPRINT_UNKNOWN_LEVEL', 'gold'],
    ['the least level, which every token has', [[DETAILS, 'scopes: [payments:read], acr: password }']], 'BLUEPRINT_SIGN_IN', 'password'],
    ['a public route', [['GET /payments/health, public: true', 'GET /payments/health, public: true, maxAge: 5m']], 'BLUEPRINT_PUBLIC_ROUTE', '5m'],
    ['a service account that is to pass', [['statements: { payments: [list] }', 'statements: { payments: [list, balance] }']], 'BLUEPRINT_EXPECT', 'balance'],
    ['a persona whom verify cannot sign in so', [[', otp: "${ALDO_OTP}"', '']], 'BLUEPRINT_SIGN_IN', 'aldo'],
    ['levels without a least', [['password: { loa: 1', 'password: { loa: 3']], 'BLUEPRINT_SIGN_IN', '2'],
    ['two levels of one rank', [['one-time: { loa: 2', 'one-time: { loa: 1']], 'BLUEPRINT_SIGN_IN', '1'],
    ['a level that says nothing of what it asks, beside one that does', [['loa: 2, by: otp', 'loa: 2']], 'BLUEPRINT_SIGN_IN', 'one-time'],
    ['a one-time password before anybody is known', [['loa: 1, by: password', 'loa: 1, by: otp']], 'BLUEPRINT_SIGN_IN', 'otp'],
    ['Kong Enterprise, which answers otherwise', [['kong:\n    admin', 'kong:\n    edition: enterprise\n    admin'], ['    keys: followed\n    followed: { refresh: 5m, coolDown: 2s, stale: 1h }\n', '']], 'BLUEPRINT_SIGN_IN', '1h'],
  ])('is told of %s', async (_, edits, code, marked) => {
    expect((await told(...edits))[0]).toEqual([code, marked]);
  });

  it('is told of a session service, which could not ask for it', async () => {
    const session: readonly Edit[] = [
      ['  pattern: sso\n  client: desk\n  token: { in: [header], relay: header, leeway: 5 }', '  pattern: session\n  client: desk\n  session: { url: "http://127.0.0.1:9300", cookie: __Host-desk }'],
      ['      type: public\n      redirectUris: ["https://treasury.example/callback"]', '      type: confidential\n      secret: "${STATEMENTS_SECRET}"\n      redirectUris: ["https://treasury.example/session/callback"]'],
    ];
    expect((await told(...session)).filter(([code]) => code === 'BLUEPRINT_SIGN_IN')).toEqual([['BLUEPRINT_SIGN_IN', '1h'], ['BLUEPRINT_SIGN_IN', 'one-time'], ['BLUEPRINT_SIGN_IN', 'one-time']]);
  });

  it('is told of token exchange, whose JWT has no level, where one is demanded', async () => {
    const opaque = (introspection: string): readonly Edit[] => [
      ['  pattern: sso\n', `  pattern: opaque\n  introspection: { client: gateway, secret: "\${STATEMENTS_SECRET}"${introspection} }\n`],
      ['      type: public\n', '      type: public\n      lightweightTokens: true\n'],
    ];
    const levels = [['BLUEPRINT_SIGN_IN', 'one-time'], ['BLUEPRINT_SIGN_IN', 'one-time']];
    expect(await told(...opaque(''))).toEqual(levels);
    expect(await told(...opaque(', jwt: exchange'))).toEqual(levels);
    expect(await told(...opaque(', jwt: introspection'))).toEqual([]);
  });

  it('is told of AWS, which looks at neither, at each route', async () => {
    const aws: readonly Edit[] = [
      ['  kong:\n    admin', '  aws: { region: eu-west-1, endpoint: "http://127.0.0.1:4566" }\n  kong:\n    admin'],
      ['    recorder: "${PAYMENTS', '    gateways: [kong, aws]\n    recorder: "${PAYMENTS'],
    ];
    expect((await told(...aws)).filter(([code]) => code === 'BLUEPRINT_SIGN_IN')).toEqual([['BLUEPRINT_SIGN_IN', '1h'], ['BLUEPRINT_SIGN_IN', 'one-time'], ['BLUEPRINT_SIGN_IN', 'one-time']]);
  });
});
