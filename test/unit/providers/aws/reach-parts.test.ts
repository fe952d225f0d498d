import type { Authorizer, Integration, Route, Stage } from '@aws-sdk/client-apigatewayv2';
import { describe, expect, it } from 'vitest';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import type { AwsClient } from '../../../../src/providers/aws/view.ts';
import { connectAws } from '../../../../src/providers/aws/index.ts';
import { reachOf } from '../../../../src/providers/aws/reach/index.ts';
import { shop } from '../keycloak/blueprint.ts';

const at = (line: number) => ({ file: 'shop.yaml', line, column: 1 });
const object = (kind: string, id: string, spec: Spec, line = 1): Desired => ({ kind, id, spec, after: [], origin: at(line) });
const api = object('aws.api', 'shop', { Name: 'shop' }, 3);
const issuer = 'https://id.example/realms/shop';
const authorizer = (Name: string, ...Audience: readonly string[]): Desired => object('aws.authorizer', `shop/${Name}`, { Name, JwtConfiguration: { Issuer: issuer, Audience } });
const integration = object('aws.integration', 'shop/parcels.list', { Description: 'authctl parcels.list', IntegrationUri: 'https://parcels.internal.example' }, 9);

interface Theirs {
  readonly integrations?: readonly Integration[];
  readonly routes?: readonly Route[];
  readonly authorizers?: readonly Authorizer[];
  readonly stages?: readonly Stage[];
}
/** One API of others, and what was asked of it. */
const around = async (theirs: Theirs, desired: readonly Desired[] = [api], audiences?: readonly string[]) => {
  const asked: string[] = [];
  const lists: Readonly<Record<string, readonly object[] | undefined>> = { GetIntegrationsCommand: theirs.integrations, GetRoutesCommand: theirs.routes, GetAuthorizersCommand: theirs.authorizers, GetStagesCommand: theirs.stages };
  const send = (command: object) => {
    asked.push(command.constructor.name);
    return Promise.resolve({ Items: lists[command.constructor.name] ?? [] });
  };
  const names: string[] = [];
  const found = await reachOf({
    // The SDK's `send` is overloaded for every command; these answers fit those that are asked.
    send: send as unknown as AwsClient['send'],
    desired,
    live: [],
    view: { trees: [], others: [{ Name: 'theirs', ApiId: 't', ApiEndpoint: 'https://t.example', ProtocolType: 'HTTP', RouteSelectionExpression: 'x' }] },
    upstreams: [{ service: 'orders', url: 'https://orders.internal.example', ...(audiences !== undefined && { audiences }) }],
    lookUp: (wanted) => {
      names.push(...wanted);
      return Promise.resolve(new Map(wanted.map((name) => [name, /orders|alias/.test(name) ? ['10.0.0.1'] : undefined])));
    },
    wholeAccount: false,
  });
  return { ...found, asked, names };
};
const to = (IntegrationUri: string, more: Integration = {}): Theirs => ({
  integrations: [{ IntegrationId: 'i0', IntegrationType: 'HTTP_PROXY', IntegrationUri: 'https://elsewhere.example' }, { IntegrationId: 'i1', IntegrationType: 'HTTP_PROXY', IntegrationUri, ...more }],
  routes: [{ RouteKey: 'GET /a', Target: 'integrations/i1' }],
  stages: [{ StageName: '$default' }],
});

describe('an API of others', () => {
  it('is nothing to who puts nothing on the gateway', async () => expect(await around(to('https://alias.example'), [])).toMatchObject({ dangers: [], unseen: [], asked: [] }));

  it('that leads to ours by another name of the place is a way in, for anybody', async () =>
    expect((await around(to('https://alias.example'))).dangers).toMatchObject([
      { kind: 'aws.route', id: 'theirs/GET /a', effect: 'opens', origin: at(3), gains: [{ request: 'GET https://t.example/a', gateway: 'aws', reaches: 'orders', who: 'anybody' }] },
    ]));

  it('that leads to what is behind this gateway is told on the line of that', async () => {
    const [found] = (await around(to('https://parcels.internal.example/x'), [api, integration])).dangers;
    expect(found).toMatchObject({ effect: 'opens', origin: at(9), what: expect.stringContaining('parcels') as string });
    // Without an API of its own, on the first line that there is.
    expect((await around(to('https://alias.example'), [integration])).dangers).toMatchObject([{ origin: at(9) }]);
  });

  it('that leads elsewhere is not looked at any further', async () =>
    expect(await around(to('https://else.example'))).toMatchObject({ dangers: [], unseen: [], asked: ['GetIntegrationsCommand', 'GetDomainNamesCommand'], names: expect.arrayContaining(['orders.internal.example', 'else.example']) as unknown }));

  it('that leads where a stage says is looked at with what its stages say', async () => {
    const found = await around({ ...to('https://${stageVariables.host}/x'), stages: [{ StageName: 'dev', StageVariables: { host: 'alias.example' } }] });
    expect(found.dangers).toMatchObject([{ effect: 'opens', what: expect.stringContaining('https://alias.example/x') as string }]);
    expect(found.names).toContain('alias.example');
  });

  it('that goes through a VPC link is told as not looked at', async () =>
    expect(await around(to('arn:aws:x', { ConnectionType: 'VPC_LINK' }))).toMatchObject({ dangers: [], unseen: [{ target: 'aws', what: 'where 1 routes of theirs lead' }] }));
});

describe('a way in behind an authorizer', () => {
  const guarded = (Issuer: string, Audience: string[]): Theirs => ({
    ...to('https://alias.example'),
    routes: [{ RouteKey: 'GET /a', Target: 'integrations/i1', AuthorizationType: 'JWT', AuthorizerId: 'a1', AuthorizationScopes: ['orders:read'] }],
    authorizers: [{ AuthorizerId: 'a1', Name: 'jwt', JwtConfiguration: { Issuer, Audience } }],
  });
  const effect = async (theirs: Theirs, desired: readonly Desired[], audiences?: readonly string[]) => (await around(theirs, [api, ...desired], audiences)).dangers.map((one) => one.effect);
  it.each<readonly [string, Theirs, readonly Desired[], readonly string[] | undefined, string]>([
    ['that asks for the tokens of the service weakens', guarded(issuer, ['orders']), [authorizer('orders', 'orders')], ['orders'], 'weakens'],
    ['that takes tokens of another issuer opens', guarded('https://evil.example', ['orders']), [authorizer('orders', 'orders')], ['orders'], 'opens'],
    ['that takes tokens for others, too, opens', guarded(issuer, ['orders', 'rates']), [authorizer('orders', 'orders')], ['orders'], 'opens'],
    ['that takes tokens for another service opens', guarded(issuer, ['rates']), [authorizer('rates', 'rates')], ['orders'], 'opens'],
    ['that takes tokens for both, by the authorizer of another, opens: those for the other are enough', guarded(issuer, ['rates', 'orders']), [authorizer('rates', 'rates', 'orders')], ['orders'], 'opens'],
    ['that takes tokens for the second of several, by the authorizer of another, weakens', guarded(issuer, ['kiosk']), [authorizer('rates', 'office', 'kiosk')], ['office', 'kiosk'], 'weakens'],
    ['that takes tokens for all of several weakens', guarded(issuer, ['kiosk', 'office']), [authorizer('rates', 'office', 'kiosk')], ['office', 'kiosk'], 'weakens'],
    ['that takes tokens for the first of several, and for one that is of another service, opens', guarded(issuer, ['office', 'kiosk']), [authorizer('rates', 'office', 'kiosk')], ['office', 'desk'], 'opens'],
    ['that names no audience opens', guarded(issuer, []), [authorizer('orders', 'orders')], ['orders'], 'opens'],
    ['of the service itself weakens, whatever it is called', guarded(issuer, ['shop']), [authorizer('orders', 'shop')], ['orders'], 'weakens'],
    ['to a service without an audience weakens', guarded(issuer, ['rates']), [authorizer('rates', 'rates')], undefined, 'weakens'],
    ['that the blueprint knows nothing of opens', guarded(issuer, ['orders']), [object('aws.authorizer', 'shop/own', { Name: 'own' })], ['orders'], 'opens'],
  ])('%s', async (_what, theirs, desired, audiences, expected) => expect(await effect(theirs, desired, audiences)).toEqual([expected]));
});

it('a blueprint without such a target is told where its targets are', () => {
  const blueprint = shop({ at: (path) => ({ file: 'shop.yaml', line: String(path) === 'targets' ? 4 : 1, column: 1 }) });
  expect(() => connectAws(blueprint, {})).toThrow(expect.objectContaining({ code: 'TARGET_MISSING', at: at(4) }) as Error);
});
