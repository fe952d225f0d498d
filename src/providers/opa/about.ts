import { versionFinding } from '../../core/finding.ts';
import type { Finding } from '../../core/finding.ts';
import { objectOf, textOf } from '../../core/json.ts';
import type { Http } from '../http.ts';
import { shownUrl } from '../http.ts';

/** How the versions begin that the tests run. */
const TESTED = '1.';

/** What an OPA says of itself: its version, and how its plugins are (the bundle, the status). */
export const aboutServer = async (http: Http, url: string): Promise<readonly Finding[]> => {
  const config = objectOf(objectOf((await http.send('GET', '/v1/config')).body)['result']);
  const version = textOf(objectOf(config['labels'])['version']);
  const status = await http.send('GET', '/v1/status');
  const plugins = Object.entries(objectOf(objectOf(objectOf(status.body)['result'])['plugins']));
  const states = plugins.map(([name, about]): Finding => {
    const state = textOf(objectOf(about)['state']) ?? 'unknown';
    return { target: 'opa', what: `plugin ${name}`, state: state === 'OK' ? 'good' : 'bad', found: state, ...(state !== 'OK' && { next: `GET ${shownUrl(url)}/v1/status says why: is what it fetches there?` }) };
  });
  return [versionFinding('opa', version, TESTED, `${shownUrl(url)} does not let this login read its configuration`), ...states];
};
