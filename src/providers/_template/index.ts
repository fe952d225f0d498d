import { bindKind } from '../../core/provider.ts';
import type { Provider } from '../../core/provider.ts';
import { createHttp } from '../http.ts';
import { createClient } from './client.ts';
import type { TemplateClient } from './client.ts';
import { dangersOf } from './dangers.ts';
import { thing } from './kinds/thing.ts';

/** Nothing is sent before the first list. */
export const connectTemplate = (name: string, { url }: { readonly url: string }): Provider => {
  const http = createHttp({ target: 'template', url });
  return { ...createTemplateProvider(createClient(http, name)), requests: http.requests, close: () => Promise.resolve(http.close()) };
};

/** With the client as an argument, so that tests hand a fake. */
export const createTemplateProvider = (client: TemplateClient): Provider => ({
  name: 'template',
  kinds: [bindKind(thing, client)],
  concurrency: 8,
  reach: (desired, live) => Promise.resolve({ dangers: dangersOf(desired, live), unseen: [] }),
  requests: () => ({ reads: 0, writes: 0 }),
});
