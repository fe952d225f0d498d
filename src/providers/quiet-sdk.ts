/**
 * The AWS SDK announces on stderr, once in a process, which Node its future versions will need: nothing that a user of this program can act on. The switch
 * is the SDK's own, and is read when the first client is made (`emitWarningIfUnsupportedVersion` of `@aws-sdk/core`).
 */
export const quietSdk = (): void => {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
};
