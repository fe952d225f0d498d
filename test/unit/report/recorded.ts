import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Report } from '../../../src/core/report.ts';

/** Reports of runs against the local stack, as test/stack/report-page.stack.ts records them (AUTHCTL_RECORD=1). */
export const recordings = ['sso-good', 'sso-broken', 'sso-drift', 'session', 'sixty-clients'] as const;
export type Recording = (typeof recordings)[number];

export const recorded = (name: Recording): Report =>
  // What was written there is a report.
  JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, '../../data/reports', `${name}.json.gz`))).toString()) as Report;
