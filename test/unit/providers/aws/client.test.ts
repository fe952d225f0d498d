import { describe, expect, it } from 'vitest';
import { GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { patientWithIssuers } from '../../../../src/providers/aws/client.ts';
import type { Sdk } from '../../../../src/providers/aws/client.ts';

const refused = (message: string, status = 400): Error => Object.assign(new Error(message), { name: 'BadRequestException', $metadata: { httpStatusCode: status } });
/** As a live service said it of an issuer that it could not read. */
const SLOW = refused('Caught exception when connecting to https://id.example/.well-known/openid-configuration for issuer https://id.example. Please try again later. Error: Invalid issuer');

const sending = async (...answers: readonly (Error | object)[]) => {
  const [waited, left] = [[] as number[], [...answers]];
  const send = () => {
    const next = left.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const sdk = patientWithIssuers({ send: send as Sdk['send'], destroy: () => undefined }, (milliseconds) => Promise.resolve(waited.push(milliseconds)));
  const got = await sdk.send(new GetApisCommand({})).then((answer: unknown) => answer, (thrown: unknown) => thrown);
  return { got, waited, left: left.length };
};

describe('an issuer that does not answer API Gateway in time', () => {
  it('is asked again, with growing pauses, and no longer once it has answered', async () => {
    expect(await sending(SLOW, SLOW, { done: true }, { more: true })).toEqual({ got: { done: true }, waited: [1000, 2000], left: 1 });
  });

  it('is refused in the end', async () => {
    expect(await sending(SLOW, SLOW, SLOW, SLOW, SLOW, { done: true })).toEqual({ got: SLOW, waited: [1000, 2000, 4000, 8000], left: 1 });
  });

  it('is not what another refusal is about', async () => {
    for (const other of [refused('Invalid issuer: http://id.example. Issuer must use https'), refused(SLOW.message, 500)]) expect(await sending(other, { done: true })).toEqual({ got: other, waited: [], left: 1 });
  });
});
