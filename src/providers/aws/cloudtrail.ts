import type { AwsTarget } from '../../blueprint/types.ts';
import { Problem, reason } from '../../core/problem.ts';
import { quietSdk, sdkLimits, standInCredentials } from '../aws-sdk.ts';

/** The records of calls of these names as CloudTrail wrote them (JSON), or why there are none to be had. */
export type LookUp = (names: readonly string[]) => Promise<readonly string[] | { readonly untold: string }>;

const REFUSED = /AccessDenied|NotAuthorized|UnauthorizedOperation|UnrecognizedClient|InvalidClientTokenId|OptInRequired/;

/**
 * The event history of CloudTrail, which every account has without any trail: fifty of the last records of each name, newest first, one question after
 * the other (AWS takes two a second). A stand-in has none, unless `AWS_ENDPOINT_URL_CLOUDTRAIL` says where it is asked. The client is loaded when it is used.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export const createLookUp = ({ region, endpoint }: Pick<AwsTarget, 'region' | 'endpoint'>, environment: NodeJS.ProcessEnv, limitMs = Number.POSITIVE_INFINITY): LookUp | undefined => {
  const stated = environment.AWS_ENDPOINT_URL_CLOUDTRAIL === '' ? undefined : environment.AWS_ENDPOINT_URL_CLOUDTRAIL;
  if (endpoint !== undefined && stated === undefined) return undefined;
  return async (names) => {
    quietSdk();
    const { CloudTrailClient, LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
    const client = new CloudTrailClient({
      region,
      maxAttempts: 5,
      requestHandler: sdkLimits(10_000, limitMs),
      ...(stated !== undefined && { endpoint: stated }),
      ...standInCredentials(endpoint, environment),
    });
    try {
      const records: string[] = [];
      for (const name of names) {
        const { Events = [] } = await client.send(new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }], MaxResults: 50 }));
        records.push(...Events.flatMap(({ CloudTrailEvent: record }) => record ?? []));
      }
      return records;
    } catch (thrown) {
      if (thrown instanceof Error && REFUSED.test(thrown.name)) return { untold: 'who changed it is not known: this login may not look it up in CloudTrail (cloudtrail:LookupEvents)' };
      throw new Problem('AWS_REFUSED', `CloudTrail gave no answer that can be used: ${reason(thrown)}`);
    } finally {
      client.destroy();
    }
  };
};
