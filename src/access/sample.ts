import type { Route, Service } from '../blueprint/types.ts';

/** What is sent to a route so that its service can answer: the route's own sample before that of its service. */
export interface Sample {
  /** Values of path variables. */
  readonly path: Readonly<Record<string, string>>;
  /** Without the question mark. */
  readonly query: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON of a write. */
  readonly body: string | undefined;
}

export const sampleOf = ({ sample: ofAll }: Pick<Service, 'sample'>, { sample }: Pick<Route, 'sample'>): Sample => {
  const query = Object.entries({ ...ofAll?.query, ...sample?.query });
  // Names of headers have no case: the route's own is the one that counts.
  const headers = new Map([ofAll, sample].flatMap((one) => Object.entries(one?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), [name, value] as const] as const)));
  return {
    path: { ...ofAll?.path, ...sample?.path },
    query: query.length === 0 ? undefined : query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'),
    headers: [...headers.values()],
    body: sample?.body === undefined ? undefined : JSON.stringify(sample.body),
  };
};
