import { BlockList, isIPv4, isIPv6, SocketAddress } from "node:net";

/**
 * IPv4 that is not for the public: this network, private, shared (CGNAT), loopback, link-local (and the clouds' metadata in it),
 * protocol assignments, documentation, relays, benchmarks, multicast, reserved; and Azure's metadata, in the midst of public ones.
 */
const closed4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** What global unicast holds that is not for the public, or has an IPv4 address in it: Teredo and its kin, documentation, 6to4. */
const closed6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/** Everything else (loopback, link-local, unique local, IPv4-mapped, NAT64, multicast) is outside of global unicast. */
const open6 = ["2000::/3"];

/** Whether an address is one of the public internet's, so that no service of this machine or its network is behind it. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !within(closed4, address, "ipv4");
  return isIPv6(address) && !address.includes("%") && within(open6, address, "ipv6") && !within(closed6, address, "ipv6");
}

function within(ranges: readonly string[], address: string, family: "ipv4" | "ipv6"): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), family);
  }
  return list.check(address, family);
}

/** The one spelling of an address; undefined for what is none, or has a zone. */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  return isIPv6(text) && !text.includes("%") ? new SocketAddress({ address: text, family: "ipv6" }).address : undefined;
}
