import type { Started } from '../room.ts';
import type { StackNeeds } from '../types.ts';
import { addressName } from './upstreams.ts';

/** Tells the stand-in for API Gateway where each function runs: in the recording upstream of its service. */
export const tellFunctions = (functions: NonNullable<StackNeeds['functions']>, env: Started['env']): Promise<Started> =>
  tell('functions', Object.fromEntries(Object.entries(functions).map(([service, name]) => [name, placeOf(service, env)])), env);

/** The same of each place in a VPC, and of the VPC link that leads there. */
export const tellListeners = (listeners: NonNullable<StackNeeds['listeners']>, env: Started['env']): Promise<Started> =>
  tell('listeners', Object.fromEntries(Object.entries(listeners).map(([service, { arn, link }]) => [arn, { url: placeOf(service, env), link }])), env);

const placeOf = (service: string, env: Started['env']): string | undefined => env[`${addressName(service)}_URL`];

const tell = async (what: string, places: unknown, env: Started['env']): Promise<Started> => {
  const answer = await fetch(`${env.AWS_ENDPOINT ?? ''}/_authctl/${what}`, { method: 'PUT', body: JSON.stringify(places) });
  if (!answer.ok) throw new Error(`the stand-in for API Gateway answered ${answer.status}`);
  return { servers: [], env: {}, stop: () => Promise.resolve() };
};
