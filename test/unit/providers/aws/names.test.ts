import { describe, expect, it } from 'vitest';
import { arnOf } from '../../../../src/providers/aws/kinds/api.ts';
import { basesOf, requestOf, waysOf } from '../../../../src/providers/aws/reach/routes.ts';
import { errnoOf } from '../../../../src/providers/thrown.ts';

describe('an API of AWS', () => {
  it.each([
    ['eu-west-1', 'arn:aws:apigateway:eu-west-1::/apis/abc'],
    ['cn-north-1', 'arn:aws-cn:apigateway:cn-north-1::/apis/abc'],
    ['us-gov-west-1', 'arn:aws-us-gov:apigateway:us-gov-west-1::/apis/abc'],
    ['us-east-1', 'arn:aws:apigateway:us-east-1::/apis/abc'],
  ])('in %s has a name in its own part of AWS', (region, arn) => expect(arnOf(region, 'abc')).toBe(arn));

  const tree = {
    id: 'shop', owner: 'shop', authorizers: [],
    api: { Name: 'shop', ProtocolType: 'HTTP', RouteSelectionExpression: 'x', ApiEndpoint: 'https://abc.example' } as const,
    integrations: [{ IntegrationId: 'i1', IntegrationUri: 'https://orders.example' }, { IntegrationUri: 'https://nameless.example' }],
    routes: [{ RouteKey: 'GET /a', Target: 'integrations/i1' }, { RouteKey: 'GET /b', Target: 'integrations/gone' }, { RouteKey: '$default' }],
    stages: [{ StageName: '$default' }, { StageName: 'dev' }],
  };

  it('is reached at each of its stages', () => expect(basesOf(tree)).toEqual(['https://abc.example', 'https://abc.example/dev']));

  it('leads from a route to the integration that it names, and nowhere from one that names none', () => {
    const ways = waysOf(tree, ({ IntegrationUri }) => ({ leads: 'elsewhere', host: IntegrationUri }) as never);
    expect(ways.map(({ route, integration, target }) => [route.RouteKey, integration?.IntegrationId, target])).toEqual([['GET /a', 'i1', { leads: 'elsewhere', host: 'https://orders.example' }], ['GET /b', undefined, undefined], ['$default', undefined, undefined]]);
  });

  it.each([['GET /a', 'GET https://x/a'], ['ANY /a', 'any method on https://x/a'], ['$default', 'any request to https://x that no other route takes']])('%s is told as a request', (RouteKey, words) =>
    expect(requestOf({ RouteKey }, 'https://x')).toBe(words));
});

describe('what was thrown', () => {
  it('has a code where Node gave it one', () =>
    expect([Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), new Error('x'), { code: 7 }, undefined, 'ENOENT'].map(errnoOf)).toEqual(['ECONNREFUSED', undefined, undefined, undefined, undefined]));
});
