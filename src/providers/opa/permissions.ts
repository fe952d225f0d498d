import type { Permissions } from '../permissions.ts';

/** Requests to OPA's API, and what is done at the store of bundles (`bundle:`). */
export const permissions: Permissions = {
  kinds: { 'opa.bundle': { look: ['GET /v1/status', 'bundle:read'], write: ['bundle:write'], remove: ['bundle:delete'] } },
  // What is loaded beside our bundle, and what it answers.
  reach: ['GET /v1/policies', 'GET /v1/config', 'POST /v1/query'],
  apply: [],
  who: [],
  verify: ['POST /v1/data/*', 'GET /v1/config'],
  disruptive: [],
};
