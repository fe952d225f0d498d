import type { AwsRow } from './aws-by-hand.ts';

const theirs = /^aws\.route\/theirs\//;
const BOX_OFFICE = '4h57kl2exampleboxoffice';
const KIOSK = '6u1r93exampleofakiosk';
const tickets = /^aws\.authorizer\/theatre\/tickets$/;
const prices = /^aws\.authorizer\/theatre\/prices$/;
/** The integration that a route by hand needs. */
const beside = /^aws\.integration\/theatre\/#/;

/** Where tokens name their client in the place of an audience: tickets takes those of both clients, prices those of the box office alone. */
export const awsClientRows = (at: { readonly tickets: string; readonly prices: string }): readonly AwsRow[] => [
  { what: 'a side door for one of the two clients of its service', do: (aws) => aws.foreignApi('theirs', `${at.tickets}/tickets`, { audience: KIOSK, scopes: ['tickets/read'] }), told: { effect: 'weakens', address: theirs } },
  { what: 'the same for both', do: (aws) => aws.foreignApi('theirs', `${at.tickets}/tickets`, { audience: [KIOSK, BOX_OFFICE], scopes: ['tickets/read'] }), told: { effect: 'weakens', address: theirs } },
  { what: 'a side door for a client of another service', do: (aws) => aws.foreignApi('theirs', `${at.prices}/prices`, { audience: KIOSK, scopes: ['tickets/read'] }), told: { effect: 'opens', address: theirs } },
  { what: 'a side door for its own client, and for one of another service', do: (aws) => aws.foreignApi('theirs', `${at.prices}/prices`, { audience: [BOX_OFFICE, KIOSK], scopes: ['prices/read', 'tickets/read'] }), told: { effect: 'opens', address: theirs } },
  { what: 'a further client at a guard', do: (aws) => aws.changeAuthorizer('prices', { Audience: [BOX_OFFICE, KIOSK] }), told: { effect: 'opens', address: prices } },
  { what: 'a client of nobody at a guard that has two', do: (aws) => aws.changeAuthorizer('tickets', { Audience: [BOX_OFFICE, KIOSK, 'theirs'] }), told: { effect: 'opens', address: tickets } },
  {
    what: 'a further route behind the guard of another service', told: { effect: 'opens', address: /^aws\.route\/theatre\/GET \/prices\/all$/, beside },
    do: async (aws) => aws.addRoute('GET /prices/all', { AuthorizationType: 'JWT', AuthorizerId: await aws.idOf('tickets'), AuthorizationScopes: ['tickets/read'] }, { IntegrationUri: `${at.prices}/prices` }),
  },
];
