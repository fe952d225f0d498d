import { createControlPlane, type ControlPlane } from '../../../../infra/stand-ins/src/kong/control.ts';
import { startLuaCompiler } from '../../../../infra/stand-ins/src/kong/lua-syntax.ts';
import type { PluginSchema } from '../../../../infra/stand-ins/src/kong/schema/types.ts';

const FORM = 'application/x-www-form-urlencoded';

export type Body = Readonly<Record<string, unknown>>;

/** The Admin API without a socket: `send('PUT /services/a', { host: 'h' })`. Text is sent as a form unless a type is given. */
export interface Client {
  readonly control: ControlPlane;
  readonly send: (what: string, body?: unknown, type?: string) => { readonly status: number; readonly body: Body };
}

interface ClientOptions {
  readonly dbless?: boolean;
  readonly plugins?: readonly PluginSchema[];
  readonly clock?: () => number;
}

const { check: luaSyntax } = await startLuaCompiler();

export const aClient = ({ dbless = false, plugins = [], clock = () => 1_800_000_000 }: ClientOptions = {}): Client => {
  const control = createControlPlane({ clock, dbless, plugins, luaSyntax, proxyUrl: () => undefined });
  return {
    control,
    send: (what, body, type) => {
      const [method = '', target = ''] = what.split(/ (.*)/s);
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      const contentType = type ?? (body === undefined ? undefined : typeof body === 'string' ? FORM : 'application/json');
      const reply = control.app({ method, target, contentType, hasBody: text !== '', body: Buffer.from(text) });
      return { status: reply.status, body: (reply.body ?? {}) as Body };
    },
  };
};

/** The message of an answer, or its status when it has none. */
export const messageOf = ({ status, body }: { readonly status: number; readonly body: Body }): unknown => body['message'] ?? status;
