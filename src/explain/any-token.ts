import type { Blueprint } from '../blueprint/types.ts';

/** What it means at AWS that a route takes any token: told whenever somebody looks, because nothing refuses it. */
export const anyTokenNotes = ({ services }: Blueprint): readonly string[] => {
  const open = Object.values(services).flatMap(({ id, routes }) => routes.filter((route) => route.anyToken === true && route.gateways.includes('aws')).map((route) => `${id}.${route.id}`));
  const names = [...new Set(open)];
  return names.length === 0 ? [] : [`warning: any token for its audience passes at ${names.join(', ')} (anyToken): at AWS an ID token with that audience or client_id, too, whoever it was made for`];
};
