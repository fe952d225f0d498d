import { adminBaseOf } from '../blueprint/issuer.ts';
import { isOnlyLookedAt } from '../blueprint/looking.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { About, AboutTarget, Report } from '../core/report.ts';
import { thisProcess } from '../core/this-process.ts';
import { versionOf } from '../core/version.ts';
import { shownUrl } from '../providers/http.ts';
import { providers } from '../providers/index.ts';
import { graphOf } from '../render/graph.ts';
import { asksServers } from './asking.ts';

interface Ran {
  readonly blueprint: Blueprint | undefined;
  readonly overlay?: string | undefined;
  readonly now: Date;
}

/** The report of a use case that asked servers, with who ran it, when, against which, and what there is to draw. */
export const withAbout = <Data>(report: Report<Data>, { blueprint, overlay, now }: Ran): Report<Data> => {
  if (blueprint === undefined || !asksServers(report.command)) return report;
  const { by, host } = thisProcess();
  const about: About = {
    at: now.toISOString(),
    by,
    host,
    authctl: versionOf(),
    file: blueprint.file,
    ...(overlay !== undefined && { overlay }),
    targets: targetsOf(blueprint, report.versions ?? {}),
  };
  return { ...report, about, topology: graphOf(blueprint) };
};

const targetsOf = (blueprint: Blueprint, versions: Readonly<Record<string, string>>): readonly AboutTarget[] => {
  const { targets, foreign, issuers } = blueprint;
  const addresses = addressesOf(blueprint);
  return [
    ...(foreign ? [{ name: 'issuer', title: 'OpenID provider', address: shownUrl(foreign.url), onlyLookedAt: true as const }] : []),
    ...Object.values(issuers).map(({ name, url }): AboutTarget => ({ name: `issuers.${name}`, title: 'OpenID provider', address: shownUrl(url), onlyLookedAt: true })),
    ...providers
      .filter(({ name }) => targets[name] !== undefined)
      .map(({ name, title }): AboutTarget => ({
        name,
        title,
        address: addresses[name],
        ...(versions[name] !== undefined && { version: versions[name] }),
        ...(isOnlyLookedAt(blueprint, name) && { onlyLookedAt: true }),
      })),
  ];
};

const addressesOf = ({ targets: { keycloak, kong, opa, aws } }: Blueprint): Readonly<Record<keyof Blueprint['targets'], string>> => ({
  keycloak: keycloak ? shownUrl(adminBaseOf(keycloak)) : '',
  kong: kong ? `${shownUrl(kong.admin.url)}${kong.konnect ? `, control plane ${kong.konnect.controlPlane}` : ''}` : '',
  opa: (opa?.servers ?? []).map(shownUrl).join(', '),
  aws: aws ? (aws.endpoint === undefined || aws.endpoint === '' ? aws.region : `${shownUrl(aws.endpoint)}, ${aws.region}`) : '',
});
