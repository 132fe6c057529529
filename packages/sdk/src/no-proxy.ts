import { BlockList, isIP } from "node:net";

/**
 * Reads the addresses and ranges of addresses in a `NO_PROXY`: `10.1.2.3`, `::1`, `[::1]`, the first and the last also with a
 * port, `10.0.0.0/8`, `fd00::/8`. As in curl and Go, a range concerns hosts that are written as an address, and an entry that is
 * none of these counts as a name, which undici compares.
 *
 * @returns true for the origins to call without the proxy; undefined if there are no addresses
 */
export function readNoProxyAddresses(noProxy: string): ((origin: string) => boolean) | undefined {
  // By family and port: BlockList alone would find IPv4 addresses in ranges of IPv6.
  const lists = new Map<string, BlockList>();
  for (const entry of noProxy.split(/[,\s]/)) {
    const { v6, v4, port = "any", range, prefix } = ENTRY.exec(entry)?.groups ?? {};
    const address = v6 ?? v4 ?? range ?? "";
    const family = familyOf(address);
    const longest = family === "ipv4" ? 32 : 128;
    const length = Number(prefix ?? longest);
    if (family === undefined || length > longest) continue;
    const list = lists.get(`${family} ${port}`) ?? new BlockList();
    list.addSubnet(address, length, family);
    lists.set(`${family} ${port}`, list);
  }
  if (lists.size === 0) return undefined;
  return (origin) => {
    const { hostname, port, protocol } = new URL(origin);
    const address = hostname.replace(/^\[(.+)\]$/, "$1");
    const family = familyOf(address);
    const ports = ["any", port || (protocol === "https:" ? "443" : "80")];
    return family !== undefined && ports.some((one) => lists.get(`${family} ${one}`)?.check(address, family) === true);
  };
}

const ENTRY = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[\d.]+))(?::(?<port>\d+))?$|^(?<range>[^[\]/]+)(?:\/(?<prefix>\d{1,3}))?$/;

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const family = address.includes("%") ? 0 : isIP(address);
  return family === 0 ? undefined : family === 4 ? "ipv4" : "ipv6";
}
