import type { Danger, Desired, Effect, Live } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import type { Fields } from '../../../core/spec.ts';
import { unstatedDangers } from '../../../core/unstated.ts';
import type { Unstated } from '../../../core/unstated.ts';
import { aws } from '../specs/index.ts';
import { requestDoings, responseDoings, worstOf } from './mappings.ts';
import type { Doing } from './mappings.ts';

const fieldsOf: ReadonlyMap<string, Fields> = new Map(Object.values(aws).map(({ kind, fields }) => [kind, fields]));

/** Objects of ours compared whole: what the blueprint leaves out must be as AWS has it. */
export const wholeDangers = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const held = new Map(live.map((object) => [addressOf(object), object]));
  return desired.flatMap((object) => {
    const found = held.get(addressOf(object));
    const fields = fieldsOf.get(object.kind);
    if (found === undefined || fields === undefined) return [];
    const doings = new Map<string, Doing>();
    const effectOf = (field: Unstated): Effect | undefined => {
      const doing = doingOf(object, found, field);
      if (doing) doings.set(field.path, doing);
      return doing?.effect;
    };
    return unstatedDangers(object, found, { fields, effectOf })
      .filter(({ field = '' }) => !isLabel(field) && !isIdle(object, field) && field !== 'AccessLogSettings.Format')
      .map((danger) => {
        const doing = doings.get(danger.field ?? '');
        return doing ? { ...danger, what: `${doing.what}: ${danger.what}` } : danger;
      });
  });
};

/** Which payload an authorizer function gets is said of such functions alone: beside a JWT authorizer it decides nothing, whatever stands there. */
const isIdle = ({ kind, spec }: Desired, field: string): boolean =>
  field === 'AuthorizerPayloadFormatVersion' && kind === aws.authorizer.kind && spec['AuthorizerType'] === 'JWT';

/** A label changes neither who passes nor where requests go. */
const isLabel = (field: string): boolean => field === 'Tags' || field.startsWith('Tags.');

const doingOf = (desired: Desired, live: Live, { path, held }: Unstated): Doing | undefined => {
  switch (desired.kind) {
    case aws.integration.kind:
      return integrationDoing(path, held);
    case aws.route.kind:
      return path === 'ApiKeyRequired' || path.startsWith('Request') || path === 'ModelSelectionExpression'
        ? { effect: 'breaks', what: 'requests are refused that the blueprint lets through' }
        : undefined;
    case aws.stage.kind:
      return stageDoing(desired, live, { path, held });
    default:
      return undefined;
  }
};

const integrationDoing = (path: string, held: Unstated['held']): Doing | undefined => {
  if (path === 'RequestParameters') return isSpec(held) ? worstOf(requestDoings(held)) : undefined;
  if (path === 'ResponseParameters') return isSpec(held) ? worstOf(responseDoings(held)) : undefined;
  if (path === 'ConnectionType' || path === 'ConnectionId' || path === 'IntegrationSubtype')
    return { effect: 'exposes', what: 'requests and their tokens go elsewhere than the blueprint says' };
  return path === 'TimeoutInMillis' ? { effect: 'breaks', what: 'slow answers do not arrive' } : undefined;
};

/** Anything that tells who asked, for what, or by which token. */
const PERSONAL = /\$\{?context\.(authorizer|identity|path|customDomain|error)|authorization|claims/i;

const stageDoing = ({ spec }: Desired, live: Live, { path, held }: Pick<Unstated, 'held' | 'path'>): Doing | undefined => {
  const log = live.spec['AccessLogSettings'];
  // A log is one thing, though it has two fields: told by where it goes, with what stands in it.
  if (path === 'AccessLogSettings.DestinationArn' && isSpec(log)) {
    const to = String(held);
    const personal = PERSONAL.test(String(log['Format']));
    return { effect: personal ? 'exposes' : 'differs', what: `a line about every request is written to ${to}${personal ? ', with who asked for what' : ''}` };
  }
  if (!/Throttling(Burst|Rate)Limit$/.test(path)) return undefined;
  const general = isSpec(spec['DefaultRouteSettings']) ? spec['DefaultRouteSettings'][path.slice(path.lastIndexOf('.') + 1)] : undefined;
  if (typeof general !== 'number' || typeof held !== 'number') return { effect: 'differs', what: 'a limit of requests is not the one of the blueprint' };
  const effect: Effect = held < general ? 'breaks' : 'weakens';
  return { effect, what: held < general ? 'requests are refused that the blueprint lets through' : 'more requests are let through than the blueprint says' };
};
