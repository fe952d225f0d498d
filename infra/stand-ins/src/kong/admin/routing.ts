import type { EntitySchema } from '../schema/types.ts';
import type { Arguments } from './request.ts';

/** What an endpoint answers with; no body is an empty one. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

/** A request at an endpoint: the parts of the path that stand for something, still percent-encoded, and the arguments. */
export interface Call extends Arguments {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Reply;

export interface Endpoint {
  /** `/services/:services/routes` */
  readonly path: string;
  /** Whose fields a form has. */
  readonly schema?: EntitySchema;
  readonly methods: Readonly<Record<string, Handler>>;
  /** Kept for the path's sake: everything is answered with 404. */
  readonly disabled?: boolean;
}

interface Match {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

const segmentsOf = (path: string): string[] => path.split('/').slice(1);

const matchPath = (path: readonly string[], segments: readonly string[]): Record<string, string> | undefined => {
  if (path.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, wanted] of path.entries()) {
    const segment = segments[index] ?? '';
    if (wanted.startsWith(':')) {
      if (segment === '') return undefined;
      params[wanted.slice(1)] = segment;
    } else if (wanted !== segment) return undefined;
  }
  return params;
};

/** Words go before placeholders, from the left, among paths of one length. */
const byPrecision = (left: readonly string[], right: readonly string[]): number => {
  if (left.length !== right.length) return left.length - right.length;
  for (const [index, segment] of left.entries()) {
    const difference = Number(segment.startsWith(':')) - Number(right[index]?.startsWith(':') ?? false);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Finds the endpoint of a path; one slash at the end makes no difference. */
export const makeRouter = (endpoints: readonly Endpoint[]): ((path: string) => Match | undefined) => {
  const table = endpoints.map((endpoint) => ({ endpoint, segments: segmentsOf(endpoint.path) }))
    .sort((left, right) => byPrecision(left.segments, right.segments));
  return (path) => {
    const segments = segmentsOf(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
    for (const { endpoint, segments: wanted } of table) {
      const params = matchPath(wanted, segments);
      if (params) return { endpoint, params };
    }
    return undefined;
  };
};

/** The methods an endpoint answers, as `OPTIONS` lists them. */
export const allowedMethods = ({ methods }: Endpoint): string =>
  [...new Set([...Object.keys(methods), ...(methods['GET'] ? ['HEAD'] : []), 'OPTIONS'])].sort().join(', ');

/** `/endpoints`: the paths in the order that keeps what is below a path behind it. */
export const listPaths = (endpoints: readonly Endpoint[]): string[] =>
  endpoints.map(({ path }) => path.replace(/:([^/]+)/g, '{$1}'))
    .sort((left, right) => (left.replaceAll('/', '\0') < right.replaceAll('/', '\0') ? -1 : 1));
