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
