import type { Effect } from '../../../src/core/resource.ts';
import type { KongHand } from './kong-hand.ts';
import type { Sabotage } from './table.ts';

export type Row = Sabotage<KongHand>;

export const EVIL = 'http://evil.example:9/x';
export const RSA = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAp/X4usGut1WaiahdKJV1
A9FcDgfmXhzyZ8opXCC9xbb4wFlwQEQTDkOMhrQCSQfsMcBaOd994aJm016WZ//H
I/8lGQslUUyUXnizfCW0kyvt1SCCq+uJyi+ejP8YpMFQ7TY0lpIrUaH5qIOl14iX
XJ2Ui0KEoljOKKSFtMTbZiAGZT+jYxMWVvquXWrCounD43opjPuukec0oYhQ/mEL
78nb2Y79rA5YJO4iv/AgDNC3TvhBuQPifli5Sav/fYrJJO7ejHd5+7NpiEJsbBsD
tHnOguhctdP25f39konyW91ijNUvrq4mSzA0MewLSMV6auIl7Il5qwTCWGZJSsCf
NQIDAQAB
-----END PUBLIC KEY-----`;

export const ORDERS = '/services/shop.orders';
export const upstreamOf = async (hand: KongHand): Promise<{ readonly protocol: string; readonly port: number; readonly host: string }> => {
  const { port, host } = await hand.get(ORDERS);
  return { protocol: 'http', port: Number(port), host: String(host) };
};
/** A service and a route of somebody else to the upstream of orders, by another spelling of its host where one is given. */
export const around = async (hand: KongHand, { host, path, route = {} }: { readonly host?: string; readonly path?: string; readonly route?: object } = {}): Promise<void> => {
  const upstream = await upstreamOf(hand);
  await hand.service('theirs', { ...upstream, ...(host !== undefined && { host }), ...(path !== undefined && { path }) });
  await hand.route('theirs', 'side-door', { paths: ['/bd'], ...route });
};
export const elsewhere = async (hand: KongHand, route: object): Promise<void> => {
  await hand.service('theirs', { protocol: 'http', host: 'evil.example', port: 8080 });
  await hand.route('theirs', 'hijack', route);
};
export const opens = (address: RegExp) => ({ effect: 'opens', address }) as const;
export const exposes = (address: RegExp) => ({ effect: 'exposes', address }) as const;
export const weakens = (address: RegExp) => ({ effect: 'weakens', address }) as const;
export const breaks = (address: RegExp) => ({ effect: 'breaks', address }) as const;
export const differs = (address: RegExp) => ({ effect: 'differs', address }) as const;
export const change = (address: RegExp, as?: Effect) => ({ effect: 'change', address, ...(as && { as }) }) as const;
export const sideDoor = /^kong\.route\/side-door$/;
export const hijack = /^kong\.route\/hijack$/;
export const foreign = /^kong\.plugin\/#/;
export const ours = (id: string): RegExp => new RegExp(`^kong\\.\\w+/${id.replaceAll('.', '\\.')}$`);

export const spelled = (host: string): Row => ({ what: `a side door to ${host}`, do: (hand) => around(hand, { host }), told: opens(sideDoor), verify: ['RCH-01'] });
/** The same where nobody answers: the local stack's services listen at 127.0.0.1 alone, its resolver knows no such name, and Kong asks it for numbers that are not four decimal ones. */
export const unanswered = ({ verify: _verify, ...row }: Row): Row => row;
export const behind = (name: string, config: object, told: Row['told']): Row => ({
  what: `a side door behind ${name} alone`,
  do: async (hand) => {
    await around(hand);
    await hand.plugin('/routes/side-door', { name, config });
  },
  told,
});
export const everywhere = (what: string, body: object, told: Row['told'], verify?: readonly string[]): Row => ({ what, do: (hand) => hand.create('/plugins', body), told, ...(verify && { verify }) });
export const onOrders = (what: string, body: object, told: Row['told']): Row => ({ what, do: (hand) => hand.plugin(ORDERS, body), told });

