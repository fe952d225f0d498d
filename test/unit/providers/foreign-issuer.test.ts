import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { connectForeignIssuer, connectFurtherIssuers } from '../../../src/providers/foreign-issuer.ts';
import { startForeignIssuer } from '../../foreign-issuer.ts';

it('is read anew by who looks again and again, over the connection that there is', async () => {
  const issuer = await startForeignIssuer();
  // What it asks of a blueprint.
  const blueprint = { foreign: { url: issuer.url, audienceClaim: 'client_id' }, realm: { tokens: { algorithm: 'RS256' } }, at: () => ({ file: 'b.yaml', line: 1, column: 1 }) } as unknown as Blueprint;
  const provider = connectForeignIssuer(blueprint);
  try {
    for (let look = 0; look < 5; look += 1) {
      provider.forget?.();
      expect(await provider.confirm?.()).toEqual([]);
    }
    expect([provider.requests(), issuer.requests.length, issuer.connections()]).toEqual([{ reads: 10, writes: 0 }, 10, 1]);
  } finally {
    await provider.close?.();
    await issuer.close();
  }
});

it('of further issuers each is held against its own document and its own algorithm, under its own name', async () => {
  const [one, other] = await Promise.all([startForeignIssuer(), startForeignIssuer()]);
  const at = (path: string) => ({ file: path, line: 1, column: 1 });
  const stated = (issuers: object) => connectFurtherIssuers({ issuers, at } as unknown as Blueprint);
  const told = async (issuers: object) => Promise.all(stated(issuers).map(async (provider) => [provider.name, ((await provider.confirm?.()) ?? []).map(({ code, at: place }) => [code, place?.file])]));
  const good = { name: 'one', url: one.url, audienceClaim: 'client_id', algorithm: 'RS256' };
  try {
    expect(await told({ one: good, other: { ...good, name: 'other', url: other.url } })).toEqual([['issuers.one', []], ['issuers.other', []]]);
    expect(await told({ one: { ...good, jwksUri: `${one.url}/keys` }, other: { ...good, name: 'other', url: other.url, jwksUri: `${one.url}/keys` } })).toEqual([['issuers.one', []], ['issuers.other', [['ISSUER_KEYS', 'issuers.other.jwksUri']]]]);
    other.says({ issuer: one.url });
    expect(await told({ one: { ...good, algorithm: 'ES256' }, other: { ...good, name: 'other', url: other.url } })).toEqual([['issuers.one', [['ISSUER_KEYS', 'issuers.one.algorithm']]], ['issuers.other', [['ISSUER_OTHER', 'issuers.other.url']]]]);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});

it('whose private key anybody can read gives no keys to anybody, and is told with the id of that key', async () => {
  const issuer = await startForeignIssuer();
  const blueprint = { foreign: { url: issuer.url, audienceClaim: 'client_id' }, realm: { tokens: { algorithm: 'RS256' } }, at: () => ({ file: 'b.yaml', line: 1, column: 1 }) } as unknown as Blueprint;
  const provider = connectForeignIssuer(blueprint);
  const asked = async (besides: readonly object[]) => {
    issuer.publishes(besides);
    provider.forget?.();
    const problems = (await provider.confirm?.()) ?? [];
    const keys = (await provider.output?.('keys')) as readonly { readonly kid: string }[] | undefined;
    return { told: problems.map(({ code, message }) => [code, /private half of (.*?):/.exec(message)?.[1]]), kids: keys?.map(({ kid }) => kid) };
  };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const whole = (key: typeof rsa.privateKey, named: object) => ({ ...key.export({ format: 'jwk' }), ...named });
  try {
    expect(await asked([whole(rsa.publicKey, { kid: 'second', use: 'sig' }), { kty: 'oct', k: 'c2hhcmVk', kid: 'shared' }])).toEqual({ told: [], kids: ['key-1', 'second'] });
    expect(await asked([whole(rsa.privateKey, { kid: 'second', use: 'sig', alg: 'RS256' })])).toEqual({ told: [['ISSUER_KEYS', 'second']], kids: undefined });
    expect(await asked([{ ...whole(rsa.publicKey, { kid: 'second' }), p: 'AQAB' }, whole(ec.privateKey, {})])).toEqual({ told: [['ISSUER_KEYS', 'second, a key without an id']], kids: undefined });
    expect(await asked([])).toEqual({ told: [], kids: ['key-1'] });
  } finally {
    await provider.close?.();
    await issuer.close();
  }
});
