import type { Permissions, Rights } from '../permissions.ts';

const below = (what: string): Rights => ({
  look: [`GET /apis/*/${what}`],
  write: [`POST /apis/*/${what}`, `PATCH /apis/*/${what}/*`],
  remove: [`DELETE /apis/*/${what}/*`],
});

/** Methods of API Gateway's management API and their resources: IAM actions `apigateway:GET` and so on. */
export const permissions: Permissions = {
  kinds: {
    'aws.api': {
      look: ['GET /apis'],
      write: ['POST /apis', 'PATCH /apis/*', 'DELETE /apis/*/cors', 'POST /tags/*', 'DELETE /tags/*'],
      remove: ['DELETE /apis/*'],
    },
    'aws.authorizer': below('authorizers'),
    'aws.integration': below('integrations'),
    // What is served still holds a route that is gone, and is marked.
    'aws.route': { ...below('routes'), remove: ['DELETE /apis/*/routes/*', 'PATCH /apis/*/deployments/*'] },
    'aws.stage': {
      // Where apply deploys, an export tells what a stage serves.
      look: ['GET /apis/*/stages', 'GET /apis/*/deployments', 'GET /apis/*/exports/*'],
      write: ['POST /apis/*/stages', 'PATCH /apis/*/stages/*', 'POST /apis/*/deployments'],
      remove: ['DELETE /apis/*/stages/*'],
    },
    'aws.mapping': {
      look: ['GET /domainnames/*/apimappings'],
      write: ['POST /domainnames/*/apimappings', 'PATCH /domainnames/*/apimappings/*', 'POST /tags/*'],
      remove: ['DELETE /domainnames/*/apimappings/*', 'DELETE /tags/*'],
    },
  },
  reach: ['GET /apis/*/deployments', 'GET /domainnames', 'GET /domainnames/*/apimappings'],
  apply: [],
  who: ['cloudtrail:LookupEvents'],
  verify: [],
  disruptive: [],
};
