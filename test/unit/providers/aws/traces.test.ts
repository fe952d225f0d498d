import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Live } from '../../../../src/core/resource.ts';
import { createLookUp } from '../../../../src/providers/aws/cloudtrail.ts';
import { aws } from '../../../../src/providers/aws/specs/index.ts';
import { tracesIn } from '../../../../src/providers/aws/traces.ts';

/** A record of CloudTrail, as its user guide describes one and as API Gateway's are written: the call's own parameters, in lower case. */
const record = (eventName: string, eventTime: string, fields: object, more: object = {}): string =>
  JSON.stringify({
    eventVersion: '1.09', userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/dev', accountId: '111122223333', userName: 'dev' }, eventTime, eventSource: 'apigateway.amazonaws.com', eventName,
    awsRegion: 'eu-central-1', sourceIPAddress: '198.51.100.7', requestParameters: fields, responseElements: null, readOnly: false, eventType: 'AwsApiCall', ...more,
  });

/** The service, by its JSON protocol: what it holds of each name, or the error that it answers. */
const startTrail = async (held: Readonly<Record<string, readonly string[]>>, refusal?: string) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const { LookupAttributes: [attribute] = [] } = JSON.parse(body) as { LookupAttributes?: readonly { readonly AttributeKey: string; readonly AttributeValue: string }[] };
      asked.push(`${String(request.headers['x-amz-target'])} ${String(attribute?.AttributeKey)}=${String(attribute?.AttributeValue)}`);
      const answer = refusal === undefined ? { Events: (held[attribute?.AttributeValue ?? ''] ?? []).map((text, at) => ({ EventId: String(at), EventName: attribute?.AttributeValue, CloudTrailEvent: text })) } : { __type: refusal, message: 'no' };
      response.writeHead(refusal === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => { server.close(); server.closeAllConnections(); });
  const environment = { AWS_ENDPOINT_URL_CLOUDTRAIL: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
  const lookUp = createLookUp({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:9' }, environment);
  if (lookUp === undefined) throw new Error('nothing is asked');
  return { asked, lookUp };
};

const live = (kind: string, id: string, ref: unknown): Live => ({ kind, id, spec: {}, owner: 'shop', ref });
const route = live(aws.route.kind, 'shop/GET /orders', { ApiId: 'a1', id: 'r1' });
const stage = live(aws.stage.kind, 'shop/$default', { ApiId: 'a1', id: '$default' });
const api = live(aws.api.kind, 'shop', 'a1');
const addressOf = ({ kind, id }: Live): string => `${kind}/${id}`;

describe('who changed an object of API Gateway', () => {
  it('is told by the last call that made or changed it, of what was found and of nothing else', async () => {
    const { asked, lookUp } = await startTrail({
      CreateRoute: [record('CreateRoute', '2026-11-28T08:00:00Z', { apiId: 'a1', routeKey: 'GET /orders' }, { responseElements: { routeId: 'r1', apiGatewayManaged: false } })],
      UpdateRoute: [
        record('UpdateRoute', '2026-11-29T11:00:00Z', { apiId: 'a1', routeId: 'r1', authorizationType: 'NONE' }),
        record('UpdateRoute', '2026-11-29T12:00:03Z', { apiId: 'a1', routeId: 'r1', authorizationType: 'NONE' }, { userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/admin/eve' } }),
        record('UpdateRoute', '2026-11-29T13:00:00Z', { apiId: 'a1', routeId: 'r2' }), record('UpdateRoute', '2026-11-29T13:00:00Z', { apiId: 'a2', routeId: 'r1' }),
        record('UpdateRoute', '2026-11-29T14:00:00Z', { apiId: 'a1', routeId: 'r1' }, { errorCode: 'AccessDenied' }), record('UpdateRoute', '2026-11-29T14:00:00Z', { apiId: 'a1', routeId: 'r1' }, { eventSource: 'appmesh.amazonaws.com' }),
        record('UpdateRoute', 'soon', { apiId: 'a1', routeId: 'r1' }), 'no record', '[]',
      ],
      UpdateStage: [record('UpdateStage', '2026-11-27T00:00:00Z', { apiId: 'a1', stageName: '$default' })],
      CreateApi: [record('CreateApi', '2026-11-26T00:00:00Z', { name: 'shop' }, { responseElements: { apiId: 'a1' }, userIdentity: { type: 'AWSService', invokedBy: 'cloudformation.amazonaws.com' }, sourceIPAddress: 'cloudformation.amazonaws.com' })],
    });
    const { changed, untold } = await tracesIn(lookUp, [route, api].map(addressOf), [route, stage, api]);
    expect([untold, Object.fromEntries(changed)]).toEqual([undefined, {
      'aws.route/shop/GET /orders': { at: '2026-11-29T12:00:03.000Z', by: 'arn:aws:sts::111122223333:assumed-role/admin/eve from 198.51.100.7' },
      'aws.api/shop': { at: '2026-11-26T00:00:00.000Z', by: 'cloudformation.amazonaws.com from cloudformation.amazonaws.com' },
    }]);
    expect(asked).toEqual(['CreateRoute', 'UpdateRoute', 'CreateApi', 'UpdateApi'].map((name): unknown => expect.stringMatching(new RegExp(`\\.LookupEvents EventName=${name}$`))));
  });

  it('is not told of what is not live any more, and nothing is asked then', async () => {
    const { asked, lookUp } = await startTrail({});
    expect((await tracesIn(lookUp, ['aws.route/shop/GET /gone'], [route])).changed.size).toBe(0);
    expect(asked).toEqual([]);
  });

  it('is not known to a login that may not look it up', async () => {
    const { lookUp } = await startTrail({}, 'AccessDeniedException');
    expect(await tracesIn(lookUp, [addressOf(route)], [route])).toEqual({ changed: new Map(), untold: 'who changed it is not known: this login may not look it up in CloudTrail (cloudtrail:LookupEvents)' });
  });

  it('is a problem where it is answered otherwise, which drift tells beside its findings', async () => {
    const { lookUp } = await startTrail({}, 'InvalidLookupAttributesException');
    await expect(tracesIn(lookUp, [addressOf(route)], [route])).rejects.toMatchObject({ code: 'AWS_REFUSED', message: expect.stringMatching(/^CloudTrail gave no answer that can be used: /) as string });
  });

  it('is asked of no stand-in, which has no history', () => {
    expect(createLookUp({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:9' }, {})).toBeUndefined();
    expect(createLookUp({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:9' }, { AWS_ENDPOINT_URL_CLOUDTRAIL: '' })).toBeUndefined();
    expect(createLookUp({ region: 'eu-central-1' }, {})).toBeTypeOf('function');
  });
});
