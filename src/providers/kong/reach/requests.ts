import { GRPC } from '../../../access/index.ts';
import { textsOf } from '../../../core/json.ts';
import { expressionOf } from './expression.ts';
import type { LiveRoute } from './objects.ts';
import { hostTest } from './router.ts';
import type { Request } from './router.ts';
import { samplesOf } from './samples.ts';

const FORM = 'x';

/** Paths that a route takes, as people would write them; `/` where it asks for none. */
export const pathsOf = ({ spec }: LiveRoute): readonly string[] => {
  if (typeof spec.expression === 'string' && spec.expression !== '') return expressionPaths(spec.expression);
  const paths = textsOf(spec.paths).flatMap((path) => (path.startsWith('~') ? samplesOf(path.slice(1)) : [path, `${path.replace(/\/$/, '')}/${FORM}`]));
  return textsOf(spec.paths).length === 0 ? ['/'] : [...new Set(paths)];
};

const expressionPaths = (source: string): readonly string[] => {
  const { literals } = expressionOf(source);
  const paths = literals('http.path').flatMap((text) => (text.startsWith('/') ? [text, `${text.replace(/\/$/, '')}/${FORM}`] : samplesOf(text.replace(/^\^/, ''))));
  return paths.length === 0 ? ['/'] : [...new Set(paths)];
};

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** Kong answers whatever is no call there itself. (kong/db/schema/entities/routes.lua: no route mixes calls with others) */
export const isOfGrpc = ({ spec }: Pick<LiveRoute, 'spec'>): boolean => textsOf(spec.protocols).some((one) => one === 'grpc' || one === 'grpcs');

/** Methods by which clients ask for what is behind a route. */
export const askedBy = (route: LiveRoute): readonly string[] => (isOfGrpc(route) ? ['POST'] : methodsOf(route));

/** Methods that a route takes. */
export const methodsOf = ({ spec }: LiveRoute): readonly string[] => {
  const stated = typeof spec.expression === 'string' ? expressionOf(spec.expression).literals('http.method') : textsOf(spec.methods);
  return stated.length > 0 ? stated : METHODS;
};

/** The Host headers with which a route can be met: those of `hosts` that it takes, else one of its own. */
export const hostsFor = ({ spec }: LiveRoute, hosts: readonly string[]): readonly (string | undefined)[] => {
  const stated = typeof spec.expression === 'string' ? expressionOf(spec.expression).literals('http.host') : textsOf(spec.hosts);
  if (stated.length === 0) return [hosts[0]];
  const known = hosts.filter((host) => stated.some((pattern) => hostTest(pattern)(host)));
  return known.length > 0 ? known : stated.map((pattern) => pattern.replace(/^\*/, FORM).replace(/\*$/, FORM)).slice(0, 1);
};

/** Headers that a route asks for. */
export const headersFor = ({ spec }: LiveRoute): Readonly<Record<string, string>> => {
  if (typeof spec.expression === 'string') {
    const { literals } = expressionOf(spec.expression);
    const asked = [...spec.expression.matchAll(/http\.headers\.(\w+)/g)].map(([, name = '']) => name);
    return Object.fromEntries(asked.map((name) => [name.toLowerCase().replaceAll('_', '-'), literals(`http.headers.${name}`)[0] ?? '']));
  }
  return Object.fromEntries(
    Object.entries(spec.headers ?? {}).map(([name, values]) => {
      const [first = ''] = textsOf(values);
      return [name.toLowerCase(), first.startsWith('~*') ? (samplesOf(first.slice(2).replace(/^\^/, ''))[0] ?? first.slice(2)) : first];
    }),
  );
};

/** One request for each path of a route, by the first of its methods. */
export const requestsOf = (route: LiveRoute, hosts: readonly string[]): readonly Request[] => {
  const [host] = hostsFor(route, hosts);
  const headers = headersFor(route);
  const [method = 'GET'] = askedBy(route);
  return pathsOf(route).map((path) => ({ method, host, path, headers }));
};

/** A request in words: `GET /bd with Host: other.example`, or `GRPC /depot.v1.Stock/Get` to a route of gRPC. */
export const inWords = ({ method: asked, path, host, headers }: Request, hosts: readonly string[], route?: Pick<LiveRoute, 'spec'>): string => {
  const method = route && isOfGrpc(route) ? GRPC : asked;
  const said = [...(host === undefined || hosts.includes(host) ? [] : [`Host: ${host}`]), ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return `${method} ${path}${said.length > 0 ? ` with ${said.join(' and ')}` : ''}`;
};
