import type { AwsHands, AwsRow, Undo } from './aws-by-hand.ts';

const list = /^aws\.integration\/parcels\/parcels\.list$/;
const stage = /^aws\.stage\/parcels\/\$default$/;
const theirs = /^aws\.route\/theirs(#\w+)?\//;
const guard = /^aws\.authorizer\/parcels\/parcels$/;
const routeAt = (key: string): RegExp => new RegExp(`^aws\\.route/parcels/${key.replaceAll(/[.$+{}]/g, '\\$&')}$`);
const api = /^aws\.api\/parcels$/;
const EVIL = 'https://evil.example/parcels';
/** Everything of ours, where it is the API that is another one. */
const all = /^aws\.\w+\/parcels/;

const told = (parameters: Readonly<Record<string, string>>) => async (aws: AwsHands): Promise<Undo> =>
  aws.changeIntegration('parcels.list', { RequestParameters: { ...parameters } }, { RequestParameters: Object.fromEntries(Object.keys(parameters).map((key) => [key, ''])) });
const answered = (status: string, parameters: Readonly<Record<string, string>>) => async (aws: AwsHands): Promise<Undo> =>
  aws.changeIntegration('parcels.list', { ResponseParameters: { [status]: { ...parameters } } }, { ResponseParameters: { [status]: {} } });
const both = (first: (aws: AwsHands) => Promise<Undo>, second: (aws: AwsHands) => Promise<Undo>) => async (aws: AwsHands): Promise<Undo> => {
  const undone = [await first(aws), await second(aws)];
  return async () => {
    for (const undo of undone.toReversed()) await undo();
  };
};
const spelled = (what: string, url: (aws: AwsHands) => string): AwsRow => ({ what: `a side door to ${what}`, do: (aws) => aws.foreignApi('theirs', url(aws)), told: { effect: 'opens', address: theirs } });

/** More of it: other mappings, other spellings, other sources. */
export const moreAwsRows: readonly AwsRow[] = [
  spelled('the upstream in capitals', (aws) => `http://LOCALHOST:${aws.port}/parcels`),
  spelled('the upstream by IPv6', (aws) => `http://[::1]:${aws.port}/parcels`),
  spelled('the upstream by IPv6 with an address of IPv4 in it', (aws) => `http://[::ffff:127.0.0.1]:${aws.port}/parcels`),
  spelled('the upstream by its address in hexadecimals', (aws) => `http://0x7f000001:${aws.port}/parcels`),
  spelled('a port with zeros before it', (aws) => `http://127.0.0.1:0${aws.port}/parcels`),
  spelled('a place that a variable of the stage names, which nobody has set', () => 'http://${stageVariables.nowhere}/parcels'),
  { what: 'a user of their own making for the upstream', do: told({ 'overwrite:header.x-forwarded-user': 'admin' }), told: { effect: 'opens', address: list } },
  { what: 'a role that the gateway makes up in the query', do: told({ 'overwrite:querystring.admin': 'true' }), told: { effect: 'opens', address: list } },
  { what: 'the subject of a token as a header', do: told({ 'append:header.x-user': '$context.authorizer.claims.sub' }), told: { effect: 'opens', address: list } },
  { what: 'a parameter that the gateway takes away', do: told({ 'remove:querystring.page': "''" }), told: { effect: 'weakens', address: list } },
  { what: 'an answer that loses what protects a page', do: answered('200', { 'remove:header.strict-transport-security': "''" }), told: { effect: 'weakens', address: list } },
  { what: 'an answer that leads elsewhere', do: answered('200', { 'overwrite:header.location': 'https://evil.example' }), told: { effect: 'weakens', address: list } },
  { what: 'an answer with claims of the token in it', do: answered('200', { 'append:header.x-debug': '$context.authorizer.claims.sub' }), told: { effect: 'exposes', address: list } },
  { what: 'an error that is told as another', do: answered('500', { 'overwrite:statuscode': '404' }), told: { effect: 'breaks', address: list } },
  { what: 'tokens read from another header', do: (aws) => aws.changeAuthorizer('parcels', { IdentitySource: ['$request.header.X-Token'] }), told: { effect: 'weakens', address: guard } },
  {
    what: 'our upstream named by a variable of the stage, which leads elsewhere', told: { effect: 'exposes', address: list, beside: stage },
    do: both((aws) => aws.changeStage({ StageVariables: { host: 'evil.example' } }, () => aws.changeStage({ StageVariables: { host: '' } })), (aws) => aws.changeIntegration('parcels.list', { IntegrationUri: 'https://${stageVariables.host}/parcels' })),
  },
  { what: 'our upstream by plain http and another path', do: (aws) => aws.changeIntegration('parcels.list', { IntegrationUri: `${aws.upstream}/internal` }), told: { effect: 'opens', address: list } },
  { what: 'our routes from pages of somebody else, with credentials', do: async (aws) => {
    const { CorsConfiguration } = await aws.api();
    return aws.changeApi({ CorsConfiguration: { AllowOrigins: ['https://evil.example'], AllowCredentials: true, AllowMethods: ['GET'], AllowHeaders: ['authorization'] } }, { CorsConfiguration });
  }, told: { effect: 'weakens', address: api } },
  { what: 'no page may read what we answer any more', do: (aws) => aws.closeCors(), told: { effect: 'breaks', address: api } },
  { what: 'our API without our mark', do: (aws) => aws.remark(undefined), told: { effect: 'breaks', address: all, beside: all } },
  { what: 'our API under the mark of another blueprint', do: (aws) => aws.remark('another'), told: { effect: 'breaks', address: all, beside: all } },
  { what: 'a wider method behind our authorizer and scope', do: async (aws) => aws.addRoute('ANY /parcels', { AuthorizationType: 'JWT', AuthorizerId: await aws.idOf('parcels'), AuthorizationScopes: ['parcels:read'] }), told: { effect: 'weakens', address: routeAt('ANY /parcels'), beside: /^aws\.integration\/parcels\/#/ }, verify: ['AWS-18'] },
  { what: 'a route for a path with a variable, to our upstream, without a guard', do: (aws) => aws.addRoute('GET /{anything+}'), told: { effect: 'opens', address: routeAt('GET /{anything+}'), beside: /^aws\.integration\/parcels\/#/ }, verify: ['AWS-13'] },
  { what: 'a page of somebody else on our API, which leads elsewhere', do: (aws) => aws.addRoute('GET /about', {}, { IntegrationUri: 'https://elsewhere.example/about' }), told: { effect: 'exposes', address: routeAt('GET /about'), beside: /^aws\.integration\/parcels\/#/ } },
  { what: 'our API under another name', do: (aws) => aws.changeApi({ Name: 'renamed' }, { Name: 'parcels' }), told: { effect: 'differs', address: api } },
  { what: 'our authorizer under another name', do: (aws) => aws.changeAuthorizer('parcels', { Name: 'renamed' }), told: { effect: 'differs', address: guard } },
  {
    what: 'our authorizer under another name, and a route that it no longer stands before', told: { effect: 'opens', address: routeAt('GET /parcels'), beside: guard }, verify: ['AWS-13'],
    do: both((aws) => aws.changeRoute('GET /parcels', { AuthorizationType: 'NONE', AuthorizationScopes: [] }), (aws) => aws.changeAuthorizer('parcels', { Name: 'renamed' })),
  },
  { what: 'our authorizer under another name, for another audience', do: (aws) => aws.changeAuthorizer('parcels', { Name: 'renamed', Audience: ['rates'] }), told: { effect: 'opens', address: guard } },
  { what: "an API of somebody else that leads to Keycloak's administration", do: (aws) => aws.foreignApi('theirs', `${aws.keycloak}/admin/{proxy}`, { key: 'ANY /{proxy+}' }), told: { effect: 'opens', address: theirs }, verify: ['AWS-20'] },
  { what: 'the same through a path that its caller chooses', do: (aws) => aws.foreignApi('theirs', `${aws.keycloak.replace('127.0.0.1', 'localhost')}/{proxy}`, { key: 'ANY /{proxy+}' }), told: { effect: 'opens', address: theirs }, verify: ['AWS-20'] },
  { what: 'an API of somebody else that leads to where Keycloak signs people in', do: (aws) => aws.foreignApi('theirs', `${aws.keycloak}/realms/parcels/protocol/openid-connect/token`), told: { effect: 'weakens', address: theirs } },
  { what: "an API of somebody else that leads to Keycloak's pictures", do: (aws) => aws.foreignApi('theirs', `${aws.keycloak}/resources/logo.png`), told: 'silent' },
  { what: "a page of our API that leads to Keycloak's administration", do: (aws) => aws.addRoute('ANY /manage/{proxy+}', {}, { IntegrationUri: `${aws.keycloak}/admin/{proxy}` }), told: { effect: 'opens', address: routeAt('ANY /manage/{proxy+}'), beside: /^aws\.integration\/parcels\/#/ }, verify: ['AWS-20'] },
  { what: "a route of ours that leads to Keycloak's administration", do: (aws) => aws.changeIntegration('parcels.list', { IntegrationUri: `${aws.keycloak}/admin/realms` }), told: { effect: 'opens', address: list }, verify: ['AWS-20'] },
  { what: 'an API of somebody else whose name resolves nowhere', do: (aws) => aws.foreignApi('theirs', 'https://nowhere.invalid/parcels'), told: 'silent' },
  { what: 'a second stage with variables of its own', do: (aws) => aws.addStage('dev', { AutoDeploy: true, StageVariables: { host: 'evil.example' } }), told: { effect: 'differs', address: /^aws\.stage\/parcels\/dev$/ } },
  { what: 'more time for the upstream', do: (aws) => aws.changeIntegration('parcels.list', { TimeoutInMillis: 29_000 }), told: { effect: 'differs', address: list } },
  { what: 'a user and a role of their own making at once', do: told({ 'overwrite:header.x-user': 'admin', 'append:querystring.role': 'admin' }), told: { effect: 'opens', address: list } },
  { what: 'an authorizer that stands before nothing', do: async (aws) => (await aws.addAuthorizer('idle', ['rates'])).undo, told: { effect: 'differs', address: /^aws\.authorizer\/parcels\/idle$/ } },
  { what: 'no audience that anybody has', do: (aws) => aws.changeAuthorizer('parcels', { Audience: ['nobody'] }), told: { effect: 'opens', address: guard } },
  { what: 'a route of somebody else by a variable of its stage that leads to Keycloak', do: (aws) => aws.foreignApi('theirs', 'http://${stageVariables.host}/admin/realms', { variables: { host: new URL(aws.keycloak).host } }), told: { effect: 'opens', address: theirs }, verify: ['AWS-20'] },
  { what: 'a way to Keycloak by the decimal form of its address', do: (aws) => aws.foreignApi('theirs', `http://2130706433:${new URL(aws.keycloak).port}/admin/realms`), told: { effect: 'opens', address: theirs }, verify: ['AWS-20'] },
  { what: "a way to Keycloak's administration with our tokens and our scope", do: (aws) => aws.foreignApi('theirs', `${aws.keycloak}/admin/realms`, { audience: 'parcels', scopes: ['parcels:read'] }), told: { effect: 'weakens', address: theirs } },
  { what: 'our integration under another description', do: (aws) => aws.changeIntegration('parcels.list', { Description: 'theirs' }, { Description: 'authctl parcels.list' }), told: { effect: 'differs', address: list } },
  { what: 'our integration without a description, which leads elsewhere', do: (aws) => aws.changeIntegration('parcels.list', { Description: '', IntegrationUri: EVIL }, { Description: 'authctl parcels.list' }), told: { effect: 'exposes', address: list }, verify: ['AWS-20'] },
  {
    what: 'an integration of somebody else under our mark, to which our route leads', told: { effect: 'exposes', address: /^aws\.(route\/parcels\/GET \/parcels|integration\/parcels\/parcels\.list(#\w+)?)$/ }, verify: ['AWS-20'],
    do: async (aws) => {
      const { Target, undo } = await aws.addIntegration({ Description: 'authctl parcels.list', IntegrationMethod: 'GET', IntegrationUri: EVIL });
      const back = await aws.changeRoute('GET /parcels', { Target });
      return async () => {
        await back();
        await undo();
      };
    },
  },
  {
    what: 'a route of ours that leads to an integration of somebody else', told: { effect: 'exposes', address: /^aws\.(route\/parcels\/GET \/parcels|integration\/parcels\/#\w+)$/ }, verify: ['AWS-20'],
    do: async (aws) => {
      const { Target, undo } = await aws.addIntegration({ IntegrationUri: EVIL });
      const back = await aws.changeRoute('GET /parcels', { Target });
      return async () => {
        await back();
        await undo();
      };
    },
  },
  { what: 'a route of ours that leads where another one does', do: async (aws) => aws.changeRoute('GET /parcels', { Target: await aws.targetOf('parcels.send') }), told: { effect: 'opens', address: routeAt('GET /parcels') }, verify: ['AWS-20'] },
];
