import { isObject } from '../schema/errors.ts';
import { LuaCrash } from '../schema/validate.ts';
import type { Database } from './database.ts';
import { certificateOverrides } from './certificates.ts';
import { Answer, crashed, missing, plain } from './errors.ts';
import { generateEndpoints, ok } from './endpoints.ts';
import { informationEndpoints, type Node } from './information.ts';
import { applyOverrides, entityOverrides } from './overrides.ts';
import { checkContentType, readArguments, type RawRequest } from './request.ts';
import { allowedMethods, listPaths, makeRouter, type Endpoint, type Reply } from './routing.ts';
import { schemaEndpoints } from './schemas.ts';
import { tagEndpoints } from './tags.ts';
import { listTargets, upstreamEndpoints } from './upstreams.ts';

/** An answer to a request of the Admin API. A string is sent as HTML, anything else as JSON. */
export interface AdminReply extends Reply {
  readonly headers?: Readonly<Record<string, string>>;
}

const allEndpoints = (db: Database, node: Node, config: Endpoint): Endpoint[] => {
  const special = [
    ...upstreamEndpoints(db, node.id), ...tagEndpoints(db), ...schemaEndpoints(db, node.plugins), ...informationEndpoints(db, node), config,
  ];
  const written = new Set(special.map(({ path }) => path));
  const overrides = {
    ...entityOverrides(db), ...certificateOverrides(db), '/upstreams/:upstreams/targets': { GET: () => listTargets(db) },
  };
  const endpoints = [...applyOverrides(generateEndpoints(db), overrides).filter(({ path }) => !written.has(path)), ...special];
  const listing: Endpoint = { path: '/endpoints', methods: { GET: () => ok({ data: listPaths([...endpoints, listing]) }) } };
  return [...endpoints, listing];
};

const describeOptions = (endpoint: Endpoint): AdminReply => {
  const methods = allowedMethods(endpoint);
  const headers = { Allow: methods, 'Access-Control-Allow-Methods': methods, 'Access-Control-Allow-Headers': 'Content-Type' };
  return { status: 204, headers };
};

/** The Admin API as a function: a request in, an answer out. It never throws. */
export const makeAdminApp = (db: Database, node: Node, config: Endpoint): ((request: RawRequest) => AdminReply) => {
  const route = makeRouter(allEndpoints(db, node, config));
  const answer = (request: RawRequest): AdminReply => {
    const found = route(request.target.replace(/\?.*$/s, ''));
    if (!found) throw missing();
    const { endpoint, params } = found;
    checkContentType(request, endpoint.path === '/config');
    if (endpoint.disabled) throw missing();
    const handler = endpoint.methods[request.method === 'HEAD' ? 'GET' : request.method];
    if (!handler && request.method === 'OPTIONS') return describeOptions(endpoint);
    if (!handler) throw plain(405, 'Method not allowed');
    return handler({ method: request.method, params, ...readArguments(db, request, endpoint.schema) });
  };
  return (request) => {
    try {
      return answer(request);
    } catch (thrown) {
      if (thrown instanceof Answer) return { status: thrown.status, body: thrown.body };
      if (thrown instanceof LuaCrash || isObject(thrown)) return { status: 500, body: crashed().body };
      throw thrown;
    }
  };
};
