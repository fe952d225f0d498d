import { isObject, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Draft } from '../draft.ts';
import { nameOf, SECTIONS } from './flat.ts';
import type { Flat, Section } from './flat.ts';

/** What says how a file is read, and nothing of a gateway. */
const ABOUT = ['_format_version', '_comment', '_plugin_configs', '_ignore'];
/** What rows of a section are called by, beside those that are listed one by one. */
const CALLED = [['upstreams', 'name'], ['targets', 'target'], ['vaults', 'prefix'], ['key_sets', 'name'], ['basicauth_credentials', 'username'], ['hmacauth_credentials', 'username'], ['acls', 'group']] as const; // prettier-ignore

/** What stands by itself and belongs to a row of another section. */
const BELONGING = [...['jwt_secrets', 'acls', 'keyauth_credentials', 'basicauth_credentials', 'hmacauth_credentials', 'oauth2_credentials', 'mtls_auth_credentials'].map((section) => [section as Section, 'consumer', 'consumers'] as const), ['targets', 'upstream', 'upstreams'] as const];

/** Nothing of a file is passed over in silence: what is no list, what has no name, and what decK knows beside Kong's own entities. */
export const leaveUnread = (draft: Draft, content: JsonObject, flat: Flat): void => {
  for (const [field, value] of Object.entries(content)) {
    if (value === null || value === undefined || ABOUT.includes(field) || (Array.isArray(value) && value.length === 0)) continue;
    if (field === '_transform') {
      if (value === false) draft.leave('_transform', 'passwords of basic-auth stand in the file as Kong hashes them: give the blueprint the passwords themselves');
    } else if (field === '_info') {
      const more = Object.keys(isObject(value) ? value : {}).filter((name) => name !== 'defaults');
      if (more.length > 0) draft.leave('_info', `${more.join(', ')}: which part of a Kong decK looks at`);
    } else if (!SECTIONS.some((section) => section === field)) draft.leave(field, `${Array.isArray(value) ? `${value.length}: ` : ''}no section of a blueprint says it`);
    else if (!Array.isArray(value)) draft.leave(field, 'not read: decK writes a list there');
    else if (!value.every(isObject)) draft.leave(field, `${value.filter((one) => !isObject(one)).length} not read: decK writes mappings there`);
  }
  for (const [section, field] of CALLED) {
    const count = flat[section].filter((row) => !textOf(row[field])).length;
    if (count > 0) draft.leave(section, `${count} without ${field}`);
  }
  for (const [section, field, owners] of BELONGING) {
    const names = new Set(flat[owners].map(nameOf));
    const count = flat[section].filter((row) => !names.has(textOf(row[field]))).length;
    if (count > 0) draft.leave(section, `${count} whose ${field} is not in the file`);
  }
  for (const row of flat.consumers) if (Array.isArray(row.groups) && row.groups.length > 0) draft.leave(`consumer ${textOf(row.username) ?? '?'}, groups`, 'groups of consumers are not said by a blueprint');
};
