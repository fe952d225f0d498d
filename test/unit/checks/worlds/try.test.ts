import { it } from 'vitest';
import { EXAMPLES, loadExample } from './examples.ts';
import { createWorld } from './world.ts';
it.each(EXAMPLES)('%s', async (example) => {
  const begun = process.cpuUsage();
  const verdicts = await createWorld(await loadExample(example)).verify();
  const by: Record<string, number> = {};
  for (const { status } of verdicts) by[status] = (by[status] ?? 0) + 1;
  const cpu = process.cpuUsage(begun);
  console.log(example, JSON.stringify(by), Math.round((cpu.user + cpu.system) / 1000), 'ms cpu');
  const seen = new Set<string>();
  for (const v of verdicts) if (v.status !== 'passed' && v.status !== 'skipped' && !seen.has(v.id)) { seen.add(v.id); console.log('  ', v.status, v.id, v.subject, v.why, JSON.stringify(v.evidence.slice(0, 2))); }
}, 120_000);
