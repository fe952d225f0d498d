import { requiredSecrets } from '../blueprint/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { Context } from './context.ts';

/**
 * Loads a blueprint for a command that contacts nothing: a secret that is not set does not matter to it, so a placeholder stands in.
 * A wrong blueprint is as wrong as anywhere.
 */
export const loadOffline = async (context: Context, path: string, overlay: string | undefined): Promise<Blueprint> => {
  const missing = (await requiredSecrets(path, overlay)).filter((name) => !context.env[name]);
  for (const name of missing) context.env[name] = 'placeholder: nothing is contacted';
  // An issuer on this machine is refused for the real AWS alone; whether it is one is for validate to say.
  context.env.AWS_ENDPOINT ??= 'http://127.0.0.1:9';
  return context.load(path);
};
