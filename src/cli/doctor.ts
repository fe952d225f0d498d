import type { Action } from './index.ts';

export const doctorCommand: Action<object> = async ({ authctl, finish }, path) => finish(await authctl.doctor(path));
