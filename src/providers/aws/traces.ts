import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { Traces } from '../../core/provider.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Changed, Live } from '../../core/resource.ts';
import { momentOf } from '../../core/traces.ts';
import type { LookUp } from './cloudtrail.ts';
import { aws as specs } from './specs/index.ts';

/** What records call an object of a kind, and by which calls it is changed. */
const CALLS: Readonly<Record<string, { readonly what: string; readonly id: string }>> = {
  [specs.api.kind]: { what: 'Api', id: 'apiId' },
  [specs.authorizer.kind]: { what: 'Authorizer', id: 'authorizerId' },
  [specs.integration.kind]: { what: 'Integration', id: 'integrationId' },
  [specs.route.kind]: { what: 'Route', id: 'routeId' },
  [specs.stage.kind]: { what: 'Stage', id: 'stageName' },
};

/**
 * When and by whom, as CloudTrail's event history has it of the last ninety days: the last call that made or changed an object, which is known there by
 * its id. Of what is gone nothing is told: its id is gone, too.
 */
export const tracesIn = async (lookUp: LookUp, found: readonly Address[], live: readonly Live[]): Promise<Traces> => {
  const asked = new Set(found);
  const sought = live.flatMap((object) => {
    const call = CALLS[object.kind];
    const ids = idsOf(object.ref);
    return call && ids && asked.has(addressOf(object)) ? [{ address: addressOf(object), call, ...ids }] : [];
  });
  if (sought.length === 0) return { changed: new Map() };
  const names = [...new Set(sought.flatMap(({ call: { what } }) => [`Create${what}`, `Update${what}`]))];
  const looked = await lookUp(names);
  if ('untold' in looked) return { changed: new Map(), untold: looked.untold };
  const records = looked.flatMap(recordIn).toSorted((one, other) => other.time - one.time);
  return {
    changed: new Map(
      sought.flatMap(({ address, call, api, id }) => {
        const record = records.find(({ name, fields }) => name.endsWith(call.what) && fields['apiId'] === api && fields[call.id] === id);
        const at = momentOf(record?.time);
        return record === undefined || at === undefined ? [] : [[address, { at, ...(record.by !== undefined && { by: record.by }) } satisfies Changed] as const];
      }),
    ),
  };
};

/** An API is known by its own id, what belongs to it by both. */
const idsOf = (ref: unknown): { readonly api: string; readonly id: string } | undefined => {
  if (typeof ref === 'string') return { api: ref, id: ref };
  const { ApiId: api, id } = objectOf(ref);
  return typeof api === 'string' && typeof id === 'string' ? { api, id } : undefined;
};

interface CallRecord {
  readonly time: number;
  readonly name: string;
  readonly by: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html: what was asked for, and of what was made its
 * id. A call that was refused (`errorCode`) has changed nothing, and other services have calls of these names.
 */
const recordIn = (text: string): readonly CallRecord[] => {
  try {
    const record: unknown = JSON.parse(text);
    if (!isObject(record) || record['eventSource'] !== 'apigateway.amazonaws.com' || record['errorCode'] !== undefined) return [];
    const time = Date.parse(textOf(record['eventTime']) ?? '');
    const name = textOf(record['eventName']);
    if (name === undefined || Number.isNaN(time)) return [];
    return [{ time, name, by: byOf(record), fields: { ...objectOf(record['responseElements']), ...objectOf(record['requestParameters']) } }];
  } catch {
    return [];
  }
};

const byOf = ({ userIdentity, sourceIPAddress }: Readonly<Record<string, unknown>>): string | undefined => {
  const { arn, invokedBy, type } = objectOf(userIdentity);
  const who = textOf(arn) ?? textOf(invokedBy) ?? textOf(type);
  const from = textOf(sourceIPAddress);
  const said = [...(who === undefined ? [] : [who]), ...(from === undefined ? [] : [`from ${from}`])];
  return said.length === 0 ? undefined : said.join(' ');
};
