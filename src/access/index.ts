/**
 * The one room that answers "may this caller pass": by what the blueprint says, and by what is live. Nothing is contacted.
 *
 * - Who somebody is: `principalsOf` (everybody; `furtherClients` of further issuers among them), whose tokens a service takes: `issuersOf`, for whom they must be: `audiencesFrom`, `rolesOf` (realm roles by every way there is; `givenRoles` before composites), `callersOf`
 *   (roles, scopes granted and withheld, audiences), `claimsOf` (the token Keycloak would issue), `decidingRoles` (roles that let anybody in). A new
 *   way to a role is added in roles.ts.
 * - Who does what with a request: `decides` (for one route behind one gateway), and for the whole blueprint or a service `hasPolicy`,
 *   `kongAsks`, `servicesDecide`, `kongVerifies`, `serviceVerifies`.
 * - What stands against a caller: `refusalOf` (issuer, audience, scopes, roles), `ownerRefusal` and `mayUseAny` (whose object it is).
 * - How people must sign in: `signInDemand` (what a route demands of it), `demandsSignIn`, `levelsOf`, `levelsWithin` (where verify can).
 * - Which route a request is: `routeOf`, with `matchText`, `routeKey` (the name of its objects), `sampleOf` (a path of it), `aboutLike` (its host and headers) and `awsKeysOf`.
 * - What the policy is told: `policyInput` (the question), `policyData` (the facts beside the Rego); `shapeOf` (in which form), `answerOf` (where it says
 *   yes), `decisionOf` and `decisionsOf` (which decision is asked).
 * - What must be: `expected`, `judgedCallers`, `whoPasses`, `listedFor`: the only readers of the blueprint's `expect`.
 * - All of it together: `matrixOf`, with the answers to `questionsOf`; `asFound` (the blueprint as the targets have it); `accessChanges`
 *   (which cells a plan opens and closes), `byChange` and `judgedByCells` (by which of its changes, and how bad they are), `requestGains` and `roleGains` (what is open beside them), `notWorkedOut`, `inTheMatrix` (whether cells show what a change does).
 */
export { beyond, isRoleGain } from './as-found/beyond.ts';
export { throughDoors } from './as-found/doors.ts';
export { asFound } from './as-found/index.ts';
export type { AsFound } from './as-found/index.ts';
export { callerNamed, callersOf, claimsOf, principalsOf } from './callers.ts';
export type { Caller } from './callers.ts';
export { judgedByCells, passesIn } from './by-cells.ts';
export type { CellsBy } from './by-cells.ts';
export { byChange } from './by-change.ts';
export { accessChanges } from './changes.ts';
export { CLOSED_SCOPE, decides, hasPolicy, kongAsks, kongVerifies, servicesDecide, serviceVerifies } from './decides.ts';
export { decidingRoles } from './deciding.ts';
export { expected, isListed, judgedCallers, listedFor, listedIn, ownTokenHolders, rowsOf, tokenHolders, whoPasses } from './expect.ts';
export { furtherClients } from './further.ts';
export { gainsIn, notWorkedOut, requestGains, roleGains } from './gains.ts';
export { inTheMatrix } from './in-the-matrix.ts';
export { cellKey, isCellOf, matrixOf, questionsOf } from './matrix.ts';
export type { Part } from './matrix.ts';
export type { Cell, Matrix, PolicyAnswer, Question } from './matrix.ts';
export { audiencesFrom, audiencesOfClient } from './meant-for.ts';
export { demandsSignIn, levelsOf, levelsWithin, signInDemand } from './sign-in.ts';
export { sampleOf } from './sample.ts';
export { foreignObject, mayUseAny, ownObject, pathFor, pathOfObject, requestText, whosesOf } from './ownership.ts';
export type { Whose } from './ownership.ts';
export { policyData } from './policy-data.ts';
export { policyInput } from './policy-input.ts';
export { answerOf, bundleName, decisionOf, decisionsOf, isYes, shapeOf, tokenInQuestion } from './question.ts';
export { issuersOf, ownerRefusal, refusalOf } from './refusal.ts';
export { gateOf, givenRoles, rolesOf } from './roles.ts';
export { kongPriority } from './kong-priority.ts';
export { GRPC, aboutLike, arriving, awsKeysOf, baseOf, fitsHost, fitsPath, isGrpc, isPrefix, isVariable, isWrite, kongPathOf, matchText, pathLike, routeKey, routeOf, statedOf, writeOf } from './routing.ts';
export type { About } from './routing.ts';
