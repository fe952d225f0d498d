import { relative } from 'node:path';
import type { Action } from './index.ts';

export const initCommand: Action<{ name: string }> = async ({ authctl, cwd, finish }, path, { name }) => {
  const report = await authctl.init(path, { name });
  if (!report.data) return finish(report);
  const { environment } = report.data;
  const written = report.data.written.map((one) => relative(cwd, one) || one);
  const text = [
    ...written.map((one) => `wrote ${one}`),
    '',
    `Its secrets come from the environment: ${environment.join(', ')}`,
    '',
    'next, with a stack on this machine, which sets all of them:',
    `  authctl stack up ${path}`,
    `  authctl apply ${path}`,
    `  authctl verify ${path}`,
    'or, with your own servers, once they are set:',
    `  authctl validate ${path}`,
  ].join('\n');
  return finish({ ...report, text, data: { written, environment } });
};
