import type { Environment } from '../blueprint/resolve.ts';
import { requestLimitIn } from './request-limit.ts';

/**
 * The AWS SDK announces on stderr, once in a process, which Node its future versions will need: nothing that a user of this program can act on. The switch
 * is the SDK's own, and is read when the first client is made (`emitWarningIfUnsupportedVersion` of `@aws-sdk/core`).
 */
export const quietSdk = (): void => {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
};

/** How long a client of the SDK waits, in milliseconds, within the bound of every request. Unless it is told to throw, the SDK writes a warning and waits on. */
export const sdkLimits = (requestMs: number, limitMs: number) => ({ connectionTimeout: Math.min(5_000, limitMs), requestTimeout: Math.min(requestMs, limitMs), throwOnRequestTimeout: true });

/** A stand-in (an `endpoint`) with no credentials in the environment gets a pair that means nothing. */
export const standInCredentials = (endpoint: string | undefined, environment: NodeJS.ProcessEnv) =>
  endpoint !== undefined && environment['AWS_ACCESS_KEY_ID'] === undefined ? { credentials: { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' } } : {};

/**
 * What a client is made with that no blueprint says anything of: the region that is stated, of the environment, or of the SDK's own configuration; credentials
 * by its default chain where the environment states none; `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL` as the SDK knows them.
 */
export const environmentConfig = (env: Environment, service: 'SECRETS_MANAGER' | 'SSM' | 'S3', of: { readonly region?: string | undefined } = {}) => {
  quietSdk();
  const limitMs = requestLimitIn(env) ?? Infinity;
  const region = of.region ?? stated(env['AWS_REGION']) ?? stated(env['AWS_DEFAULT_REGION']);
  const endpoint = stated(env[`AWS_ENDPOINT_URL_${service}`]) ?? stated(env['AWS_ENDPOINT_URL']);
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken = '' } = env;
  return {
    maxAttempts: 4,
    requestHandler: sdkLimits(10_000, limitMs),
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== '' && secretAccessKey !== '' && { credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) } }),
  };
};

const stated = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
