import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { world } from './fake-opa.ts';
import { recordingOf } from './recorded/recording.ts';

it('the fake answers as the real OPA did (test/stack/opa-recorded.stack.ts asks it)', async () => {
  const { state, http } = world();
  const status = () => http(0).send('GET', '/v1/status');
  const recording = await recordingOf({
    publish: (archive) => {
      if (archive) state.stored.set('server', archive);
      else state.stored.delete('server');
      return Promise.resolve();
    },
    status,
    statusWhereOff: () => {
      state.statusDisabled = true;
      return status();
    },
  });
  expect(JSON.parse(JSON.stringify(recording))).toEqual(JSON.parse(readFileSync(new URL('../../../data/opa/recorded.json', import.meta.url), 'utf8')));
});
