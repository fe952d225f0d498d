import { isObject } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Fields } from '../../core/spec.ts';
import { aws } from '../../providers/aws/specs/index.ts';
import type { Draft } from '../draft.ts';
import type { HttpApi, Integration } from './model.ts';

/** What API Gateway waits for an integration that says nothing. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html */
export const USUAL_TIMEOUT = 30_000;

/** What a blueprint's own fields say of an object. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  [aws.api.kind]: ['Name', 'ProtocolType', 'Tags'],
  [aws.stage.kind]: ['StageName', 'Tags'],
  [aws.integration.kind]: ['Description', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion', 'TimeoutInMillis'],
};

/** Fields that are not as API Gateway has them when nobody states them. */
const stated = ({ kind, fields }: { readonly kind: string; readonly fields: Fields }, found: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(found).filter(([name, value]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined || field.readOnly === true || SAID[kind]?.includes(name) === true || value == null) return false;
      return JSON.stringify(value) !== JSON.stringify(field.default ?? null) && !(isObject(value) && Object.keys(value).length === 0);
    }),
  );

/** What patterns state of an API and its stages although nobody has to: said as it was found, `null` where there is nothing. */
export const sayAsFound = (draft: Draft, { found, stages }: Pick<HttpApi, 'found' | 'stages'>): void => {
  if (found === undefined) return;
  draft.put(['raw', 'aws', 'api'], { Description: null, ...stated(aws.api, found.api) });
  const limits = stages.map((name) => throttleOf(found.stages[name]));
  const [first] = limits;
  const alike = first !== undefined && limits.every((one) => one?.rate === first.rate && one.burst === first.burst);
  if (alike) draft.put(['targets', 'aws', 'throttle'], first);
  for (const name of stages) {
    const { AutoDeploy: deploys, ...fields } = found.stages[name] ?? {};
    const { DefaultRouteSettings: settings = null, ...others } = stated(aws.stage, fields);
    const raw = { ...(deploys !== true && { AutoDeploy: false }), ...(!alike && { DefaultRouteSettings: isObject(settings) && Object.values(settings).some((value) => value !== false && value != null) ? settings : null }), ...others };
    if (Object.keys(raw).length > 0) draft.put(['raw', 'aws', 'stages', name], raw);
    if (deploys !== true) draft.comment(['raw', 'aws', 'stages', name], 'Nothing that is changed is in force at this stage before somebody deploys it.');
  }
};

/** Limits of a stage as a blueprint's own field says them; nothing where it has other settings, or none. */
const throttleOf = (stage: JsonObject | undefined): { readonly rate: number; readonly burst: number } | undefined => {
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst, ...others } = isObject(stage?.DefaultRouteSettings) ? stage.DefaultRouteSettings : {};
  if (typeof rate !== 'number' || typeof burst !== 'number' || !Number.isInteger(rate) || rate < 1 || rate > 10_000 || burst < 1 || burst > 5000) return undefined;
  return Object.values(others).some((value) => value !== false && value != null) ? undefined : { rate, burst };
};

interface Before {
  /** What the pattern would ask. */
  readonly method: string;
  readonly timeout: number;
  readonly payload: string;
}

/** What an integration says otherwise than a pattern would. */
export const integrationAsFound = ({ fields = {}, payload = '1.0', timeout = USUAL_TIMEOUT }: Integration, pattern: Before): JsonObject => {
  const { IntegrationMethod: method, ...others } = stated(aws.integration, fields);
  return {
    ...(method !== undefined && method !== pattern.method && { IntegrationMethod: method }),
    ...(payload !== pattern.payload && { PayloadFormatVersion: payload }),
    ...(timeout !== pattern.timeout && { TimeoutInMillis: timeout }),
    ...others,
  };
};
