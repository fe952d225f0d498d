import type { AwsHands, AwsRow, Undo } from './aws-by-hand.ts';

const EVIL = 'https://evil.example/parcels';
const LOG = 'arn:aws:logs:ap-northeast-1:000000000000:log-group:theirs';
const list = /^aws\.integration\/parcels\/parcels\.list$/;
const stage = /^aws\.stage\/parcels\/\$default$/;
const routeAt = (key: string): RegExp => new RegExp(`^aws\\.route/parcels/${key.replaceAll(/[.$+{}]/g, '\\$&')}$`);
/** The integration that a route by hand needs. */
const beside = /^aws\.integration\/parcels\/#/;
const perRoute = async (aws: AwsHands, limit: number): Promise<Undo> =>
  aws.changeStage({ RouteSettings: { 'GET /parcels': { ThrottlingBurstLimit: limit, ThrottlingRateLimit: limit } } }, () => aws.dropRouteSettings('GET /parcels'));

/** What was done by hand to a good API, and what drift says to it. */
export const awsRows: readonly AwsRow[] = [
  // Those that were first tried.
  { what: 'a route without its authorizer', do: (aws) => aws.changeRoute('GET /parcels', { AuthorizationType: 'NONE', AuthorizationScopes: [] }), told: { effect: 'opens', address: routeAt('GET /parcels') }, verify: ['AWS-13'] },
  { what: 'the HEAD beside a GET without its authorizer', do: (aws) => aws.changeRoute('HEAD /parcels', { AuthorizationType: 'NONE', AuthorizationScopes: [] }), told: { effect: 'opens', address: routeAt('HEAD /parcels') }, verify: ['PRE-24'] },
  { what: 'a further route without an authorizer', do: (aws) => aws.addRoute('GET /parcels/all'), told: { effect: 'opens', address: routeAt('GET /parcels/all'), beside }, verify: ['AWS-13'] },
  { what: 'an open $default route', do: (aws) => aws.addRoute('$default'), told: { effect: 'opens', address: routeAt('$default'), beside }, verify: ['AWS-13', 'AWS-18'] },
  { what: 'a greedy route behind our authorizer, without scopes', do: async (aws) => aws.addRoute('ANY /parcels/{proxy+}', { AuthorizationType: 'JWT', AuthorizerId: await aws.idOf('parcels') }), told: { effect: 'opens', address: routeAt('ANY /parcels/{proxy+}'), beside }, verify: ['AWS-18'] },
  { what: 'CORS for everybody', do: (aws) => aws.openCors(), told: { effect: 'weakens', address: /^aws\.api\/parcels$/ } },
  { what: 'a second stage', do: (aws) => aws.addStage('dev', { AutoDeploy: true }), told: { effect: 'differs', address: /^aws\.stage\/parcels\/dev$/ } },
  { what: 'tokens read from the query', do: (aws) => aws.changeAuthorizer('parcels', { IdentitySource: ['$request.querystring.token'] }), told: { effect: 'exposes', address: /^aws\.authorizer\/parcels\/parcels$/ } },
  { what: 'a second audience', do: (aws) => aws.changeAuthorizer('parcels', { Audience: ['parcels', 'rates'] }), told: { effect: 'opens', address: /^aws\.authorizer\/parcels\/parcels$/ }, verify: ['AWS-15'] },
  { what: 'another upstream', do: (aws) => aws.changeIntegration('parcels.list', { IntegrationUri: EVIL }), told: { effect: 'exposes', address: list } },
  { what: 'a header that the gateway makes up', do: (aws) => aws.changeIntegration('parcels.list', { RequestParameters: { 'append:header.x-user': 'admin' } }, { RequestParameters: { 'append:header.x-user': '' } }), told: { effect: 'opens', address: list }, verify: ['AWS-16'] },
  { what: 'a refusal that clients are told is none', do: (aws) => aws.changeIntegration('parcels.list', { ResponseParameters: { '403': { 'overwrite:statuscode': '200' } } }, { ResponseParameters: { '403': {} } }), told: { effect: 'opens', address: list } },
  { what: 'more requests on one route', do: (aws) => perRoute(aws, 100_000), told: { effect: 'weakens', address: stage } },
  { what: 'another limit for all routes', do: (aws) => aws.changeStage({ DefaultRouteSettings: { ThrottlingBurstLimit: 5000, ThrottlingRateLimit: 1000 } }), told: { effect: 'differs', address: stage } },
  // Other ways.
  { what: 'an API of somebody else that leads to our upstream, by another name of it', do: (aws) => aws.foreignApi('theirs', `http://localhost:${aws.port}/parcels`), told: { effect: 'opens', address: /^aws\.route\/theirs\/GET \/copy$/ }, verify: ['AWS-14'] },
  { what: 'the same by the decimal form of the address', do: (aws) => aws.foreignApi('theirs', `http://2130706433:${aws.port}/{x}`, { key: 'GET /{x}' }), told: { effect: 'opens', address: /^aws\.route\/theirs\/GET \/\{x\}$/ }, verify: ['AWS-14'] },
  { what: 'the same by a name in other letters, with a dot behind it', do: (aws) => aws.foreignApi('theirs', `http://LocalHost.:${aws.port}/parcels`), told: { effect: 'opens', address: /^aws\.route\/theirs\// } },
  { what: 'the same through a variable of its stage', do: (aws) => aws.foreignApi('theirs', 'http://${stageVariables.host}/parcels', { variables: { host: `127.0.0.1:${aws.port}` } }), told: { effect: 'opens', address: /^aws\.route\/theirs\/GET \/copy$/ }, verify: ['AWS-14'] },
  { what: 'the same by $default', do: (aws) => aws.foreignApi('theirs', `http://127.1:${aws.port}`, { key: '$default' }), told: { effect: 'opens', address: /^aws\.route\/theirs\/\$default$/ }, verify: ['AWS-14'] },
  { what: 'the same, taking tokens for another audience', do: (aws) => aws.foreignApi('theirs', `${aws.upstream}/parcels`, { audience: 'rates', scopes: ['rates:read'] }), told: { effect: 'opens', address: /^aws\.route\/theirs\/GET \/copy$/ }, verify: ['AWS-14'] },
  { what: 'the same with our tokens and our scope', do: (aws) => aws.foreignApi('theirs', `${aws.upstream}/parcels`, { audience: 'parcels', scopes: ['parcels:read'] }), told: { effect: 'weakens', address: /^aws\.route\/theirs\/GET \/copy$/ } },
  { what: 'the same under our mark', do: (aws) => aws.foreignApi('theirs', `${aws.upstream}/parcels`, { tags: { authctl: 'parcels' } }), told: { effect: 'opens', address: /^aws\.route\/theirs\/GET \/copy$/, beside: /^aws\.\w+\/theirs/ }, verify: ['AWS-14'] },
  { what: 'the same under the mark of another blueprint', do: (aws) => aws.foreignApi('theirs', `${aws.upstream}/parcels`, { tags: { authctl: 'another' } }), told: { effect: 'opens', address: /^aws\.route\/theirs\/GET \/copy$/ } },
  { what: 'the same under our name', do: (aws) => aws.foreignApi('parcels', `${aws.upstream}/parcels`), told: { effect: 'opens', address: /^aws\.route\/parcels#\w+\/GET \/copy$/ } },
  { what: 'a log of who asked for what', do: (aws) => aws.changeStage({ AccessLogSettings: { DestinationArn: LOG, Format: '$context.requestId $context.authorizer.claims.sub' } }, () => aws.dropAccessLog()), told: { effect: 'exposes', address: stage } },
  { what: 'a log of numbers alone', do: (aws) => aws.changeStage({ AccessLogSettings: { DestinationArn: LOG, Format: '$context.requestId $context.status' } }, () => aws.dropAccessLog()), told: { effect: 'differs', address: stage } },
  { what: 'nearly no requests on one route', do: (aws) => perRoute(aws, 1), told: { effect: 'breaks', address: stage } },
  { what: 'a stage that deploys no more', do: (aws) => aws.changeStage({ AutoDeploy: false }), told: { effect: 'weakens', address: stage } },
  { what: 'a second stage that serves an older deployment', do: async (aws) => aws.addStage('old', { DeploymentId: await aws.deployment() }), told: { effect: 'weakens', address: /^aws\.stage\/parcels\/old$/ } },
  {
    what: 'a second stage, and an open route', told: { effect: 'opens', address: /^aws\.stage\/parcels\/dev$/, beside: /^aws\.(route\/parcels\/GET \/open|integration\/parcels\/#\w+)$/ }, verify: ['AWS-13', 'AWS-17'],
    do: async (aws) => {
      const [route, dev] = [await aws.addRoute('GET /open'), await aws.addStage('dev', { AutoDeploy: true })];
      return async () => {
        await dev();
        await route();
      };
    },
  },
  { what: 'variables of our stage', do: (aws) => aws.changeStage({ StageVariables: { x: 'y' } }, () => aws.changeStage({ StageVariables: { x: '' } })), told: { effect: 'differs', address: stage } },
  { what: 'metrics of our stage', do: (aws) => aws.changeStage({ DefaultRouteSettings: { DetailedMetricsEnabled: true } }, () => aws.changeStage({ DefaultRouteSettings: { DetailedMetricsEnabled: false } })), told: { effect: 'differs', address: stage } },
  { what: 'another path at the upstream', do: (aws) => aws.changeIntegration('parcels.list', { RequestParameters: { 'overwrite:path': '/internal/admin' } }, { RequestParameters: { 'overwrite:path': '' } }), told: { effect: 'opens', address: list } },
  { what: 'a header that the gateway takes away', do: (aws) => aws.changeIntegration('parcels.list', { RequestParameters: { 'remove:header.x-tenant': "''" } }, { RequestParameters: { 'remove:header.x-tenant': '' } }), told: { effect: 'weakens', address: list } },
  { what: 'the token in the query of the upstream', do: (aws) => aws.changeIntegration('parcels.list', { RequestParameters: { 'append:querystring.t': '$request.header.Authorization' } }, { RequestParameters: { 'append:querystring.t': '' } }), told: { effect: 'exposes', address: list } },
  { what: 'a cookie that the gateway sets', do: (aws) => aws.changeIntegration('parcels.list', { ResponseParameters: { '200': { 'append:header.set-cookie': 'sid=theirs' } } }, { ResponseParameters: { '200': {} } }), told: { effect: 'weakens', address: list } },
  { what: 'good answers that clients are told are bad', do: (aws) => aws.changeIntegration('parcels.list', { ResponseParameters: { '200': { 'overwrite:statuscode': '503' } } }, { ResponseParameters: { '200': {} } }), told: { effect: 'breaks', address: list } },
  { what: 'another method at the upstream', do: (aws) => aws.changeIntegration('parcels.list', { IntegrationMethod: 'DELETE' }), told: { effect: 'weakens', address: list } },
  { what: 'a shorter time for the upstream', do: (aws) => aws.changeIntegration('parcels.list', { TimeoutInMillis: 50 }), told: { effect: 'differs', address: list } },
  { what: 'a route to somebody else that takes requests of ours', do: async (aws) => aws.addRoute('GET /parcels/special', { AuthorizationType: 'JWT', AuthorizerId: await aws.idOf('parcels'), AuthorizationScopes: ['parcels:read'] }, { IntegrationUri: EVIL }), told: { effect: 'exposes', address: routeAt('GET /parcels/special'), beside } },
  { what: 'an undeclared method behind our authorizer and scope', do: async (aws) => aws.addRoute('DELETE /parcels', { AuthorizationType: 'JWT', AuthorizerId: await aws.idOf('parcels'), AuthorizationScopes: ['parcels:read'] }), told: { effect: 'weakens', address: routeAt('DELETE /parcels'), beside }, verify: ['AWS-18'] },
  {
    what: 'a route behind an authorizer of another audience', told: { effect: 'opens', address: routeAt('GET /parcels'), beside: /^aws\.authorizer\/parcels\/other$/ },
    do: async (aws) => {
      const { AuthorizerId, undo } = await aws.addAuthorizer('other', ['rates']);
      const back = await aws.changeRoute('GET /parcels', { AuthorizerId });
      return async () => {
        await back();
        await undo();
      };
    },
  },
  { what: 'a route that asks for no scope', do: (aws) => aws.changeRoute('GET /parcels', { AuthorizationScopes: [] }), told: { effect: 'opens', address: routeAt('GET /parcels') }, verify: ['AWS-03'] },
  { what: 'a route that takes a weaker scope', do: (aws) => aws.changeRoute('POST /parcels', { AuthorizationScopes: ['parcels:send', 'parcels:read'] }), told: { effect: 'opens', address: routeAt('POST /parcels') } },
  { what: 'a route for whoever has an AWS account', do: (aws) => aws.changeRoute('GET /parcels', { AuthorizationType: 'AWS_IAM', AuthorizationScopes: [] }), told: { effect: 'opens', address: routeAt('GET /parcels') } },
  { what: 'an authorizer that trusts another issuer', do: (aws) => aws.changeAuthorizer('parcels', { Issuer: aws.issuer.replace(/[^/]+$/, 'master') }), told: { effect: 'opens', address: /^aws\.authorizer\/parcels\/parcels$/ } },
  { what: 'an operation name', do: (aws) => aws.changeRoute('GET /parcels', { OperationName: 'theirs' }), told: { effect: 'differs', address: routeAt('GET /parcels') } },
  { what: 'an address of IPv6', do: (aws) => aws.changeApi({ IpAddressType: 'dualstack' }, { IpAddressType: 'ipv4' }), told: { effect: 'differs', address: /^aws\.api\/parcels$/ } },
  { what: 'the default endpoint switched off', do: (aws) => aws.changeApi({ DisableExecuteApiEndpoint: true }, { DisableExecuteApiEndpoint: false }), told: { effect: 'breaks', address: /^aws\.api\/parcels$/ } },
  { what: 'a domain name for our API', do: (aws) => aws.mapDomain('parcels.evil.example', true), told: { effect: 'differs', address: /^aws\.domain\/parcels\.evil\.example\/v1$/ } },
  // Benign.
  { what: 'an API of somebody else that leads elsewhere', do: (aws) => aws.foreignApi('theirs', 'https://elsewhere.example/parcels', { key: '$default' }), told: 'silent' },
  { what: 'one on another port of the same machine', do: (aws) => aws.foreignApi('theirs', `http://127.0.0.1:${aws.port + 7}/parcels`), told: 'silent' },
  { what: 'one that knows our upstream, and no route leads there', do: (aws) => aws.foreignApi('theirs', `${aws.upstream}/parcels`, { unrouted: true }), told: 'silent' },
  { what: 'a tag of the bookkeeping', do: (aws) => aws.tag({ 'cost-center': '42' }), told: 'silent' },
  { what: 'a domain name of somebody else', do: (aws) => aws.mapDomain('theirs.example', false), told: 'silent' },
];
