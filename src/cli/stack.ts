import type { StackPart, StackPorts, StackServer } from '../app/index.ts';
import type { Context } from './context.ts';

export type StackFlags = Record<string, string | boolean | undefined>;

export const stackUpCommand = async ({ authctl, finish, interruptible }: Context, path: string, flags: StackFlags): Promise<number> => {
  const only = typeof flags['only'] === 'string' ? flags['only'].split(',').map((part) => part.trim()) : undefined;
  const report = await interruptible(() =>
    authctl.stack.up(path, {
      // Whether the stack has such a part is for the stack to say.
      ...(only && { only: only as StackPart[] }),
      ports: ports(flags),
      ...(typeof flags['clock'] === 'string' && { clock: Number(flags['clock']) }),
      dbless: flags['dbless'] === true,
      ...(flags['engine'] === 'containers' && { engine: 'containers' as const }),
      ...(flags['database'] === 'postgres' && { database: 'postgres' as const }),
    }),
  );
  if (!report.data) return finish(report);
  const { already, servers } = report.data;
  return finish({ ...report, text: `${already ? 'the local stack was already running\n' : ''}${describe(servers)}` });
};

export const stackDownCommand = async ({ authctl, finish, interruptible, terminal }: Context): Promise<number> => {
  const report = await interruptible(() => authctl.stack.down(), () => terminal.say('the stack is stopped first'));
  return finish(report.data ? { ...report, text: report.data.stopped ? 'the local stack is down' : 'no local stack was running' } : report);
};

export const stackStatusCommand = async ({ authctl, finish }: Context): Promise<number> => {
  const report = await authctl.stack.status();
  if (!report.data) return finish(report);
  const { state, servers } = report.data;
  const text = state === 'stopped' ? 'no local stack is running' : `${state}\n${describe(servers)}`;
  return finish({ ...report, text, data: { state, servers } });
};

const ports = (flags: StackFlags): StackPorts => {
  const port = (flag: string): number | undefined => (typeof flags[flag] === 'string' ? Number(flags[flag]) : undefined);
  const [keycloak, kongAdmin, kongProxy] = [port('keycloakPort'), port('adminPort'), port('proxyPort')];
  return {
    ...(keycloak !== undefined && { keycloak }),
    ...(kongAdmin !== undefined && { kongAdmin }),
    ...(kongProxy !== undefined && { kongProxy }),
  };
};

const describe = (servers: readonly Pick<StackServer, 'name' | 'url' | 'what'>[]): string => {
  const width = Math.max(0, ...servers.map(({ name }) => name.length));
  return servers.map(({ name, url, what }) => `${name.padEnd(width)}  ${url}  ${what}`).join('\n');
};
