import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMinistack, startMinistack } from './ministack.ts';
import { ownStack } from './own.ts';

const BLUEPRINT = 'blueprints/aws.yaml';
const found = findMinistack();

/** What the emulator does otherwise than AWS documents, by check. Whoever is not in this list must agree. */
const KNOWN = {
  'ERR-06': 'follows from STR-10 and TIM-03: it crashes on them',
  'HDR-08': 'agrees to HTTP/2 by itself, with 101',
  'PRE-11': 'answers an upgrade by itself, with 403',
  'PRE-16': 'closes the connection on an absolute target',
  'PRE-17': 'closes the connection on a doubled slash',
  'STR-10': 'crashes on a token whose header is no JSON object',
  'TIM-03': 'lets a token without an expiry pass',
};

/** The same blueprint, provider and checks as against the stand-in, in front of somebody else's emulator. */
describe.skipIf('missing' in found)(`API Gateway by ministack${'missing' in found ? `, which cannot be had: ${found.missing}` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-ministack-'));
  let emulator: Awaited<ReturnType<typeof startMinistack>>;
  let stack: ReturnType<typeof ownStack>;

  beforeAll(async () => {
    emulator = await startMinistack('command' in found ? found.command : '', directory);
    stack = ownStack(BLUEPRINT, { AWS_ENDPOINT: emulator.url, AWS_REGION: 'ap-northeast-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    await stack.succeed('stack', 'up', BLUEPRINT, '--only', 'keycloak,upstreams');
    await stack.succeed('apply', BLUEPRINT, '--yes');
  });
  afterAll(async () => {
    await stack.down();
    await emulator.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('has nothing to do after an apply', async () => {
    expect(await stack.succeed('plan', BLUEPRINT, '--exit-code')).toContain('no changes');
  });

  it('passes every check but those in which it is known to differ', async () => {
    const { idsOf } = await stack.verify();
    expect(idsOf('failed', 'crashed', 'inconclusive')).toEqual(Object.keys(KNOWN));
    expect(idsOf('passed')).toEqual(expect.arrayContaining(['POS-01', 'SIG-03', 'CLM-01', 'AWS-01', 'AWS-05', 'AWS-09', 'AZ-06']));
  });

  it('is left empty by destroy', async () => {
    await stack.succeed('destroy', BLUEPRINT, '--yes');
    expect(JSON.parse((await stack.authctl('plan', BLUEPRINT, '--json')).stdout)).toMatchObject({
      changes: expect.arrayContaining([expect.objectContaining({ action: 'create', address: 'aws.api/parcels' })]) as unknown,
    });
  });
});
