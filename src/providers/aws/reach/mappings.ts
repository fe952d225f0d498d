import { effects } from '../../../core/resource.ts';
import type { Effect, Spec } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';

/** What a parameter mapping of an integration does, worst first. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html */
export interface Doing {
  readonly effect: Effect;
  readonly what: string;
}

const CREDENTIAL = /authorization|cookie|token|claims/i;

/** The upstream is told what nobody verified, or not what the client said. */
const requestDoing = (key: string, value: string): Doing => {
  const [action = '', place = ''] = key.split(':');
  const name = place.replace(/^(header|querystring)\./, '');
  if (place === 'path') return { effect: 'opens', what: `the upstream is asked for ${value} instead of the path that the route stands for` };
  if (action === 'remove') return { effect: 'weakens', what: `the upstream is not told ${place}` };
  if (CREDENTIAL.test(value) && /querystring/.test(place)) return { effect: 'exposes', what: `the upstream gets ${value} in the query parameter ${name}, where it is written down` };
  return { effect: 'opens', what: `the upstream is told ${name}: ${value} with every request, whoever asks` };
};

/** Clients are told another status than the upstream's, or more. */
const responseDoing = (status: string, key: string, value: string): Doing => {
  if (key === 'overwrite:statuscode') {
    const better = /^[45]/.test(status) && /^[23]/.test(value);
    return better
      ? { effect: 'opens', what: `clients are told ${value} where the upstream refuses with ${status}` }
      : { effect: 'breaks', what: `clients are told ${value} where the upstream answers ${status}` };
  }
  if (CREDENTIAL.test(value)) return { effect: 'exposes', what: `answers of status ${status} carry ${value} in ${key}` };
  return { effect: /set-cookie|location|security|origin|policy/i.test(key) ? 'weakens' : 'differs', what: `answers of status ${status} are changed: ${key} ${value}` };
};

const worst = (found: readonly Doing[]): Doing | undefined => found.toSorted((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect))[0];

export const requestDoings = (map: Spec): readonly Doing[] => Object.entries(map).map(([key, value]) => requestDoing(key, String(value)));
export const responseDoings = (map: Spec): readonly Doing[] =>
  Object.entries(map).flatMap(([status, changes]) => (isSpec(changes) ? Object.entries(changes).map(([key, value]) => responseDoing(status, key, String(value))) : []));

export const worstOf = (doings: readonly Doing[]): Doing | undefined => {
  const first = worst(doings);
  return first && { effect: first.effect, what: doings.map(({ what }) => what).join('; ') };
};
