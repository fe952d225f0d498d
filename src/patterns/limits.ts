import type { Authentication, Blueprint, TokenStorage } from '../blueprint/types.ts';
import type { Limit } from '../core/report.ts';
import { groupsOf } from './objects.ts';

const READABLE: Readonly<Record<Exclude<TokenStorage, 'gateway-cookie'>, string>> = {
  'script-cookie': 'the page sets the cookie itself, so every script of the page, an injected one too, can read the token and send it away',
  sessionStorage: 'every script of the page, an injected one too, can read the token and send it away; it stays until the tab is closed',
  localStorage: 'every script of the origin, an injected one too, can read the token and send it away; it stays when the browser is closed',
};

/** What the choices of a blueprint cost where a better one can be had, each at the line that makes it. Plan and verify say so. */
export const limitsOf = (blueprint: Blueprint): readonly Limit[] =>
  groupsOf(blueprint).flatMap(({ authentication }) => storageLimit(blueprint, authentication));

const storageLimit = (blueprint: Blueprint, { path, token: { storage } }: Authentication): readonly Limit[] => {
  if (storage === undefined || storage === 'gateway-cookie') return [];
  const minutes = Math.ceil(blueprint.realm.tokens.accessTokenLifespan / 60);
  return [
    {
      what: `storage ${storage}: ${READABLE[storage]}`,
      hint: `such a copy works from anywhere for up to ${minutes} min, whatever the person does; storage: gateway-cookie keeps the token out of reach of scripts`,
      origin: blueprint.at(`${path}.token.storage`),
    },
  ];
};
