import type { AwsRow } from './aws-by-hand.ts';

const FUNCTION = 'arn:aws:lambda:ap-northeast-1:000000000000:function';
const INVOKED = `arn:aws:apigateway:ap-northeast-1:lambda:path/2015-03-31/functions/${FUNCTION}:bookings/invocations`;
const asked = { IntegrationType: 'AWS_PROXY', IntegrationMethod: 'POST', PayloadFormatVersion: '2.0' } as const;
const list = /^aws\.integration\/bookings\/bookings\.list$/;
const copied = /^aws\.route\/theirs\/GET \/copy$/;

/** What is done by hand to an API in front of Lambda functions. */
export const awsFunctionRows: readonly AwsRow[] = [
  { what: 'another alias of the function', do: (aws) => aws.changeIntegration('bookings.list', { IntegrationUri: `${FUNCTION}:bookings:draft` }), told: { effect: 'opens', address: list } },
  { what: 'the function of another service', do: (aws) => aws.changeIntegration('bookings.list', { IntegrationUri: `${FUNCTION}:rooms` }), told: { effect: 'opens', address: list } },
  { what: 'a function of somebody else', do: (aws) => aws.changeIntegration('bookings.list', { IntegrationUri: `${FUNCTION}:theirs` }), told: { effect: 'exposes', address: list } },
  { what: 'an event of the other form', do: (aws) => aws.changeIntegration('bookings.list', { PayloadFormatVersion: '1.0' }), told: { effect: 'breaks', address: list } },
  { what: 'an API of somebody else that asks our function', do: (aws) => aws.foreignApi('theirs', `${FUNCTION}:bookings:live`, { asked }), told: { effect: 'opens', address: copied }, verify: ['AWS-14'] },
  { what: 'the same at another alias', do: (aws) => aws.foreignApi('theirs', `${FUNCTION}:bookings:draft`, { asked }), told: { effect: 'opens', address: copied }, verify: ['AWS-14'] },
  { what: 'the same by the address of its invocations', do: (aws) => aws.foreignApi('theirs', INVOKED, { asked }), told: { effect: 'opens', address: copied }, verify: ['AWS-14'] },
  { what: 'the same by a variable of a stage', do: (aws) => aws.foreignApi('theirs', `${FUNCTION}:\${stageVariables.function}`, { asked, variables: { function: 'rooms' } }), told: { effect: 'opens', address: copied }, verify: ['AWS-14'] },
  { what: 'the same with tokens for another audience', do: (aws) => aws.foreignApi('theirs', `${FUNCTION}:bookings`, { asked, audience: 'rooms', scopes: ['rooms:read'] }), told: { effect: 'opens', address: copied }, verify: ['AWS-14'] },
  { what: 'a scope where any token is enough', do: (aws) => aws.changeRoute('GET /bookings/today', { AuthorizationScopes: ['bookings:read'] }), told: { effect: 'weakens', address: /^aws\.route\/bookings\/GET \/bookings\/today$/ }, verify: ['AWS-22'] },
  { what: 'no token where any one is asked for', do: (aws) => aws.changeRoute('GET /bookings/today', { AuthorizationType: 'NONE' }), told: { effect: 'opens', address: /^aws\.route\/bookings\/GET \/bookings\/today$/ }, verify: ['AWS-13', 'AWS-22'] },
  { what: 'a further stage', do: (aws) => aws.addStage('dev', { AutoDeploy: true }), told: { effect: 'differs', address: /^aws\.stage\/bookings\/dev$/ } },
  { what: 'CORS for everybody', do: (aws) => aws.openCors(), told: { effect: 'weakens', address: /^aws\.api\/bookings$/ } },
  { what: 'an API of somebody else that asks a function of theirs', do: (aws) => aws.foreignApi('theirs', `${FUNCTION}:bookings-of-others`, { asked }), told: 'silent' },
];
