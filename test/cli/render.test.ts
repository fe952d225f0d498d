import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inShop, secrets, withAws } from '../unit/blueprint/shop.ts';
import { cli } from './run.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
const render = async (jwks: unknown) =>
  inShop(async (file, directory) => {
    await writeFile(join(directory, 'jwks.json'), typeof jwks === 'string' ? jwks : JSON.stringify(jwks));
    return cli(['render', file, '--no-stack', '--target', 'kong-declarative', '--jwks', join(directory, 'jwks.json')], secrets);
  });

describe('render', () => {
  it.each([
    ['kong-declarative', '_format_version: "3.0"'],
    ['cloudformation', 'Type: AWS::ApiGatewayV2::Api'],
    ['terraform', 'resource "aws_apigatewayv2_api"'],
    ['sam', 'Type: AWS::Serverless::HttpApi'],
  ])('writes %s, without a secret', async (target, part) => {
    await inShop(
      async (file) => {
        const { exitCode, stdout } = await cli(['render', file, '--no-stack', '--target', target], secrets);
        expect([exitCode, stdout]).toEqual([0, expect.stringContaining(part)]);
        for (const secret of Object.values(secrets)) expect(stdout).not.toContain(secret);
      },
      { blueprint: withAws },
    );
  });

  it('puts the signature keys of a key set in as credentials', async () => {
    const { exitCode, stdout } = await render({ keys: [jwk, { ...jwk, kid: 'k2', use: 'enc', alg: 'RSA-OAEP' }] });
    expect(exitCode).toBe(0);
    expect(stdout.match(/^ +(- )?key: .*$/gm)?.map((line) => line.replace(/^[ -]+/, ''))).toEqual(['key: k1']);
    expect(stdout).toContain('-----BEGIN PUBLIC KEY-----');
  });

  it.each([
    ['no JSON', 'not JSON'],
    ['a private key', { keys: [{ ...jwk, ...privateKey.export({ format: 'jwk' }) }] }],
    ['no key of the algorithm', { keys: [{ ...jwk, alg: 'RS512' }] }],
    ['no list', {}],
  ])('refuses a key set that is %s', async (_what, jwks) => {
    const { exitCode, stdout, stderr } = await render(jwks);
    expect([exitCode, stdout, stderr]).toEqual([1, '', expect.stringContaining('RENDER_JWKS')]);
    expect(stderr).not.toContain(String(privateKey.export({ format: 'jwk' }).d));
  });

  it('says that nothing is behind aws', async () => {
    await inShop(async (file) => {
      expect(await cli(['render', file, '--no-stack', '--target', 'terraform'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('RENDER_NOTHING') as string,
      });
    });
  });

  it('demands a target', async () => {
    expect(await cli(['render'])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--target') as string });
  });
});
