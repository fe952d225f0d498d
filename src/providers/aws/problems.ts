import { problemCodes } from '../../problems/problem-meaning.ts';

export const awsProblems = problemCodes({
  AWS_ADOPTS: { meaning: '`targets.aws.adopts` names no HTTP API, or several.', next: 'State the id of one, or take it out where a new API is to be made.' },
  AWS_DEPLOYMENT_FAILED: { meaning: 'API Gateway could not deploy the API.', next: 'AWS gives the reason; mend it and apply again.' },
  AWS_FORBIDDEN: { meaning: 'The credentials may not do it.', next: '`aws sts get-caller-identity` shows whose they are; they need apigateway:* on /apis.' },
  AWS_ISSUER: { meaning: 'API Gateway cannot read the discovery document of the issuer.', next: 'The issuer must be reachable from AWS over public https.' },
  AWS_NOT_AWS: { meaning: 'What answers is not API Gateway.', next: 'Is `targets.aws.endpoint` right? Is there a proxy that answers for it?' },
  AWS_NOT_IN_FORCE: { meaning: 'API Gateway is still deploying.', next: 'Look at the deployments of the API, then apply again.' },
  AWS_NOT_THERE: { meaning: 'An object that was made before is not there.', next: 'Apply again; is somebody else at work on the API?' },
  AWS_REFUSED: { meaning: 'API Gateway refused a request.', next: 'Its own words are quoted.' },
  AWS_ROUTE_APPEARED: { meaning: 'Somebody else changed the API while apply deployed it, and nobody has seen what would be served.', next: 'Look at it with `authctl plan`, then apply again.' },
  AWS_THROTTLED: { meaning: "The account's rate of requests is used up.", next: 'Apply again later.' },
});
