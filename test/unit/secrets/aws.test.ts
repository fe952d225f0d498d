import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storedIn } from '../../../src/blueprint/stored.ts';
import { Problems } from '../../../src/core/problem.ts';
import { regionOf } from '../../../src/secrets/aws.ts';
import { readStored } from '../../../src/secrets/index.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * Both services as their references have them (AWS JSON 1.1: the operation is in X-Amz-Target, an error is `__type` with 400):
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html,
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
const startAws = async (answers: Readonly<Record<string, Body>>) => {
  const seen: { readonly target: string; readonly body: Body; readonly authorization: string }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Body;
      const target = String(request.headers['x-amz-target']);
      seen.push({ target, body, authorization: String(request.headers.authorization) });
      const name = String(body['SecretId'] ?? body['Name']);
      const none = target.startsWith('AmazonSSM') ? { __type: 'ParameterNotFound' } : { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find the specified secret." };
      const answer = answers[name] ?? none;
      response.writeHead('__type' in answer ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: url, AWS_ENDPOINT_URL_SSM: url, AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'key-of-the-example' } };
};
const wanted = (...references: readonly string[]) =>
  references.map((inside, index) => ({ ...(storedIn(inside) ?? expect.fail(`${inside} is no reference`)), reference: `\${${inside}}`, at: { file: 'shop.yaml', line: index + 1, column: 7 } }));
const wrong = async (env: Readonly<Record<string, string>>, ...references: readonly string[]) => {
  const thrown: unknown = await readStored(wanted(...references), env).catch((problem: unknown) => problem);
  if (!(thrown instanceof Problems)) throw new Error('it should have failed', { cause: thrown });
  return thrown.problems.map(({ code, at, message, hint, nature }) => ({ code, line: at?.line, message, hint, nature }));
};
const ARN = 'arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:shop-AbCdEf';

describe('secrets at AWS', () => {
  it('are all of a text or a field of it, each read once, parameters decrypted, each signed for its service and region', async () => {
    const { env, seen } = await startAws({
      'shop/keycloak': { Name: 'shop/keycloak', SecretString: '{"password":"password-of-keycloak","token":"token-of-keycloak"}', VersionStages: ['AWSCURRENT'] },
      [ARN]: { ARN, SecretString: 'all-of-the-text' },
      '/shop/kong': { Parameter: { Name: '/shop/kong', Type: 'SecureString', Value: 'token-of-kong', Version: 2 } },
      '/shop/people:3': { Parameter: { Value: '{"alice":"password-of-alice"}' } },
    });
    const given = await readStored(wanted('aws-secret:shop/keycloak#password', 'aws-secret:shop/keycloak#token', `aws-secret:${ARN}`, 'ssm:/shop/kong', 'ssm:/shop/people:3#alice'), env);
    expect([...given.values()].toSorted()).toEqual(['all-of-the-text', 'password-of-alice', 'password-of-keycloak', 'token-of-keycloak', 'token-of-kong']);
    expect(given.get('${ssm:/shop/people:3#alice}')).toBe('password-of-alice');
    expect(seen).toHaveLength(4);
    expect(seen.map(({ target, body }) => ({ target, body }))).toEqual(
      expect.arrayContaining([
        { target: 'AmazonSSM.GetParameter', body: { Name: '/shop/kong', WithDecryption: true } },
        { target: 'AmazonSSM.GetParameter', body: { Name: '/shop/people:3', WithDecryption: true } },
        { target: 'secretsmanager.GetSecretValue', body: { SecretId: ARN } },
        { target: 'secretsmanager.GetSecretValue', body: { SecretId: 'shop/keycloak' } },
      ]),
    );
    const scopes = seen.map(({ authorization }) => /Credential=AKIDEXAMPLE\/\d+\/([^/]+\/[^/]+)\//.exec(authorization)?.[1]);
    expect(new Set(scopes)).toEqual(new Set(['eu-central-1/secretsmanager', 'ap-southeast-2/secretsmanager', 'eu-central-1/ssm']));
  });

  it.each(['aws-secret:silent', 'ssm:/silent'])('are not waited for without end: %s', async (reference) => {
    const server = createServer(() => undefined);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const { env } = await startAws({});
    const silent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const told = await wrong({ ...env, AWS_ENDPOINT_URL_SECRETS_MANAGER: silent, AWS_ENDPOINT_URL_SSM: silent, AUTHCTL_REQUEST_TIMEOUT: '1s' }, reference);
    expect(told).toMatchObject([{ code: 'SECRETS_UNREACHABLE', line: 1, nature: 'unreachable' }]);
  });

  it.each([
    ['aws-secret:none', 'SECRETS_MISSING', 'AWS Secrets Manager has no ${aws-secret:none}', 'in this region and account'],
    ['ssm:/none', 'SECRETS_MISSING', 'AWS SSM Parameter Store has no ${ssm:/none}', 'in this region and account'],
    ['aws-secret:text#field', 'SECRETS_MISSING', 'is no JSON', 'leave out the part from #'],
    ['aws-secret:binary', 'SECRETS_MISSING', 'is binary', 'text'],
    ['aws-secret:json#other', 'SECRETS_MISSING', 'has no field "other"', 'name of a field'],
    ['aws-secret:denied', 'SECRETS_FORBIDDEN', 'does not let this login read ${aws-secret:denied}: AccessDeniedException', 'secretsmanager:GetSecretValue'],
    ['ssm:/denied', 'SECRETS_FORBIDDEN', 'AccessDeniedException', 'ssm:GetParameter'],
    ['ssm:/odd', 'SECRETS_REFUSED', '(400): ValidationException', 'docs/secrets.md'],
  ])('that are not given are told at their line: %s', async (reference, code, message, hint) => {
    const denied = { __type: 'AccessDeniedException', Message: 'User: arn:… is not authorized' };
    const { env } = await startAws({
      text: { SecretString: 'some-plain-text' }, json: { SecretString: '{"field":"value-of-the-field"}' }, binary: { SecretBinary: 'AAAA' },
      denied, '/denied': denied, '/odd': { __type: 'ValidationException', message: 'odd' }, '/good': { Parameter: { Value: 'a-good-value' } },
    });
    const problems = await wrong(env, 'ssm:/good', reference);
    expect(problems).toMatchObject([{ code, line: 2, message: expect.stringContaining(message) as string, hint: expect.stringContaining(hint) as string, nature: 'fixable' }]);
    expect(JSON.stringify(problems)).not.toMatch(/some-plain-text|value-of-the-field|key-of-the-example/);
  });

  it('are out of reach where nobody answers', async () => {
    const { env } = await startAws({});
    expect(await wrong({ ...env, AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:9' }, 'ssm:/shop')).toMatchObject([{ code: 'SECRETS_UNREACHABLE', line: 1, nature: 'unreachable', message: 'AWS SSM Parameter Store did not answer: ECONNREFUSED' }]);
  });

  it('have the region of an ARN', () => expect([regionOf(ARN), regionOf('shop/keycloak')]).toEqual(['ap-southeast-2', undefined]));
});

it('all that is wrong in several stores is told at once', async () => {
  const { env } = await startAws({});
  expect((await wrong(env, 'ssm:/a', 'vault:kv/a#b', 'aws-secret:c')).map(({ code, line }) => [line, code]).toSorted()).toEqual([[1, 'SECRETS_MISSING'], [2, 'SECRETS_SETTING'], [3, 'SECRETS_MISSING']]);
});
