const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []);

/**
 * The fields by which a client in Keycloak's own words lets codes and tokens go wherever somebody likes: nothing where nobody signs in at it, and no
 * page asks it for tokens.
 */
export const wildcardsIn = (client: Readonly<Record<string, unknown>>): readonly ('redirectUris' | 'webOrigins')[] => {
  const { enabled, bearerOnly, protocol = 'openid-connect', standardFlowEnabled, implicitFlowEnabled, redirectUris, webOrigins } = client;
  if (enabled === false || bearerOnly === true || protocol !== 'openid-connect') return [];
  const signsIn = standardFlowEnabled === true || implicitFlowEnabled === true;
  return [
    ...(signsIn && texts(redirectUris).some((uri) => uri.includes('*')) ? (['redirectUris'] as const) : []),
    ...(texts(webOrigins).some((origin) => origin.includes('*')) ? (['webOrigins'] as const) : []),
  ];
};
