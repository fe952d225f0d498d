import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { setTimeout as pause } from 'node:timers/promises';
import type { AwsTarget } from '../../blueprint/types.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import { shownUrl } from '../http.ts';
import { quietSdk, sdkLimits, standInCredentials } from '../aws-sdk.ts';
import { errnoOf, statusOf } from '../thrown.ts';

/** The part of an SDK client that is used. */
export interface Sdk {
  readonly send: ApiGatewayV2Client['send'];
  readonly destroy: () => void;
}

/**
 * The official client. Credentials come from its default chain; a stand-in (an `endpoint`) with none in the environment gets a pair that
 * means nothing. The SDK retries throttling (429) and broken connections with growing pauses: API Gateway takes a few writes a second.
 */
export const createSdk = ({ region, endpoint }: Pick<AwsTarget, 'region' | 'endpoint'>, environment: NodeJS.ProcessEnv, limitMs = Number.POSITIVE_INFINITY): ApiGatewayV2Client => {
  quietSdk();
  return new ApiGatewayV2Client({
    region,
    maxAttempts: endpoint === undefined ? 8 : 3,
    requestHandler: sdkLimits(20_000, limitMs),
    ...(endpoint !== undefined && { endpoint }),
    ...standInCredentials(endpoint, environment),
  });
};

/**
 * API Gateway gives an issuer 1.5 s to answer while an authorizer is written (its quotas for HTTP APIs), and asks by itself to try again later when that was
 * not enough, as a Keycloak that has just started needs longer: nothing was written then. Pauses between the tries, in ms.
 */
const PAUSES = [1000, 2000, 4000, 8000];
const wasSlow = (thrown: unknown): boolean => thrown instanceof Error && statusOf(thrown) === 400 && /Caught exception when connecting to .* try again later/.test(thrown.message);

/** Sends once more what was refused because the issuer did not answer in time. */
export const patientWithIssuers = (sdk: Sdk, wait: (milliseconds: number) => Promise<unknown> = pause): Sdk => ({
  destroy: () => { sdk.destroy(); },
  // The SDK's `send` is overloaded for every command; what passes through here keeps its type.
  send: (async (command: Parameters<Sdk['send']>[0]) => {
    for (const milliseconds of PAUSES) {
      try {
        return await sdk.send(command);
      } catch (thrown) {
        if (!wasSlow(thrown)) throw thrown;
        await wait(milliseconds);
      }
    }
    return sdk.send(command);
  }) as Sdk['send'],
});

/** As the SDK threw it, or as a problem that says so. */
export const isMissing = (thrown: unknown): boolean => thrown instanceof Error && (thrown.name === 'NotFoundException' || isMissing(thrown.cause));
export const isConflict = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'ConflictException';

const CREDENTIALS = /Credential|Token|Signature|UnrecognizedClient|AccessDenied|Forbidden|MissingAuthentication/;

/** What the SDK threw, as a problem: AWS' own words for what was asked wrongly, unreachable for no answer and for 5xx. */
export const problemOf = (thrown: unknown, doing: string, { region, endpoint }: Pick<AwsTarget, 'region' | 'endpoint'>): unknown => {
  if (!(thrown instanceof Error) || thrown instanceof Problem) return thrown;
  const status = statusOf(thrown);
  const where = endpoint === undefined ? `apigateway.${region}.amazonaws.com` : shownUrl(endpoint);
  if (CREDENTIALS.test(thrown.name))
    return new Problem('AWS_FORBIDDEN', `AWS does not let this login ${doing}: ${thrown.name}`, {
      hint: 'check the credentials (aws sts get-caller-identity) and that they may use apigateway:* on /apis',
    });
  if (thrown.name === 'TooManyRequestsException' || status === 429)
    return new Problem('AWS_THROTTLED', `AWS kept throttling the request to ${doing}`, {
      hint: "something else is using the account's request rate; apply again later",
    });
  if (status === undefined) return isNetwork(thrown) ? unreachable('aws', where, new Error(networkReason(thrown))) : thrown;
  if (status >= 500) return unreachable('aws', where, new Error(`HTTP ${status}`));
  if (/discovery endpoint|Invalid issuer/i.test(thrown.message))
    return new Problem('AWS_ISSUER', `API Gateway cannot read the issuer: ${thrown.message}`, {
      hint: 'it fetches the discovery document when the authorizer is written: Keycloak must be reachable from AWS over https',
    });
  return new Problem('AWS_REFUSED', `AWS refused to ${doing} (${status}): ${thrown.message}`, { cause: thrown });
};

/** What Node and the SDK throw when no answer came. Anything else without a status is a bug in what was sent. */
const isNetwork = (thrown: Error): boolean =>
  errnoOf(thrown) !== undefined || /Timeout|Abort|Network/.test(thrown.name);
const networkReason = (thrown: Error): string => errnoOf(thrown) ?? thrown.name;
