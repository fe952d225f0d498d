import { describe, expect, it } from 'vitest';
import { controlsOf } from '../../../../src/providers/controls.ts';
import { hasVariables, namesIn, targetOf, urlsOf } from '../../../../src/providers/aws/reach/places.ts';

const upstreams = [
  { service: 'broken', url: 'nowhere' },
  { service: 'orders', url: 'https://orders.internal.example' },
  { service: 'local', url: 'http://127.0.0.1:9301' },
];
const resolve = (name: string): readonly string[] | undefined => (name === 'alias.example' ? ['10.0.0.1'] : name === 'orders.internal.example' ? ['10.0.0.1'] : undefined);
const leads = (IntegrationUri: string, stages: Parameters<typeof targetOf>[1] = [], more: object = {}) =>
  targetOf({ IntegrationType: 'HTTP_PROXY', IntegrationUri, ...more }, stages, { upstreams, resolve });

describe('where an integration leads', () => {
  it.each([
    ['https://orders.internal.example/a', 'orders'],
    ['https://ORDERS.internal.example.:443/a', 'orders'],
    ['https://user@orders.internal.example/a?b=c#d', 'orders'],
    ['https://alias.example/a', 'orders'],
    ['wss://alias.example', 'orders'],
    ['HTTPS://alias.example', 'orders'],
    ['http://localhost:9301/b', 'local'],
    ['http://alias.example:443', 'orders'],
  ])('%s is %s of the blueprint', (url, service) => expect(leads(url)).toMatchObject({ leads: 'ours', url, upstream: { service } }));

  it.each(['http://orders.internal.example/', 'https://orders.internal.example:8443', 'http://127.0.0.1:9302', 'https://elsewhere.example'])('%s is elsewhere', (url) =>
    expect(leads(url)).toEqual({ leads: 'elsewhere', url }));

  it.each(['https://{proxy}.example/a', 'https://$context.domainName/a', 'nowhere', 'https:///a', ''])('%s is wherever its caller says', (url) => expect(leads(url)).toEqual({ leads: 'anywhere', url }));

  it.each<readonly [url: string, effect: string | undefined, mapping: Record<string, string> | undefined]>([
    ['http://127.0.0.1:8001/anything', 'opens', undefined],
    ['https://alias.example:8181/v1/data', 'opens', undefined],
    ['https://id.example/admin', 'opens', undefined],
    ['https://id.example/admin/{proxy}', 'opens', undefined],
    ['https://id.example/{proxy}', 'opens', undefined],
    ['https://id.example/realms/shop', 'weakens', undefined],
    ['https://id.example/administrators', undefined, undefined],
    ['https://id.example', undefined, undefined],
    ['https://id.example/resources/x', 'opens', { 'overwrite:path': '/admin/realms' }],
    ['https://id.example/resources/x', 'opens', { 'overwrite:path': '$request.path' }],
  ])('%s is what manages or decides: %s', (url, effect, mapping) => {
    const controls = controlsOf({ kong: { admin: { url: 'http://localhost:8001' } }, opa: { servers: ['https://alias.example:8181'] }, keycloak: { url: 'https://id.example' } } as never);
    const found = targetOf({ IntegrationType: 'HTTP_PROXY', IntegrationUri: url, ...(mapping && { RequestParameters: mapping }) }, [], { upstreams, controls, resolve });
    expect(found).toMatchObject(effect === undefined ? { leads: 'elsewhere', url } : { leads: 'control', effect, url });
  });

  it.each([
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders', true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders:draft', true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST', true],
    ['arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:orders:live/invocations', true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.name}', true],
    ['arn:aws:lambda:eu-west-1:123456789012:function:orders-too', false],
    ['arn:aws:lambda:eu-west-2:123456789012:function:orders', false],
    ['arn:aws:lambda:eu-west-1:210987654321:function:orders', false],
  ])('%s is our function: %s', (IntegrationUri, ours) => {
    const own = [...upstreams, { service: 'lambda', url: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live' }];
    const stages = [{ StageName: 'dev', StageVariables: { name: 'orders' } }];
    const found = targetOf({ IntegrationType: 'AWS_PROXY', IntegrationUri }, stages, { upstreams: own, resolve });
    expect(found.leads === 'ours' ? found.upstream.service : found.leads).toBe(ours ? 'lambda' : 'elsewhere');
    expect(targetOf({ IntegrationType: 'AWS_PROXY', IntegrationSubtype: 'SQS-SendMessage', IntegrationUri }, stages, { upstreams: own, resolve }).leads).toBe('elsewhere');
  });

  it('is not known behind a VPC link', () => {
    const arn = 'arn:aws:elasticloadbalancing:listener';
    expect(leads(arn, [], { ConnectionType: 'VPC_LINK' })).toEqual({ leads: 'unknown', url: arn });
    expect(leads('https://alias.example', [], { ConnectionType: 'INTERNET' })).toMatchObject({ leads: 'ours' });
    const own = [...upstreams, { service: 'private', url: arn }];
    expect(targetOf({ IntegrationType: 'HTTP_PROXY', IntegrationUri: arn, ConnectionType: 'VPC_LINK', ConnectionId: 'another' }, [], { upstreams: own, resolve })).toMatchObject({ leads: 'ours', upstream: { service: 'private' } });
  });

  it('is elsewhere where it is no HTTP, by its address or else by what it is', () => {
    expect(leads('arn:aws:lambda', [], { IntegrationType: 'AWS_PROXY' })).toEqual({ leads: 'elsewhere', url: 'arn:aws:lambda' });
    expect(leads('', [], { IntegrationType: 'MOCK' })).toEqual({ leads: 'elsewhere', url: 'MOCK' });
    expect(targetOf({ IntegrationUri: 'https://alias.example' }, [], { upstreams, resolve })).toEqual({ leads: 'elsewhere', url: 'https://alias.example' });
    expect(targetOf({}, [], { upstreams, resolve })).toEqual({ leads: 'elsewhere', url: '' });
    expect(leads('https://elsewhere.example', [], { IntegrationType: 'HTTP' })).toMatchObject({ leads: 'elsewhere' });
  });

  it('is looked at for each stage that fills its variables in', () => {
    const url = 'https://${stageVariables.host}/a';
    const stages = [{ StageName: 'a', StageVariables: { host: 'elsewhere.example' } }, { StageName: 'b', StageVariables: { host: 'alias.example' } }, { StageName: 'c', StageVariables: { host: 'alias.example' } }];
    expect(urlsOf({ IntegrationUri: url }, stages)).toEqual(['https://elsewhere.example/a', 'https://alias.example/a']);
    expect(leads(url, stages)).toMatchObject({ leads: 'ours', url: 'https://alias.example/a', upstream: { service: 'orders' } });
    expect(leads(url, stages.slice(0, 1))).toEqual({ leads: 'elsewhere', url: 'https://elsewhere.example/a' });
    expect(leads(url, [{ StageName: 'none' }])).toEqual({ leads: 'anywhere', url: 'https:///a' });
    expect(leads(url, [])).toEqual({ leads: 'elsewhere', url });
    expect(urlsOf({ IntegrationUri: 'https://x/$stageVariables.a' }, [{ StageName: 'a', StageVariables: { a: 'b' } }])).toEqual(['https://x/b']);
    expect([hasVariables({ IntegrationUri: url }), hasVariables({ IntegrationUri: 'https://x' }), hasVariables({})]).toEqual([true, false, false]);
  });

  it('needs the address of each name in it, and of nothing else', () =>
    expect(namesIn(['https://Orders.Example./a', 'http://10.0.0.1', 'http://localhost:1', 'https://{any}/a', 'https://$a.b/', 'nowhere', 'https://user@b.example'])).toEqual(['orders.example', 'b.example']));
});
