import { exitCodeOf } from 'authctl';
import { describe, expect, it } from 'vitest';
import { startPool } from './pool.ts';

const codes = ({ problems }: { readonly problems: readonly { readonly code: string; readonly expected?: string | undefined }[] }) => problems.map(({ code }) => code);

describe('an issuer that is not ours', () => {
  it('is trusted by AWS without a realm, and nothing is left to do', async () => {
    const { open, file, issuer } = await startPool();
    const authctl = open();
    const applied = await authctl.apply(file, { approve: true });
    expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
    expect(applied.applied?.filter(({ address }) => !address.startsWith('aws.'))).toEqual([]);
    const authorizers = applied.plan?.waves.flat().flatMap((change) => ('desired' in change && change.desired.kind === 'aws.authorizer' ? [[change.desired.id, change.desired.spec['JwtConfiguration']]] : []));
    expect(authorizers).toEqual([
      ['parcels/parcels', { Issuer: issuer.url, Audience: ['4h57klweb', '6trackme'] }],
      ['parcels/rates', { Issuer: issuer.url, Audience: ['4h57klweb'] }],
    ]);
    const drift = await authctl.drift(file);
    expect([drift.problems, exitCodeOf(drift)]).toEqual([[], 0]);
    expect(drift.plan?.unseen).toEqual([expect.objectContaining({ target: 'issuer' })]);
    expect(drift.requests?.['issuer']).toEqual({ reads: 2, writes: 0 });
    const destroyed = await authctl.destroy(file, { approve: true });
    expect([destroyed.problems, destroyed.plan?.removals.some((change) => 'live' in change && change.live && !change.live.kind.startsWith('aws.'))]).toEqual([[], false]);
    expect(issuer.requests.every((request) => request.startsWith('GET '))).toBe(true);
  });

  it('is not what the blueprint says: nothing is written', async () => {
    const { open, file, issuer, aws } = await startPool();
    const apply = () => open().apply(file, { approve: true });
    issuer.says({ issuer: 'https://somebody.example' });
    const other = await apply();
    expect([codes(other), other.problems[0]?.expected, exitCodeOf(other)]).toEqual([['ISSUER_OTHER'], issuer.url, 1]);
    issuer.says({ jwks_uri: 'http://keys.example/keys' });
    expect(codes(await apply())).toEqual(['ISSUER_KEYS']);
    issuer.says({ jwks_uri: issuer.url });
    expect(codes(await apply())).toEqual(['ISSUER_KEYS']);
    issuer.says({});
    expect(codes(await open({ ISSUER_URL: `${issuer.url}/nothing` }).apply(file, { approve: true }))).toEqual(['ISSUER_NO_DISCOVERY']);
    const away = await open({ ISSUER_URL: 'http://127.0.0.1:9' }).apply(file, { approve: true });
    expect([codes(away), exitCodeOf(away)]).toEqual([['TARGET_UNREACHABLE'], 3]);
    expect(aws.requests().writes).toBe(0);
  });

  it('signs by an algorithm, and has keys at a place, that the blueprint may state', async () => {
    const { open, file, issuer, rewrite } = await startPool();
    rewrite((text) => text.replace('  audienceClaim', '  algorithm: RS512\n  audienceClaim'));
    expect(codes(await open().plan(file))).toEqual(['ISSUER_KEYS']);
    rewrite((text) => text.replace('  audienceClaim', '  jwksUri: "${ISSUER_URL}/keys"\n  audienceClaim'));
    expect(codes(await open().plan(file))).toEqual([]);
    issuer.says({ jwks_uri: `${issuer.url}/other-keys` });
    expect(codes(await open().plan(file))).toEqual(['ISSUER_KEYS']);
  });
});
